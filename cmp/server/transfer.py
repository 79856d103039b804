"""One stream of a repository: metadata, then the pieces of one gzip of one tar, held against its SHA-256.

Pieces go from the connection's buffer to the memory file; nothing is kept of them here but the part of a
message that is not complete.
"""

from __future__ import annotations

import asyncio

from cmp.limits import exceeded
from cmp.server import wire
from cmp.server.calls import INTERNAL, PREFIX, RESOURCE_EXHAUSTED, CallError, message_size
from cmp.server.errors import WireError
from cmp.server.spool import Spool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.limits import Limits
    from cmp.server.spool import Budget, Share

# The room that is taken for an archive whose size its metadata does not tell.
UNTOLD_BYTES = 4 << 20
# Half of what the server counts for itself: 512 connections, and as much as one variable may hold for each.
MAX_FIRST_BYTES = 64 << 20


def room_for(metadata: wire.Metadata, trailer: int, limits: Limits) -> int:
    """The bytes to take of the budget before the archive comes; `LimitError` for more than one may have.

    trailer: bytes of what goes behind it.
    """
    limits.check("archive_bytes", metadata.size)
    return (metadata.size or min(UNTOLD_BYTES, limits.archive_bytes)) + trailer


class FirstMessages:
    """Bytes of all streams' first messages: they are in the server's own memory, and in no budget yet."""

    def __init__(self, most: int = MAX_FIRST_BYTES) -> None:
        self.most = most
        self.used = 0

    def take(self, size: int) -> None:
        """Count one more; `CallError` where that is too much."""
        if self.used + size > self.most:
            raise CallError(RESOURCE_EXHAUSTED, "there is no memory for another request")
        self.used += size


class Upload:
    """The receiver of a request that is a stream (`cmp.server.http2.stream.Receiver`).

    first: done with the first message. complete: done when everything has come and gone `into` the sink.
    Both end with an exception when the stream is not what it should be. What comes behind the first message
    is held, and holds the caller up, until `into` says where it goes. task: is cancelled when nobody waits.
    """

    __slots__ = (
        "_chunks",
        "_counted",
        "_ended",
        "_failed",
        "_first",
        "_firsts",
        "_held",
        "_sink",
        "complete",
        "first",
        "held",
        "task",
    )

    def __init__(self, firsts: FirstMessages) -> None:
        loop = asyncio.get_running_loop()
        self._firsts = firsts
        self._counted = 0
        self._first = b""
        self.first: asyncio.Future[None] = loop.create_future()
        self.complete: asyncio.Future[None] = loop.create_future()
        self.task: asyncio.Task[None] | None = None
        self.held = 0
        self._held = bytearray()
        self._chunks = Chunks()
        self._sink: Callable[[list[memoryview]], None] | None = None
        self._ended = self._failed = False

    async def take_first(self) -> bytes:
        """The first message. It counts for the server's memory until `let_go`."""
        await self.first
        message, self._first = self._first, b""
        return message

    def let_go(self) -> None:
        """Nothing of the first message is kept any more, or the request has ended."""
        self._firsts.used -= self._counted
        self._counted = 0

    def into(self, sink: Callable[[list[memoryview]], None]) -> None:
        """Where the pieces of the archive go; what is held goes there at once. The sink may raise."""
        self._sink = sink
        held, self._held, self.held = self._held, bytearray(), 0
        if held:
            self.data(memoryview(held))
            self.settle()
        if self._ended:
            self._complete()

    def data(self, piece: memoryview) -> None:
        """A piece of the stream."""
        if self._failed:
            return
        try:
            if self._sink is not None:
                self._chunks.feed(piece)
                return
            self._held += piece
            if not self.first.done():
                self._begin()
            if self.first.done():
                self.held = len(self._held)
        except (WireError, CallError) as err:
            self._fail(err)

    def settle(self) -> None:
        """Write what came."""
        if not self._chunks.parts or self._sink is None:
            return
        try:
            if not self._failed:
                self._sink(self._chunks.parts)
        except Exception as err:  # whoever waits for `complete` gets it
            self._fail(err)
        finally:
            self._chunks.parts.clear()

    def end(self) -> None:
        """The stream is complete."""
        self._ended = True
        if not self.first.done():
            self._fail(_cut_off() if self._held else WireError("the stream is empty"))
        elif self._sink is not None:
            self._complete()

    def gone(self) -> None:
        """Nobody waits for the answer any more."""
        if self.task is not None:
            self.task.cancel()

    def _begin(self) -> None:
        if len(self._held) < PREFIX:
            return
        stop = PREFIX + message_size(self._held)
        if not self._counted:
            self._firsts.take(stop)
            self._counted = stop
        if len(self._held) >= stop:
            self._first = bytes(self._held[PREFIX:stop])
            self.first.set_result(None)
            del self._held[:stop]

    def _complete(self) -> None:
        if self._chunks.incomplete:
            self._fail(_cut_off())
        elif not self._failed:
            self.complete.set_result(None)

    def _fail(self, err: Exception) -> None:
        self._failed = True
        self._held.clear()
        self.held = 0
        for future in (self.first, self.complete):
            if not future.done():
                future.set_exception(err)
                future.exception()  # it counts as seen: the request may have ended already


