"""HTTP/2's frames as bytes: numbers of RFC 9113, sections 4.1, 6, 6.5.2 and 7."""

from __future__ import annotations

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD = struct.Struct(">HBBBI")  # length as 16 and 8 bits, type, flags, stream
HEAD_SIZE = HEAD.size
STREAM_BITS = 0x7FFFFFFF
MAX_WINDOW = 0x7FFFFFFF
FIRST_WINDOW = 65535
# What we take, and what every peer takes: the smallest SETTINGS_MAX_FRAME_SIZE there is.
MAX_FRAME = 16384

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9

ACK = END_STREAM = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITIZED = 0x20

NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL = 5, 6, 7, 8
COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 9, 11

ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 2, 3, 4
MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = 5, 6

WORD = struct.Struct(">I")
SETTING = struct.Struct(">HI")
_TWO = struct.Struct(">II")


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame. payload: less than 2^24 bytes."""
    size = len(payload)
    return HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def settings(values: dict[int, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(SETTINGS, 0, 0, b"".join([SETTING.pack(*pair) for pair in values.items()]))


def window_update(stream: int, increment: int) -> bytes:
    """A WINDOW_UPDATE frame; stream 0 is the connection."""
    return frame(WINDOW_UPDATE, 0, stream, WORD.pack(increment))


def rst_stream(stream: int, code: int) -> bytes:
    """A RST_STREAM frame."""
    return frame(RST_STREAM, 0, stream, WORD.pack(code))


def goaway(last: int, code: int, reason: str = "") -> bytes:
    """A GOAWAY frame. last: the newest stream that is or was served."""
    return frame(GOAWAY, 0, 0, _TWO.pack(last, code) + reason.encode())
