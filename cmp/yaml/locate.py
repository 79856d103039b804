"""Positions for error messages: where a field is in its file, and the line to show for it."""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.yaml.documents import decode, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.yaml.go.node import Node

_WIDTH = 120
# Trees of documents that are kept for further questions.
_KEPT = 16


def locate(
    data: bytes, document: int, path: tuple[str | int, ...], *, value: bool = False
) -> tuple[int, int] | None:
    """1-based (line, column) of the entry at `path` in the `document`-th (from 0) document that is not empty.

    For a field that is its key, or its `value` on demand; for a list item its start. None when
    there is no such place or the file cannot be read.
    """
    return Positions(data).of(document, path, value=value)


class Positions:
    """`locate` for many questions about one file: no document is read anew for each of them.

    Some trees are kept, those that were asked for last: a tree is larger than its text.
    """

    def __init__(self, data: bytes) -> None:
        self._pieces: Iterator[tuple[bytes, int]] = _pieces(data)
        self._filled: list[tuple[bytes, int]] = []  # the documents that are not empty, as far as it was read
        self._trees: dict[int, Tree] = {}

    def of(
        self, document: int, path: tuple[str | int, ...], *, value: bool = False, nearest: bool = False
    ) -> tuple[int, int] | None:
        """As `locate`; `nearest`: where there is no such place, of what is nearest above it."""
        tree = self._tree(document)
        place = tree.walk(path, value, nearest) if tree is not None else None
        return (place[0] + self._filled[document][1], place[1]) if place else None

    def _tree(self, document: int) -> Tree | None:
        from cmp.errors import CmpError

        if document in self._trees:
            return self._trees[document]
        try:
            if document < len(self._filled):
                root = _root(self._filled[document][0])
            else:
                root = self._read_up_to(document)
        except CmpError:
            self._pieces = iter(())  # nothing that comes later can be read
            return None
        if root is None:
            return None
        while len(self._trees) >= _KEPT:
            del self._trees[next(iter(self._trees))]
        self._trees[document] = Tree(root)
        return self._trees[document]

    def _read_up_to(self, document: int) -> Node | None:
        for piece, line in self._pieces:
            root = _root(piece)
            if root is not None and root.tag != "!!null":
                self._filled.append((piece, line))
                if len(self._filled) > document:
                    return root
        return None


def _pieces(data: bytes) -> Iterator[tuple[bytes, int]]:
    yield from split(data)


def _root(piece: bytes) -> Node | None:
    from cmp.yaml.go.parser import Parser

    return Parser(decode(piece)).document()


def _target(node: Node) -> Node:
    for _ in range(DEFAULT.yaml_depth):
        if node.target is None:
            break
        node = node.target
    return node


class Tree:
    """The nodes of one document, with what a mapping's keys are found by."""

    def __init__(self, root: Node) -> None:
        self._root = root
        self._keys: dict[int, dict[str, int]] = {}

    def walk(self, path: tuple[str | int, ...], value: bool, nearest: bool) -> tuple[int, int] | None:
        """As `Positions.of`, counted from the document's first line."""
        node = self._root
        place = (node.line, node.column)
        for step in path:
            at = self._at(_target(node), step)
            if at is None:
                if not nearest:
                    return None
                break
            key, node = at
            place = (key.line, key.column)
        return (node.line, node.column) if value else place

    def _at(self, node: Node, step: str | int) -> tuple[Node, Node] | None:
        """What stands for the place of an entry, and its value."""
        from cmp.yaml.go.node import MAPPING, SEQUENCE

        content = node.content
        if isinstance(step, int):
            found = node.kind == SEQUENCE and 0 <= step < len(content)
            return (content[step], content[step]) if found else None
        at = self._keys_of(node).get(step) if node.kind == MAPPING else None
        return (content[at], content[at + 1]) if at is not None else None

    def _keys_of(self, node: Node) -> dict[str, int]:
        """The places of a mapping's keys; of two equal ones the first."""
        found = self._keys.get(id(node))
        if found is None:
            found = self._keys[id(node)] = {}
            for place in range(0, len(node.content), 2):
                found.setdefault(node.content[place].value, place)
        return found


def excerpt(data: bytes, line: int, column: int) -> str:
    """`line` behind its number, a caret below `column`, both 1-based: bounded, control characters replaced.

    The caller decides whether the line may be shown: it may hold a secret. Empty when there is no such line.
    """
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    if not 0 < line <= len(lines):
        return ""
    text = lines[line - 1].decode("utf-8", "replace")
    column = max(1, min(column, len(text) + 1))
    start = max(0, column - 1 - _WIDTH // 2) if len(text) > _WIDTH else 0
    shown = "".join(map(_visible, text[start : start + _WIDTH]))
    before, after = "..." if start else "", "..." if start + _WIDTH < len(text) else ""
    number = str(line)
    blank = "".join(map(_blank, before + shown[: column - 1 - start]))
    return f"{number} | {before}{shown}{after}\n{' ' * len(number)} | {blank}^"


def _visible(char: str) -> str:
    if char == "\t":
        return " "
    return char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _blank(char: str) -> str:
    """Blanks as wide as a terminal shows the character."""
    from unicodedata import combining, east_asian_width

    return "" if combining(char) else "  " if east_asian_width(char) in "WF" else " "
