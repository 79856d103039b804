"""From what a click command raises to an exit code: 0 done, 1 refused, 2 wrong usage."""

from __future__ import annotations

import sys

import click

from cmp.cli.output import report
from cmp.errors import CmpError, UsageError


def exit_code(command: click.Command, program: str, argv: list[str] | None) -> int:
    """Run a command; its errors go to standard error."""
    try:
        code = command.main(args=argv, prog_name=program, standalone_mode=False)
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
