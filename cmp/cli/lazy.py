"""A click group that knows its commands by a table and imports one when it is run."""

from __future__ import annotations

import importlib

import click

from cmp.cli import quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# name -> (module:attribute, what the list of commands says); the order is the order of `--help`.
Table = dict[str, tuple[str, str]]


class LazyGroup(click.Group):
    """`table`: the commands; a module with a leading dot lies in `package`. The attribute is `command`."""

    def __init__(self, *args: Any, table: Table, package: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table
        self._package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the table."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][0].partition(":")
        found = importlib.import_module(module, self._package or None)
        command: click.Command = getattr(found, attribute or "command")
        if not isinstance(command, click.Group) and not any(
            "--quiet" in each.opts for each in command.params
        ):
            command.params.append(quiet.option())
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._table.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without any argument: the help on standard error, and wrong usage, in every version of click."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(2)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name when there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as err:
            from cmp.nearest import nearest

            near = nearest(args[0], self._table)
            if not near:
                raise
            raise click.UsageError(f"{err.message} Did you mean {near!r}?", ctx) from err
