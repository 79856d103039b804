"""What a plain scalar means and how a value is printed: resolve.go and encode.go of go.yaml.in/yaml/v3."""

from __future__ import annotations

import re

from cmp.sops.document import Time, float_parts
from cmp.sops.times import TimeError, canonical

_WORDS: dict[str, tuple[str, bool | float | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), ("!!bool", True)),
    **dict.fromkeys(("false", "False", "FALSE"), ("!!bool", False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), ("!!null", None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), ("!!float", float("nan"))),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), ("!!float", float("inf"))),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), ("!!float", float("-inf"))),
}
_RESOLVABLE = frozenset({"", "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"})
_HINTS = frozenset("+-0123456789.yYnNtTfFoO~")
_YAML_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
# A leading dot goes straight to Go's ParseFloat, which takes underscores between digits.
_DOT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?\Z")
_INT = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2})))"
    r"|(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?))?\Z",
    re.ASCII,
)
_LONGEST = 25
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_OLD_BOOLS = frozenset(
    "y Y yes Yes YES on On ON n N no No NO off Off OFF".split()  # noqa: SIM905 - reads better
)


class ResolveError(Exception):
    """A scalar that is not of the type its tag says."""


def resolve_tag(text: str) -> str:
    """The short tag of an untagged plain scalar."""
    return resolve("", text)[0]


def resolve(tag: str, text: str) -> tuple[str, str | int | float | bool | Time | None]:
    """Short tag and value of a scalar with the short tag `tag`, empty for none; raises `ResolveError`."""
    if tag not in _RESOLVABLE:
        return tag, text
    if tag == "!!str":
        return tag, text
    found, value = _resolve_plain(tag, text)
    if tag in ("", found):
        return found, value
    if tag == "!!float" and found == "!!int" and isinstance(value, int) and value < 2**63:
        return tag, float(value)
    raise ResolveError(f"the value is no {tag}")


def _resolve_plain(tag: str, text: str) -> tuple[str, str | int | float | bool | Time | None]:
    if text and text[0] not in _HINTS:
        return "!!str", text
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        if _DOT_FLOAT.match(text) and (number := float(text)) != float("inf"):
            return "!!float", number
        return "!!str", text
    if first not in "+-0123456789":
        return "!!str", text
    if tag in ("", "!!timestamp"):
        time = parse_timestamp(text)
        if time is not None:
            return "!!timestamp", time
    return _resolve_number(text)


def _resolve_number(text: str) -> tuple[str, str | int | float]:
    plain = text.replace("_", "")
    match = _INT.match(plain)
    if match:
        sign, hexadecimal, binary, octal, decimal = match.groups()
        # Longer ones are no 64 bit integers anyway, and Python refuses to read the longest.
        digits = decimal[:_LONGEST] if decimal is not None else None
        number = (
            int(digits)
            if digits is not None
            else int(hexadecimal, 16)
            if hexadecimal
            else int(binary, 2)
            if binary
            else int(octal, 8)
        )
        number = -number if sign == "-" else number
        if -(2**63) <= number < 2**63 or (not sign and number < 2**64):
            return "!!int", number
    if _YAML_FLOAT.match(plain):
        value = float(plain)
        if value not in (float("inf"), float("-inf")):
            return "!!float", value
    return "!!str", text


def parse_timestamp(text: str) -> Time | None:
    """A YAML timestamp in one of the four forms that go-yaml takes, or None."""
    match = _TIMESTAMP.match(text)
    if match is None:
        return None
    parts = match.groups()
    date = (int(parts[0]), int(parts[1]), int(parts[2]))
    zoned = parts[3] is not None
    clock_parts = parts[3:6] if zoned else parts[10:13]
    clock = (int(clock_parts[0] or 0), int(clock_parts[1] or 0), int(clock_parts[2] or 0))
    zone = (parts[7], int(parts[8]), int(parts[9])) if parts[7] else None
    try:
        return Time(canonical(date, clock, (parts[6] if zoned else parts[13]) or "", zone))
    except TimeError:
        return None


def plain_allowed(text: str) -> bool:
    """Whether a string may be printed plain: it reads back as a string, in YAML 1.1 too."""
    if not text:
        return False
    if text in _OLD_BOOLS or resolve_tag(text) != "!!str":
        return False
    return not (":" in text and text[0] in "+-0123456789" and _BASE60.match(text))


def format_float(value: float, exponent: str = "e") -> str:
    """A float as Go's `%g` (or `%G`) prints it in its shortest exact form."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, power = float_parts(value)
    if digits == "0":
        return sign + "0"
    point = len(digits) + power
    if point - 1 < -4 or point - 1 >= 6:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{mantissa}{exponent}{'-' if point - 1 < 0 else '+'}{abs(point - 1):02d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits + "0" * (point - len(digits))
    return f"{sign}{digits[:point]}.{digits[point:]}"


def print_float(value: float) -> str:
    """A float as go-yaml prints it."""
    return {"+Inf": ".inf", "-Inf": "-.inf", "NaN": ".nan"}.get(text := format_float(value), text)
