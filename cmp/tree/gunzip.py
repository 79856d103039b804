"""The content of a gzip file (RFC 1952) in memory of its own, and never more of it than is allowed."""

from __future__ import annotations

import mmap
import zlib

from cmp.limits import exceeded
from cmp.tree.errors import TreeError

_GZIP = 16 + zlib.MAX_WBITS
# Small enough that what they are unpacked to is memory which is used again and again.
_PIECE = 1 << 14
_MOST_AT_ONCE = 1 << 18
_LEAST = 1 << 16
# So many times smaller gzip makes text at most, nearly always.
_USUAL = 32


def gunzip(packed: bytes | memoryview, most: int) -> mmap.mmap:
    """The content of all members, one behind the other; `TreeError` where it is damaged, `LimitError`.

    most: bytes; a bomb is stopped there. The map is this process's alone and ends with the content; zeros
    stand for one that is empty.
    """
    if not packed:
        raise broken("is empty")
    # A member ends with its content's size. Whoever lies has the memory grow bit by bit.
    told = min(int.from_bytes(bytes(packed[-4:]), "little"), len(packed) * _USUAL)
    area = _Area(min(max(told, _LEAST), most + 1), most)
    stream = zlib.decompressobj(_GZIP)
    fresh = False
    try:
        for at in range(0, len(packed), _PIECE):
            piece: bytes | memoryview = packed[at : at + _PIECE]
            while piece:
                if fresh:
                    stream, fresh = zlib.decompressobj(_GZIP), False
                area.add(stream.decompress(piece, _MOST_AT_ONCE))
                fresh = stream.eof
                piece = stream.unused_data if fresh else stream.unconsumed_tail
        while not stream.eof and area.add(stream.decompress(b"", _MOST_AT_ONCE)):
            pass
    except zlib.error:
        raise broken("is not a gzip file, or damaged") from None
    if not stream.eof:
        raise broken("is cut off")
    return area.done()


def broken(what: str) -> TreeError:
    """The error that ends a request whose archive is not a tar.gz."""
    return TreeError(f"the repository's archive {what}")


class _Area:
    """Memory that grows. Where the kernel has large pages, a page fault is for one of them."""

    def __init__(self, size: int, most: int) -> None:
        self._most = most
        self._used = 0
        try:
            self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        except OSError:
            raise MemoryError from None
        self._advise()

    def add(self, part: bytes) -> int:
        """Append; how much that was."""
        end = self._used + len(part)
        if end > self._most:
            raise exceeded("unpacked_bytes", self._most)
        if end > len(self._map):
            self._resize(min(max(end, 2 * len(self._map)), self._most + 1))
            self._advise()
        self._map[self._used : end] = part
        self._used = end
        return len(part)

    def done(self) -> mmap.mmap:
        """The memory, cut to what is used."""
        if 0 < self._used < len(self._map):
            self._resize(self._used)
        return self._map

    def _resize(self, size: int) -> None:
        try:
            self._map.resize(size)
        except OSError:
            raise MemoryError from None

    def _advise(self) -> None:
        if len(self._map) >= 1 << 21:
            self._map.madvise(mmap.MADV_HUGEPAGE)
