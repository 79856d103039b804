"""Encrypted YAML keeps the text it comes from: order, quotes, comments and blank lines stay."""

from __future__ import annotations

from cmp.sops.document import Branch, Comment, Item
from cmp.sops.errors import SopsError
from cmp.sops.metadata import KEY, Tree, to_branch
from cmp.sops.stores import emit_plain, load_encrypted, load_plain
from cmp.sops.write.layout import append, indent_of, reveal, rewrite
from cmp.sops.write.printing import Printer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits


class YamlPrinter(Printer):
    """Edits the source; prints anew where that is not possible."""

    def indent(self, source: bytes, wanted: int | None) -> int | None:
        """As `Printer.indent`; the source's is that of its first nested mapping."""
        return indent_of(_text(source)) if wanted is None else wanted

    def reveal(self, source: bytes, opened: list[Branch]) -> bytes:
        """As `Printer.reveal`."""
        text = _text(source)
        edited = reveal(text, load_plain(source, self.name), opened, indent_of(text))
        return super().reveal(source, opened) if edited is None else edited.encode("utf-8")

    def emit(self, source: bytes, tree: Tree, indent: int | None) -> bytes:
        """As `Printer.emit`."""
        text = _text(source)
        before = load_plain(source, self.name)
        block = Item(KEY, to_branch(tree.metadata))
        after = [_with_block(branch, block, before, number) for number, branch in enumerate(tree.branches)]
        edited = rewrite(text, before, after, indent or indent_of(text))
        return super().emit(source, tree, indent) if edited is None else edited.encode("utf-8")

    def prepare(
        self, source: bytes, branches: list[Branch], indent: int | None
    ) -> tuple[bytes, list[Branch]]:
        """A cleartext with an empty `sops` entry at its end, and the branches as they read then.

        A comment that ends a file may belong to another mapping once an entry follows, and it must be sealed
        for the place where it will be found.
        """
        before = load_plain(source, self.name)
        if before != branches or any(branch.has(KEY) for branch in before):
            return source, branches
        text = _text(source)
        placed = append(text, before, Item(KEY, Branch([Item("mac", "")])), indent or indent_of(text))
        if placed is None:
            return source, branches
        for branch in placed[1]:
            branch[:] = [item for item in branch if item.key != KEY]
        return placed[0].encode("utf-8"), placed[1]

    def comments_stay(self, data: bytes, sealed: list[Branch], limits: Limits) -> bool:
        """As `Printer.comments_stay`."""
        return load_encrypted(data, self.name, limits).branches == sealed

    def as_printed(self, branches: list[Branch], limits: Limits) -> list[Branch]:
        """As `Printer.as_printed`; the branches as they are if the print cannot be read."""
        try:
            return load_plain(emit_plain(branches, self.name), self.name, limits)
        except SopsError:
            return branches


PRINTER = YamlPrinter("yaml")


def _text(source: bytes) -> str:
    """The text of a YAML file; one in another encoding than UTF-8 is printed anew."""
    return source.decode("utf-8", "replace")


def _with_block(branch: Branch, block: Item, before: list[Branch], number: int) -> Branch:
    """`branch` with the metadata where the source has them, else at the end."""
    old = before[number] if number < len(before) else Branch()
    place = next((index for index, item in enumerate(old) if item.key == KEY), None)
    if place is None:
        return Branch([*branch, block])
    behind = old[place + 1 :]
    if all(isinstance(item.key, Comment) for item in behind):
        place = len(branch) - len(behind)
    return Branch([*branch[:place], block, *branch[place:]])
