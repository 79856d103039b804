"""Kubernetes resource quantities: `250m`, `1.5Gi`, `1e3`, `100u`, in exact decimal arithmetic.

Follows `ParseQuantity` of apimachinery's pkg/api/resource/quantity.go, with what surprises in it: `.` is 0,
`1.` is 1, `E` is a unit and the start of an exponent, what is smaller than a billionth is rounded up to one,
and a binary amount ends at the largest 64-bit integer.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, ROUND_UP, Context, Decimal

_FORM = re.compile(r"([+-]?)([0-9]*+)(?:\.([0-9]*+))?([eEinumkKMGTP]*[+-]?[0-9]*)")
_UNITS = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_DECIMAL = {unit: 3 * power for power, unit in enumerate(_UNITS, -3)}
_BINARY = {f"{unit}i": 10 * power for power, unit in enumerate("KMGTPE", 1)}
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]{1,19})")
_NANO = Decimal("1e-9")
_MOST = 2**63 - 1
# Digits of the binary units' product beyond those of the text: 2 ** 60 has 19.
_SPARE = 32


def parse(value: object) -> Decimal | None:
    """The exact number that a string or JSON number stands for; None for what is not a quantity."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
        return None
    if isinstance(value, int):
        value = str(Decimal(value))  # `str` of an integer refuses more than 4300 digits
    text = value if isinstance(value, str) else repr(value)
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction, suffix = match[1], match[2], match[3] or "", match[4]
    exact = Context(prec=len(text) + _SPARE, Emax=MAX_EMAX, Emin=MIN_EMIN)
    number = exact.create_decimal(f"{whole or '0'}.{fraction}")
    if suffix in _BINARY:
        number = min(exact.multiply(number, Decimal(2 ** _BINARY[suffix])), Decimal(_MOST))
    else:
        exponent = _exponent(suffix)
        if exponent is None:
            return None
        number = exact.scaleb(number, exponent)
    number = _rounded(number, exact)
    return number.copy_negate() if sign == "-" and number else number


def _exponent(suffix: str) -> int | None:
    """The power of ten that a decimal unit or an exponent stands for."""
    if suffix in _DECIMAL:
        return _DECIMAL[suffix]
    match = _EXPONENT.fullmatch(suffix)
    if match is None or not -(2**63) <= int(match[1]) < 2**63:
        return None
    # Go keeps the lower 32 bits of it.
    return (int(match[1]) + 2**31) % 2**32 - 2**31


def _rounded(number: Decimal, exact: Context) -> Decimal:
    """Without anything below a billionth, rounded away from zero: who asks for something gets something."""
    if not number:
        return Decimal(0)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -9:
        return number
    return number.quantize(_NANO, rounding=ROUND_UP, context=exact)
