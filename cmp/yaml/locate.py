"""Positions for error messages: where a field is in its file, and the line to show for it."""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.yaml.documents import decode, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.yaml.go.node import Node

_WIDTH = 120


def locate(
    data: bytes, document: int, path: tuple[str | int, ...], *, value: bool = False
) -> tuple[int, int] | None:
    """1-based (line, column) of the entry at `path` in the `document`-th (from 0) document that is not empty.

    For a field that is its key, or its `value` on demand; for a list item its start. None when
    there is no such place or the file cannot be read.
    """
    from cmp.errors import CmpError
    from cmp.yaml.go.parser import Parser

    try:
        for piece, line in split(data):
            root = Parser(decode(piece)).document()
            if root is None or root.tag == "!!null":
                continue
            if document == 0:
                place = _walk(root, path, value)
                return (place[0] + line, place[1]) if place else None
            document -= 1
    except CmpError:
        return None
    return None


def _target(node: Node) -> Node:
    for _ in range(DEFAULT.yaml_depth):
        if node.target is None:
            break
        node = node.target
    return node


def _walk(node: Node, path: tuple[str | int, ...], value: bool) -> tuple[int, int] | None:
    from cmp.yaml.go.node import MAPPING, SEQUENCE

    place = (node.line, node.column)
    for step in path:
        node = _target(node)
        content = node.content
        if isinstance(step, int) and node.kind == SEQUENCE and 0 <= step < len(content):
            node = content[step]
            place = (node.line, node.column)
            continue
        if node.kind != MAPPING:
            return None
        for i in range(0, len(content), 2):
            if content[i].value == step:
                place = (content[i].line, content[i].column)
                node = content[i + 1]
                break
        else:
            return None
    return (node.line, node.column) if value else place


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
