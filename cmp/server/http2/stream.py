"""One request and its answer (RFC 9113, sections 5 and 8.1)."""

from __future__ import annotations

from cmp.server.http2 import frames
from cmp.server.http2.headers import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from cmp.server.http2.connection import Connection

    class Receiver(Protocol):
        """Who gets a request's body. held: bytes that it keeps in memory; the window shrinks by them.

        data: a piece, which is the receiver's until `settle`. end: the body is complete. gone: nobody waits
        for an answer any more. None of them raises.
        """

        held: int

        def data(self, piece: memoryview) -> None: ...  # noqa: D102
        def settle(self) -> None: ...  # noqa: D102
        def end(self) -> None: ...  # noqa: D102
        def gone(self) -> None: ...  # noqa: D102


class Stream:
    """half_closed: the request is complete. window, send_window: what the peer and we may still send."""

    __slots__ = (
        "_answered",
        "_at",
        "_connection",
        "_pending",
        "_trailers",
        "_wide",
        "half_closed",
        "number",
        "receive",
        "receiver",
        "send_window",
        "window",
    )

    receiver: Receiver

    def __init__(self, connection: Connection, number: int, send_window: int) -> None:
        self.number = number
        self._connection = connection
        self._wide = self.window = frames.FIRST_WINDOW
        self.send_window = send_window
        self.half_closed = False
        self._answered = False
        self._pending: list[memoryview] = []
        self._at = 0
        self._trailers: bytes | None = None

    def set_receiver(self, receiver: Receiver) -> None:
        """Who gets the rest of the body."""
        self.receiver = receiver
        self.receive = receiver.data

    def widen(self, window: int) -> None:
        """Let the peer send so many bytes ahead from now on."""
        self._wide = window
        self.credit()

    @property
    def wide(self) -> bool:
        """Whether `widen` was called."""
        return self._wide > frames.FIRST_WINDOW

    def credit(self) -> None:
        """Open the window again, when it pays."""
        missing = self._wide - self.receiver.held - self.window
        if missing * 2 >= self._wide and not self.half_closed and self.number in self._connection.streams:
            self.window += missing
            self._connection.out.append(frames.window_update(self.number, missing))

    def headers(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        """Begin the answer."""
        if self._open():
            self._answered = True
            self._put_headers(0, encode(fields, 200))

    def send(self, data: bytes) -> None:
        """A piece of the answer."""
        if self._open():
            self._pending.append(memoryview(data))
            self._connection.sending[self.number] = self
            self._connection.pump()

    def finish(self, fields: Iterable[tuple[bytes, bytes]], status: int = 200) -> None:
        """End the answer with trailers. Without anything before them they are its headers, too."""
        if self._open():
            self._trailers = encode(fields, 0 if self._answered else status)
            self._connection.sending[self.number] = self
            self._connection.pump()

    def reset(self, code: int) -> None:
        """End it here and now."""
        if self._open():
            self._connection.out.append(frames.rst_stream(self.number, code))
            self.forget()

    def forget(self) -> None:
        """It has ended."""
        self._pending.clear()
        self._connection.streams.pop(self.number, None)
        self._connection.sending.pop(self.number, None)
        self._connection.close_when_idle()

    def put_out(self) -> bool:
        """One more frame of the answer, if the windows allow; whether there was one of data."""
        if self._pending:
            piece = self._pending[0]
            room = min(self.send_window, self._connection.send_window, frames.MAX_FRAME)
            if room <= 0:
                return False
            part = bytes(piece[self._at : self._at + room])
            self._at += len(part)
            self.send_window -= len(part)
            self._connection.send_window -= len(part)
            self._connection.put(frames.frame(frames.DATA, 0, self.number, part))
            if self._at == len(piece):
                self._pending.pop(0)
                self._at = 0
            return True
        if self._trailers is None:
            self._connection.sending.pop(self.number, None)
            return False
        self._put_headers(frames.END_STREAM, self._trailers)
        if not self.half_closed:
            self._connection.out.append(frames.rst_stream(self.number, frames.NO_ERROR))
        self.forget()
        return False

    def _open(self) -> bool:
        return self.number in self._connection.streams and self._trailers is None

    def _put_headers(self, flags: int, block: bytes) -> None:
        """A block, in as many frames as it takes."""
        kind = frames.HEADERS
        while len(block) > frames.MAX_FRAME:
            self._connection.out.append(frames.frame(kind, flags, self.number, block[: frames.MAX_FRAME]))
            block, kind, flags = block[frames.MAX_FRAME :], frames.CONTINUATION, 0
        self._connection.out.append(frames.frame(kind, flags | frames.END_HEADERS, self.number, block))
