"""gRPC on a stream of HTTP/2: request fields, messages and status, as in gRPC's "PROTOCOL-HTTP2"."""

from __future__ import annotations

import re

from cmp.server.http2 import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.server.http2.stream import Stream

OK, UNKNOWN, DEADLINE_EXCEEDED, NOT_FOUND = 0, 2, 4, 5
RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE = 8, 12, 13, 14

PREFIX = 5
# One message of a request: metadata with all API versions of a cluster, or a piece of an archive.
MAX_MESSAGE = 4 << 20

_CONTENT = b"application/grpc"
_ANSWER = ((b"content-type", _CONTENT),)
_TIMEOUT = re.compile(rb"([0-9]{1,8})([HMSmun])")
_SECONDS = {b"H": 3600.0, b"M": 60.0, b"S": 1.0, b"m": 1e-3, b"u": 1e-6, b"n": 1e-9}
_UNPRINTABLE = re.compile(rb"[^ -$&-~]")


class CallError(Exception):
    """How a call ends without a response: a status of gRPC and its text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(status)
        self.status = status
        self.text = text


class Call:
    """What a request's fields say, and the way back.

    method: `/package.Service/Method`. timeout: seconds that the caller waits, 0 where it does not tell.
    flush: writes what the connection has for its peer.
    """

    __slots__ = ("_begun", "_flush", "_stream", "method", "timeout")

    def __init__(self, stream: Stream, fields: dict[bytes, bytes], flush: Callable[[], None]) -> None:
        self._stream = stream
        self._flush = flush
        self.method = fields[b":path"].decode("latin-1")
        self.timeout = timeout(fields.get(b"grpc-timeout", b""))
        self._begun = False

    def message(self, data: bytes) -> None:
        """A message back."""
        if not self._begun:
            self._begun = True
            self._stream.headers(_ANSWER)
        self._stream.send(b"\0" + frames.WORD.pack(len(data)) + data)
        self._flush()

    def respond(self, data: bytes) -> None:
        """The one message back, and the end."""
        self.message(data)
        self.finish(OK)

    def finish(self, status: int, text: str = "") -> None:
        """The end. text: what a person reads, where `status` is not `OK`."""
        fields = [] if self._begun else [*_ANSWER]
        fields.append((b"grpc-status", b"%d" % status))
        if text:
            fields.append((b"grpc-message", percent_encoded(text)))
        self._stream.finish(fields)
        self._flush()

    def widen(self, window: int) -> None:
        """Let the caller send so many bytes ahead."""
        self._stream.widen(window)
        self._flush()


def problem(fields: dict[bytes, bytes]) -> int:
    """The HTTP status for what is not a gRPC request, or 0."""
    if fields[b":method"] != b"POST":
        return 405
    kind = fields.get(b"content-type", b"")
    if kind != _CONTENT and not kind.startswith((_CONTENT + b"+", _CONTENT + b";")):
        return 415
    return 0


def timeout(text: bytes) -> float:
    """Seconds in a grpc-timeout; 0 where there is none, or none that can be read."""
    found = _TIMEOUT.fullmatch(text)
    return int(found[1]) * _SECONDS[found[2]] or 1e-9 if found else 0.0


def percent_encoded(text: str) -> bytes:
    """A grpc-message: everything but printable ASCII as %XX, and % itself."""
    return _UNPRINTABLE.sub(lambda found: b"%%%02X" % found[0][0], text.encode("utf-8", "replace"))


def message_size(head: bytes | bytearray | memoryview) -> int:
    """The size in a message's prefix of five bytes; `CallError`."""
    if head[0]:
        raise CallError(UNIMPLEMENTED, "compressed messages are not taken")
    size: int = frames.WORD.unpack_from(head, 1)[0]
    if size > MAX_MESSAGE:
        raise CallError(RESOURCE_EXHAUSTED, f"a message of {size} bytes is refused: at most {MAX_MESSAGE}")
    return size
