"""The plugin's socket: connections, and the calls that come over them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
import time
from typing import cast

from cmp.cli.edge import error_text
from cmp.errors import CmpError, UsageError, reason_of
from cmp.server import journal
from cmp.server.calls import (
    DEADLINE_EXCEEDED,
    INTERNAL,
    RESOURCE_EXHAUSTED,
    UNAVAILABLE,
    UNIMPLEMENTED,
    UNKNOWN,
    Call,
    CallError,
    problem,
)
from cmp.server.http2.connection import Connection
from cmp.server.transfer import FirstMessages, Upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cmp.server.http2.stream import Receiver, Stream

    Handler = Callable[[Call, Upload], Awaitable[None]]

# Connections at once; more wait in the socket's queue.
MAX_CONNECTIONS = 512
_BACKLOG = 512
_READ = 1 << 18
# What a read of an upload should bring, and the seconds that are waited for it.
_WORTH_READING = 1 << 15
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.008
# A peer that does not read what we have to say is left.
_MAX_UNREAD = 1 << 20
_GREETING_SECONDS = 10
# Of descriptors and memory: it passes by itself.
_SHORT_OF = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Listener:
    """handlers: by method, `/package.Service/Method`. Start it with `open`, end it with `close`."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers
        self.peers: set[Peer] = set()
        # One for all: it is read into and taken apart without a pause.
        self.buffer = memoryview(bytearray(_READ))
        self.firsts = FirstMessages()
        self._calls: set[asyncio.Task[None]] = set()
        self._left = asyncio.Event()
        self._place: tuple[str, tuple[int, int] | None] = ("", None)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._loop = asyncio.get_running_loop()
        self._listening = False

    def open(self, path: str) -> None:
        """Listen, for this user alone. A socket that nobody listens on any more makes way; `UsageError`."""
        if _answers(path):
            raise UsageError("another process listens on the socket", hint="end it, or choose --socket PATH")
        before = os.umask(0o177)
        try:
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISSOCK(os.lstat(path).st_mode):
                    os.unlink(path)
            self._socket.bind(path)
        except OSError as err:
            raise UsageError(
                f"the socket cannot be made: {reason_of(err)}",
                hint="its directory must be writable by this user, and nothing else may have its name",
            ) from None
        finally:
            os.umask(before)
        self._place = (path, _identity(path))
        self._socket.listen(_BACKLOG)
        self._socket.setblocking(False)
        self._listening = True
        self.accept_more()

    async def close(self, grace: float) -> None:
        """Take no more calls, give the running ones and their answers so many seconds, end the rest."""
        self._listening = False
        path, ours = self._place
        # It may be another server's by now.
        if ours is not None and _identity(path) == ours:
            os.unlink(path)
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for peer in list(self.peers):
            peer.go_away()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                # A call's end is not its answer's: that one may wait for its peer to read.
                await self._all_left()
        for task in self._calls:
            task.cancel()
        if self._calls:
            await asyncio.wait(self._calls)
        for peer in list(self.peers):
            peer.end()

    async def _all_left(self) -> None:
        while self.peers:
            self._left.clear()
            await self._left.wait()

    def forget(self, peer: Peer) -> None:
        """A connection has ended: another one may take its place."""
        self.peers.discard(peer)
        self._left.set()
        self.accept_more()

    def begin(self, call: Call, upload: Upload, handler: Handler) -> asyncio.Task[None]:
        """Start a call's handler."""
        task = self._loop.create_task(_served(call, upload, handler))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        task.add_done_callback(lambda _: upload.let_go())
        return task

    def accept_more(self) -> None:
        """Take connections, as long as there may be more."""
        if self._listening and len(self.peers) < MAX_CONNECTIONS:
            self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            connected, _ = self._socket.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor is free
            self._loop.remove_reader(self._socket)
            self._loop.call_later(1, self.accept_more)
            return
        peer = Peer(self)
        self.peers.add(peer)
        if len(self.peers) >= MAX_CONNECTIONS:
            self._loop.remove_reader(self._socket)
        task = self._loop.create_task(self._loop.connect_accepted_socket(lambda: peer, connected))
        peer.connecting = task