class Chunks:
    """Messages that hold a piece of the archive each, taken apart as they come.

    parts: the pieces since somebody took them, parts of what was fed.
    """

    __slots__ = ("_head", "_left", "_needed", "_rest", "_size", "parts")

    def __init__(self) -> None:
        self.parts: list[memoryview] = []
        self._left = 0  # bytes of a piece that are still to come
        self._rest = bytearray()  # the beginning of a message that cannot be read yet
        self._needed = 0
        # A whole message of the common form that came in a frame of its own: its size, and what is before
        # the piece. All but the last of a stream are alike.
        self._size = -1
        self._head = b""

    @property
    def incomplete(self) -> bool:
        """Whether the last message is cut off."""
        return bool(self._left or self._rest)

    def feed(self, data: memoryview) -> None:
        """What comes next; `WireError`, `CallError`."""
        size = len(data)
        head = self._head
        if size == self._size and data[: len(head)] == head and not self._left and not self._rest:
            self.parts.append(data[len(head) :])
            return
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data, self._rest = memoryview(bytes(self._rest)), bytearray()
            size = len(data)
        at = 0
        while at < size:
            if not self._left:
                start = self._message(data, at)
                if start < 0:
                    self._rest += data[at:]
                    return
                at = start
            part = data[at : at + self._left]
            if part:
                self.parts.append(part)
            self._left -= len(part)
            at += len(part)

    def _message(self, data: memoryview, at: int) -> int:
        """Begin a message: where its piece begins, or -1 where more of it has to come first."""
        self._needed = PREFIX
        here = len(data) - at
        if here < PREFIX:
            return -1
        size = message_size(data[at : at + PREFIX])
        start = at + PREFIX
        # Enough for the message's two tags and sizes, or all of it.
        self._needed = PREFIX + min(size, _MOST_BEFORE_A_PIECE)
        if here < self._needed:
            return -1
        before = wire.piece_before(bytes(data[start : start + _MOST_BEFORE_A_PIECE]), size)
        if before:
            self._left = size - before
            if here == len(data) == PREFIX + size:
                self._size, self._head = here, bytes(data[: start + before])
            return start + before
        self._needed = PREFIX + size
        if here < self._needed:
            return -1
        kind, content = wire.request_part(bytes(data[start : start + size]))
        if kind != 2:
            raise WireError("a message of the stream has no piece of the archive")
        if content:
            self.parts.append(memoryview(content))
        return start + size


# Two tags of one byte and two sizes of at most four, as a message is at most `MAX_MESSAGE`.
_MOST_BEFORE_A_PIECE = 10


async def receive(
    upload: Upload, metadata: wire.Metadata, trailer: bytes, share: Share, budget: Budget, limits: Limits
) -> Spool:
    """The sealed archive with `trailer` behind it; `WireError`, `LimitError`, `NoRoomError`."""
    spool = Spool()
    behind = len(trailer)

    def write(parts: list[memoryview]) -> None:
        spool.write(parts)
        if spool.size > limits.archive_bytes:
            raise exceeded("archive_bytes", limits.archive_bytes)
        if spool.size + behind > share.size:
            budget.grow(share, spool.size + behind)

    try:
        upload.into(write)
        await upload.complete
        _check(spool.seal(trailer), metadata)
    except BaseException:
        spool.close()
        raise
    return spool


def _check(digest: str, metadata: wire.Metadata) -> None:
    if digest != metadata.checksum:
        raise WireError("the archive's SHA-256 differs from the metadata's checksum")


async def metadata_of(upload: Upload) -> tuple[wire.Metadata, bytes]:
    """The metadata that a stream begins with, read and as it came; `WireError`."""
    kind, content = wire.request_part(await upload.take_first())
    if kind != 1:
        raise WireError("the first message of the stream has no metadata")
    data = bytes(content)
    return wire.metadata(data), data


async def drain(upload: Upload) -> None:
    """Read a stream to its end and keep nothing."""
    await upload.first
    upload.into(lambda parts: None)
    await upload.complete


def _cut_off() -> CallError:
    return CallError(INTERNAL, "the stream ends inside of a message")
