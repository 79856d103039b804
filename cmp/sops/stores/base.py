"""What a store offers: the one interface of all formats (upstream: sops.go `Store`, stores/stores.go).

A store is a value without state. It knows its format's text, where a file keeps the SOPS metadata, how to
recognize an encrypted file, and how the format's texts are indented. Code outside of `cmp.sops.stores` asks
the store instead of comparing a format's name.
"""

from __future__ import annotations

import re

from cmp.lighttyping import Protocol
from cmp.sops.document import Branch, Item, is_sequence
from cmp.sops.errors import EmitError, MetadataError, SopsError
from cmp.sops.metadata import KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits
    from cmp.sops.document import Value


class Store(Protocol):
    """One format. The bodies here are those of a format whose file is a mapping with a `sops` block in it.

    name: the format. setting: the key below `stores` of `.sops.yaml` that holds its indentation, "" for none;
    own_indent: the value there that asks for the store's own. whole: the file is one value that is always
    sealed, so no rule applies. wider: another format as which every file of this one can be read.
    sealed_mac: matches a sealed MAC in a file that cannot be parsed. parts: how a render tells the sealed
    values of the cleartext from the others: by "paths", where it reads as YAML, or by the keys of its
    "lines"; "" where the whole file counts as sealed. literal_ends: a carriage return at the end of a line
    is a part of the value.
    """

    name: str
    setting: str = ""
    own_indent: int = -1
    whole: bool = False
    wider: str = ""
    sealed_mac: re.Pattern[bytes] | None = None
    parts: str = ""
    literal_ends: bool = False

    def load(self, data: bytes, limits: Limits) -> list[Branch]:
        """The branches of a text, one per document; raises `ParseError` with the line, or `LimitError`."""

    def emit(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """The text as `sops decrypt` prints it; raises `EmitError` for what the format cannot hold.

        indent: columns per level, -1 for a tab, None for the store's own; no meaning in a flat format.
        """

    def emit_value(self, value: Value, indent: int | None = None) -> bytes:
        """A value below the top level as `sops decrypt --extract` prints it; strings are printed as they are.

        Raises `EmitError` for what cannot stand alone in the format.
        """
        raise EmitError(
            f"{_kind(value)} cannot be printed as {self.name}", hint="add --output-type json or yaml"
        )

    def load_sealed(self, data: bytes, limits: Limits) -> list[Branch]:
        """The branches of an encrypted file, metadata included."""
        return self.load(data, limits)

    def emit_sealed(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """The text of an encrypted file."""
        return self.emit(branches, indent)

    def take_metadata(self, branches: list[Branch]) -> Branch:
        """Remove the metadata from every document; returns the first document's, nested.

        Raises `SopsError` without any, `MetadataError` when some documents have none.
        """
        return take_block(branches)

    def put_metadata(self, branches: Sequence[Branch], block: Branch) -> list[Branch]:
        """Copies of the documents, each with the nested `block` at its end."""
        return [Branch([*branch, Item(KEY, block)]) for branch in branches]

    def reserved(self, key: str) -> bool:
        """Whether a top-level key is kept for the metadata."""
        return key == KEY

    def marked(self, data: bytes) -> bool:
        """Whether a file may be an encrypted one of this format: quick, wrong only by saying yes."""
        return False

    def claims(self, data: bytes, limits: Limits) -> bool:
        """Whether broken metadata are SOPS' own in some document, and not just a key of that name."""
        own = ("mac", "lastmodified")
        return any(
            key == KEY and isinstance(value, Branch) and any(map(value.has, own))
            for branch in self.load(data, limits)
            for key, value in branch.entries()
        )

    def shows_mac(self, data: bytes) -> bool:
        """Whether a file that cannot be parsed still shows a sealed MAC where the format keeps it."""
        return self.sealed_mac is not None and self.sealed_mac.search(data) is not None

    def name_of(self, branches: Sequence[Branch]) -> str:
        """The format of an encrypted file that was read as this one and whose name says nothing."""
        return self.name

    def indent_of(self, source: bytes) -> int | None:
        """The indentation of a text, in columns or -1 for a tab; None where it does not show."""
        return None


def take_block(branches: list[Branch]) -> Branch:
    """Remove the `sops` block from every document; returns the first one's. All documents must have one."""
    blocks = [[item for item in branch if item.key == KEY] for branch in branches]
    if not any(blocks):
        raise SopsError("the file has no SOPS metadata")
    if len(blocks[0]) > 1:
        raise MetadataError("the file has two 'sops' entries")
    for number, block in enumerate(blocks, 1):
        if not block:
            raise MetadataError(
                f"document {number} of the file has no 'sops' entry, though others have one",
                hint="encrypt the file again as a whole, or split it",
            )
    for branch in branches:
        branch[:] = [item for item in branch if item.key != KEY]
    found = blocks[0][0].value
    if not isinstance(found, Branch):
        raise MetadataError("the file's 'sops' entry is not a mapping")
    return found


def _kind(value: Value) -> str:
    if isinstance(value, Branch):
        return "a mapping"
    return "a list" if is_sequence(value) else "a value that is not a string"
