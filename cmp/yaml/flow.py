"""Brackets for the quick reader: JSON-like values inside a block document, or `None` for anything unusual."""

from __future__ import annotations

import re

from cmp.yaml.go.resolve import resolve
from cmp.yaml.value import FlowList, FlowMap, Quoted, Scalar, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORD = r"[A-Za-z0-9_./$()@+=*%!~-]*(?::(?=[A-Za-z0-9_/])[A-Za-z0-9_./$()@+=*%!~-]*)*+"
# Repeated groups are possessive (`*+`): one that could be given back costs 200 bytes each time it matches.
# Blanks, then a bracket or comma; or a plain or quoted scalar with the colon behind it.
_TOKEN = re.compile(
    r"[ \n]*+(?:([\[\]{},])|("
    rf"(?:[A-Za-z0-9_./$(]|-(?=[A-Za-z0-9-])){_WORD}(?: (?=[A-Za-z0-9_./$(=-]){_WORD})*+"
    r"|\"(?:[^\"\\\n]++|\\[^\n])*+\"|'(?:[^'\n]++|'')*+')(:[ \n]?)?)"
)
_MAX_DEPTH = 40
_MAX_KEY = 200  # far below go-yaml's 1024 from the start of a key to its colon
# What may come next: an item or a key (or the end), the value of a key, a comma (or the end).
_ITEM, _VALUE, _COMMA = range(3)
_CACHE_SIZE = 20_000
_CACHE_TEXT = 64
_values: dict[str, Value] = {}
_keys: dict[str, str] = {}


class _UnusualError(Exception):
    """Something that the exact reader has to judge."""


def _scalar(raw: str) -> Value:
    """The value of a scalar; raw: as it is written, quotes included."""
    first = raw[0]
    value: Value
    if first == '"':
        from cmp.yaml.fast import unescape

        text = unescape(raw[1:-1]) if "\\" in raw else raw[1:-1]
        if text is None:
            raise _UnusualError
        value = Quoted(text)
    elif first == "'":
        value = Quoted(raw[1:-1].replace("''", "'"))
    else:
        value = resolve(raw)
        if type(value) is Scalar and value.tag == "!!timestamp" and ":" in raw:
            value = raw  # as upstream's first print quotes it
    if len(raw) <= _CACHE_TEXT:
        if len(_values) >= _CACHE_SIZE:
            _values.clear()
        _values[raw] = value
    return value


def _key(raw: str) -> str:
    """The key that `raw` spells."""
    value = _scalar(raw)
    if not isinstance(value, str) or value == "<<" or len(raw) > _MAX_KEY:
        raise _UnusualError
    if len(_keys) >= _CACHE_SIZE:
        _keys.clear()
    key = _keys[raw] = str(value)
    return key


def _collection(text: str, depth: int) -> Value:  # one hot loop, long on purpose
    """The collection that `text` is."""
    values, keys, match = _values, _keys, _TOKEN.match
    whole: list[Value] = []
    stack: list[Any] = []
    top: Any = whole
    is_map = False
    name = ""
    after = _ITEM
    at, end = 0, len(text)
    while at < end:
        found = match(text, at)
        if found is None:
            raise _UnusualError
        at = found.end()
        mark, raw, colon = found.groups()
        if raw:
            if is_map and after == _ITEM:
                if not colon or (colon == ":" and raw[0] not in "\"'"):
                    raise _UnusualError
                known = keys.get(raw)
                name = _key(raw) if known is None else known
                if name in top:
                    raise _UnusualError
                after = _VALUE
                continue
            if colon or after == _COMMA:
                raise _UnusualError
            value = values[raw] if raw in values else _scalar(raw)
            after = _COMMA
        elif mark == ",":
            if after != _COMMA:
                raise _UnusualError
            after = _ITEM
            continue
        elif mark == "{" or mark == "[":
            if after == _COMMA or (is_map and after == _ITEM) or len(stack) >= depth:
                raise _UnusualError
            value = FlowMap() if mark == "{" else FlowList()
        else:
            if after == _VALUE or not stack or is_map != (mark == "}"):
                raise _UnusualError
            top = stack.pop()
            is_map = isinstance(top, dict)
            after = _COMMA
            continue
        if is_map:
            top[name] = value
        else:
            top.append(value)
        if mark:
            stack.append(top)
            top = value
            is_map = mark == "{"
            after = _ITEM
    if stack or after != _COMMA or len(whole) != 1:
        raise _UnusualError
    return whole[0]


def flow(lines: list[str], index: int, raw: str, depth: int) -> tuple[Value, int] | None:
    """The collection that starts with `raw` and may go on in `lines[index:]`; with the index after it."""
    text = raw
    if not _balanced(raw):
        collected = [raw]
        level = _level(raw)
        for end in range(index, len(lines)):
            line = lines[end]
            if line.startswith(("...", "---", "%")) or "#" in line or "\t" in line:
                return None
            collected.append(line)
            level += _level(line)
            if level <= 0:
                index = end + 1
                break
        else:
            return None
        text = "\n".join(collected).rstrip(" ")
    try:
        return _collection(text, min(depth, _MAX_DEPTH)), index
    except _UnusualError:
        return None


def _level(line: str) -> int:
    """Brackets opened less brackets closed; those in quotes count too, which only makes us give up."""
    return line.count("[") + line.count("{") - line.count("]") - line.count("}")


def _balanced(line: str) -> bool:
    return _level(line) <= 0
