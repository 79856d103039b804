"""The deadline inside one long call of C, where no signal handler and no thread of Python gets its turn.

A thread of faulthandler, which needs nothing of Python, ends the process with exit code 1. It cannot say
why, so a small process does (`Teller`): it waits until the other one has gone, and writes the error if that
was at the deadline. It is another Python, and not a fork: a fork shares the memory until one side writes to
it, and each page that a render writes to would be copied. It takes as long to start as a small render, so a
process starts it only when it has run for a while (`cmp.cli.bounds`).
"""

from __future__ import annotations

import os
import sys
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal  # its core: no import of enum

# The exit code of a process that had to be ended.
ENDED = 1
# Until the other side has closed the pipe. One that has gone before was ended by somebody else: a tenth of a
# second is what faulthandler may be early by.
_WAITS = """
import os, time
said = b""
while part := os.read(0, 4096):
    said += part
end, _, text = said.partition(b"\\n")
if text and time.monotonic() > float(end) - 0.1:
    os.write(2, text)
"""


class Teller:
    """Writes `text` to standard error if this process ends at `end`, by the clock of `time.monotonic`.

    OSError: no process can be started.
    """

    def __init__(self, end: float, text: bytes) -> None:
        reading, self._writing = os.pipe()
        try:
            self._pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-c", f"exec({_WAITS!r})"],  # one line in a list of processes
                {},  # what this process knows of secrets stays here
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, reading, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                ],
                setsigmask=[signal.SIGINT],  # Ctrl-C is for the process that it waits for
            )
        except OSError:
            os.close(self._writing)
            raise
        finally:
            os.close(reading)
        os.write(self._writing, b"%r\n%b" % (end, text))

    def end(self) -> None:
        """The process has gone, and told nothing."""
        try:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        except OSError:
            pass  # somebody else has collected it
        os.close(self._writing)


class Watchdog:
    """From `seconds` on the process ends, wherever it is.

    As long as nobody tells why, faulthandler lists the functions that were running.
    """

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._teller: Teller | None = None
        self._null = -1
        _arm(seconds, 2)

    def tell(self, text: str) -> None:
        """From now on a process of its own writes `text` at the end, where one can be started."""
        if self._teller is not None:
            return
        try:
            self._teller = Teller(self._end, text.encode("utf-8", "backslashreplace"))
        except OSError:
            return  # the deadline holds without it
        self._null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        _arm(max(self._end - monotonic(), 0.001), self._null)

    def end(self) -> None:
        """Nothing happens from now on."""
        import faulthandler

        faulthandler.cancel_dump_traceback_later()
        if self._teller is not None:
            self._teller.end()
        if self._null != -1:
            os.close(self._null)


def _arm(seconds: float, file: int) -> None:
    """End the process after so many seconds; names of functions go to `file`, never a value."""
    import faulthandler

    try:
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
    except (OSError, ValueError, RuntimeError):
        return  # the alarm remains
