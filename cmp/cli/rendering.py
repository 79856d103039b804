"""One render under its bounds: bytes for standard output, or the text of an error."""

from __future__ import annotations

from cmp.cli.bounds import DeadlineReached
from cmp.cli.edge import error_text, exit_code, internal_error
from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cmp.cli.bounds import RenderBounds
    from cmp.cli.log import Log
    from cmp.cli.request import Request
    from cmp.cli.telemetry import Telemetry
    from cmp.render import Rendered


class Finished:
    """What came of a render.

    code: the exit code. output: the manifests, empty unless `code` is 0. messages: `error:`, `hint:` and
    `warning:` lines, 4 KiB at most. request: None where it could not be read. rendered: None after an error.
    error: None after a success.
    """

    __slots__ = ("_log", "code", "error", "messages", "output", "rendered", "request")

    def __init__(self, code: int, messages: str, error: CmpError | None = None) -> None:
        self.code = code
        self.messages = messages
        self.error = error
        self.output = b""
        self.request: Request | None = None
        self.rendered: Rendered | None = None
        self._log: Log | None = None

    def log(self) -> None:
        """Write the line of CMP_LOG and tell the telemetry; call it when the output has been delivered."""
        if self._log is not None and self.request is not None:
            self._log.write(self.request, self.rendered, self.error)


def perform(
    read: Callable[[], Request],
    environ: Mapping[str, str],
    bounds: RenderBounds,
    telemetry: Telemetry | None = None,
) -> Finished:
    """Read a request and render it within `bounds`; every error ends here, and none of them tells a value."""
    try:
        with bounds:
            return _render(read, environ, bounds, telemetry)
    except DeadlineReached as reached:
        return _failed(reached.as_error())
    except CmpError as err:
        return _failed(err)
    except (MemoryError, RecursionError) as err:
        return _failed(too_large(err))
    except Exception as err:  # the edge: nothing may escape with values in it
        error, frames = internal_error(err, environ)
        return Finished(1, error_text(error) + frames, error)


def too_large(err: BaseException) -> CmpError:
    """The error for what Python's own limits end."""
    return CmpError(f"the input is too large or too deep ({type(err).__name__})")


def _render(
    read: Callable[[], Request], environ: Mapping[str, str], bounds: RenderBounds, telemetry: Telemetry | None
) -> Finished:
    """The deadline covers the text of an error, and ends before anything is printed."""
    from cmp.cli.log import Log

    log = Log(environ, telemetry)
    request = read()
    try:
        rendered = request.render()
        bounds.disarm()
    except CmpError as err:
        finished = _failed(err)  # within the deadline: its strings are the repository's
        bounds.disarm()
    except DeadlineReached as reached:
        bounds.disarm()
        finished = _failed(reached.as_error())
    else:
        finished = Finished(0, _warnings([*request.warnings, *rendered.warnings]))
        finished.rendered = rendered
        finished.output = rendered.text.encode("utf-8", "surrogateescape")
    finished.request = request
    finished._log = log
    return finished


def _failed(err: CmpError) -> Finished:
    return Finished(exit_code(err), error_text(err), err)


def _warnings(warnings: list[str]) -> str:
    if not warnings:
        return ""
    from cmp.cli.output import bounded, warning_lines

    return bounded(warning_lines(warnings))
