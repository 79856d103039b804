"""The INI store: sections of text values, read and written as gopkg.in/ini.v1 does (stores/ini/store.go).

Quotes around a value are dropped, three quotes or a backquote span lines, a final backslash continues a
line, `#` and `;` start comments anywhere in an unquoted value. Keys before any section live in `DEFAULT`.
"""

from __future__ import annotations

import re

from cmp.sops.document import Branch, Comment, Item, from_bytes, to_bytes
from cmp.sops.errors import EmitError, ParseError
from cmp.sops.flatten import flatten, unflatten
from cmp.sops.metadata import KEY
from cmp.sops.stores import json
from cmp.sops.stores.base import Store, take_block
from cmp.sops.stores.texts import plain_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits
    from cmp.sops.document import Value

DEFAULT_SECTION = "DEFAULT"
# Go's unicode.IsSpace; Python's own notion of white space has four control characters more.
_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MARK = re.compile(rb"^[ \t]*\[sops\]", re.MULTILINE)


class IniStore(Store):
    """Sections to one branch of branches and back; the metadata are a section, flat."""

    name = "ini"
    sealed_mac = re.compile(rb"^mac[ \t]*=[ \t]*ENC\[AES256_GCM,", re.MULTILINE)

    def load(self, data: bytes, limits: Limits) -> list[Branch]:
        """One branch with a branch per section, `DEFAULT` first; raises `ParseError` with the line."""
        limits.check("file_bytes", len(data))
        for mark in _BYTE_ORDER_MARKS:
            if data.startswith(mark):
                data = data[len(mark) :]
                break
        return [_Reader(from_bytes(data)).read()]

    def emit(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """The text of all sections; raises `EmitError` for anything but sections of plain values."""
        sections = [
            _section(item.key, item.value)
            for branch in branches
            for item in branch
            if isinstance(item.key, str)
        ]
        lines: list[str] = []
        for number, section in enumerate(sections):
            _write_section(lines, section, number == 0, number == len(sections) - 1)
        return to_bytes("".join(lines))

    def emit_value(self, value: Value, indent: int | None = None) -> bytes:
        """A value as JSON, as upstream prints it; a list is refused."""
        return super().emit_value(value) if isinstance(value, list) else json.STORE.emit_value(value)

    def take_metadata(self, branches: list[Branch]) -> Branch:
        """As `Store.take_metadata`, from the section `sops`."""
        # Line breaks are written as the two characters `\\n`. 3.13.0 and 3.13.1 wrote real ones, which the
        # reader has undone already.
        return unflatten(_each_string(take_block(branches), "\\n", "\n"))

    def put_metadata(self, branches: Sequence[Branch], block: Branch) -> list[Branch]:
        """As `Store.put_metadata`, as the section `sops`."""
        section = Item(KEY, _each_string(flatten(block), "\n", "\\n"))
        return [Branch([*branch, section]) for branch in branches]

    def marked(self, data: bytes) -> bool:
        """Whether there is a section `sops`."""
        return _MARK.search(data) is not None

    def claims(self, data: bytes, limits: Limits) -> bool:
        """A section of that name is enough."""
        return True


STORE = IniStore()


def _each_string(branch: Branch, old: str, new: str) -> Branch:
    def changed(value: Value) -> Value:
        return value.replace(old, new) if isinstance(value, str) else value

    return Branch(Item(key, changed(value)) for key, value in branch.entries())


class _Section:
    """A section: its keys in order, each with value and comment."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.comment = ""
        self.keys: dict[str, list[str]] = {}

    def set(self, key: str, value: str) -> list[str]:
        """Set a key's value; the place and comment of an earlier one of that name stay."""
        entry = self.keys.setdefault(key, ["", ""])
        entry[0] = value
        return entry


class _Reader:
    """Lines to sections. `comment` collects what belongs to the next key or section."""

    def __init__(self, text: str) -> None:
        # As Go's ReadBytes: every line with its break, then possibly an empty rest.
        self.lines = [line + "\n" for line in text.split("\n")]
        self.lines[-1] = self.lines[-1][:-1]
        self.number = 0
        self.comment: list[str] = []

    def read(self) -> Branch:
        """All sections as branches."""
        section = _Section(DEFAULT_SECTION)
        sections = [section]
        count = 1
        while self.number < len(self.lines):
            line = self._next().lstrip(_SPACE)
            if not line:
                continue
            if line[0] in "#;":
                self.comment.append(line)
                continue
            if line[0] == "[":
                section = self._section(line)
                sections.append(section)
                count = 1
                continue
            name, offset = self._key(line)
            if name == "-":
                name = f"#{count}"
                count += 1
            value = self._value(line[offset:])
            if not name:
                raise self._error("a key without a name")
            section.set(name, value)[1] = self._take_comment()
        return Branch(Item(found.name, _branch(found)) for found in sections)

    def _next(self) -> str:
        line = self.lines[self.number]
        self.number += 1
        return line

    def _error(self, problem: str) -> ParseError:
        error = ParseError(f"not an INI file: {problem}")
        error.where.line = self.number
        return error

    def _section(self, line: str) -> _Section:
        end = line.rfind("]")
        if end < 0:
            raise self._error("a section without its ']'")
        if end == 1:
            raise self._error("a section without a name")
        section = _Section(line[1:end])
        self.comment.append(_comment_of(line[end + 1 :]))
        section.comment = self._take_comment()
        return section

    def _take_comment(self) -> str:
        comment = "".join(self.comment).strip(_SPACE)
        self.comment = []
        return comment

    def _key(self, line: str) -> tuple[str, int]:
        """The name of a key and the index where its value starts."""
        quote = ""
        if line[0] == '"':
            quote = '"""' if line.startswith('"""') and len(to_bytes(line)) > 6 else '"'
        elif line[0] == "`":
            quote = "`"
        if not quote:
            end = _first_of(line, "=:", 0)
            if end < 0:
                raise self._error("a line that is not a section, a key or a comment")
            if end == 0:
                raise self._error("a key without a name")
            return line[:end].strip(_SPACE), end + 1
        size = len(quote)
        end = line.find(quote, size)
        if end < 0:
            raise self._error("a quoted key without its end")
        delimiter = _first_of(line, "=:", end + size)
        if delimiter < 0:
            raise self._error("a line that is not a section, a key or a comment")
        return line[size:end].strip(_SPACE), delimiter + 1

    def _value(self, text: str) -> str:
        line = text.lstrip(_SPACE)
        if not line:
            return ""
        quote = '"""' if line.startswith('"""') and len(to_bytes(line)) > 3 else "`" if line[0] == "`" else ""
        if quote:
            size = len(quote)
            end = line.rfind(quote, size)
            return self._lines_until(quote, line[size:]) if end < 0 else line[size:end]
        line = line.strip(_SPACE)
        if line.endswith("\\"):
            return self._continued(line[:-1])
        end = _first_of(line, "#;", 0)
        if end >= 0:
            self.comment.append(line[end:])
            line = line[:end].strip(_SPACE)
        return line[1:-1] if _quoted(line, "'") or _quoted(line, '"') else line

    def _lines_until(self, quote: str, value: str) -> str:
        parts = [value]
        while self.number < len(self.lines):
            line = self._next()
            end = line.rfind(quote)
            if end < 0:
                parts.append(line)
                continue
            rest = line[end + len(quote) :].rstrip("\r\n").strip(_SPACE)
            if rest.endswith("\\"):
                parts.append(line)
                continue
            self.comment.append(_comment_of(line[end:]).strip(_SPACE))
            return "".join(parts) + line[:end]
        raise self._error("a quoted value without its end")

    def _continued(self, value: str) -> str:
        parts = [value]
        while self.number < len(self.lines):
            line = self._next().strip(_SPACE)
            parts.append(line.removesuffix("\\"))
            if not line.endswith("\\"):
                break
        return "".join(parts)


def _first_of(text: str, chars: str, start: int) -> int:
    found = [index for index in (text.find(char, start) for char in chars) if index >= 0]
    return min(found, default=-1)


def _comment_of(text: str) -> str:
    start = _first_of(text, "#;", 0)
    return text[start:] if start >= 0 else ""


def _quoted(text: str, quote: str) -> bool:
    return len(text) >= 2 and text[0] == quote and text.find(quote, 1) == len(text) - 1


def _branch(section: _Section) -> Branch:
    branch = Branch()
    if section.comment:
        branch.append(Item(Comment(_bare(section.comment))))
    for name, (value, comment) in section.keys.items():
        branch.append(Item(name, value))
        if comment:
            branch.append(Item(Comment(_bare(comment))))
    return branch


def _bare(comment: str) -> str:
    """A comment without its first sign."""
    if comment[0] in ";#":
        return comment.lstrip(comment[0] + " ")
    return comment


def _section(name: str, value: object) -> _Section:
    if not isinstance(value, Branch):
        raise EmitError("an INI file holds sections of values only").at(field=name)
    if not name:
        raise EmitError("an INI section needs a name")
    section = _Section(name)
    entry: list[str] | None = None
    for number, item in enumerate(value):
        if isinstance(item.key, Comment):
            if number == 0:
                section.comment = item.key.text
            elif entry is not None:
                entry[1] = item.key.text
        elif isinstance(item.value, (list, Comment)):
            raise EmitError("an INI file holds sections of values only").at(field=f"{name}.{item.key}")
        elif not item.key:
            raise EmitError("an INI key needs a name").at(field=name)
        else:
            entry = section.set(item.key, plain_text(item.value))
    return section


def _write_section(lines: list[str], section: _Section, first: bool, last: bool) -> None:
    _write_comment(lines, section.comment, strip=False)
    if not first or section.name.upper() != DEFAULT_SECTION:
        lines.append(f"[{section.name}]\n")
    elif not section.keys:
        return
    width = max((_name_width(name) for name in section.keys), default=0)
    for name, (value, comment) in section.keys.items():
        _write_comment(lines, comment, strip=True)
        shown = _shown_name(name)
        lines.append(f"{shown}{' ' * (width - len(to_bytes(shown)))} = {_shown_value(value)}\n")
    if not last:
        lines.append("\n")


def _write_comment(lines: list[str], comment: str, strip: bool) -> None:
    for line in comment.split("\n") if comment else ():
        if not line:
            raise EmitError("a comment with an empty line cannot be printed as INI")
        if line[0] in "#;":
            lines.append(f"{line[0]} {line[1:].strip(_SPACE)}\n")
        else:
            lines.append(f"; {line.strip(_SPACE) if strip else line}\n")


def _name_width(name: str) -> int:
    size = len(to_bytes(name))
    if '"' in name or "=" in name or ":" in name:
        return size + 2
    return size + 6 if "`" in name else size


def _shown_name(name: str) -> str:
    if '"' in name or "=" in name or ":" in name:
        return f"`{name}`"
    return f'"""{name}"""' if "`" in name else name


def _shown_value(value: str) -> str:
    if "\n" in value or "`" in value:
        return f'"""{value}"""'
    if "#" in value or ";" in value:
        return f"`{value}`"
    return f'"{value}"' if value.strip(_SPACE) != value else value
