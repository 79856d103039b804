"""Where exceptions end: an exit code and an error that names no value, for every command of the project."""

from __future__ import annotations

import os
import sys

from cmp.errors import CmpError, UsageError, reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import click

DEBUG = "CMP_DEBUG"
# As shells say that a program was ended by SIGPIPE: what it printed is cut.
READER_LEFT = 141


def fail(err: CmpError) -> int:
    """Report an error and those behind it; the exit code."""
    from cmp.cli.output import coloured, use_colour, write

    write(sys.stderr, coloured(error_text(err), use_colour(sys.stderr)))
    return exit_code(err)


def error_text(err: CmpError) -> str:
    """The lines of an error and of those behind it, 4 KiB at most."""
    from cmp.cli.output import bounded, error_lines

    lines = error_lines(err)
    for other in err.others:
        lines += error_lines(other)
    return bounded(lines)


def exit_code(err: CmpError) -> int:
    """2 for wrong usage, 1 for everything else."""
    return 2 if isinstance(err, UsageError) else 1


def unexpected(err: Exception, environ: Mapping[str, str]) -> int:
    """Report an exception that is not an error of ours; the exit code."""
    error, frames = internal_error(err, environ)
    code = fail(error)
    if frames:
        from cmp.cli.output import write

        write(sys.stderr, frames)
    return code


def internal_error(err: Exception, environ: Mapping[str, str]) -> tuple[CmpError, str]:
    """Class and place, never the exception's text, which may quote a value; the call stack if asked for."""
    traceback = err.__traceback__
    place = "?"
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = traceback.tb_frame.f_globals.get("__name__", "?")
        frames.append(f"  {module}.{code.co_qualname}, line {traceback.tb_lineno}\n")
        if str(module).startswith("cmp."):
            place = f"{module}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    hint = f"this is a bug: please report it; {DEBUG}=true prints the call stack (no values)"
    error = CmpError(f"internal error: {type(err).__name__} in {place}", hint=hint)
    return error, "".join(frames[-40:]) if environ.get(DEBUG) == "true" else ""


def forbid_core_dumps() -> None:
    """A core file would hold decrypted values."""
    import resource

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (OSError, ValueError):
        return


def fill_standard_streams() -> list[int]:
    """Open what is closed of 0, 1, 2 on /dev/null: else the next file opened would become standard output."""
    closed = []
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            closed.append(descriptor)
            os.open("/dev/null", os.O_RDWR)
    return closed


def run_click(
    command: click.Command, argv: Sequence[str] | None, name: str, environ: Mapping[str, str]
) -> int:
    """Run a click command: 0 done, 1 the input is wrong or a check refused, 2 wrong usage."""
    from cmp.cli.bounds import DeadlineReached, stop_timer

    forbid_core_dumps()
    if 1 in fill_standard_streams():
        return fail(CmpError("standard output is closed"))
    try:
        return _run_click(command, argv, name, environ)
    except DeadlineReached as reached:
        stop_timer()
        return fail(reached.as_error())
    finally:
        stop_timer()


def _run_click(
    command: click.Command, argv: Sequence[str] | None, name: str, environ: Mapping[str, str]
) -> int:
    """What is raised ends here, but for the deadline, which covers the messages too."""
    import click

    from cmp.cli.stdout import telling

    try:
        with telling():
            code = command.main(args=argv, prog_name=name, standalone_mode=False)
    except SystemExit as left:  # 1 is click's own answer to a reader who has gone; else a signal came
        return left.code if isinstance(left.code, int) and left.code != 1 else READER_LEFT
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.exceptions.Abort:
        return 1
    except click.ClickException as err:
        return fail(_of_click(err, name))
    except BrokenPipeError:
        from cmp.cli.output import discard

        discard(sys.stdout)
        return READER_LEFT
    except CmpError as err:
        return fail(err)
    except (MemoryError, RecursionError) as err:
        return fail(CmpError(f"the input is too large or too deep ({type(err).__name__})"))
    except Exception as err:  # the edge: nothing may escape with values in it
        if isinstance(err, FileNotFoundError) and _is_nowhere():
            return fail(no_working_directory())
        return unexpected(err, environ)
    return code if isinstance(code, int) else 0


def _is_nowhere() -> bool:
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


def unwritable(err: OSError) -> CmpError:
    """The error for a standard output that takes nothing."""
    return CmpError(f"standard output cannot be written: {reason_of(err)}")


def no_working_directory() -> UsageError:
    """The error for a working directory that was deleted."""
    return UsageError("the working directory does not exist any more", hint="cd to one that does")


def _of_click(err: click.ClickException, name: str) -> CmpError:
    """The same error as one of ours: one style for all wrong usage."""
    import click

    if not isinstance(err, click.UsageError):
        return CmpError(err.format_message())
    command = err.ctx.command_path if err.ctx else name
    message = err.format_message().rstrip(".")
    message, question, guess = message.partition(" Did you mean ")
    near = f"did you mean {guess.rstrip('?')}? " if question else ""
    return UsageError(message[:1].lower() + message[1:].rstrip("."), hint=f"{near}{command} --help")
