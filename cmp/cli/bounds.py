"""Bounds of one process: a deadline that ends with a message, and a limit on renders at the same time.

argocd-cmp-server kills a command without a word when the caller's deadline is over (60 s), and starts as
many commands as there are requests. CMP_DEADLINE: seconds, 50 by default. CMP_CONCURRENCY: renders at once on
this machine (`cmp.cli.slots`). Python runs a signal's handler between two of its own steps: a long call of C
is ended by `cmp.cli.watchdog`, a moment later.
"""

from __future__ import annotations

from cmp.errors import CmpError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping
    from types import FrameType

    from cmp.cli.slots import Slot
    from cmp.cli.watchdog import Watchdog
else:
    import _signal as signal  # its core: no import of enum

DEADLINE = "CMP_DEADLINE"
CONCURRENCY = "CMP_CONCURRENCY"
_PROJECT = "ARGOCD_APP_PROJECT_NAME"
# Seconds after the deadline at which a process ends that did not end by itself.
LAST_RESORT = 0.7
# Seconds after which a process starts another one, which will tell why it was ended. Most renders are done by
# then. A call of C that begins before, and outlasts the deadline, is ended without a reason.
SETTLED = 1
# Seconds until the next try, where what writes the text is just being imported.
_AGAIN = 0.05
_RANGES = {DEADLINE: (0.01, 86_400), CONCURRENCY: (1, 1024)}


class DeadlineReached(BaseException):
    """The render took longer than the operator allows; no handler of ordinary errors may swallow it."""

    waiting = False
    callers = False  # whether it was the time that whoever asked would wait
    option = ""  # the option of the command line that set it

    def as_error(self) -> CmpError:
        """What to tell."""
        if self.option:
            return CmpError(f"the command was stopped after {self.args[0]:g} seconds ({self.option})")
        if self.callers:
            return CmpError(
                f"the render was stopped after {self.args[0]:.1f} seconds: the caller waits no longer",
                hint="give the sidecar more CPU, or raise Argo CD's repo-server timeout and CMP_DEADLINE",
            )
        if self.waiting:
            return CmpError(
                f"no other render ended within {self.args[0]:g} seconds ({DEADLINE}): this one never began",
                hint=f"raise {CONCURRENCY} and the sidecar's CPU and memory, or add repo-server replicas",
            )
        return CmpError(
            f"the render was stopped after {self.args[0]:g} seconds ({DEADLINE})",
            hint="give the sidecar more CPU, or raise CMP_DEADLINE and Argo CD's repo-server timeout",
        )


class RenderBounds:
    """`with RenderBounds(environ):` holds a slot, the deadline and the bound on memory.

    default_deadline: seconds, 0 for none. Raises `LimitError` when memory runs out. For a render that
    another process let in, `slots` is False (that process also ends it where it does not end by itself, and
    tells of it), `waited` how many seconds of the deadline have passed, and `callers` how many its caller
    still waits (0: no end).
    """

    __slots__ = ("_armed", "_callers", "_environ", "_memory", "_seconds", "_slot", "_slots", "_waited")

    def __init__(
        self,
        environ: Mapping[str, str],
        default_deadline: float = 0,
        *,
        slots: bool = True,
        waited: float = 0,
        callers: float = 0,
    ) -> None:
        self._environ = environ
        self._seconds = number_of(environ, DEADLINE) or default_deadline
        self._slots = slots
        self._waited = waited
        self._callers = callers
        self._armed = False
        self._slot: Slot | None = None
        self._memory: tuple[int, tuple[int, int]] | None = None

    def __enter__(self) -> RenderBounds:
        from cmp.cli.memory import bound
        from cmp.cli.request import limits_from

        self._memory = bound(limits_from(self._environ).memory_bytes)
        slots = number_of(self._environ, CONCURRENCY) if self._slots else 0
        if self._seconds:
            reached = DeadlineReached(self._seconds)
            left = seconds_left(self._seconds, self._waited, self._callers)
            if left == self._callers:
                reached = DeadlineReached(self._callers)
                reached.callers = True
            self._armed = start_timer(left, reached, tell=self._slots)
        if slots:
            try:
                self._slot = self._take(int(slots))
            except BaseException:
                self.__exit__(None)
                raise
        return self

    def _take(self, slots: int) -> Slot:
        from cmp.cli.request import state_directory
        from cmp.cli.slots import take

        try:
            return take(slots, state_directory(self._environ), self._environ.get(_PROJECT, ""))
        except DeadlineReached as reached:
            reached.waiting = True
            raise

    def disarm(self) -> None:
        """End the deadline; the slot stays taken."""
        if self._armed:
            self._armed = False
            stop_timer()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.disarm()
        from cmp.cli.memory import unbound

        bounds, self._memory = self._memory, None
        unbound(bounds)
        if self._slot is not None:
            self._slot.release()
            self._slot = None
        if bounds is not None and kind is MemoryError:
            from cmp.cli.request import limits_from
            from cmp.limits import exceeded

            raise exceeded("memory_bytes", limits_from(self._environ).memory_bytes) from None


def number_of(environ: Mapping[str, str], name: str) -> float:
    """The value of one of the two settings, 0 when it is not set; `UsageError`."""
    text = environ.get(name, "")
    if not text:
        return 0
    low, high = _RANGES[name]
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not low <= value <= high:
        raise UsageError(f"{name} is not a number from {low:g} to {high}")
    return value


def seconds_left(deadline: float, waited: float, callers: float) -> float:
    """What is left of a deadline, or of what the caller still waits (0: no end) where that is less."""
    left = max(deadline - waited, 0.001)
    return callers if 0 < callers < left else left


class _Timer:
    """The one of this process. ends: when it does, by the clock of `time.monotonic`; 0: it does not run."""

    ends = 0.0
    watchdog: Watchdog | None = None


_timer = _Timer()


def start_timer(seconds: float, reached: DeadlineReached, *, tell: bool = True) -> bool:
    """Raise `reached` after so many seconds, wherever the process is; False if a timer ends before that.

    Where nothing can be raised, the process ends 0.7 seconds later with exit code 1, and the error of
    `reached` is written to standard error. tell: False where another process sees to both.
    """
    from time import monotonic

    ends = monotonic() + seconds
    if 0 < _timer.ends <= ends:
        return False
    stop_timer()
    _timer.ends = ends
    first = seconds
    if tell:
        from cmp.cli.watchdog import Watchdog

        _timer.watchdog = Watchdog(seconds + LAST_RESORT)
        if seconds > SETTLED:
            first = SETTLED
        else:
            _tell(reached)

    def alarm(number: int, frame: FrameType | None) -> None:
        left = ends - monotonic()
        if left <= 0:
            raise reached
        signal.setitimer(signal.ITIMER_REAL, left if _tell(reached) else min(left, _AGAIN), 1)

    signal.signal(signal.SIGALRM, alarm)
    # Again every second, in case the exception is raised where Python swallows it (a destructor).
    signal.setitimer(signal.ITIMER_REAL, first, 1)
    return True


def stop_timer() -> None:
    """No deadline from now on, and no process that would tell of one."""
    _timer.ends = 0.0
    signal.setitimer(signal.ITIMER_REAL, 0)
    watchdog, _timer.watchdog = _timer.watchdog, None
    if watchdog is not None:
        watchdog.end()


def _tell(reached: DeadlineReached) -> bool:
    """Have the watchdog tell; False where the alarm came in the middle of an import that this needs."""
    if _timer.watchdog is None:
        return True
    try:
        from cmp.cli.edge import error_text

        _timer.watchdog.tell(error_text(reached.as_error()))
    except ImportError:
        return False
    return True
