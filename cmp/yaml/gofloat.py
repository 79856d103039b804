"""Floating point numbers as Go's strconv and encoding/json print them."""

from __future__ import annotations

_INFINITE = (float("inf"), float("-inf"))


def _digits(value: float) -> tuple[str, str, int]:
    """Sign, shortest decimal digits, and the decimal exponent of the first digit."""
    text = repr(value)
    sign = ""
    if text[0] == "-":
        sign, text = "-", text[1:]
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    power = int(exponent or 0) + len(whole) - 1
    digits = whole + fraction
    stripped = digits.lstrip("0")
    power -= len(digits) - len(stripped)
    return sign, stripped.rstrip("0") or "0", power if stripped else 0


def _fixed(sign: str, digits: str, power: int) -> str:
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    if power + 1 >= len(digits):
        return sign + digits + "0" * (power + 1 - len(digits))
    return f"{sign}{digits[: power + 1]}.{digits[power + 1 :]}"


def _scientific(sign: str, digits: str, power: int, pad: int) -> str:
    tail = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'-' if power < 0 else '+'}{abs(power):0{pad}d}"


def json_float(value: float) -> str:
    """The text `json.Marshal` writes for a finite float64: an exponent below 1e-6 and from 1e21 on."""
    sign, digits, power = _digits(value)
    size = abs(value)
    if size != 0 and (size < 1e-6 or size >= 1e21):
        return _scientific(sign, digits, power, 1 if power < 0 else 2)
    return _fixed(sign, digits, power)


def shortest_single(value: float) -> str:
    """The text of `strconv.FormatFloat(value, 'g', -1, 32)`: `value` rounded to 32 bits, in fewest digits."""
    import struct

    try:
        bits = struct.pack("f", value)
    except OverflowError:
        return "+Inf" if value > 0 else "-Inf"
    single: float = struct.unpack("f", bits)[0]
    if single != single:
        return "NaN"
    if single in _INFINITE:
        return "+Inf" if single > 0 else "-Inf"
    # Nine digits always tell two such numbers apart.
    texts = (f"{single:.{digits}e}" for digits in range(9))
    return shortest(float(next(text for text in texts if struct.pack("f", float(text)) == bits)))


def shortest(value: float) -> str:
    """The text of `strconv.FormatFloat(value, 'g', -1, 64)`, with YAML's words for what is not finite."""
    if value != value:
        return ".nan"
    if value in _INFINITE:
        return ".inf" if value > 0 else "-.inf"
    sign, digits, power = _digits(value)
    if power < -4 or power >= 6:
        return _scientific(sign, digits, power, 2)
    return _fixed(sign, digits, power)
