"""A buffer over chunks of bytes, for reading lines and blocks with bounded memory."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Source:
    """Chunks read on demand: never holds more than one chunk beyond what was asked for."""

    __slots__ = ("_buffer", "_chunks", "_ended")

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._buffer = bytearray()
        self._ended = False

    def _fill(self) -> bool:
        """Add one chunk to the buffer; False at the end of the data."""
        chunk = next(self._chunks, None)
        if chunk is None:
            self._ended = True
            return False
        self._buffer += chunk
        return True

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end of the data."""
        while len(self._buffer) < size and not self._ended:
            self._fill()
        return self._take(size)

    def line(self, limit: int) -> bytes:
        """The next line with its LF; without one at the end of the data or after `limit` bytes."""
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched, limit)
            if end >= 0:
                return self._take(end + 1)
            searched = len(self._buffer)
            if searched >= limit or not self._fill():
                return self._take(limit)

    def at_end(self) -> bool:
        """Whether no byte is left."""
        while not self._buffer and not self._ended:
            self._fill()
        return not self._buffer

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken
