"""The JSON store: one object, duplicate keys and their order kept (upstream: stores/json/store.go)."""

from __future__ import annotations

import re

from cmp.sops import gojson
from cmp.sops.document import Branch, Comment, Item, Time, is_sequence
from cmp.sops.errors import EmitError, ParseError
from cmp.sops.stores.base import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits
    from cmp.sops.document import Value

INDENT = "\t"
# The key that holds the content of a binary file.
BINARY_KEY = "data"
_FIRST_INDENT = re.compile(rb"\s*\{[ ]*\r?\n([ ]{1,8}|\t)\"")


class JsonStore(Store):
    """One object to one branch and back."""

    name = "json"
    parts = "paths"
    setting = "json"
    wider = "yaml"
    sealed_mac = re.compile(rb"\"mac\"[ \t\r\n]*:[ \t\r\n]*\"ENC\[AES256_GCM,", re.MULTILINE)

    def load(self, data: bytes, limits: Limits) -> list[Branch]:
        """One branch; raises `ParseError` with the line. Unlike upstream, no text may follow."""
        return [_load(data, limits)]

    def emit(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """The text of the first branch with a final line break."""
        return self.emit_value(branches[0], indent) + b"\n"

    def emit_value(self, value: Value, indent: int | None = None) -> bytes:
        """Any value, without a final line break."""
        level = INDENT if indent is None or indent < 0 else " " * indent
        return _value(value, "\n", level).encode("utf-8")

    def marked(self, data: bytes) -> bool:
        """Whether the file is an object that holds the key somewhere."""
        return data.lstrip()[:1] == b"{" and b'"sops"' in data

    def name_of(self, branches: Sequence[Branch]) -> str:
        """A binary file has nothing but its content."""
        keys = [key for branch in branches for key, _ in branch.entries()]
        return "binary" if keys == [BINARY_KEY] else self.name

    def indent_of(self, source: bytes) -> int | None:
        """The indentation of the first key."""
        match = _FIRST_INDENT.match(source)
        return None if match is None else -1 if match[1] == b"\t" else len(match[1])


STORE = JsonStore()


def _load(data: bytes, limits: Limits) -> Branch:
    import json

    limits.check("file_bytes", len(data))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        # Not chained: the codec's error carries the whole file.
        raise _error("bytes that are not UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    decoder = json.JSONDecoder(
        object_pairs_hook=_branch, parse_int=_integer, parse_float=_float, parse_constant=_constant
    )
    try:
        # `decode` wants nothing but blanks behind the value.
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        # Not chained: the decoder's error carries the whole document.
        raise _error(error.msg.lower(), error.lineno) from None
    except RecursionError:
        raise _error("values are nested too deeply", 0) from None
    if not isinstance(value, Branch):
        raise _error("the top level must be an object", 1)
    _check_depth(value, limits.yaml_depth)
    return value


def _error(problem: str, line: int) -> ParseError:
    error = ParseError(f"not a SOPS JSON document: {problem}")
    error.where.line = line
    return error


def _branch(pairs: list[tuple[str, Value]]) -> Branch:
    return Branch(Item(_text(key), _clean(value)) for key, value in pairs)


def _clean(value: Value) -> Value:
    if isinstance(value, str):
        return _text(value)
    if is_sequence(value):
        return [_clean(item) for item in value]
    return value


def _text(text: str) -> str:
    """Escapes of lone surrogates become U+FFFD, as in Go."""
    if text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)


def _integer(text: str) -> int | float:
    if len(text) <= 20 and -(2**63) <= (value := int(text)) < 2**63:
        return value
    return _float(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _error("a number that is out of range", 0)
    return value


def _constant(text: str) -> float:
    raise _error("a number that is not finite", 0)


def _check_depth(value: Value, limit: int) -> None:
    pending: list[tuple[Value, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if depth > limit:
            raise _error("values are nested too deeply", 0)
        if isinstance(item, Branch):
            pending += ((child, depth + 1) for _, child in item.entries() if isinstance(child, list))
        elif isinstance(item, list):
            pending += ((child, depth + 1) for child in item if isinstance(child, list))


def _value(value: Value, newline: str, indent: str) -> str:
    if isinstance(value, Branch):
        inner = newline + indent
        entries = [f"{gojson.quote(key)}: {_value(child, inner, indent)}" for key, child in value.entries()]
        return f"{{{inner}{(',' + inner).join(entries)}{newline}}}" if entries else "{}"
    if is_sequence(value):
        inner = newline + indent
        items = [_value(child, inner, indent) for child in value if not isinstance(child, Comment)]
        return f"[{inner}{(',' + inner).join(items)}{newline}]" if items else "[]"
    return _leaf(value)


def _leaf(value: Value) -> str:
    if isinstance(value, str):
        return gojson.quote(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return gojson.number(value)
    if isinstance(value, Time):
        return gojson.quote(value.text)
    if isinstance(value, Comment):
        raise EmitError("a comment where a value belongs")
    return str(value)
