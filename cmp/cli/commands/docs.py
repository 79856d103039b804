"""`cmpctl docs`: reference pages that are made from the code, so that they can't go stale."""

from __future__ import annotations

import click

PAGES = {
    "gates": ("cmp.gates.page", "docs/gates.md: every gate and strict rule."),
    "limits": ("cmp.cli.limits_page", "docs/limits.md: every bound on what a repository may ask for."),
    "plugin": ("cmp.argocd.plugin_config", "plugin.yaml, from the parameter table."),
}


@click.command()
@click.argument("page", type=click.Choice(sorted(PAGES)))
def command(page: str) -> int:
    """Print a page: gates (docs/gates.md), limits (docs/limits.md) or plugin (plugin.yaml).

    \b
    Examples:
      cmpctl docs gates > docs/gates.md
      cmpctl docs limits > docs/limits.md
      cmpctl docs plugin > plugin.yaml
    """
    from importlib import import_module

    click.echo(import_module(PAGES[page][0]).render(), nl=False)
    return 0
