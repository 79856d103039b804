"""Leaves as the text of formats that know text only (upstream: stores.ValToString)."""

from __future__ import annotations

from cmp.sops.document import Time
from cmp.sops.goyaml.scalars import format_float
from cmp.sops.times import seconds


def plain_text(value: str | int | float | bool | Time | None) -> str:
    """The text of a leaf; a float always shows that it is one."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        text = format_float(value, "E")
        return text if "." in text or "E" in text or not text.lstrip("-").isdigit() else text + ".0"
    if isinstance(value, Time):
        return seconds(value.text)
    return str(value)
