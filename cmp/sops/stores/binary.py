"""The binary store: any bytes, sealed under the key `data` of a JSON object (upstream: stores/json)."""

from __future__ import annotations

from cmp.sops.document import Branch, Item, from_bytes, to_bytes
from cmp.sops.errors import EmitError
from cmp.sops.stores import json
from cmp.sops.stores.base import Store
from cmp.sops.stores.json import BINARY_KEY as KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits


class BinaryStore(Store):
    """Plain content is taken as it is; only the encrypted form is a text, namely JSON."""

    name = "binary"
    setting = "json_binary"
    whole = True

    def load(self, data: bytes, limits: Limits) -> list[Branch]:
        """One branch with the content."""
        return [Branch([Item(KEY, from_bytes(data))])]

    def emit(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """The content; raises `EmitError` when there is none."""
        value = branches[0].get(KEY) if branches else None
        if not isinstance(value, str):
            raise EmitError(f"a binary file holds its content as a string under the key {KEY!r}")
        return to_bytes(value)

    def load_sealed(self, data: bytes, limits: Limits) -> list[Branch]:
        """As `Store.load_sealed`, from JSON."""
        return json.STORE.load(data, limits)

    def emit_sealed(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """As `Store.emit_sealed`, as JSON."""
        return json.STORE.emit(branches, indent)

    def indent_of(self, source: bytes) -> int | None:
        """The indentation of the encrypted form."""
        return json.STORE.indent_of(source)


STORE = BinaryStore()
