"""The kinds of tokens that the scanner gives the parser, and the styles of scalars (yamlh.go)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

(
    STREAM_START, STREAM_END, VERSION, TAG_DIRECTIVE, DOC_START, DOC_END, BLOCK_SEQ, BLOCK_MAP, BLOCK_END,
    FLOW_SEQ, FLOW_SEQ_END, FLOW_MAP, FLOW_MAP_END, ENTRY, FLOW_ENTRY, KEY, VALUE, ALIAS, ANCHOR, TAG, SCALAR,
) = range(21)  # fmt: skip

PLAIN, SINGLE, DOUBLE, LITERAL, FOLDED = "", "'", '"', "|", ">"

# Line breaks of YAML 1.1; CR LF counts as one.
BREAKS = frozenset("\n\r\x85\u2028\u2029")

# (kind, line, column, value, extra, start). line, column: 0-based. extra: a scalar's style, a tag's suffix,
# the minor number of a version. start: the offset in the text that comments are compared with; a block's end
# may start before the comments above it.
Token: TypeAlias = "tuple[int, int, int, str, str, int]"  # noqa: S105 - no password
