"""Bounds of one process: a deadline that ends with a message, and a limit on renders at the same time.

argocd-cmp-server kills a command without a word when the caller's deadline is over (60 s), and starts as
many commands as there are requests. CMP_DEADLINE: seconds, 50 by default. CMP_CONCURRENCY: renders at once on
this machine, held by lock files below CMP_STATE_DIR that the system frees however a process ends.
"""

from __future__ import annotations

import os

from cmp.errors import CmpError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Mapping
    from types import FrameType
else:
    import _signal as signal  # its core: no import of enum

DEADLINE = "CMP_DEADLINE"
CONCURRENCY = "CMP_CONCURRENCY"
_RANGES = {DEADLINE: (0.01, 86_400), CONCURRENCY: (1, 1024)}


class DeadlineReached(BaseException):
    """The render took longer than the operator allows; no handler of ordinary errors may swallow it."""

    waiting = False

    def as_error(self) -> CmpError:
        """What to tell."""
        if self.waiting:
            return CmpError(
                f"no other render ended within {self.args[0]:g} seconds ({DEADLINE}): this one never began",
                hint=f"raise {CONCURRENCY} and the sidecar's CPU and memory, or add repo-server replicas",
            )
        return CmpError(
            f"the render was stopped after {self.args[0]:g} seconds ({DEADLINE})",
            hint="give the sidecar more CPU, or raise CMP_DEADLINE and Argo CD's repo-server timeout",
        )


class bounded:  # noqa: N801 - a context manager that reads as a word
    """`with bounded(environ):` holds a slot, the deadline and the bound on memory.

    default_deadline: seconds, 0 for none. Raises `LimitError` when memory runs out.
    """

    __slots__ = ("_environ", "_memory", "_seconds", "_slot")

    def __init__(self, environ: Mapping[str, str], default_deadline: float = 0) -> None:
        self._environ = environ
        self._seconds = number_of(environ, DEADLINE) or default_deadline
        self._slot = -1
        self._memory: tuple[int, int] | None = None

    def __enter__(self) -> bounded:
        from cmp.cli.request import limits_from

        self._memory = _bound_memory(limits_from(self._environ).memory_bytes)
        slots = number_of(self._environ, CONCURRENCY)
        if self._seconds:
            _start_timer(self._seconds)
        if slots:
            self._slot = take_slot(int(slots), self._environ)
        return self

    def disarm(self) -> None:
        """End the deadline; the slot stays taken."""
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.disarm()
        if self._memory is not None:
            import resource

            # What is left to do, the message above all, needs memory too.
            resource.setrlimit(resource.RLIMIT_AS, self._memory)
            if kind is MemoryError:
                from cmp.cli.request import limits_from
                from cmp.limits import exceeded

                raise exceeded("memory_bytes", limits_from(self._environ).memory_bytes) from None
        if self._slot >= 0:
            os.close(self._slot)
            self._slot = -1


def _bound_memory(wanted: int) -> tuple[int, int] | None:
    """Lower the soft limit on address space; the limits there were before, or None when it stays as it is."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    for there in (soft, hard):
        if there != resource.RLIM_INFINITY and there < wanted:
            return None
    try:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (OSError, ValueError):
        return None
    return soft, hard


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


def _start_timer(seconds: float) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise DeadlineReached(seconds)

    signal.signal(signal.SIGALRM, stop)
    # Again every second, in case the first one is raised where Python swallows exceptions (a destructor).
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)


def take_slot(slots: int, environ: Mapping[str, str]) -> int:
    """Wait for one of `slots` locks; the descriptor that holds it.

    Any free one is taken; else the wait is for one by process number, so that the queues are equally long and
    nobody has to ask again and again.
    """
    import fcntl

    from cmp.cli.request import state_directory

    folder = os.path.join(state_directory(environ), f"cmp-slots-{os.getuid()}")
    _make_private(folder)
    first = os.getpid() % slots
    for offset in range(slots):
        descriptor = _open(os.path.join(folder, str((first + offset) % slots)))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return descriptor
    descriptor = _open(os.path.join(folder, str(first)))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except DeadlineReached as reached:
        reached.waiting = True
        raise
    return descriptor


def _make_private(folder: str) -> None:
    """A folder that only we can write to: in a shared /tmp somebody else could have made it."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.stat(folder, follow_symlinks=False)
    except OSError as err:
        raise UsageError(
            f"the lock folder below CMP_STATE_DIR cannot be made: {(err.strerror or 'error').lower()}",
            hint="set CMP_STATE_DIR to a writable directory",
        ) from err
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise UsageError(
            "the lock folder below CMP_STATE_DIR belongs to somebody else", hint="set CMP_STATE_DIR"
        )


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as err:
        raise UsageError(
            f"a lock file below CMP_STATE_DIR cannot be opened: {(err.strerror or 'error').lower()}"
        ) from err
