"""The quick way to read what Kubernetes files usually look like: exact, or it gives up.

One pass over the lines of a document with a stack of open collections, no tokens and no nodes. It knows
block mappings and sequences, plain and quoted scalars (also over several lines), literal and plain-looking
folded blocks, brackets, comments, and JSON. Whatever else a document holds
(anchors, tags, tabs, complex keys, repeated keys, errors of every kind) makes `load` return `NOT_MINE`,
and the exact way takes over: so nothing here reports an error, and nothing here may guess.
"""

from __future__ import annotations

import re

from cmp.limits import Limits
from cmp.yaml.go.resolve import ESCAPES, resolve
from cmp.yaml.value import NULL, FlowList, FlowMap, Folded, Quoted, Scalar, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NOT_MINE = Scalar("!not-mine", "")
_BLOCK = Scalar("!block", "")
_OPEN = Scalar("!open", "")
_FLOW = Scalar("!flow", "")

# What YAML does not allow, and line breaks other than LF; small sets only, as big ones are slow to compile.
_STRANGE = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_STRANGE_WIDE = ("\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff")

_MAX_KEY = 200  # far below go-yaml's 1024 from the start of a key to its colon

# A line without its trailing blanks: indentation, dashes, then a key and its value, a lone dash, or a scalar.
_LINE = re.compile(
    r"( *+)((?:- +)*+)"
    r"(?:"
    r"((?:[A-Za-z0-9_./$~^+=;(<\\)]|-(?=[^\s-]))(?:[^\s:]++|:(?=\S)| (?=[^\s#:]))*+"
    r"|\"[^\"\\]*\"|'[^']*'):(?: ++(.*))?"
    r"|(-)"
    r"|(.+)"
    r")"
)
_NOT_PLAIN_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@`")
_CHOMPING = frozenset(("", "+", "-"))
# Strings, not compiled: most documents need none of them.
_HEADER = r"([|>])([+-]?)(?: +#.*)?"
_DOUBLE = r'"((?:[^"\\]++|\\.)*+)"(?: +#.*)?'
_SINGLE = r"'((?:[^']++|'')*+)'(?: +#.*)?"
_ANY_ESCAPE = r"\\."
_ESCAPE = r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))"
_CACHE_SIZE = 20_000
_CACHE_TEXT = 64
_values: dict[str, Value] = {"": None, "null": NULL}
_keys: dict[str, str | None] = {}


def unescape(text: str) -> str | None:
    """The characters that a double-quoted string means; None for an escape that go-yaml refuses."""
    failed = False

    def one(match: re.Match[str]) -> str:
        nonlocal failed
        digits = match[1] or match[2] or match[3]
        if digits is None:
            char = ESCAPES.get(match[4])
        else:
            number = int(digits, 16)
            char = None if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF else chr(number)
        if char is None:
            failed = True
            return ""
        return char

    result = re.sub(_ESCAPE, one, text)
    return None if failed else result


def _key(raw: str) -> str | None:
    """The key that `raw` spells; None for one that is not a string, or needs care."""
    if len(raw) > _MAX_KEY:
        return None
    if raw[0] in "\"'":
        key: str | None = raw[1:-1]
    else:
        value = resolve(raw)
        key = value if isinstance(value, str) else None
    if key == "<<":
        key = None
    if len(_keys) >= _CACHE_SIZE:
        _keys.clear()
    _keys[raw] = key
    return key


def _plain(raw: str) -> str | None:
    """The text of a plain scalar on one line, a comment removed; None when it is not that simple."""
    at = raw.find(" #")
    if at != -1:
        raw = raw[:at].rstrip(" ")
    first = raw[0]
    if first in _NOT_PLAIN_FIRST and (first not in "-?:" or raw[1:2] in ("", " ")):
        return None
    if ": " in raw or raw[-1] == ":":
        return None
    return raw


def _quoted(raw: str) -> str | None:
    """What stands between the quotes of `raw`, as it is written; None when they are left open."""
    quote = raw[0]
    if raw[-1] == quote and raw.count(quote) == 2 and "\\" not in raw:
        return raw[1:-1]
    match = re.fullmatch(_DOUBLE, raw) if quote == '"' else re.fullmatch(_SINGLE, raw)
    return None if match is None else match[1]


def _inline(raw: str) -> Value:
    """The value written as `raw`; or _BLOCK, _OPEN (a quote is left open), _FLOW, NOT_MINE."""
    first = raw[0]
    value: Value
    if first in "\"'":
        inner = _quoted(raw)
        if inner is None:
            return _OPEN
        text = inner.replace("''", "'") if first == "'" else unescape(inner) if "\\" in inner else inner
        if text is None:
            return NOT_MINE
        value = Quoted(text)
    elif first in "|>":
        return _BLOCK
    elif first in "[{":
        return _FLOW
    elif first == "#":
        value = None
    else:
        plain = _plain(raw)
        if plain is None or plain == "<<":
            return NOT_MINE
        value = resolve(plain)
    if len(raw) <= _CACHE_TEXT:
        if len(_values) >= _CACHE_SIZE:
            _values.clear()
            _values.update({"": None, "null": NULL})
        _values[raw] = value
    return value


def _fold_quoted(lines: list[str]) -> str:
    """The lines between two quotes, joined as YAML folds them."""
    out = [lines[0].rstrip(" ")]
    breaks = 0
    last = len(lines) - 1
    for i in range(1, last + 1):
        line = lines[i].lstrip(" ") if i == last else lines[i].strip(" ")
        breaks += 1
        if line or i == last:
            out.append(" " if breaks == 1 else "\n" * (breaks - 1))
            out.append(line)
            breaks = 0
    return "".join(out)


def _closes(line: str, quote: str) -> bool:
    """Whether the quoted string that is open at the start of `line` ends in it."""
    return quote in (line.replace("''", "") if quote == "'" else re.sub(_ANY_ESCAPE, "", line))


def _quoted_lines(lines: list[str], index: int, raw: str) -> tuple[Value, int]:
    """A quoted scalar that goes on after its first line; returns it and the index after its last line."""
    quote = raw[0]
    if _closes(raw[1:], quote):
        return NOT_MINE, index  # closed, with something else after it
    collected = [raw]
    for end in range(index, len(lines)):
        line = lines[end]
        if line.startswith(("...", "---")) or "\t" in line or collected[-1].rstrip(" ").endswith("\\"):
            return NOT_MINE, end
        collected.append(line)
        if not _closes(line, quote):
            continue
        inner = _quoted("\0".join(collected).rstrip(" "))
        if inner is None:
            return NOT_MINE, end
        text = _fold_quoted(inner.split("\0"))
        if quote == "'":
            return Quoted(text.replace("''", "'")), end + 1
        plain = text if "\\" not in text else unescape(text)
        return (NOT_MINE if plain is None else Quoted(plain)), end + 1
    return NOT_MINE, index


def _block(lines: list[str], index: int, raw: str, parent: int) -> tuple[Value, int]:
    """A block scalar below its header `raw`; parent: the indentation of the collection it is in."""
    style, chomping = raw[0], raw[1:]
    if chomping not in _CHOMPING:
        header = re.fullmatch(_HEADER, raw)
        if header is None:
            return NOT_MINE, index
        chomping = header[2]
    count = len(lines)
    first = index
    widest = 0
    while first < count:
        line = lines[first]
        stripped = line.lstrip(" ")
        if stripped:
            break
        if len(line) > widest:
            widest = len(line)
        first += 1
    else:
        return NOT_MINE, index  # nothing but blank lines up to the end
    indent = len(line) - len(stripped)
    if stripped[0] == "\t" or widest > indent:
        return NOT_MINE, index
    if indent <= parent:
        if stripped[0] == "#" and chomping == "+":
            return NOT_MINE, index  # a comment may add a line to what is kept
        chomped = "\n" * (first - index) if chomping == "+" else ""
        return Quoted(chomped), first
    pad = line[:indent]
    end = first + 1
    last = end  # after the last line that is not blank
    while end < count:
        line = lines[end]
        if line.startswith(pad):
            end += 1
            if len(line) > indent:
                last = end
        elif line and line.lstrip(" "):
            break
        else:
            end += 1
    body = [line[indent:] for line in lines[first:last]]
    if first > index:
        body[:0] = [""] * (first - index)
    if style == ">":
        if any(not line or line[0] in " \t" for line in body):
            return NOT_MINE, index
        text = " ".join(body)
    else:
        text = "\n".join(body)
    if chomping == "":
        text += "\n"
    elif chomping == "+":
        text += "\n" * (end - last + 1)
        if style == ">" and end > last:
            return NOT_MINE, index
        if end < count and lines[end].lstrip(" ")[0] == "#":
            return NOT_MINE, index
    return (Folded(text, text) if style == ">" and text else Quoted(text)), end


def _continued(lines: list[str], start: int, parent: int, raw: str) -> tuple[Value, int]:
    """A plain scalar `raw` that goes on in lines deeper than `parent`, from line `start` on."""
    if " #" in raw or raw[0] in "[{\"'|>":
        return NOT_MINE, start
    out = [raw]
    breaks = 0
    index = start
    count = len(lines)
    while index < count:
        line = lines[index]
        text = line.strip(" ")
        breaks += 1
        if text:
            if len(line) - len(line.lstrip(" ")) <= parent:
                break
            if text[0] == "#" or "\t" in text or text[-1] == ":" or ": " in text or " #" in text:
                return NOT_MINE, index
            out.append(" " if breaks == 1 else "\n" * (breaks - 1))
            out.append(text)
            breaks = 0
        index += 1
    return resolve("".join(out)), index


def load(text: str, limits: Limits) -> Value:
    """The first document of `text`, or NOT_MINE; None for one without content."""
    if not text.replace("\n", "").isprintable() and (
        re.search(_STRANGE, text) or any(char in text for char in _STRANGE_WIDE)
    ):
        return NOT_MINE
    start = text[:1]
    if start in ("{", "["):
        from cmp.yaml.jsondoc import load_json

        if len(text) > limits.yaml_nodes and text.count(",") > limits.yaml_nodes // 2:
            return NOT_MINE
        return load_json(text, limits.yaml_depth)
    if not text.endswith("\n"):
        text += "\n"
        if "|" in text or ">" in text:
            return NOT_MINE  # whether the last line ends decides how a block scalar ends
    lines = text.split("\n")
    lines.pop()
    if len(lines) > limits.yaml_nodes // 4 or (len(text) > limits.yaml_nodes and text.count(",") > 100_000):
        return NOT_MINE
    return _lines(lines, "\t" in text, limits.yaml_depth)


def _lines(lines: list[str], tabs: bool, depth: int) -> Value:  # one hot loop, long on purpose
    root: Value = None
    # The innermost open collection: `top` with its column; `stack` holds those around it.
    top: Any = None
    column = -1
    is_list = False
    stack: list[tuple[Any, int, bool]] = []
    pending = False  # the last key or dash of `top` still has no value
    name = ""
    raw: str | None = None  # the plain text given last, which deeper lines may continue
    line_after_raw = 0
    match_line = _LINE.fullmatch
    known_values = _values
    known_keys = _keys
    index = 0
    count = len(lines)
    if count and lines[0].startswith("---"):
        rest = lines[0][3:].strip(" ")
        if rest and not (rest[0] == "#" and lines[0][3] == " "):
            return NOT_MINE
        index = 1
    while index < count:
        line = lines[index]
        index += 1
        stripped = line.strip(" ")
        if not stripped or stripped[0] == "#":
            continue
        if tabs and "\t" in line:
            return NOT_MINE
        found = match_line(line.rstrip(" "))
        if found is None:
            return NOT_MINE
        blanks, dashes, key, value_text, lone, scalar = found.groups()
        at = len(blanks)
        if at == 0 and stripped[0] in ".%-" and stripped.startswith(("...", "%", "---")):
            return NOT_MINE
        if lone:
            dashes += "-"
        if at > column and not pending and top is not None:
            # Deeper than anything open: only the rest of a plain scalar may stand here.
            if raw is None:
                return NOT_MINE
            value, index = _continued(lines, line_after_raw, column, raw)
            if value is NOT_MINE:
                return NOT_MINE
            raw = None
            if is_list:
                top[-1] = value
            else:
                top[name] = value
            continue
        raw = None
        for dash in range(len(dashes)) if dashes else ():
            if dashes[dash] != "-":
                continue
            here = at + dash
            if pending and (here > column or (here == column and not is_list)):
                new_list: list[Value] = []
                if is_list:
                    top[-1] = new_list
                else:
                    top[name] = new_list
                stack.append((top, column, is_list))
                if len(stack) >= depth:
                    return NOT_MINE
                top, column, is_list = new_list, here, True
            elif top is None:
                top = []
                root = top
                column, is_list = here, True
            else:
                while column > here and stack:
                    top, column, is_list = stack.pop()
                if column != here or not is_list:
                    return NOT_MINE
            top.append(None)
            pending = True
        if lone:
            continue
        at += len(dashes)
        if key is not None:
            real = known_keys.get(key) or _key(key)
            if real is None:
                return NOT_MINE
            if pending and at > column:
                new_map: dict[str, Value] = {}
                if is_list:
                    top[-1] = new_map
                else:
                    top[name] = new_map
                stack.append((top, column, is_list))
                if len(stack) >= depth:
                    return NOT_MINE
                top, column, is_list = new_map, at, False
            elif top is None:
                top = {}
                root = top
                column, is_list = at, False
            else:
                while (column > at or (column == at and is_list)) and stack:
                    top, column, is_list = stack.pop()
                if column != at or is_list or real in top:
                    return NOT_MINE
            name = real
            if value_text is None:
                top[real] = None
                pending = True
                continue
            pending = False
        else:
            if not pending or at <= column:
                return NOT_MINE
            value_text = scalar
            if not dashes and scalar[0] in "|>":
                return NOT_MINE  # a block on a line of its own below its key
            pending = False
        value = known_values.get(value_text, NOT_MINE)
        if value is NOT_MINE:
            value = _inline(value_text)
            if type(value) is Scalar:
                if value is _BLOCK:
                    value, index = _block(lines, index, value_text, column)
                elif value is _OPEN:
                    value, index = _quoted_lines(lines, index, value_text)
                elif value is _FLOW:
                    if value_text == "{}":
                        value = FlowMap()
                    elif value_text == "[]":
                        value = FlowList()
                    else:
                        from cmp.yaml.flow import flow

                        done = flow(lines, index, value_text, depth - len(stack))
                        if done is None:
                            return NOT_MINE
                        value, index = done
                if value is NOT_MINE:
                    return NOT_MINE
        if value is None:
            pending = True  # only a comment followed
        else:
            raw = value_text
            line_after_raw = index
        if is_list:
            top[-1] = value
        else:
            top[name] = value
    return root
