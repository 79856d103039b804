"""Comment lines between two tokens, told apart into feet of the one and heads of the other (scannerc.go).

A block of lines belongs to the token before it if it starts right below and an empty line or less
indentation ends it; else to the token after it. Columns count from 1 here, as upstream's do at this place.
"""

from __future__ import annotations

from cmp.sops.goyaml.scanner import BREAKS
from cmp.sops.goyaml.tokens import FLOW_ENTRY, VALUE, CommentToken

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.goyaml.scanner import Scanner

# How far upstream looks ahead for the next comment line.
_PEEK = 512
_LONG_BREAKS = "\x85\u2028\u2029"
_INSIDE = "\x80"


def read_block(scanner: Scanner, scan: int, scan_row: int) -> None:
    """Read comments from a `#` up to the next token into `scanner.comments`.

    scan, scan_row: where the search for the next token began.
    """
    _Block(scanner, scan, scan_row).read()


class _Block:
    """Lines that were read and not yet given to a token, and where they stand."""

    def __init__(self, scanner: Scanner, scan: int, scan_row: int) -> None:
        token = scanner.tokens[-1]
        if token.kind == FLOW_ENTRY and len(scanner.tokens) > 1:
            token = scanner.tokens[-2]
        self.scanner = scanner
        self.after_value = token.kind == VALUE
        self.belongs = token.start
        self.scan = scan
        # Pieces of the text, so that a long block costs no copy per line.
        self.lines: list[str] = []
        self.start = self.start_row = self.start_column = 0
        self.peek = 0
        self.row = scanner.row
        self.column = scanner.column
        self.next_indent = max(scanner.indent, 0)
        # Upstream looks ahead by bytes and so ends up inside of a line break of more than one byte.
        self.inside_break = False
        self.recent_empty = False
        self.first_empty = scanner.newlines <= 1
        # A comment is a foot of what came before only if it starts on this row.
        self.foot_row = -1
        if scan_row > 0:
            self.foot_row = scanner.row - scanner.newlines + 1
            if scanner.newlines == 0 and scanner.column > 1:
                self.foot_row += 1

    def read(self) -> None:
        """Look ahead over blanks, breaks and comment lines."""
        scanner = self.scanner
        while self.peek < _PEEK:
            self.column += 1
            char = _INSIDE if self.inside_break else scanner.text[scanner.pos + self.peek]
            if char in " \t":
                self.peek += 1
                continue
            close_flow = scanner.flow_level > 0 and char in "]}"
            if close_flow or char in BREAKS or char == "\0":
                self._end_of_line(char, close_flow)
                if char not in BREAKS:
                    break
                continue
            if self.lines and self.column - 1 < self.next_indent and self.column != self.start_column:
                # Another indentation than the lines so far: they are a foot.
                self._foot()
            if char != "#":
                break
            self._line()
        if self.lines:
            end = scanner.pos + self.peek - 1
            self._comment(self.start, end).head = "".join(self.lines)

    def _end_of_line(self, char: str, close_flow: bool) -> None:
        """An empty line, or the end of a flow collection: what was read may be a foot."""
        if close_flow or not self.recent_empty:
            dedented = self.start_column - 1 < self.next_indent
            below = self.start_row == self.foot_row and not self.after_value
            if close_flow or (self.first_empty and (below or dedented)):
                if self.lines:
                    if dedented:
                        self.belongs = self.start
                    self._foot()
            elif self.lines and char != "\0":
                self.lines.append("\n")
        if char in BREAKS:
            self.first_empty = False
            self.recent_empty = True
            self.column = 0
            self.row += 1
            self.peek += 1
            self.inside_break = char in _LONG_BREAKS

    def _foot(self) -> None:
        end = self.scanner.pos + self.peek
        self._comment(self.belongs, end).foot = "".join(self.lines)
        self.scan = self.belongs = end
        self.lines = []

    def _comment(self, token: int, end: int) -> CommentToken:
        comment = CommentToken(token, self.start, self.start_row, self.start_column, self.scan, end)
        self.scanner.comments.append(comment)
        return comment

    def _line(self) -> None:
        """Take over one comment line; the break at its end counts as no empty line."""
        scanner = self.scanner
        seen = scanner.pos + self.peek
        if self.lines:
            self.lines.append("\n")
        else:
            self.start, self.start_row, self.start_column = seen, self.row, self.column
        self.recent_empty = False
        while scanner.pos < seen:
            if scanner.text[scanner.pos] in BREAKS:
                scanner.skip_line()
            else:
                scanner.pos += 1
                scanner.column += 1
        self.lines.append(scanner.to_break())
        self.peek = 1
        self.inside_break = scanner.text[scanner.pos] in _LONG_BREAKS
        self.column = 0
        self.row = scanner.row
        self.next_indent = max(scanner.indent, 0)
