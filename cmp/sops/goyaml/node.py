"""A YAML node with its comments: the fields of go-yaml's `Node` that a round trip through SOPS needs."""

from __future__ import annotations

DOCUMENT, SEQUENCE, MAPPING, SCALAR, ALIAS = range(5)
PLAIN, SINGLE, DOUBLE, LITERAL, FOLDED = range(5)


class Node:
    """kind: DOCUMENT … ALIAS. tag: short, such as `!!str`. content: children, in a mapping keys and values.

    style: of a scalar, PLAIN … FOLDED. flow: a collection in brackets. tagged: the tag stood in the text.
    head, line, foot: comments with their `#`, lines separated by line feeds. target: of an alias.
    row, column: 1-based place in the source.
    """

    __slots__ = (
        "column", "content", "flow", "foot", "head", "kind", "line", "row", "style", "tag", "tagged",
        "target", "value",
    )  # fmt: skip

    def __init__(self, kind: int, tag: str = "", value: str = "", style: int = PLAIN) -> None:
        self.kind = kind
        self.tag = tag
        self.value = value
        self.style = style
        self.content: list[Node] = []
        self.flow = False
        self.tagged = False
        self.head = ""
        self.line = ""
        self.foot = ""
        self.target: Node | None = None
        self.row = 0
        self.column = 0

    def __repr__(self) -> str:
        return f"<Node {self.kind} {self.tag}>"
