"""Strings and numbers as Go's encoding/json prints them."""

from __future__ import annotations

import re

from cmp.sops.document import float_parts, format_float
from cmp.sops.errors import EmitError

_ESCAPED = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]')
_NAMED = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def quote(text: str) -> str:
    """A string in quotes: HTML characters escaped, bytes that are not UTF-8 replaced."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if "\ud800" <= char <= "\udfff":
        return "\\ufffd"
    return _NAMED.get(char) or f"\\u{ord(char):04x}"


def number(value: float) -> str:
    """A float: plain digits, or an exponent below 1e-6 and from 1e21; raises `EmitError` if not finite."""
    if value != value or value in (float("inf"), float("-inf")):
        raise EmitError("JSON cannot hold a number that is not finite")
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return format_float(value)
    sign, digits, power = float_parts(value)
    exponent = power + len(digits) - 1
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent)}"
