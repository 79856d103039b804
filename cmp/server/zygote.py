"""The process that forks one child a request: one thread, everything imported, nothing of a request in it."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
from time import monotonic

from cmp.cli.bounds import LAST_RESORT, seconds_left
from cmp.cli.edge import internal_error
from cmp.cli.watchdog import ENDED
from cmp.errors import reason_of
from cmp.server import handoff, journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.server.settings import Settings

_DESCRIPTORS = 3


def run(channel: socket.socket, settings: Settings) -> None:
    """Serve until the front's end of `channel` is closed; never returns."""
    code = 1
    try:
        # The front says when to end, by going away.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        _close_standard_input()
        from cmp.server.warm import warm_up

        warm_up(settings)
        gc.collect()
        gc.freeze()
        channel.send(handoff.READY)
        _Zygote(channel, settings).serve()
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 1  # the front has gone
    except Exception as err:  # the edge: nothing may escape with values in it
        journal.write("failed", process="zygote", reason=internal_error(err, {})[0].message)
    finally:
        os._exit(code)


def _close_standard_input() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


class _Child:
    """number: its order's. ends: when it has to be gone, by `monotonic`. late: it was not, and is killed."""

    __slots__ = ("ends", "late", "number")

    def __init__(self, number: int, ends: float) -> None:
        self.number = number
        self.ends = ends
        self.late = False


class _Zygote:
    def __init__(self, channel: socket.socket, settings: Settings) -> None:
        self._channel = channel
        self._settings = settings
        self._children: dict[int, _Child] = {}
        self._ended, signalled = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def serve(self) -> None:
        """Fork and reap; at the end no child is left."""
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)
        poll.register(self._ended, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _ in poll.poll(self._until_late())}
                self._end_late()
                if self._ended in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._ended, 4096)
                    self._reap()
                if self._channel.fileno() in ready and not self._take():
                    return
        finally:
            for pid in self._children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _until_late(self) -> int | None:
        """Milliseconds until some child is late; None where there is none."""
        ends = [child.ends for child in self._children.values() if not child.late]
        return max(int((min(ends) - monotonic()) * 1000) + 1, 0) if ends else None

    def _end_late(self) -> None:
        """Kill who did not end at its deadline by itself: it is inside of a long call of C, or stopped."""
        now = monotonic()
        for pid, child in self._children.items():
            if not child.late and now >= child.ends:
                child.late = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _take(self) -> bool:
        """One order; False when the front has gone."""
        packet, descriptors, _, _ = socket.recv_fds(self._channel, handoff.PACKET, _DESCRIPTORS)
        if not packet:
            return False
        order = handoff.order(packet)
        spool, pipe, index = (*descriptors, -1)[:3]
        try:
            pid = os.fork()
        except OSError as err:
            self._report(handoff.Report(order.number, failed=reason_of(err)))
            pid = -1
        if pid == 0:
            self._channel.close()
            os.close(self._ended)
            from cmp.server.child import run as run_child

            run_child(order, spool, pipe, index, self._settings)
        for descriptor in descriptors:
            os.close(descriptor)
        if pid > 0:
            left = seconds_left(self._settings.deadline, order.waited, order.callers)
            self._children[pid] = _Child(order.number, monotonic() + left + LAST_RESORT)
        return True

    def _reap(self) -> None:
        """Every child that has ended, and what it may have left of its process group."""
        while True:
            try:
                found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if found is None:
                return
            pid = found.si_pid
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            _, status, usage = os.wait4(pid, 0)
            child = self._children.pop(pid, None)
            status = ENDED if child and child.late else os.waitstatus_to_exitcode(status)
            if child:
                cpu = usage.ru_utime + usage.ru_stime
                self._report(handoff.Report(child.number, status, cpu, usage.ru_maxrss * 1024))

    def _report(self, report: handoff.Report) -> None:
        self._channel.send(report.packed())
