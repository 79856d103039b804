"""Where exceptions end: an exit code and an error that names no value, for every command of the project."""

from __future__ import annotations

import sys

from cmp.errors import CmpError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import click

DEBUG = "CMP_DEBUG"


def fail(err: CmpError) -> int:
    """Report an error and those behind it; the exit code."""
    from cmp.cli.output import bounded, coloured, error_lines, use_colour, write

    lines = error_lines(err)
    for other in getattr(err, "others", ()):
        lines += error_lines(other)
    write(sys.stderr, coloured(bounded(lines), use_colour(sys.stderr)))
    return 2 if isinstance(err, UsageError) else 1


def unexpected(err: Exception, environ: Mapping[str, str]) -> int:
    """One line with the class and the place; never the exception's text, which may quote a value."""
    traceback = err.__traceback__
    place = "?"
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        frames.append(f"  {module}.{code.co_qualname}, line {traceback.tb_lineno}")
        if str(module).startswith("cmp."):
            place = f"{module}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    hint = f"this is a bug: please report it; {DEBUG}=true prints the call stack (no values)"
    exit_code = fail(CmpError(f"internal error: {type(err).__name__} in {place}", hint=hint))
    if environ.get(DEBUG) == "true":
        from cmp.cli.output import write

        write(sys.stderr, "\n".join(frames[-40:]) + "\n")
    return exit_code


def forbid_core_dumps() -> None:
    """A core file would hold decrypted values."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (OSError, ValueError):
        return


def run_click(
    command: click.Command, argv: Sequence[str] | None, name: str, environ: Mapping[str, str]
) -> int:
    """Run a click command: 0 done, 1 the input is wrong or a check refused, 2 wrong usage."""
    import click

    forbid_core_dumps()
    try:
        code = command.main(args=argv, prog_name=name, standalone_mode=False)
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
        return fail(err)
    except (MemoryError, RecursionError) as err:
        return fail(CmpError(f"the input is too large or too deep ({type(err).__name__})"))
    except Exception as err:  # the edge: nothing may escape with values in it
        return unexpected(err, environ)
    return code if isinstance(code, int) else 0
