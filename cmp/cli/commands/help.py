"""`cmpctl help`: the help of a command by its words, as `--help` after them prints it."""

from __future__ import annotations

import click


@click.command()
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def command(context: click.Context, words: tuple[str, ...]) -> int:
    """Show the help of a command.

    \b
    Examples:
      cmpctl help
      cmpctl help models promote
    """
    found = context.find_root()
    for word in words:
        group = found.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{found.command_path} has no commands", found)
        name, inner, _ = group.resolve_command(found, [word])
        if inner is not None:
            found = click.Context(inner, info_name=name, parent=found)
    click.echo(found.get_help())
    return 0
