"""`cmpctl diff`: two renders, grouped by what a reviewer looks for."""

from __future__ import annotations

import os
import secrets
import sys
from datetime import UTC, datetime

import click

from cmp.cli import revision, source
from cmp.cli.output import as_json, style, use_colour
from cmp.cli.quiet import is_quiet
from cmp.diff import compare, text
from cmp.diff.html import Head, Side, page

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
    if a == b == "-":
        raise click.UsageError("only one side can be standard input")
    before, after = (source.load(side, masked=masked) for side in (a, b))
    difference = compare(
        before, after, secrets.token_bytes(32), show_uris=show_uris, manifests=output == "html"
    )
    if difference.changes or not is_quiet():
        if output == "html":
            click.echo(page(difference, _head(title, a, b)), nl=False)
        else:
            click.echo(_report(difference, output, title or f"{_name(a)} → {_name(b)}"), nl=False)
    return int(exit_code and bool(difference.changes))


def _name(side: str) -> str:
    return "standard input" if side == "-" else os.path.normpath(side)


def _without_shared_folders(*names: str) -> tuple[str, ...]:
    """The names from the first folder on that differs: the head of the page says the rest."""
    parts = [name.split("/") for name in names]
    shared = 0
    while all(shared + 1 < len(each) for each in parts) and len({each[shared] for each in parts}) == 1:
        shared += 1
    return tuple("/".join(each[shared:]) for each in parts)


def _head(title: str, a: str, b: str) -> Head:
    title = title or " → ".join(_without_shared_folders(_name(a), _name(b)))
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    before, after = (Side(_name(side), revision.describe(side)) for side in (a, b))
    return Head(title, before, after, made)


def _report(difference: Difference, output: str, title: str) -> str:
    if output == "json":
        return as_json(text.as_data(difference))
    if output == "markdown":
        return text.markdown(difference, title)
    colour = use_colour(sys.stdout)
    return text.plain_text(difference, lambda part, name: style(part, name, colour))
