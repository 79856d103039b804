"""`cmp-server`: start the zygote, then the front. Errors end here, with an exit code and a reason."""

from __future__ import annotations

import os
import signal
import sys

from cmp.cli.edge import fail, fill_standard_streams, unexpected
from cmp.cli.server_usage import USAGE
from cmp.errors import CmpError, UsageError
from cmp.server import journal
from cmp.server import settings as operators
from cmp.server.guard import protect_memory
from cmp.server.start import start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] | None = None) -> int:
    """Run cmp-server; the exit code: 0 ended by SIGTERM, 1 by a failure, 2 wrong usage."""
    environ = os.environ if environ is None else environ
    words = list(sys.argv[1:] if argv is None else argv)
    # Else a line of the log would be written to a socket that got the number of a closed standard error.
    fill_standard_streams()
    protect_memory()
    try:
        if "--help" in words or "-h" in words:
            return _tell(USAGE)
        if "--version" in words:
            from cmp import version_line

            return _tell(version_line("cmp-server") + "\n")
        return _run(operators.read(words, environ))
    except CmpError as err:
        return fail(err)
    except ChildProcessError as err:
        journal.write("stopped", reason=str(err))
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as err:  # the edge: nothing may escape with values in it
        return unexpected(err, environ)


def _run(settings: operators.Settings) -> int:
    signal.signal(signal.SIGTERM, _stop)  # until the front has a handler of its own
    # Before the front has anything of its own that a fork would take along.
    channel, pid = start(settings)
    problem = operators.room_problem(settings, operators.container_memory())
    if problem:
        journal.write("warning", message=problem)
    try:
        import asyncio

        from cmp.server.front import serve
    except ImportError as err:
        raise UsageError(f"the package {err.name} is missing", hint="install mlops-cmp[server]") from None
    return asyncio.run(serve(settings, channel, pid))


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Ended before it listens. The zygote ends by itself: its channel closes."""
    journal.write("stopped", reason="SIGTERM")
    sys.exit(0)


def _tell(text: str) -> int:
    if sys.stdout is None:
        raise CmpError("standard output is closed")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
