"""Which file names are accepted, and how any text is shown without its control characters."""

from __future__ import annotations

from cmp.errors import Where
from cmp.tree.errors import TreeError

# C1 controls; line and paragraph separators; marks that turn the direction of text; what is drawn as nothing,
# such as tag characters: each can make a terminal or a log show something other than what is there.
_HIDDEN = frozenset(
    [
        *range(0x80, 0xA0),
        0x00AD,
        0x034F,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x206A),
        0xFEFF,
        *range(0xE0000, 0xE0080),
    ]
)


def _bad(char: str) -> bool:
    code = ord(char)
    return code < 0x20 or code == 0x7F or 0xD800 <= code <= 0xDFFF


def check_name(path: str, shown: str) -> None:
    """`TreeError` for a path that is not UTF-8 or holds control characters; shown: its harmless form."""
    if path.isascii() and path.isprintable():
        return
    for char in path:
        if _bad(char):
            what = "is not UTF-8" if ord(char) >= 0xD800 else "holds control characters"
            raise TreeError(f"the file name {what}", where=Where(file=shown), hint="rename the file")


def plain(text: str) -> str:
    """`text` on one line, every control character and invisible mark written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _bad(char) or ord(char) in _HIDDEN else char for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as Python smuggles it
        return f"\\x{code - 0xDC00:02x}"
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char)
    return short or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
