"""`--quiet`, the same in every command: results and errors only."""

from __future__ import annotations

import click

HELP = "Print only results and errors: no remarks, and no report if nothing is wrong."
_KEY = "cmp.quiet"


def option() -> click.Option:
    """The option, for a command that lacks it; its value is read by `is_quiet`."""
    return click.Option(["-q", "--quiet"], is_flag=True, expose_value=False, callback=_remember, help=HELP)


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    ctx.meta[_KEY] = value
    return value


def is_quiet() -> bool:
    """Whether the command that runs was asked to be quiet."""
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(_KEY))
