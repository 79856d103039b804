"""`cmpctl diff`: two renders, grouped by what a reviewer looks for."""

from __future__ import annotations

import os
import secrets
import sys

import click

from cmp.cli import source
from cmp.cli.output import as_json, style, use_colour
from cmp.cli.quiet import is_quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.diff import Difference


@click.command()
@click.argument("a")
@click.argument("b")
@click.option(
    "--output",
    type=click.Choice(["text", "json", "markdown", "html"]),
    default="text",
    help="Form of the report.",
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there is a difference.")
@click.option("--show-uris", is_flag=True, help="Show model URIs in full instead of masked.")
@click.option("--masked", is_flag=True, help="Render without keys; encrypted values count as equal.")
@click.option("--title", default="", help="Heading of the Markdown and HTML forms.")
def command(a: str, b: str, output: str, exit_code: bool, show_uris: bool, masked: bool, title: str) -> int:
    """Compare two renders, object by object and field by field.

    A and B are overlays, overlays at a git revision (OVERLAY@REF), files of manifests, or - for standard
    input. Values of Secrets are never shown, only which keys changed.

    \b
    Examples:
      cmpctl diff k8s/overlays/staging k8s/overlays/production
      cmpctl diff k8s/overlays/production@v2.3.1 k8s/overlays/production
      kubectl get deploy,cm -n fraud -o yaml | cmpctl diff - k8s/overlays/production
      cmpctl diff --output html A B > diff.html
    """
    from cmp.diff import compare

    if a == b == "-":
        raise click.UsageError("only one side can be standard input")
    before, after = (source.load(side, masked=masked) for side in (a, b))
    difference = compare(before, after, secrets.token_bytes(32), show_uris=show_uris)
    if difference.changes or not is_quiet():
        click.echo(_report(difference, output, title or f"{_name(a)} → {_name(b)}"), nl=False)
    return int(exit_code and bool(difference.changes))


def _name(side: str) -> str:
    return "standard input" if side == "-" else os.path.normpath(side)


def _report(difference: Difference, output: str, title: str) -> str:
    from cmp.diff import text

    if output == "json":
        return as_json(text.as_data(difference))
    if output == "markdown":
        return text.markdown(difference, title)
    if output == "html":
        from cmp.diff.html import page

        return page(difference, title)
    colour = use_colour(sys.stdout)
    return text.plain_text(difference, lambda part, name: style(part, name, colour))
