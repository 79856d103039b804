"""A tree in memory, for tests and for what is derived from another tree."""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits
from cmp.tree.walk import WalkedTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cmp.tree.walk import RawKind


class MemoryTree(WalkedTree):
    """Files by absolute path; the directories above each are there by themselves.

    dirs: further, empty directories. links: symbolic links, path to target. others: devices and the like.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        dirs: Iterable[str] = (),
        links: Mapping[str, str] | None = None,
        others: Iterable[str] = (),
        root: str = "/",
        limits: Limits = DEFAULT,
    ) -> None:
        super().__init__(root.rstrip("/") or "/", limits)
        self._files = files
        self._links = dict(links or {})
        self._entries: dict[str, RawKind] = {"": "dir"}
        for path in dirs:
            self._add(path, "dir")
        for path in files:
            self._add(path, "file")
        for path in self._links:
            self._add(path, "link")
        for path in others:
            self._add(path, "other")

    def _add(self, path: str, kind: RawKind) -> None:
        self._entries[path.rstrip("/")] = kind
        parent = path.rpartition("/")[0]
        while parent and parent not in self._entries:
            self._entries[parent] = "dir"
            parent = parent.rpartition("/")[0]

    def lstat(self, real: str) -> RawKind:
        """What is at a real path, links not followed."""
        return self._entries.get(real, "missing")

    def readlink(self, real: str) -> str:
        """Where a link points to."""
        return self._links[real]

    def content(self, real: str) -> bytes:
        """The bytes of the regular file at a real path."""
        data = self._files[real]
        self.limits.check("file_bytes", len(data))
        return data

    def names(self, real: str) -> list[str]:
        """The names in the directory at a real path."""
        prefix = real + "/"
        return [
            p[len(prefix) :] for p in self._entries if p.startswith(prefix) and "/" not in p[len(prefix) :]
        ]
