"""What a plain scalar means (resolve.go): to v3 in resources and SOPS documents, to v2 in configuration.

v2 reads YAML 1.1's words for truth values as well, and decides what kustomize's printer puts in quotes.
"""

from __future__ import annotations

import re

from cmp.yaml.go.timestamp import parse
from cmp.yaml.value import NULL, Scalar, Value

# Only scalars that start with one of these, and the empty one, can be anything but a string.
HINTS = frozenset("+-0123456789.yYnNtTfFoO~")

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_V2_TRUE = _TRUE | {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
_V2_FALSE = _FALSE | {"n", "N", "no", "No", "NO", "off", "Off", "OFF"}
_FLOAT_WORDS = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), "nan"),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), "inf"),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), "-inf"),
}
_V2_WORDS = _NULLS | _V2_TRUE | _V2_FALSE | _FLOAT_WORDS.keys()

# What stands behind a backslash in double quotes, and what it means.
ESCAPES = {
    "0": "\0", "a": "\x07", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\x0b", "f": "\x0c", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "'": "'", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028",
    "P": "\u2029",
}  # fmt: skip
# Those that a printer writes.
_WRITTEN = {char: f"\\{letter}" for letter, char in ESCAPES.items() if letter not in "\t '"}

_INT = r"([+-]?)(?:(0[xX][0-9a-fA-F]+)|(0[bB][01]+)|0[oO]?([0-7]+)|(0)|([1-9][0-9]*))"
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"


def _integer(plain: str) -> int | None:
    """strconv.ParseInt, then ParseUint, with base 0 and 64 bits; `plain` has no underscores."""
    match = re.fullmatch(_INT, plain)
    if match is None:
        return None
    sign, hexadecimal, binary, octal, _, decimal = match.groups()
    if hexadecimal:
        number = int(hexadecimal[2:], 16)
    elif binary:
        number = int(binary[2:], 2)
    elif octal:
        number = int(octal, 8)
    elif decimal and len(decimal) > 20:
        return None
    else:
        number = int(decimal or 0)
    if sign == "-":
        number = -number
        return number if number >= -(2**63) else None
    return number if number < (2**63 if sign else 2**64) else None


def _finite(text: str) -> float | None:
    number = float(text)
    return None if number in (float("inf"), float("-inf")) else number


def number_of(text: str, octal_words: bool) -> int | float | None:
    """The number go-yaml reads from a scalar that starts with a digit, a sign or a point, or None.

    octal_words: v3's extra spellings `0o-7`.
    """
    if text[0] == ".":
        # As Go's ParseFloat. Like other rare forms it is compiled when the first one comes.
        written = re.fullmatch(r"\.[0-9]+(?:_[0-9]+)*+(?:[eE][-+]?[0-9]+(?:_[0-9]+)*+)?", text)
        return _finite(text) if written else None
    plain = text.replace("_", "")
    number = _integer(plain)
    if number is not None:
        return number
    if re.fullmatch(_FLOAT, plain):
        value = _finite(plain)
        if value is not None:
            return value
    match = re.fullmatch(r"0(?:b([+-][01]+)|o([+-][0-7]+))", plain) if plain[:1] == "0" else None
    if match:
        if match[1]:
            inner = int(match[1], 2)
        elif octal_words:
            inner = int(match[2], 8)
        else:
            return None
        return inner if -(2**63) <= inner < 2**63 else None
    return None


def tag_of(text: str, dates: bool = True) -> str:
    """The short tag go-yaml v3 gives an untagged plain scalar (`<<` apart).

    dates: whether a timestamp is looked for, which v3 does only where the tag allows one.
    """
    if text in _NULLS:
        return "!!null"
    if text[0] not in HINTS:
        return "!!str"
    if text in _TRUE or text in _FALSE:
        return "!!bool"
    if text in _FLOAT_WORDS:
        return "!!float"
    if text[0] in "+-.0123456789":
        if dates and text[0] != "." and parse(text) is not None:
            return "!!timestamp"
        number = number_of(text, octal_words=True)
        if number is not None:
            return "!!int" if type(number) is int else "!!float"
    return "!!str"


def value_of(tag: str, text: str) -> str | int | float | bool | None:
    """The value of a plain scalar to which `tag_of` gave the tag; a timestamp stays the string it is."""
    if tag == "!!null":
        return None
    if tag == "!!bool":
        return text in _TRUE
    if tag == "!!float" and text in _FLOAT_WORDS:
        return float(_FLOAT_WORDS[text])
    if tag in ("!!int", "!!float"):
        return number_of(text, octal_words=True)
    return text


_CONSTANTS: dict[str, Value] = {"": None, "null": NULL, "true": True, "false": False}


def resolve(text: str) -> Value:
    """None, bool, int, str, or a `Scalar` where the text says more than the value."""
    if text and text[0] not in HINTS:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    digits = text[1:] if text[:1] == "-" else text
    if digits.isdecimal() and digits.isascii() and len(digits) <= 18 and (digits[0] != "0" or text == "0"):
        return int(text)
    tag = tag_of(text)
    return text if tag == "!!str" else Scalar(tag, text)


def config_scalar(text: str) -> int | float | str | bool | None:
    """The JSON-able value go-yaml v2 gives an untagged plain scalar; a timestamp stays the string it is.

    (v2 decodes timestamps into an empty interface as strings.)
    """
    if not text:
        return None
    if text[0] not in HINTS:
        return text
    if text in _V2_WORDS:
        if text in _V2_TRUE:
            return True
        if text in _V2_FALSE:
            return False
        return float(_FLOAT_WORDS[text]) if text in _FLOAT_WORDS else None
    if text[0] in "+-.0123456789":
        if text[0] != "." and parse(text) is not None:
            return text
        number = number_of(text, octal_words=False)
        if number is not None:
            return number
    return text


def config_tag(text: str, dates: bool) -> str:
    """The short tag go-yaml v2 gives a scalar. dates: whether a timestamp is looked for."""
    if dates and text[:1].isdecimal() and parse(text) is not None:
        return "!!timestamp"
    if not text or text in _NULLS:
        return "!!null"
    if text in _FLOAT_WORDS:
        return "!!float"
    if text in _V2_WORDS:
        return "!!bool"
    number = number_of(text, octal_words=False) if text[0] in "+-.0123456789" else None
    return "!!str" if number is None else "!!int" if type(number) is int else "!!float"


def is_base60(text: str) -> bool:
    """Whether YAML 1.1 reads a number of base 60: `1:30`."""
    return re.fullmatch(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])++(?:\.[0-9_]*)?", text) is not None


def needs_quotes(text: str) -> bool:
    """Whether the plain text is something else than a string to go-yaml v2, or would be in YAML 1.1."""
    if not text:
        return True
    first = text[0]
    if first not in HINTS:
        return False
    if text in _V2_WORDS:
        return True
    if first not in "+-.0123456789":
        return False
    if first != "." and (parse(text) is not None or (":" in text and is_base60(text))):
        return True
    return number_of(text, octal_words=False) is not None


def escaped(char: str) -> str:
    """A character as a printer escapes it in double quotes."""
    known = _WRITTEN.get(char)
    if known:
        return known
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
