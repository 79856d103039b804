"""Protocol Buffers' wire format, as far as fields of variable length and numbers go, without generated files.

Encoding: protobuf.dev, "Encoding".
"""

from __future__ import annotations

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

VARINT, _FIXED64, LENGTH, _FIXED32 = 0, 1, 2, 5


class WireError(CmpError):
    """A message, or the order of messages, that the protocol does not have."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message in order, but those of fixed size, which none here has; `WireError`."""
    at, end = 0, len(data)
    while at < end:
        tag, at = varint(data, at)
        wire = tag & 7
        if wire == VARINT:
            value, at = varint(data, at)
            yield tag >> 3, value
            continue
        if wire == LENGTH:
            size, at = varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise WireError("a message has a field of an unknown type")
        if at + size > end:
            raise WireError("a message is cut off")
        if wire == LENGTH:
            yield tag >> 3, data[at : at + size]
        at += size


def field(key: int, content: bytes) -> bytes:
    """A field of variable length: a string, bytes or a message."""
    return encoded(key << 3 | LENGTH) + encoded(len(content)) + content


def encoded(value: int) -> bytes:
    """A number of variable length."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at an offset, and the offset behind it; `WireError`."""
    value = shift = 0
    try:
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (1 << 64) - 1, at
            shift += 7
            if shift > 63:
                raise WireError("a message has a number that is too long")
    except IndexError:
        raise WireError("a message is cut off") from None


def as_bytes(content: int | bytes) -> bytes:
    """The content of a field that is not a number; raises `WireError`."""
    if isinstance(content, int):
        raise WireError("a message has a number where bytes were expected")
    return content


def as_text(content: int | bytes) -> str:
    """The content of a field that is a string; `WireError`."""
    try:
        return as_bytes(content).decode()
    except UnicodeDecodeError:
        raise WireError("a message has a string that is not UTF-8") from None
