"""One gRPC call with one message each way, over a Unix socket: a client's side of RFC 9113, as far as needed.

A render asks once for a data key. A library of gRPC would bring threads and a C extension into the process
that holds the cleartext; frames are few here, and header blocks are decoded by `hpack`. Everything that comes
from the other side is bounded in size, number and time.
"""

from __future__ import annotations

import socket
import time

from cmp.protobuf import WireError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GO_AWAY, _CONTINUATION = 0, 1, 3, 4, 6, 7, 9
_END_STREAM = _ACK = 1
_END_HEADERS, _PADDED, _PRIORITY = 4, 8, 32
_FRAME = 16384
# Less than a stream may have under way before the other side asks for more.
MOST_ASKED = 60_000
_MOST_ANSWERED = 1 << 16
_MOST_HEADERS = 1 << 15
_MOST_FRAMES = 1000


class RefusedCallError(Exception):
    """The other side gave a status that is not 0. Its text is not kept."""


def call(path: str, method: str, message: bytes, seconds: float) -> bytes:
    """The answer to a message. path: of the socket. method: `/service/method`. seconds: for all of it.

    Raises `OSError` where nobody listens, `TimeoutError` when time is over, `RefusedCallError`, and
    `WireError` for an answer that is not gRPC's, or too large.
    """
    if len(message) > MOST_ASKED:
        raise WireError("the request is too large")
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(path)
        connection.sendall(_request(method, message))
        return _Answer(connection, deadline).read()


def _request(method: str, message: bytes) -> bytes:
    headers = (
        (b":method", b"POST"),
        (b":scheme", b"http"),
        (b":path", method.encode()),
        (b":authority", b"localhost"),
        (b"te", b"trailers"),
        (b"content-type", b"application/grpc"),
    )
    block = b"".join(b"\x00" + _text(name) + _text(value) for name, value in headers)
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    pieces = [body[start : start + _FRAME] for start in range(0, len(body), _FRAME)]
    frames = [_frame(_SETTINGS, 0, 0, b""), _frame(_HEADERS, _END_HEADERS, 1, block)]
    frames += [
        _frame(_DATA, _END_STREAM if number == len(pieces) else 0, 1, piece)
        for number, piece in enumerate(pieces, 1)
    ]
    return _PREFACE + b"".join(frames)


def _frame(kind: int, flags: int, stream: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + body


def _text(text: bytes) -> bytes:
    """A literal of a header block; none here has 127 bytes."""
    return bytes((len(text),)) + text


class _Answer:
    """The frames of the one stream, read until it ends."""

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        from hpack import Decoder

        self.connection = connection
        self.deadline = deadline
        self.decoder = Decoder(max_header_list_size=_MOST_HEADERS)
        self.headers: dict[str, str] = {}
        self.block: bytes | None = None
        self.body = b""
        # Whether the stream ends with the header block being read.
        self.ends = False

    def read(self) -> bytes:
        """The message."""
        for _ in range(_MOST_FRAMES):
            head = self._bytes(9)
            size, kind, flags = int.from_bytes(head[:3], "big"), head[3], head[4]
            stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
            if size > _FRAME:
                raise WireError("a frame is too large")
            if self._take(kind, flags, stream, self._bytes(size)):
                return self._message()
        raise WireError("too many frames")

    def _take(self, kind: int, flags: int, stream: int, body: bytes) -> bool:
        """Whether a frame is the last one of the stream."""
        if self.block is not None and kind != _CONTINUATION:
            raise WireError("a header block is cut off")
        if kind == _SETTINGS and not flags & _ACK:
            self.connection.sendall(_frame(_SETTINGS, _ACK, 0, b""))
        elif kind == _PING and not flags & _ACK:
            self.connection.sendall(_frame(_PING, _ACK, 0, body))
        elif kind == _GO_AWAY or (kind == _RESET and stream == 1):
            raise RefusedCallError
        elif stream == 1 and kind in (_DATA, _HEADERS):
            body = _without_padding(kind, flags, body)
            if kind == _HEADERS:
                self.block, self.ends = b"", bool(flags & _END_STREAM)
                return self._headers(flags, body)
            self.body += body
            if len(self.body) > _MOST_ANSWERED:
                raise WireError("the answer is too large")
            return bool(flags & _END_STREAM)
        elif kind == _CONTINUATION and self.block is not None:
            return self._headers(flags, body)
        return False

    def _headers(self, flags: int, piece: bytes) -> bool:
        from hpack.exceptions import HPACKError

        self.block = (self.block or b"") + piece
        if len(self.block) > _MOST_HEADERS:
            raise WireError("a header block is too large")
        if not flags & _END_HEADERS:
            return False
        try:
            found: Any = self.decoder.decode(self.block, raw=True)
        except HPACKError:
            raise WireError("a header block cannot be read") from None
        self.block = None
        self.headers |= {name.decode("latin-1"): text.decode("latin-1") for name, text in found}
        return self.ends

    def _message(self) -> bytes:
        status = self.headers.get("grpc-status", "")
        if status not in ("", "0"):
            raise RefusedCallError
        size = int.from_bytes(self.body[1:5], "big")
        if self.headers.get(":status") != "200" or not status or self.body[:1] != b"\x00":
            raise WireError("the answer is not gRPC's")
        if len(self.body) != size + 5:
            raise WireError("the answer is cut off")
        return self.body[5:]

    def _bytes(self, size: int) -> bytes:
        pieces = b""
        while len(pieces) < size:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.connection.settimeout(left)
            piece = self.connection.recv(size - len(pieces))
            if not piece:
                raise WireError("the connection ended before the answer")
            pieces += piece
        return pieces


def _without_padding(kind: int, flags: int, body: bytes) -> bytes:
    padding = 0
    if flags & _PADDED:
        if not body:
            raise WireError("a frame's padding is cut off")
        padding, body = body[0], body[1:]
    if kind == _HEADERS and flags & _PRIORITY:
        body = body[5:]
    if padding > len(body):
        raise WireError("a frame's padding is cut off")
    return body[: len(body) - padding]
