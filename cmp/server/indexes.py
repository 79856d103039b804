"""Archives that come again and again, unpacked and indexed once: what Applications of one commit share.

repo-server packs one checkout for all Applications that it renders at the same time, so their archives are
the same bytes (tests/argocd/test_repo_server.py); one of a later checkout differs in the times of `.git`.
The index of an archive that is seen for the second time is made by a child that sees nothing but the archive:
no environment of a request, no key. It is a sealed memory file, found by the SHA-256 that the front computed.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import OrderedDict

from cmp.server.spool import SEALS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.server.spool import Budget, Share

# Seconds since it was asked for last.
AGE = 60.0
# All of them together: one part in so many of the budget that uploads share.
PART = 4
_MOST_REMEMBERED = 1000


class Index:
    """A sealed memory file: what `cmp.tree.archive.dump` writes. size: bytes."""

    __slots__ = ("fd", "share", "size", "used")

    def __init__(self, fd: int, size: int, share: Share, used: float) -> None:
        self.fd = fd
        self.size = size
        self.share = share
        self.used = used

    def close(self) -> None:
        """Give its memory back. Renders that were handed it keep theirs to their end."""
        os.close(self.fd)
        self.share.give_back()


# What the budget knows the indexes by; not a name that a project can have.
_NO_PROJECT = "(indexes)"


class Indexes:
    """Those that are kept, and which archives were seen."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._most = budget.total // PART
        self._kept: OrderedDict[str, Index] = OrderedDict()
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._making: dict[str, int] = {}
        self._loop = asyncio.get_running_loop()
        budget.reclaim = self.free

    def find(self, digest: str) -> Index | None:
        """The index of an archive, if it is kept."""
        self._drop_old()
        found = self._kept.get(digest)
        if found is not None:
            self._kept.move_to_end(digest)
            found.used = self._loop.time()
        return found

    def wanted(self, digest: str) -> Making | None:
        """Something to make an index in, when an archive comes for the second time and there is room.

        One attempt for each time it comes anew: who asks meanwhile, or after a failure, does without.
        """
        if digest in self._making:
            return None
        now = self._loop.time()
        before = self._seen.get(digest, -AGE - 1)
        self._seen[digest] = now
        self._seen.move_to_end(digest)
        if len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        if before < 0 or now - before > AGE:
            return None
        self._seen[digest] = -1.0
        free = self._most - sum(each.size for each in self._kept.values()) - sum(self._making.values())
        share = self._budget.take_now(free, _NO_PROJECT)
        if share is None:
            return None
        try:
            making = Making(share, lambda: self._making.pop(digest))
        except OSError:  # no descriptor is free: the render does without
            share.give_back()
            return None
        self._making[digest] = share.size
        return making

    def keep(self, digest: str, made: Making) -> Index:
        """What was made, from now on."""
        index = self._kept[digest] = made.done(self._loop.time())
        self._loop.call_later(AGE + 1, self._drop_old)
        return index

    def free(self, size: int) -> None:
        """Give back so many bytes, or all there are: an upload needs them."""
        while size > 0 and self._kept:
            _, index = self._kept.popitem(last=False)
            size -= index.size
            index.close()

    def _drop_old(self) -> None:
        oldest = self._loop.time() - AGE
        for digest, index in list(self._kept.items()):
            if index.used < oldest:
                del self._kept[digest]
                index.close()


class Making:
    """A memory file that a child writes an index into. A context manager.

    most: bytes that it may have. over: is called at the end.
    """

    def __init__(self, share: Share, over: Callable[[], object]) -> None:
        self._share = share
        self._over = over
        self._done = False
        self.most = share.size
        self.fd = os.memfd_create("mlops-cmp-index", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)

    def __enter__(self) -> Making:
        return self

    def __exit__(self, *_: object) -> None:
        self._over()
        if not self._done:
            os.close(self.fd)
            self._share.give_back()

    def done(self, now: float) -> Index:
        """Seal it: nobody can change it any more."""
        fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, SEALS)
        self._done = True
        self._share.shrink(os.fstat(self.fd).st_size)
        return Index(self.fd, self._share.size, self._share, now)
