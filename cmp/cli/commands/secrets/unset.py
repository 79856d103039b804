"""`cmpctl secrets unset`: one value less."""

from __future__ import annotations

import click

from cmp.cli.commands.secrets import context
from cmp.errors import CmpError
from cmp.files import update
from cmp.sops.write import treepath


@click.command("unset")
@context.file_argument
@click.argument("path")
@click.option("--idempotent", is_flag=True, help="Do nothing when there is nothing at PATH.")
@context.input_type
def command(file: str, path: str, idempotent: bool, input_type: str | None) -> None:
    """Remove what stands at PATH: a value, a list item or a whole branch.

    \b
    Examples:
      cmpctl secrets unset secret.yaml stringData.old-password
      cmpctl secrets unset secret.yaml '["spec"]["hosts"][0]'
    """
    place = treepath.parse(path)
    document = context.opened(file, input_type)
    try:
        written = document.without(place, context.now())
    except treepath.PathError as error:
        if idempotent:
            return
        raise error.at(file=file) from None
    except CmpError as error:
        raise error.at(file=file) from None
    update(file, written.data, document.data)
