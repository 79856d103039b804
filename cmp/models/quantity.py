"""Kubernetes resource quantities: read them, compare them (apimachinery pkg/api/resource)."""

from __future__ import annotations

import re
from fractions import Fraction

from cmp.models.errors import ModelError

_FORM = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(m|Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?\Z")
_FACTORS = {"": Fraction(1), "m": Fraction(1, 1000)}
_FACTORS |= {name: Fraction(1000 ** (power + 1)) for power, name in enumerate("kMGTP")}
_FACTORS |= {name: Fraction(1024 ** (power + 1)) for power, name in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi"))}


def value_of(text: str, what: str) -> Fraction:
    """The number that a quantity such as `250m` or `1Gi` stands for; `ModelError` names `what`."""
    found = _FORM.match(text)
    if found is None:
        raise ModelError(f"{what} is no resource quantity", hint="such as 250m, 2, 512Mi or 1Gi")
    value = Fraction(found[1]) * _FACTORS[found[2] or ""]
    if value == 0:
        raise ModelError(f"{what} must be more than nothing")
    return value
