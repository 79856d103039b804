"""Brackets for the quick reader: JSON-like values inside a block document, or `None` for anything unusual."""

from __future__ import annotations

import re

from cmp.yaml.go.resolve import resolve
from cmp.yaml.value import FlowList, FlowMap, Quoted, Scalar, Value

_WORD = r"[A-Za-z0-9_./$()@+=*%!~-]*(?::(?=[A-Za-z0-9_/])[A-Za-z0-9_./$()@+=*%!~-]*)*+"
# Repeated groups are possessive (`*+`): one that could be given back costs 200 bytes each time it matches.
# Blanks, then a bracket or comma, a quoted or a plain scalar.
_TOKEN = re.compile(
    r"[ \n]*(?:([\[\]{},])|\"((?:[^\"\\\n]++|\\[^\n])*+)\"|'((?:[^'\n]++|'')*+)'|"
    rf"((?:[A-Za-z0-9_./$(]|-(?=[A-Za-z0-9-])){_WORD}(?: (?=[A-Za-z0-9_./$(=-]){_WORD})*+))"
)
_AFTER_PLAIN_KEY = re.compile(r":[ \n]")
_MAX_DEPTH = 40


class _UnusualError(Exception):
    """Something that the exact reader has to judge."""


def _scalar(match: re.Match[str]) -> Value:
    from cmp.yaml.fast import unescape

    double, single, plain = match[2], match[3], match[4]
    if plain is not None:
        value = resolve(plain)
        if type(value) is Scalar and value.tag == "!!timestamp" and ":" in plain:
            return plain  # as upstream's first print quotes it
        return value
    if single is not None:
        return Quoted(single.replace("''", "'"))
    if "\\" not in double:
        return Quoted(double)
    text = unescape(double)
    if text is None:
        raise _UnusualError
    return Quoted(text)


def _key(match: re.Match[str], text: str) -> tuple[str, int]:
    """The key that `match` spells and the offset after its colon."""
    at = match.end()
    value = _scalar(match)
    if not isinstance(value, str) or value == "<<" or at - match.start() > 200 or text[at : at + 1] != ":":
        raise _UnusualError
    if match[4] is not None and not _AFTER_PLAIN_KEY.match(text, at):
        raise _UnusualError
    return str(value), at + 1


def _collection(text: str, at: int, closing: str, depth: int) -> tuple[Value, int]:
    """The collection whose opening bracket ends at `at`, and the offset after its closing one."""
    if not depth:
        raise _UnusualError
    items = FlowList()
    pairs = FlowMap()
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _UnusualError
        at = match.end()
        if match[1] == closing:
            return (pairs if closing == "}" else items), at
        if match[1] is not None and (closing == "}" or match[1] not in "[{"):
            raise _UnusualError
        name = ""
        if closing == "}":
            name, at = _key(match, text)
            if name in pairs:
                raise _UnusualError
            match = _TOKEN.match(text, at)
            if match is None:
                raise _UnusualError
            at = match.end()
        if match[1] is None:
            value = _scalar(match)
        elif match[1] in "[{":
            value, at = _collection(text, at, "]" if match[1] == "[" else "}", depth - 1)
        else:
            raise _UnusualError
        if closing == "}":
            pairs[name] = value
        else:
            items.append(value)
        match = _TOKEN.match(text, at)
        if match is None or match[1] not in (",", closing):
            raise _UnusualError
        at = match.end()
        if match[1] == closing:
            return (pairs if closing == "}" else items), at


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
        value, at = _collection(text, 1, "]" if raw[0] == "[" else "}", min(depth, _MAX_DEPTH))
    except _UnusualError:
        return None
    return (value, index) if at == len(text) else None


def _level(line: str) -> int:
    """Brackets opened less brackets closed; those in quotes count too, which only makes us give up."""
    return line.count("[") + line.count("{") - line.count("]") - line.count("}")


def _balanced(line: str) -> bool:
    return _level(line) <= 0
