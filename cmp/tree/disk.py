"""A tree on disk: nothing is opened by a path that could have changed since it was checked.

Every directory is opened once, below its parent's descriptor and never through a link; a file is
opened below its directory's descriptor, without following links, and checked again when open. So a
link that is swapped in after the check makes an error, never a read outside the root.
"""

from __future__ import annotations

import os
import stat

from cmp.errors import Where, reason_of
from cmp.limits import DEFAULT, Limits
from cmp.tree.errors import TreeError
from cmp.tree.walk import WalkedTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.tree.walk import RawKind

# O_NONBLOCK: opening a FIFO must not wait for a writer. O_PATH needs only search permission.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_DIR_FLAGS = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
# Far below the usual limit of 1024 descriptors in a process.
_MAX_OPEN_DIRECTORIES = 200
_CHUNK = 1 << 20


def _bytes(name: str) -> bytes:
    """File names are UTF-8 whatever the locale says."""
    return name.encode("utf-8", "surrogateescape")


class DiskTree(WalkedTree):
    """The files below `root`, an existing directory. Close it, or let it go with the process."""

    def __init__(self, root: str = "/", limits: Limits = DEFAULT, base: str = "") -> None:
        real = os.path.realpath(_bytes(root or "/")).decode("utf-8", "surrogateescape")
        if base:
            base = os.path.realpath(_bytes(base)).decode("utf-8", "surrogateescape")
        super().__init__(real, limits, base)
        self._directories: dict[str, int] = {}
        try:
            self._root_fd = os.open(_bytes(real), _DIR_FLAGS & ~os.O_NOFOLLOW)
        except OSError as err:
            raise TreeError(reason_of(err), where=Where(file=self.display(real))) from err

    def close(self) -> None:
        """Close the directories; the tree is of no use afterwards."""
        for descriptor in self._directories.values():
            os.close(descriptor)
        self._directories.clear()
        if self._root_fd >= 0:
            os.close(self._root_fd)
            self._root_fd = -1

    def __enter__(self) -> DiskTree:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_root_fd", -1) >= 0:
            self.close()

    def lstat(self, real: str) -> RawKind:
        """What is at a real path, links not followed."""
        if real == self._prefix:
            return "dir"
        parent, _, name = real.rpartition("/")
        try:
            mode = os.stat(_bytes(name), dir_fd=self._directory(parent), follow_symlinks=False).st_mode
        except (FileNotFoundError, NotADirectoryError):
            return "missing"
        except OSError as err:
            raise TreeError(reason_of(err), where=Where(file=self.display(real)[:500])) from err
        return _kind(mode)

    def readlink(self, real: str) -> str:
        """Where a link points to."""
        parent, _, name = real.rpartition("/")
        try:
            return os.readlink(_bytes(name), dir_fd=self._directory(parent)).decode(
                "utf-8", "surrogateescape"
            )
        except OSError as err:
            raise TreeError(reason_of(err), where=Where(file=self.display(real))) from err

    def content(self, real: str) -> bytes:
        """The bytes of the regular file at a real path."""
        parent, _, name = real.rpartition("/")
        try:
            descriptor = os.open(_bytes(name), _FILE_FLAGS, dir_fd=self._directory(parent))
        except OSError as err:
            raise TreeError(reason_of(err), where=Where(file=self.display(real))) from err
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise TreeError("is not a regular file any more", where=Where(file=self.display(real)))
            self.limits.check("file_bytes", status.st_size)
            return self._read_all(descriptor, status.st_size)
        except OSError as err:
            raise TreeError(reason_of(err), where=Where(file=self.display(real))) from err
        finally:
            os.close(descriptor)

    def _read_all(self, descriptor: int, size: int) -> bytes:
        """Read to the end; a file that grows while it is read is still held to the limit."""
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        parts, total = [data], len(data)
        while data:
            self.limits.check("file_bytes", total)
            data = os.read(descriptor, _CHUNK)
            parts.append(data)
            total += len(data)
        return b"".join(parts)

    def names(self, real: str) -> list[str]:
        """The names in the directory at a real path."""
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
            descriptor = os.open(b".", flags, dir_fd=self._directory(real))
            try:
                found = os.listdir(descriptor)
            finally:
                os.close(descriptor)
        except OSError as err:
            raise TreeError(reason_of(err), where=Where(file=self.display(real))) from err
        return [os.fsencode(name).decode("utf-8", "surrogateescape") for name in found]

    def _directory(self, real: str) -> int:
        """The descriptor of a real directory, opened step by step from the root."""
        if real == self._prefix:
            return self._root_fd
        found = self._directories.get(real)
        if found is not None:
            return found
        if len(self._directories) >= _MAX_OPEN_DIRECTORIES:
            for descriptor in self._directories.values():
                os.close(descriptor)
            self._directories.clear()
        steps = []
        here = real
        while here != self._prefix and here not in self._directories:
            here, _, name = here.rpartition("/")
            steps.append(name)
        descriptor = self._directories.get(here, self._root_fd)
        while steps:
            name = steps.pop()
            here = f"{here}/{name}"
            parent = descriptor
            descriptor = os.open(_bytes(name), _DIR_FLAGS, dir_fd=parent)
            self._directories[here] = descriptor
        return descriptor


def _kind(mode: int) -> RawKind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "dir"
    return "link" if stat.S_ISLNK(mode) else "other"
