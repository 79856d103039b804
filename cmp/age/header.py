"""The header: version line, recipient stanzas and MAC line (age spec, "Encrypted file format: The header").

What parses prints back to the same bytes: nothing is trimmed, folded or ignored.
"""

from __future__ import annotations

from cmp.age import b64
from cmp.age.errors import HeaderError, HeaderLimitError
from cmp.limits import exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.age.source import Source
    from cmp.limits import Limits

INTRO = b"age-encryption.org/v1\n"
COLUMNS = 64
BYTES_PER_LINE = 48
MAC_SIZE = 32
_PRINTABLE = frozenset(range(33, 127))


class Stanza:
    """One recipient's wrapped file key: type, arguments, body."""

    __slots__ = ("arguments", "body", "type")

    def __init__(self, type: str, arguments: tuple[str, ...], body: bytes) -> None:  # noqa: A002 - the spec's word
        self.type = type
        self.arguments = arguments
        self.body = body

    def encode(self) -> bytes:
        """The stanza's lines; a body that fills its last line is followed by an empty one."""
        lines = [" ".join(("->", self.type, *self.arguments)).encode("ascii")]
        lines += [
            b64.encode(self.body[start : start + BYTES_PER_LINE])
            for start in range(0, len(self.body) + 1, BYTES_PER_LINE)
        ]
        return b"\n".join(lines) + b"\n"


class Header:
    """Stanzas and MAC. `signed` holds the bytes that the MAC covers: all up to and including `---`."""

    __slots__ = ("mac", "signed", "stanzas")

    def __init__(self, stanzas: list[Stanza], signed: bytes, mac: bytes) -> None:
        self.stanzas = stanzas
        self.signed = signed
        self.mac = mac

    def encode(self) -> bytes:
        """The header's bytes."""
        return self.signed + b" " + b64.encode(self.mac) + b"\n"


def signed_part(stanzas: list[Stanza]) -> bytes:
    """The header bytes that the MAC covers."""
    return INTRO + b"".join(stanza.encode() for stanza in stanzas) + b"---"


def read_header(source: Source, limits: Limits) -> Header:
    """The header at the start of `source`, which is left at the payload; raises `HeaderError`."""
    lines = _Lines(source, limits.age_header_bytes)
    if lines.next() != INTRO:
        raise HeaderError(
            "this is not an age version 1 file", hint="its first line must be age-encryption.org/v1"
        )
    stanzas: list[Stanza] = []
    while True:
        line = lines.next()
        if line.startswith(b"---"):
            mac = b64.decode(line[4:-1]) if line[3:4] == b" " and line[-1:] == b"\n" else None
            if mac is None or len(mac) != MAC_SIZE:
                raise HeaderError("the age header's MAC line is malformed")
            return Header(stanzas, b"".join(lines.read[:-1]) + b"---", mac)
        if len(stanzas) == limits.recipients:
            raise _too_large("recipients", limits)
        stanzas.append(_read_stanza(line, lines))


def _read_stanza(first: bytes, lines: _Lines) -> Stanza:
    marker, *arguments = _complete(first).split(b" ")
    if marker != b"->" or not arguments or not all(arg and _PRINTABLE.issuperset(arg) for arg in arguments):
        raise HeaderError("a stanza of the age header does not start as it must")
    body = bytearray()
    while True:
        line = _complete(lines.next())
        part = b64.decode(line) if len(line) <= COLUMNS else None
        if part is None:
            raise HeaderError("a stanza of the age header has a malformed body")
        body += part
        if len(part) < BYTES_PER_LINE:
            words = tuple(arg.decode("ascii") for arg in arguments)
            return Stanza(words[0], words[1:], bytes(body))


def _complete(line: bytes) -> bytes:
    if not line.endswith(b"\n"):
        raise HeaderError("the age header is cut off")
    return line[:-1]


class _Lines:
    """The header's lines so far, bounded in total."""

    __slots__ = ("_bound", "_left", "_source", "read")

    def __init__(self, source: Source, bound: int) -> None:
        self._source = source
        self._bound = bound
        self._left = bound
        self.read: list[bytes] = []

    def next(self) -> bytes:
        """The next line with its LF; without one when the data ends."""
        line = self._source.line(self._left)
        self._left -= len(line)
        if self._left <= 0 and not line.endswith(b"\n"):
            error = exceeded("age_header_bytes", self._bound)
            raise HeaderLimitError(error.message, hint=error.hint)
        self.read.append(line)
        return line


def _too_large(name: str, limits: Limits) -> HeaderLimitError:
    error = exceeded(name, getattr(limits, name))
    return HeaderLimitError(error.message, hint=error.hint)
