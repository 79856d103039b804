"""Archives on their way in: a memory file for each, and one budget for all of them."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections import Counter
from typing import NamedTuple

from cmp.errors import LimitError
from cmp.server.errors import NoRoomError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


class Spool:
    """A memory file that is written once, then sealed: nobody who is handed it can change it."""

    __slots__ = ("_hash", "digest", "fd", "size")

    def __init__(self) -> None:
        self.fd = os.memfd_create("mlops-cmp-archive", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self.size = 0
        self.digest = ""
        self._hash = hashlib.sha256()

    def write(self, parts: list[memoryview]) -> None:
        """Append pieces of the archive."""
        data = b"".join(parts)
        self.size += len(data)
        self._hash.update(data)
        _write(self.fd, data)

    def seal(self, trailer: bytes) -> str:
        """Append what is not part of the archive, and let nobody write any more; the archive's SHA-256."""
        _write(self.fd, trailer)
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, SEALS)
        self.digest = self._hash.hexdigest()
        return self.digest

    def close(self) -> None:
        """Let go of it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


class _Waiter(NamedTuple):
    project: str
    size: int
    turn: asyncio.Future[None]


class Budget:
    """So many bytes in all; who asks for more than is free waits in line, and is refused after a while.

    Oldest first. But while an upload of another project waits, a project that holds something gets no more,
    unless the other's would fit beside all of it. So an upload waits for what other projects hold, and never
    for what they have in line (as with slots: `cmp.server.turns`).

    reclaim: is asked to give bytes back that could be spared.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.used = 0
        self.reclaim: Callable[[int], None] = lambda size: None
        self._held: Counter[str] = Counter()
        self._line: list[_Waiter] = []

    async def take(self, size: int, seconds: float, project: str = "") -> Share:
        """A share of `size` bytes; `NoRoomError` when it isn't free within so many seconds.

        `LimitError` for more than the budget has. project: a name, or "".
        """
        if size > self.total:
            raise LimitError(
                f"an archive of {size} bytes is refused: CMP_SPOOL_BYTES is {self.total}",
                hint="exclude .git/* from the upload, or raise CMP_SPOOL_BYTES and the sidecar's memory",
            )
        share = self.take_now(size, project, reclaim=True)
        if share is not None:
            return share
        waiter = _Waiter(project, size, asyncio.get_running_loop().create_future())
        self._line.append(waiter)
        try:
            # Not wait_for: up to Python 3.11 it forgets a cancellation that comes together with the turn.
            async with asyncio.timeout(seconds):
                await asyncio.shield(waiter.turn)
        except TimeoutError:
            if not waiter.turn.done():
                raise _full() from None
        except asyncio.CancelledError:
            if waiter.turn.done():
                self.give_back(size, project)
            raise
        finally:
            if not waiter.turn.done():
                waiter.turn.cancel()
                self._line.remove(waiter)
                self._advance()
        return Share(self, size, project)

    def take_now(self, size: int, project: str = "", *, reclaim: bool = False) -> Share | None:
        """A share of `size` bytes, if it is free and nobody waits."""
        if reclaim and self.used + size > self.total:
            self.reclaim(self.used + size - self.total)
        if self._line or size <= 0 or self.used + size > self.total:
            return None
        self._hold(size, project)
        return Share(self, size, project)

    def grow(self, share: Share, size: int) -> None:
        """Make a share larger at once; `NoRoomError`. To wait here, holding memory, could be for ever."""
        if self.used + size - share.size > self.total:
            self.reclaim(self.used + size - share.size - self.total)
        if self._line or self.used + size - share.size > self.total:
            raise _full()
        self._hold(size - share.size, share.project)
        share.size = size

    def give_back(self, size: int, project: str = "") -> None:
        """Free bytes; the next in line may take them."""
        self._hold(-size, project)
        self._advance()

    def _hold(self, size: int, project: str) -> None:
        self.used += size
        self._held[project] += size
        if not self._held[project]:
            del self._held[project]

    def _advance(self) -> None:
        """Let in who may; nobody passes one that may, but does not fit yet."""
        while waiter := next(filter(self._may, self._line), None):
            if self.used + waiter.size > self.total:
                return
            self._line.remove(waiter)
            self._hold(waiter.size, waiter.project)
            waiter.turn.set_result(None)

    def _may(self, waiter: _Waiter) -> bool:
        held = self._held[waiter.project]
        other = next((each for each in self._line if each.project != waiter.project), None)
        return not held or other is None or held + waiter.size + other.size <= self.total


class Share:
    """Bytes of a budget, given back at the end of a `with`. project: whose."""

    __slots__ = ("_budget", "project", "size")

    def __init__(self, budget: Budget, size: int, project: str = "") -> None:
        self._budget = budget
        self.size = size
        self.project = project

    def __enter__(self) -> Share:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.give_back()

    def give_back(self) -> None:
        """All of it."""
        self.shrink(0)

    def shrink(self, size: int) -> None:
        """Keep `size` bytes of it."""
        self._budget.give_back(self.size - size, self.project)
        self.size = size


def _full() -> NoRoomError:
    return NoRoomError(
        "there is no memory for another archive",
        hint="exclude .git/* from the upload, raise CMP_SPOOL_BYTES and the memory, or add replicas",
    )
