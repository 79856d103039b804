"""Scalars as SOPS' values, and values as go.yaml.in/yaml/v3 prints them (encode.go)."""

from __future__ import annotations

from cmp.sops.document import Time, float_parts
from cmp.yaml.go.resolve import is_base60, tag_of, value_of
from cmp.yaml.go.timestamp import parse

_RESOLVABLE = frozenset({"", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"})
_OLD_BOOLS = frozenset(
    "y Y yes Yes YES on On ON n N no No NO off Off OFF".split()  # noqa: SIM905 - reads better
)


class ResolveError(Exception):
    """A scalar that is not of the type its tag says."""


def resolve(tag: str, text: str) -> tuple[str, str | int | float | bool | Time | None]:
    """Short tag and value of a scalar with the short tag `tag`, empty for none; raises `ResolveError`."""
    if tag not in _RESOLVABLE:
        return tag, text
    found = tag_of(text, dates=tag in ("", "!!timestamp"))
    value = value_of(found, text)
    if tag in ("", found):
        return found, _time(text) if found == "!!timestamp" else value
    if tag == "!!float" and found == "!!int" and isinstance(value, int) and value < 2**63:
        return tag, float(value)
    raise ResolveError(f"the value is not a {tag}")


def _time(text: str) -> Time:
    stamp = parse(text)
    assert stamp is not None  # noqa: S101 - `tag_of` asked
    return Time(stamp.text())


def plain_allowed(text: str) -> bool:
    """Whether a string may be printed plain: it reads back as a string, in YAML 1.1 too."""
    if not text:
        return False
    if text in _OLD_BOOLS or tag_of(text) != "!!str":
        return False
    return not (":" in text and text[0] in "+-0123456789" and is_base60(text))


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
