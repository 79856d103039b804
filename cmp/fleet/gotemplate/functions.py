"""The functions of our Go templates: text/template's, a subset of sprig's, ApplicationSet's `normalize`."""

from __future__ import annotations

import json
import re

from cmp.fleet.errors import TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NAME_LIMIT = 253
_TEXT_LIMIT = 1_000_000


def display(value: Any) -> str:
    """A value as Go prints it."""
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    if isinstance(value, list):
        return "[" + " ".join(map(_inner, value)) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_inner(value[key])}" for key in sorted(value)) + "]"
    return str(value)


def _inner(value: Any) -> str:
    return "<nil>" if value is None else display(value)


def is_true(value: Any) -> bool:
    """Go's truth: not the zero value, not empty, there at all."""
    return bool(value) and type(value).__name__ != "Missing"


def _eq(first: Any, *others: Any) -> bool:
    if not others:
        raise TemplateError("needs two arguments")
    return any(_same(first, other) for other in others)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        raise TemplateError("lists and mappings cannot be compared")
    if one is None or other is None:
        return one is other
    if _basic(one) is not _basic(other):
        raise TemplateError("the two values are of different types")
    return bool(one == other)


def _basic(value: Any) -> type:
    return float if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


def _ordered(one: Any, other: Any) -> tuple[Any, Any]:
    if _basic(one) is not _basic(other) or isinstance(one, bool):
        raise TemplateError("the two values are of different types or have no order")
    return one, other


def _less(one: Any, other: Any) -> bool:
    one, other = _ordered(one, other)
    return bool(one < other)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TemplateError("a string is needed")
    return value


def _int(value: Any) -> int:
    """Sprig's cast: what is not a number is 0."""
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _int64(value: int) -> int:
    if not -(1 << 63) <= value < 1 << 63:
        raise TemplateError("the number does not fit into 64 bits")
    return value


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            raise TemplateError("no such index")
    return value


def _dig(*arguments: Any) -> Any:
    *keys, default, value = arguments
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return default
        value = value[key]
    return value


def _dict(*pairs: Any) -> dict[str, Any]:
    values = [*pairs[1::2], ""]
    return {display(key): value for key, value in zip(pairs[::2], values, strict=False)}


def _json(value: Any) -> str:
    """As Go's encoding/json writes it."""
    from cmp.yaml import gojson

    return gojson.dumps(value).decode()


def _from_json(text: Any) -> Any:
    try:
        return json.loads(_text(text))
    except ValueError as err:
        raise TemplateError("the string is not JSON") from err


def _printf(template: Any, *values: Any) -> str:
    """%s %d %v %q %t %%, the verbs that make names."""
    left = list(values)

    def put(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        if not left:
            raise TemplateError("has fewer values than verbs")
        value = left.pop(0)
        return _quote(display(value)) if found[1] == "q" else display(value)

    made = re.sub(r"%(.)", put, _text(template))
    if left or re.search(r"%[^sdvqt%]", _text(template)):
        raise TemplateError("only %s %d %v %q %t are known, one value each")
    return made


def _quote(*values: Any) -> str:
    return " ".join(json.dumps(display(value), ensure_ascii=False) for value in values if value is not None)


def _replace(old: Any, new: Any, text: Any) -> str:
    grows = max(len(_text(new)) - len(_text(old)), 0)
    _check_length(len(_text(text)) + _text(text).count(old) * grows)
    return _text(text).replace(old, new)


def _check_length(length: int) -> None:
    """Refuse a result that is too long, before it is made."""
    if length > _TEXT_LIMIT:
        raise TemplateError("the string becomes too long")


def _join(between: Any, value: Any) -> str:
    _check_length(len(_text(between)) * len(_items(value)))
    return str(between.join(map(display, value)))


def _indent(width: Any, text: Any) -> str:
    if not isinstance(width, int) or not 0 <= width <= 200:
        raise TemplateError("the width is not between 0 and 200")
    _check_length(len(_text(text)) + width * (text.count("\n") + 1))
    return "\n".join(" " * width + line for line in text.split("\n"))


def _trunc(width: Any, text: Any) -> str:
    count = _int(width)
    return _text(text)[count:] if count < 0 else _text(text)[:count]


def _normalize(text: Any) -> str:
    """ApplicationSet's: a string as a DNS-1123 name."""
    return re.sub(r"[^-a-z0-9.]", "-", _text(text).lower())[:_NAME_LIMIT].strip("-.")


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TemplateError("a list is needed")
    return value


def _size(value: Any) -> int:
    return len(value.encode()) if isinstance(value, str) else len(value)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    # text/template; `and` and `or` are evaluated in place
    "eq": _eq,
    "ne": lambda one, other: not _same(one, other),
    "lt": _less,
    "le": lambda one, other: not _less(other, one),
    "gt": lambda one, other: _less(other, one),
    "ge": lambda one, other: not _less(one, other),
    "not": lambda value: not is_true(value),
    "index": _index,
    "len": _size,
    "print": lambda *values: "".join(map(display, values)),
    "printf": _printf,
    # sprig: strings
    "lower": lambda text: _text(text).lower(),
    "upper": lambda text: _text(text).upper(),
    "title": lambda text: re.sub(r"(^|\s)(\S)", lambda at: at[1] + at[2].upper(), _text(text)),
    "trim": lambda text: _text(text).strip(),
    "trimAll": lambda chars, text: _text(text).strip(_text(chars)),
    "trimPrefix": lambda prefix, text: _text(text).removeprefix(_text(prefix)),
    "trimSuffix": lambda suffix, text: _text(text).removesuffix(_text(suffix)),
    "trunc": _trunc,
    "replace": _replace,
    "quote": _quote,
    "squote": lambda *values: " ".join(f"'{display(value)}'" for value in values if value is not None),
    "contains": lambda part, text: _text(part) in _text(text),
    "hasPrefix": lambda prefix, text: _text(text).startswith(_text(prefix)),
    "hasSuffix": lambda suffix, text: _text(text).endswith(_text(suffix)),
    "indent": _indent,
    "nindent": lambda width, text: "\n" + _indent(width, text),
    "toString": display,
    # sprig: values
    "default": lambda other, value="": value if is_true(value) else other,
    "empty": lambda value: not is_true(value),
    "coalesce": lambda *values: next((value for value in values if is_true(value)), None),
    "ternary": lambda yes, no, test: yes if test is True else no,
    "int": _int,
    "add": lambda *values: _int64(sum(map(_int, values))),
    "sub": lambda one, other: _int64(_int(one) - _int(other)),
    "toJson": _json,
    "fromJson": _from_json,
    # sprig: lists and mappings
    "list": lambda *values: list(values),
    "dict": _dict,
    "get": lambda value, key: value.get(key, ""),
    "hasKey": lambda value, key: key in value,
    "dig": _dig,
    "first": lambda value: _items(value)[0] if value else None,
    "last": lambda value: _items(value)[-1] if value else None,
    "has": lambda item, value: item in _items(value),
    "join": _join,
    "splitList": lambda between, text: _text(text).split(_text(between)),
    # ApplicationSet's own
    "normalize": _normalize,
}
