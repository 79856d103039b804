"""How a changed document becomes a text: printed anew as SOPS does, or edited in the text it comes from.

Printing anew is right for every format and is what upstream does; a format whose texts people lay out by hand
has a printer of its own in `PRINTERS`.
"""

from __future__ import annotations

from importlib import import_module

from cmp.sops.stores import emit_encrypted, emit_plain, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.document import Branch
    from cmp.sops.metadata import Tree

# format -> the module below `cmp.sops.write` with its `Printer`; all others are printed anew.
PRINTERS = {"yaml": "printing_yaml"}


class Printer:
    """Prints anew. source: the document's bytes before the change, cleartext or encrypted."""

    def __init__(self, name: str) -> None:
        self.name = name

    def indent(self, source: bytes, wanted: int | None) -> int | None:
        """The indentation to print with: the wanted one, else the source's own, None for the store's."""
        return store(self.name).indent_of(source) if wanted is None else wanted

    def reveal(self, source: bytes, opened: list[Branch]) -> bytes:
        """The cleartext of the encrypted `source`, for a person to edit."""
        return emit_plain(opened, self.name, self.indent(source, None))

    def emit(self, source: bytes, tree: Tree, indent: int | None) -> bytes:
        """The encrypted document; raises `EmitError`."""
        return emit_encrypted(tree, self.name, self.indent(source, indent))

    def prepare(
        self, source: bytes, branches: list[Branch], indent: int | None
    ) -> tuple[bytes, list[Branch]]:
        """Source and branches such that each comment stands where it will be found in the encrypted file."""
        return source, branches

    def comments_stay(self, data: bytes, sealed: list[Branch], limits: Limits) -> bool:
        """Whether the printed `data` has its comments where they were sealed for."""
        return True

    def as_printed(self, branches: list[Branch], limits: Limits) -> list[Branch]:
        """The branches with their comments where printing puts them."""
        return branches


def printer(name: str) -> Printer:
    """The printer of a format."""
    if name not in PRINTERS:
        return Printer(name)
    found: Printer = import_module(f"cmp.sops.write.{PRINTERS[name]}").PRINTER
    return found
