"""`cmp-generate`: what argocd-cmp-server runs. Manifests on standard output, or an exit code and a reason.

Nothing is printed before everything is done, and nothing at all on failure. Unexpected exceptions name
their class and place in our code, never a value.
"""

from __future__ import annotations

import os
import sys

from cmp.cli.arguments import USAGE, parse
from cmp.cli.edge import fail, forbid_core_dumps
from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cmp.cli.arguments import Arguments
    from cmp.cli.bounds import bounded
    from cmp.cli.log import Log
    from cmp.cli.request import Request
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
    if 1 in _fill_standard_streams():
        return fail(CmpError("standard output is closed"))
    try:
        arguments = parse(words)
        if arguments.help or arguments.version:
            return _tell(arguments)
        from cmp.cli.bounds import DeadlineReached, bounded

        try:
            with bounded(environ, default_deadline=0 if arguments.plain else DEFAULT_DEADLINE) as bounds:
                return run(arguments, environ, bounds, telemetry)
        except DeadlineReached as reached:
            return fail(reached.as_error())
    except CmpError as err:
        return fail(err)
    except KeyboardInterrupt:
        return 130
    except (MemoryError, RecursionError) as err:
        return fail(CmpError(f"the input is too large or too deep ({type(err).__name__})"))
    except Exception as err:  # the edge: nothing may escape with values in it
        from cmp.cli.edge import unexpected

        return unexpected(err, environ)


def run(
    arguments: Arguments, environ: Mapping[str, str], bounds: bounded, telemetry: Telemetry | None = None
) -> int:
    """Render and print; raises a `CmpError`. The deadline ends before the first byte is printed."""
    from cmp.cli import request
    from cmp.cli.bounds import DeadlineReached
    from cmp.cli.log import Log

    log = Log(environ, telemetry)
    wanted = request.read(arguments, environ)
    try:
        rendered = wanted.render()
        bounds.disarm()
    except CmpError as err:
        bounds.disarm()
        return _failed(wanted, err, log)
    except DeadlineReached as reached:
        bounds.disarm()
        return _failed(wanted, reached.as_error(), log)
    if rendered.warnings or arguments.explain:
        from cmp.cli.output import report, write

        if arguments.explain:
            write(sys.stderr, "".join(f"{line}\n" for line in _plain_lines(rendered.explain)))
        report(None, [*wanted.warnings, *rendered.warnings])
    elif wanted.warnings:
        from cmp.cli.output import report

        report(None, wanted.warnings)
    code = _print(rendered.text)
    log.write(wanted, rendered, None)
    return code


def _failed(wanted: Request, err: CmpError, log: Log) -> int:
    """The reason first, as Argo CD shows the beginning; then the log line, if one was asked for."""
    code = fail(err)
    log.write(wanted, None, err)
    return code


def _plain_lines(lines: list[str]) -> list[str]:
    from cmp.tree.names import plain

    return [plain(line) for line in lines]


def _print(text: str) -> int:
    """All of the output in as few writes as possible; a reader who left is no error."""
    data = text.encode("utf-8", "surrogateescape")
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(1, view) :]
    except BrokenPipeError:
        return 0
    except OSError as err:
        reason = (err.strerror or type(err).__name__).lower()
        raise CmpError(f"standard output cannot be written: {reason}") from err
    return 0


def _tell(arguments: Arguments) -> int:
    if arguments.version:
        from cmp import __version__

        return _print(f"cmp-generate {__version__}\n")
    return _print(USAGE)


def _collect_rarely() -> None:
    """Values live to the end, without cycles: the usual searches for cycles cost a sixth of a render."""
    import gc

    gc.set_threshold(20_000, 20, 100)


def _fill_standard_streams() -> list[int]:
    """Open what is closed of 0, 1, 2 on /dev/null: else the next file opened would become standard output."""
    closed = []
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            closed.append(descriptor)
            os.open("/dev/null", os.O_RDWR)
    return closed


def _text(word: str) -> str:
    """An argument as UTF-8 whatever the locale; bytes that are not stay visible as escapes."""
    return os.fsencode(word).decode("utf-8", "surrogateescape")


def entry() -> None:
    """For `python -m cmp.cli.generate`."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
