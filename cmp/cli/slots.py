"""How many renders run at the same time on this machine, and whose turn it is.

Each render has a file in a private folder, locked for as long as it lives; the system frees the lock however
the process ends. The file's name says since when it waits or holds a slot, and whose it is: by a hash with a
key of the folder, as names of AppProjects are not for other people. Decisions are made under one more lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time

from cmp.errors import UsageError, reason_of
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_WAITS, _HOLDS = "w", "h"
_DIGITS = 20
_SHORTEST, _LONGEST = 0.01, 0.25  # seconds between two looks


class _Entry(NamedTuple):
    """since: nanoseconds. whose: the hash of a project."""

    state: str
    since: str
    whose: str
    name: str


class Slot:
    """A slot that this process holds."""

    def __init__(self, path: str, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next one in."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)
        os.close(self._descriptor)


def take(slots: int, state: str, project: str) -> Slot:
    """Wait until one of `slots` is free and this render's turn; oldest first.

    While a render of another project waits, no project holds more than all slots but one. state: the folder
    of CMP_STATE_DIR. project: a name, or "". Raises `UsageError`; an exception from a signal leaves nothing.
    """
    folder = os.path.join(state, f"cmp-slots-{os.getuid()}")
    _make_private(folder)
    queue = _Queue(folder, slots)
    name, descriptor = queue.enter(project)
    try:
        while True:
            ahead = queue.take(name)
            if ahead < 0:
                return Slot(queue.path(_HOLDS + name[1:]), descriptor)
            time.sleep(min(_SHORTEST * (1 + ahead), _LONGEST))
    except BaseException:
        for each in (_WAITS, _HOLDS):
            with contextlib.suppress(OSError):
                os.unlink(queue.path(each + name[1:]))
        os.close(descriptor)
        raise


class _Queue:
    def __init__(self, folder: str, slots: int) -> None:
        self._folder = folder
        self._slots = slots

    def path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    def enter(self, project: str) -> tuple[str, int]:
        """Make this process's file; its name and the descriptor that holds its lock."""
        with self._locked():
            name = f"{_WAITS}{time.monotonic_ns():0{_DIGITS}}-{self._hash(project)}-{os.getpid():x}"
            descriptor = _open(self.path(name))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        return name, descriptor

    def take(self, name: str) -> int:
        """-1 when the file called `name` holds a slot now, else how many wait before it."""
        with self._locked():
            entries = sorted(self._entries())
            holding = [entry for entry in entries if entry.state == _HOLDS and self._alive(entry)]
            waiting = [entry for entry in entries if entry.state == _WAITS]
            ahead = next((n for n, entry in enumerate(waiting) if entry.name == name), 0)
            if len(holding) < self._slots and self._next(holding, waiting, name) == name:
                os.rename(self.path(name), self.path(_HOLDS + name[1:]))
                return -1
        return ahead

    def _next(self, holding: list[_Entry], waiting: list[_Entry], own: str) -> str:
        """Whose turn it is: the oldest one that may."""
        for entry in waiting:
            if entry.name != own and not self._alive(entry):
                continue
            held = sum(each.whose == entry.whose for each in holding)
            if self._slots > 1 and held >= self._slots - 1 and self._others_wait(entry, waiting, own):
                continue
            return entry.name
        return ""

    def _others_wait(self, entry: _Entry, waiting: list[_Entry], own: str) -> bool:
        others = (each for each in waiting if each.whose != entry.whose)
        return any(each.name == own or self._alive(each) for each in others)

    def _entries(self) -> Iterator[_Entry]:
        for name in os.listdir(self._folder):
            parts = name[1:].split("-")
            if name[:1] in (_WAITS, _HOLDS) and len(parts) == 3:
                yield _Entry(name[0], parts[0], parts[1], name)

    def _alive(self, entry: _Entry) -> bool:
        """Whether the process lives; the file of one that was killed is removed."""
        try:
            descriptor = os.open(self.path(entry.name), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            with contextlib.suppress(OSError):
                os.unlink(self.path(entry.name))
            return False
        finally:
            os.close(descriptor)

    def _hash(self, project: str) -> str:
        from hashlib import blake2b

        descriptor = _open(self.path("key"))
        try:
            key = os.pread(descriptor, 32, 0)
            if len(key) < 32:
                key = os.urandom(32)
                os.pwrite(descriptor, key, 0)
        finally:
            os.close(descriptor)
        return blake2b(project.encode("utf-8", "replace"), key=key, digest_size=12).hexdigest()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = _open(self.path("lock"))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _make_private(folder: str) -> None:
    """A folder that only we can write to: in a shared /tmp somebody else could have made it."""
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        status = os.stat(folder, follow_symlinks=False)
    except OSError as err:
        raise UsageError(
            f"the lock folder below CMP_STATE_DIR cannot be made: {reason_of(err)}",
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
        raise UsageError(f"a lock file below CMP_STATE_DIR cannot be opened: {reason_of(err)}") from err
