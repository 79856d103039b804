"""ASCII armor (age spec, "ASCII armor"): strict PEM with one form for each file."""

from __future__ import annotations

from binascii import b2a_base64

from cmp.age import b64
from cmp.age.errors import ArmorError
from cmp.age.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BEGIN = b"-----BEGIN AGE ENCRYPTED FILE-----"
END = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_BYTES_PER_LINE = 48
# White space tolerated before and after the armor, as age does.
MAX_BLANKS = 1024
_LINE_LIMIT = MAX_BLANKS + 2


def is_armored(data: bytes) -> bool:
    """Whether `data` starts like armor, blanks before it allowed."""
    return data[: MAX_BLANKS + len(BEGIN)].lstrip().startswith(BEGIN)


def decode(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes inside the armor; raises `ArmorError`."""
    source = Source(chunks)
    _skip_to_begin(source)
    while True:
        line = _line(source)
        if line == END:
            break
        data = b64.decode_padded(line) if 0 < len(line) <= _COLUMNS else None
        if data is None:
            raise ArmorError("a line of the age armor is malformed")
        yield data
        if len(data) < _BYTES_PER_LINE:
            if _line(source) != END:
                raise ArmorError("the age armor does not end after its short line")
            break
    rest = source.read(MAX_BLANKS + 1)
    if rest.strip() or len(rest) > MAX_BLANKS:
        raise ArmorError("there is something behind the end of the age armor")


def encode(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The armor around the bytes in `chunks`."""
    source = Source(chunks)
    yield BEGIN + b"\n"
    while data := source.read(_BYTES_PER_LINE * 1024):
        yield b"".join(
            b2a_base64(data[start : start + _BYTES_PER_LINE])
            for start in range(0, len(data), _BYTES_PER_LINE)
        )
    yield END + b"\n"


def _skip_to_begin(source: Source) -> None:
    skipped = 0
    while True:
        line = source.line(_LINE_LIMIT)
        if not line:
            raise ArmorError("there is no age armor")
        if line.strip():
            break
        skipped += len(line)
        if skipped > MAX_BLANKS:
            raise ArmorError("there is too much white space before the age armor")
    if _chomp(line) != BEGIN:
        raise ArmorError("the first line of the age armor is malformed")


def _line(source: Source) -> bytes:
    line = source.line(_LINE_LIMIT)
    if not line:
        raise ArmorError("the age armor is cut off")
    return _chomp(line)


def _chomp(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
