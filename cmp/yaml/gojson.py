"""JSON bytes as Go's encoding/json writes them: keys sorted by bytes, HTML characters escaped."""

from __future__ import annotations

import re
from _json import encode_basestring  # what json escapes with, without the rest of its package

from cmp.yaml.errors import YamlError
from cmp.yaml.jsonstage import broken, scalar_value
from cmp.yaml.value import BrokenMap, Scalar, Value

# Slow to compile, and seldom needed.
_TO_ESCAPE_WIDE = '[\x00-\x1f"\\\\<>&\u2028\u2029\ud800-\udfff]'
_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_KEYS: dict[str, str] = {}
_KEYS_SIZE, _KEY_CHARS = 2_000, 64


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"
    return _SHORT.get(char) or f"\\u{ord(char):04x}"


def _without_html(text: str) -> str:
    """JSON text whose HTML characters are escaped, as Go does by default."""
    if "<" in text or ">" in text or "&" in text:
        return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return text


def _text(value: Value | float) -> str:
    if isinstance(value, str):
        if value.isascii():
            return encode_basestring(value)
        return '"' + re.sub(_TO_ESCAPE_WIDE, _escape, value) + '"'
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value) if -(2**63) <= value < 2**64 else _float(float(value))
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise YamlError("the number .inf or .nan has no JSON form")
        return _float(value)
    if isinstance(value, Scalar):
        return _text(scalar_value(value))
    if isinstance(value, list):
        return f"[{','.join([_text(item) for item in value])}]"
    if isinstance(value, BrokenMap):
        raise broken(value)
    if isinstance(value, dict):
        # Go compares UTF-8 bytes, which is the order of code points.
        known = _KEYS
        members = [(known.get(key) or _key(key)) + _text(value[key]) for key in sorted(value)]
        return f"{{{','.join(members)}}}"
    raise TypeError(f"not a YAML value: {type(value).__name__}")


def _float(value: float) -> str:
    from cmp.yaml.gofloat import json_float

    return json_float(value)


def _key(key: str) -> str:
    """A key with its colon. Objects repeat those of the same fields."""
    text = _text(key) + ":"
    if type(key) is str and len(key) <= _KEY_CHARS:
        if len(_KEYS) >= _KEYS_SIZE:
            _KEYS.clear()
        _KEYS[key] = text
    return text


def dumps(value: Value | float) -> bytes:
    """The compact JSON text of `value` as `json.Marshal` prints the same data; raises `YamlError`."""
    # Outside of strings JSON has none of HTML's characters, so all strings are looked at in one go.
    return _without_html(_text(value)).encode()
