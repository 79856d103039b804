"""Edits of a YAML text that a user wrote: some spans change, every other character stays.

`TextEdits` collects replacements, applies them all at once and reads the result. The caller's reader says
what the text means, and the caller compares that with what was meant: a wrong edit is worse than none.
ruamel.yaml says where things stand (`cmp.yaml.marks`, ADR 0005). Offsets count characters of the text before
any edit.
"""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.yaml import marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias, TypeVar

    T = TypeVar("T")
    # Start, end, new text.
    Span: TypeAlias = tuple[int, int, str]

_FLOW_STARTS = frozenset(("FlowMappingStartToken", "FlowSequenceStartToken"))
_FLOW_ENDS = frozenset(("FlowMappingEndToken", "FlowSequenceEndToken"))
_BLOCK_STYLES = ("|", ">")


class TextEdits:
    """The edits of one text; raises `marks.errors()` when it is broken.

    roots: one ruamel.yaml node per document, None for an empty one.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.roots: list[Any] = list(marks.compose_all(text))
        self._spans: list[Span] = []
        self._flow: _FlowPlaces | None = None

    # -- edits

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of a span; an empty span inserts it."""
        self._spans.append((start, end, text))

    def forget(self, start: int, end: int) -> None:
        """Drop the replacements that start inside of a span: the span is replaced as a whole."""
        self._spans = [span for span in self._spans if not start <= span[0] < end]

    def mark(self) -> int:
        """A point that `back_to` can return to."""
        return len(self._spans)

    def back_to(self, mark: int) -> None:
        """Drop the replacements made since `mark`."""
        del self._spans[mark:]

    def read_back(self, read: Callable[[str], T], more: Iterable[Span] = ()) -> tuple[str, T] | None:
        """The edited text and what `read` makes of it; None when edits overlap or the text cannot be read.

        read: raises a `CmpError` for a broken text. more: replacements after those that were made before.
        """
        edited = self._applied(more)
        if edited is None:
            return None
        try:
            return edited, read(edited)
        except (CmpError, UnicodeEncodeError):
            return None

    def _applied(self, more: Iterable[Span]) -> str | None:
        pieces: list[str] = []
        position = 0
        # A stable order: of two insertions at one place, the first one made stands first.
        for start, end, text in sorted([*self._spans, *more], key=lambda span: span[:2]):
            if start < position:
                return None
            pieces += (self.text[position:start], text)
            position = end
        return "".join(pieces) + self.text[position:]

    # -- places

    def line_start(self, position: int) -> int:
        """Where the line of a position starts."""
        return self.text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """Where the line of a position ends, without its line break."""
        end = self.text.find("\n", position)
        return len(self.text) if end < 0 else end

    def next_line(self, position: int) -> int:
        """Where the line after a position starts; the end of the text when there is none."""
        return min(self.line_end(position) + 1, len(self.text))

    def end_of(self, node: Any) -> int:
        """Where a node's own text ends, without the blank lines and comments that its mark may include."""
        if node.id != "scalar" and not node.flow_style and node.value:
            last = node.value[-1]
            return self.end_of(last[1] if node.id == "mapping" else last)
        start, end = int(node.start_mark.index), int(node.end_mark.index)
        if node.id == "scalar" and node.style in _BLOCK_STYLES:
            return start + len(self.text[start:end].rstrip(" \r\n"))
        return end

    def in_flow(self, node: Any) -> bool:
        """Whether a node stands inside of brackets; brackets do not stand inside of themselves."""
        if self._flow is None:
            self._flow = _FlowPlaces(self.text)
        return node.start_mark.index in self._flow


class _FlowPlaces:
    """The stretches of a text that lie inside brackets."""

    def __init__(self, text: str) -> None:
        self.stretches: list[tuple[int, int]] = []
        depth = start = 0
        for token in marks.scan(text):
            if type(token).__name__ in _FLOW_STARTS:
                start = token.start_mark.index if depth == 0 else start
                depth += 1
            elif type(token).__name__ in _FLOW_ENDS:
                depth -= 1
                if depth == 0:
                    self.stretches.append((start, token.end_mark.index))

    def __contains__(self, position: int) -> bool:
        from bisect import bisect_left

        index = bisect_left(self.stretches, (position,)) - 1
        return index >= 0 and position < self.stretches[index][1]
