"""`cmpctl secrets filestatus`: whether a file is a SOPS document, as JSON for scripts."""

from __future__ import annotations

import json

import click

from cmp.cli.commands.secrets import context, files
from cmp.sops.detect import detect


@click.command("filestatus")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@context.input_type
def command(file: str, input_type: str | None) -> None:
    """Print {"encrypted":true} or {"encrypted":false}; needs no key.

    \b
    Examples:
      cmpctl secrets filestatus secret.yaml
    """
    name = f"stdin.{input_type}" if input_type else file
    found = detect(files.read(file), name, context.limits())
    click.echo(json.dumps({"encrypted": found is not None}, separators=(",", ":")))
