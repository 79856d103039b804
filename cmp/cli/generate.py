"""`cmp-generate`: what argocd-cmp-server runs. Manifests on standard output, or an exit code and a reason.

Nothing is printed before everything is done, and nothing at all on failure. Unexpected exceptions name
their class and place in our code, never a value.
"""

from __future__ import annotations

import os
import sys

from cmp.cli.arguments import USAGE, parse
from cmp.cli.bounds import RenderBounds, stop_timer
from cmp.cli.edge import READER_LEFT, fail, fill_standard_streams, forbid_core_dumps, unwritable
from cmp.errors import CmpError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from cmp.cli.arguments import Arguments
    from cmp.cli.rendering import Finished
    from cmp.cli.telemetry import Telemetry

# Argo CD's own deadline is 60 seconds, the fetch from git included.
DEFAULT_DEADLINE = 50


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run cmp-generate; the exit code."""
    environ = os.environ if environ is None else environ
    words = [_text(word) for word in (sys.argv[1:] if argv is None else argv)]
    telemetry = _telemetry(environ)
    code = _main(words, environ, telemetry)
    if telemetry is not None:
        try:
            telemetry.send(code)
        except Exception as err:  # the render is done and printed, nothing here may change that
            from cmp.cli.output import report

            report(None, [f"telemetry: internal error: {type(err).__name__}"])
    return code


def _telemetry(environ: Mapping[str, str]) -> Telemetry | None:
    """Not even imported unless asked for."""
    if not (environ.get("CMP_METRICS") or environ.get("CMP_OTLP_ENDPOINT")):
        return None
    from cmp.cli.telemetry import Telemetry

    return Telemetry(environ)


def _main(words: list[str], environ: Mapping[str, str], telemetry: Telemetry | None) -> int:
    forbid_core_dumps()
    _collect_rarely()
    if 1 in fill_standard_streams():
        return fail(CmpError("standard output is closed"))
    try:
        arguments = parse(words)
        if arguments.color:
            from cmp.cli.output import choose_colour

            choose_colour(arguments.color)
        if arguments.help or arguments.version:
            return _tell(arguments)
        return run(arguments, environ, telemetry)
    except CmpError as err:
        return fail(err)
    except KeyboardInterrupt:
        return 130
    except (MemoryError, RecursionError) as err:
        from cmp.cli.rendering import too_large

        return fail(too_large(err))
    except Exception as err:  # the edge: nothing may escape with values in it
        from cmp.cli.edge import unexpected

        return unexpected(err, environ)
    finally:
        stop_timer()


def run(arguments: Arguments, environ: Mapping[str, str], telemetry: Telemetry | None = None) -> int:
    """Render and print; the exit code. The deadline ends before the first byte is printed."""
    from cmp.cli import request
    from cmp.cli.rendering import perform

    if arguments.output:
        _refuse_files_in_plugin(environ)
    finished = []
    for one in arguments.each():
        bounds = RenderBounds(environ, default_deadline=0 if arguments.plain else DEFAULT_DEADLINE)
        finished.append(
            perform(lambda one=one: request.read(one, environ), environ, bounds, telemetry)  # type: ignore[misc]
        )
        _tell_messages(finished[-1], arguments)
    code = max(each.code for each in finished)
    if code == 0:
        code = _write_files(arguments, finished) if arguments.output else _print(finished[0].output)
    for each in finished:
        each.log()
    return code


def _tell_messages(finished: Finished, arguments: Arguments) -> None:
    if not (finished.messages or arguments.explain):
        return
    from cmp.cli.output import coloured, use_colour, write

    if arguments.explain and finished.rendered is not None:
        write(sys.stderr, "".join(f"{line}\n" for line in _plain_lines(finished.rendered.explain)))
    write(sys.stderr, coloured(finished.messages, use_colour(sys.stderr)))


def _refuse_files_in_plugin(environ: Mapping[str, str]) -> None:
    from cmp.cli.request import IN_PLUGIN

    if IN_PLUGIN in environ:
        raise UsageError(
            f"--output is refused when run by Argo CD ({IN_PLUGIN} is set)",
            hint="Argo CD reads standard output: it would see an application without objects",
        )


def _write_files(arguments: Arguments, finished: list[Finished]) -> int:
    from cmp.cli.outfiles import write
    from cmp.cli.output import report

    renders = [each.rendered for each in finished if each.rendered is not None]
    report(None, write(arguments.output, arguments.directories or [""], renders))
    return 0


def _plain_lines(lines: list[str]) -> list[str]:
    from cmp.tree.names import plain

    return [plain(line) for line in lines]


def _print(data: bytes) -> int:
    """All of the output in as few writes as possible; not 0 is returned when the reader left."""
    try:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(1, view) :]
            except BlockingIOError:
                _wait_for_room()
    except BrokenPipeError:
        return READER_LEFT
    except OSError as err:
        raise unwritable(err) from err
    return 0


def _wait_for_room() -> None:
    """Until a standard output that somebody made non-blocking takes more."""
    import select

    poll = select.poll()
    poll.register(1, select.POLLOUT)
    poll.poll()


def _tell(arguments: Arguments) -> int:
    if arguments.version:
        from cmp import version_line

        return _print(f"{version_line('cmp-generate')}\n".encode())
    return _print(USAGE.encode())


def _collect_rarely() -> None:
    """Values live to the end, without cycles: the usual searches for cycles cost a sixth of a render."""
    import gc

    gc.set_threshold(20_000, 20, 100)


def _text(word: str) -> str:
    """An argument as UTF-8 whatever the locale; bytes that are not stay visible as escapes."""
    return os.fsencode(word).decode("utf-8", "surrogateescape")


def entry() -> NoReturn:
    """The program: `main`, and an end that is not Python's own.

    That one takes all modules and objects apart: an eighth of a small render's time, for what the system
    takes back by itself. Nothing waits for it here: whatever is written was flushed.
    """
    os._exit(main())


if __name__ == "__main__":
    entry()
