"""The binary store: any bytes, sealed under the one key `data` of a JSON object (upstream: stores/json)."""

from __future__ import annotations

from cmp.sops.document import Branch, Item, from_bytes, to_bytes
from cmp.sops.errors import EmitError

KEY = "data"


def load(data: bytes) -> list[Branch]:
    """The branch of plain content; the encrypted form is read by the JSON store."""
    return [Branch([Item(KEY, from_bytes(data))])]


def emit(branches: list[Branch]) -> bytes:
    """The content; raises `EmitError` when there is none."""
    value = branches[0].get(KEY) if branches else None
    if not isinstance(value, str):
        raise EmitError(f"a binary file holds its content as text under the key {KEY!r}")
    return to_bytes(value)
