"""Kubernetes quantities as numbers (apimachinery/pkg/api/resource/quantity.go)."""

from __future__ import annotations

import re

_UNITS = {
    "": 1.0,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
} | {unit + "i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)}
_FORM = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i|)")


def parse(value: object) -> float | None:
    """The number; None for what is no quantity."""
    match = (
        _FORM.fullmatch(str(value))
        if isinstance(value, (str, int, float)) and not isinstance(value, bool)
        else None
    )
    return float(match[1]) * _UNITS[match[2]] if match else None
