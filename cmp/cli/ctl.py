"""`cmpctl`: one table of commands, each in its own file and imported only when it is run."""

from __future__ import annotations

import importlib
import sys

import click

import cmp
from cmp.cli.output import report
from cmp.errors import CmpError, UsageError

# name -> (module:attribute, what the list of commands says); the order is the order of `--help`.
COMMANDS: dict[str, tuple[str, str]] = {
    "diff": ("cmp.cli.commands.diff:command", "Compare two renders, object by object and field by field."),
    "validate": (
        "cmp.cli.commands.validate:command",
        "Check manifests against schemas, rules and CEL policies.",
    ),
    "models": ("cmp.cli.commands.models:command", "Resolve, show, promote and roll back models."),
    "secrets": ("cmp.cli.commands.secrets:command", "Encrypt, edit, rotate and check secret files."),
    "paths": ("cmp.cli.commands.paths:command", "Print what a render reads, for manifest-generate-paths."),
    "doctor": ("cmp.cli.commands.doctor:command", "Check keys, configuration, socket and permissions here."),
    "parameters": (
        "cmp.cli.commands.parameters:command",
        "Announce an application's parameters as JSON.",
    ),
    "completion": ("cmp.cli.commands.completion:command", "Print a shell's completion script."),
    "docs": ("cmp.cli.commands.docs:command", "Print reference pages that are made from the code."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest name when there is no such command."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as err:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{err.message} Did you mean {near[0]!r}?", ctx) from err


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cmp.__version__, prog_name="cmpctl")
def command() -> None:
    """Tools around cmp-generate for people and CI: nothing here touches a cluster."""


def main(argv: list[str] | None = None) -> int:
    """Run cmpctl; 0 done, 1 the input is wrong or a check refused, 2 wrong usage."""
    try:
        code = command.main(args=argv, prog_name="cmpctl", standalone_mode=False)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.Abort:
        return 1
    except click.ClickException as err:
        err.show(sys.stderr)
        return err.exit_code
    except BrokenPipeError:
        return 0
    except CmpError as err:
        report(err)
        return 2 if isinstance(err, UsageError) else 1
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
