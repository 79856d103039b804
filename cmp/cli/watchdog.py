"""The deadline inside one long call of C, where no signal handler and no thread of Python gets its turn.

A thread of faulthandler, which needs nothing of Python, ends the process with exit code 1. It cannot say
why, so a small child process does: it waits until the process has gone, and writes the error if that was at
the deadline. Parent and child share their memory until one of them writes to it; each page that the parent
writes to is then copied. So who knows early that there will be a deadline forks the child early (`Teller`),
before most modules are imported.
"""

from __future__ import annotations

import os
from time import monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal  # its core: no import of enum

# The exit code of a process that had to be ended.
ENDED = 1
# Seconds before the end that `_wait` still takes for the deadline's own.
_CLOSE = 0.1


class Teller:
    """The child. `text(order)` makes the error's lines of what `at` sent; it runs in the child alone.

    OSError: no process can be forked.
    """

    def __init__(self, text: Callable[[bytes], str]) -> None:
        reading, self._writing = os.pipe()
        try:
            self._pid = os.fork()
        except OSError:
            os.close(self._writing)
            raise
        finally:
            if not getattr(self, "_pid", 1):
                _wait(reading, text)
            os.close(reading)

    def at(self, end: float, order: bytes) -> None:
        """Tell if the process ends at `end`, by the clock of `time.monotonic`. To be called once."""
        os.write(self._writing, b"%r\n%b" % (end, order))

    def end(self) -> None:
        """The child has gone, and told nothing."""
        try:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        except OSError:
            pass  # somebody else has collected it
        os.close(self._writing)


class Watchdog:
    """From `seconds` on the process ends, wherever it is, and `teller` tells `order`.

    Without a teller faulthandler lists the functions that were running.
    """

    def __init__(self, seconds: float, order: bytes, teller: Teller | None) -> None:
        self._teller = teller
        self._null = -1
        if teller is not None:
            teller.at(monotonic() + seconds, order)
        self._arm(seconds)

    def end(self) -> None:
        """Nothing happens from now on; the child has gone."""
        import faulthandler

        faulthandler.cancel_dump_traceback_later()
        if self._teller is not None:
            self._teller.end()
        if self._null != -1:
            os.close(self._null)

    def _arm(self, seconds: float) -> None:
        import faulthandler

        file = 2
        if self._teller is not None:
            file = self._null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        # Without a child: names of functions, never a value.
        try:
            faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        except (OSError, ValueError, RuntimeError):
            return  # the alarm remains


def _wait(pipe: int, text: Callable[[bytes], str]) -> None:
    """The child's work: until the other side of `pipe` is closed; never returns."""
    try:
        os.dup2(pipe, 0)
        os.dup2(2, 1)
        os.closerange(3, 1 << 16)
        said = b""
        while part := os.read(0, 1 << 12):
            said += part
        end, _, order = said.partition(b"\n")
        if end and monotonic() > float(end) - _CLOSE:
            os.write(2, text(order).encode("utf-8", "backslashreplace"))
    finally:
        os._exit(0)
