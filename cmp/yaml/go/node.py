"""One node of a YAML document: the fields of go-yaml's `Node` that a caller here needs."""

from __future__ import annotations

SCALAR_NODE, SEQUENCE, MAPPING, ALIAS_NODE, DOCUMENT = range(5)


class Node:
    """One node. line, column: 1-based start, 0 for a node that was not read.

    content: items, or keys and values in turn; a DOCUMENT has one child.
    tag: short, resolved. explicit: the tag stood in the text. style: a style of `tokens`, `[` or `{` for flow
    collections. value: a scalar's text, an alias' name. target: of an alias. anchor: a name or empty.
    tail: what kustomize's first print adds to the end of a block scalar.
    head_comment, line_comment, foot_comment: with their `#`, lines separated by line feeds; empty unless the
    parser was asked for comments.
    """

    __slots__ = (
        "anchor", "column", "content", "explicit", "foot_comment", "head_comment", "kind", "line",
        "line_comment", "style", "tag", "tail", "target", "value",
    )  # fmt: skip

    def __init__(self, kind: int, line: int, column: int, tag: str, value: str = "", style: str = "") -> None:
        self.kind = kind
        self.line = line
        self.column = column
        self.tag = tag
        self.value = value
        self.style = style
        self.explicit = False
        self.tail = self.anchor = ""
        self.content: list[Node] = []
        self.target: Node | None = None
        self.head_comment = self.line_comment = self.foot_comment = ""

    def become(self, other: Node) -> None:
        """Take over everything of another node, comments and style included; its content is shared."""
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))

    def __repr__(self) -> str:
        # The value may be a secret.
        return f"<Node {self.kind} {self.tag} {self.line}:{self.column}>"
