"""Header blocks: a peer's, decoded and checked (RFC 9113, section 8.2 and 8.3), and ours (RFC 7541).

Decoding is hpack's. Ours are literals without indexing, so that there is no table to agree on.
"""

from __future__ import annotations

import re

from hpack import Decoder, HPACKError

from cmp.server.http2.errors import ConnectionFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# Decoded, with 32 bytes for each field, as SETTINGS_MAX_HEADER_LIST_SIZE counts.
MAX_LIST = 32768

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_BAD_VALUE = re.compile(rb"[\0\r\n]|\A[ \t]|[ \t]\Z")
_PSEUDO = frozenset((b":method", b":scheme", b":path", b":authority"))
_REQUIRED = (b":method", b":scheme", b":path")
# Of a connection of HTTP/1.1, not of a request.
_FOREIGN = frozenset((b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"))
# The static table's eighth entry: indexed, and its name alone before a literal.
_STATUS_200, _STATUS = b"\x88", b"\x08"


class HeaderDecoder:
    """One connection's."""

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder = Decoder(max_header_list_size=MAX_LIST)

    def decode(self, block: bytes) -> list[tuple[bytes, bytes]]:
        """The fields of a block, in order; `ConnectionFailed`, as the table is not known any more then."""
        try:
            return [(bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)]
        except HPACKError:
            raise ConnectionFailed.compression() from None


def request(fields: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes] | None:
    """A request's fields by name, the first of each; None where they are malformed."""
    found: dict[bytes, bytes] = {}
    ordinary = False
    for name, value in fields:
        if _BAD_VALUE.search(value):
            return None
        if name[:1] == b":":
            if ordinary or name not in _PSEUDO or name in found:
                return None
        else:
            ordinary = True
            if not _NAME.fullmatch(name) or name in _FOREIGN or (name == b"te" and value != b"trailers"):
                return None
        found.setdefault(name, value)
    return found if all(found.get(name) for name in _REQUIRED) else None


def trailers(fields: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether fields may stand behind a request's body."""
    return all(_NAME.fullmatch(name) and not _BAD_VALUE.search(value) for name, value in fields)


def encode(fields: Iterable[tuple[bytes, bytes]], status: int = 0) -> bytes:
    """A block. status: HTTP's, where it begins an answer."""
    out = bytearray()
    if status == 200:
        out += _STATUS_200
    elif status:
        out += _STATUS + _string(b"%d" % status)
    for name, value in fields:
        out += b"\0" + _string(name) + _string(value)
    return bytes(out)


def _string(text: bytes) -> bytes:
    """A string literal that is not Huffman-coded; its length is an integer with a prefix of 7 bits."""
    size = len(text)
    if size < 127:
        return bytes((size,)) + text
    out = bytearray((127,))
    size -= 127
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)
    return bytes(out) + text
