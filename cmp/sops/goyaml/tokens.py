"""Tokens and blocks of comments, as the scanner hands them to the parser of go.yaml.in/yaml/v3 (yamlh.go)."""

from __future__ import annotations

(
    STREAM_START, STREAM_END, DIRECTIVE, TAG_DIRECTIVE, DOCUMENT_START, DOCUMENT_END, BLOCK_SEQUENCE_START,
    BLOCK_MAPPING_START, BLOCK_END, FLOW_SEQUENCE_START, FLOW_SEQUENCE_END, FLOW_MAPPING_START,
    FLOW_MAPPING_END, BLOCK_ENTRY, FLOW_ENTRY, KEY, VALUE, ALIAS_TOKEN, ANCHOR, TAG, SCALAR_TOKEN,
) = range(21)  # fmt: skip

PLAIN, SINGLE, DOUBLE, LITERAL, FOLDED = range(5)


class Token:
    """A token: kind, index of its first character, its row, and what it carries."""

    __slots__ = ("column", "kind", "row", "start", "style", "suffix", "value")

    def __init__(
        self, kind: int, start: int, row: int, column: int, value: str = "", style: int = PLAIN
    ) -> None:
        self.kind = kind
        self.start = start
        self.row = row
        self.column = column
        self.value = value
        self.style = style
        self.suffix = ""


class CommentToken:
    """A block of comment lines: its token and where it stands; empty once it was handed over."""

    __slots__ = ("column", "end", "foot", "head", "line", "row", "scan", "start", "token")

    def __init__(self, token: int, start: int, row: int, column: int, scan: int = 0, end: int = 0) -> None:
        self.token = token
        self.start = start
        self.row = row
        self.column = column
        self.scan = scan
        self.end = end
        self.head = ""
        self.line = ""
        self.foot = ""