class Peer(asyncio.BufferedProtocol):
    """One connection."""

    def __init__(self, listener: Listener) -> None:
        self.connecting: object = None  # kept, so that it is not collected
        self._listener = listener
        self._connection = Connection(self._opened, time.monotonic)
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._pause = _SHORTEST_PAUSE
        self._loop = asyncio.get_running_loop()
        self._patience = self._loop.call_later(_GREETING_SECONDS, self._impatient)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say our settings."""
        self._transport = cast("asyncio.Transport", transport)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """Its calls end."""
        self._transport = None
        self._patience.cancel()
        self._connection.lost()
        self._listener.forget(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Behind the frame that is not complete."""
        buffer, rest = self._listener.buffer, self._rest
        if rest:
            buffer[: len(rest)] = rest
        return buffer[len(rest) :]

    def buffer_updated(self, nbytes: int) -> None:
        """Take the frames apart."""
        data = self._listener.buffer[: len(self._rest) + nbytes]
        self._rest = bytes(data[self._connection.feed(data) :])
        self.flush()
        if self._connection.uploading:
            self._collect(nbytes)

    def _collect(self, nbytes: int) -> None:
        """Callers write their pieces one by one, and waking up costs far more than a piece.

        So let some come together in the socket, the longer the slower the caller is.
        """
        if nbytes >= _WORTH_READING:
            self._pause = max(self._pause / 2, _SHORTEST_PAUSE)
        elif self._transport is not None:
            self._transport.pause_reading()
            self._loop.call_later(self._pause, self._go_on)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _go_on(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def eof_received(self) -> None:
        """Nobody who has closed half of a connection speaks HTTP/2: close all of it."""

    def pause_writing(self) -> None:
        """The peer does not read."""
        self._connection.held_back = True

    def resume_writing(self) -> None:
        """It does again."""
        self._connection.held_back = False
        self._connection.pump()
        self.flush()

    def go_away(self) -> None:
        """Finish what there is."""
        self._connection.go_away()
        self.flush()

    def end(self) -> None:
        """Close it, when what is written has been read."""
        self._connection.closed = True
        self.flush()

    def flush(self) -> None:
        """Write what there is to write."""
        transport, connection = self._transport, self._connection
        if transport is None:
            return
        while out := connection.take():
            transport.write(out)
        if transport.get_write_buffer_size() > _MAX_UNREAD:
            transport.abort()
        elif connection.closed:
            transport.close()

    def _impatient(self) -> None:
        if self._transport is None:  # it was gone before it was there
            self._listener.forget(self)
        elif not self._connection.greeted:
            self._transport.abort()

    def _opened(self, stream: Stream, fields: dict[bytes, bytes]) -> Receiver:
        status = problem(fields)
        if status:
            stream.finish([], status)
            return _Nobody()
        call = Call(stream, fields, self.flush)
        handler = self._listener.handlers.get(call.method)
        if handler is None:
            call.finish(UNIMPLEMENTED, "unknown method")
            return _Nobody()
        upload = Upload(self._listener.firsts)
        upload.task = self._listener.begin(call, upload, handler)
        return upload


class _Nobody:
    """The receiver of a request that is answered already."""

    held = 0

    def data(self, piece: memoryview) -> None:
        """Not wanted."""

    def settle(self) -> None:
        """Nothing to do."""

    end = gone = settle


async def _served(call: Call, upload: Upload, handler: Handler) -> None:
    """A call from its first to its last byte; it always ends with a status."""
    try:
        async with asyncio.timeout(call.timeout or None):
            await handler(call, upload)
    except TimeoutError:
        call.finish(DEADLINE_EXCEEDED, "the caller waits no longer")
    except CallError as err:
        call.finish(err.status, err.text)
    except CmpError as err:
        call.finish(UNKNOWN, error_text(err).strip())
    except asyncio.CancelledError:
        call.finish(UNAVAILABLE, "the server ends")
        raise
    except Exception as err:  # the edge: nothing may escape with values in it
        if isinstance(err, OSError) and err.errno in _SHORT_OF:
            journal.write("failed", reason=reason_of(err))
            call.finish(RESOURCE_EXHAUSTED, f"error: {reason_of(err)}: the server cannot take more now")
            return
        journal.write("failed", reason=type(err).__name__)
        call.finish(INTERNAL, f"internal error: {type(err).__name__}")


def _identity(path: str) -> tuple[int, int] | None:
    """Which file it is; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
