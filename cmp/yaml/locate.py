"""Positions for error messages: where a field is in its file, and the line to show for it."""

from __future__ import annotations


def locate(data: bytes, document: int, path: tuple[str | int, ...]) -> tuple[int, int] | None:
    """1-based (line, column) of the entry at `path` in the `document`-th (from 0) document, or None."""
    return None


def excerpt(data: bytes, line: int, column: int) -> str:
    """The text of `line` with a caret below `column`: bounded, control characters neutralised."""
    return ""
