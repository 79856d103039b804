"""Which comment belongs to which node, by go-yaml's rules (scannerc.go, parserc.go).

`Comments` listens to one scanner and serves one parser. The scanner hands over comments as it passes them,
each with the offset of the token that it belongs to. The parser takes those up to the token it looks at and
gives them to nodes. So where a comment ends up depends on the moment at which the parser looks at a token.

Between two tokens, a block of comment lines belongs to the token before it if it starts right below and an
empty line or less indentation ends it; else to the token after it.
"""

from __future__ import annotations

from cmp.yaml.go.tokens import (
    BLOCK_END,
    BLOCK_MAP,
    BLOCK_SEQ,
    BREAKS,
    ENTRY,
    FLOW_ENTRY,
    VALUE,
    Token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.yaml.go.node import Node
    from cmp.yaml.go.scanner import Scanner

# How far upstream looks ahead for the next comment line, in characters.
_PEEK = 512
_LONG_BREAKS = "\x85\u2028\u2029"
_INSIDE = "\x80"


class _Comment:
    """A block of comment lines, or the comment beside a token (`side`). Places are offsets in the text.

    token: start of the token it belongs to. start: of its first line. scan: where the search for it began.
    end: where it was complete. line: 0-based. column: as upstream has it, from 1 for a block and from 0 for a
    comment beside a token, which `block_end` does not tell apart.
    """

    __slots__ = ("column", "end", "foot", "head", "line", "scan", "side", "start", "token")

    def __init__(self, token: int, start: int, line: int, column: int, scan: int = 0, end: int = 0) -> None:
        self.token = token
        self.start = start
        self.line = line
        self.column = column
        self.scan = scan
        self.end = end
        self.head = self.side = self.foot = ""


class Comments:
    """The comments of one text: a sink for its scanner, and what its parser has not given away yet."""

    def __init__(self) -> None:
        # The scanner's side.
        self.found: list[_Comment] = []
        self.taken = 0
        # The parser's side.
        self.head = self.side = self.foot = self.stem = ""

    # -- what the scanner calls --------------------------------------------------------------

    def block(self, scanner: Scanner, scan: int, scan_line: int) -> None:
        """Read comments from a `#` up to the next token. scan, scan_line: where the search for it began."""
        _Block(self.found, scanner, scan, scan_line).read()

    def beside(self, scanner: Scanner, token: int, comment: str) -> None:
        """A comment behind the token that starts at `token`; the scanner stands behind the comment."""
        start = scanner.pos - len(comment)
        found = _Comment(token, start, scanner.line, start - scanner.line_start)
        found.side = comment
        self.found.append(found)

    def before_token(self, scanner: Scanner) -> None:
        """`- # text` above a nested block is a head comment of that block, not of the dash's line."""
        if not self.found or len(scanner.tokens) < 2:
            return
        comment = self.found[-1]
        if (
            comment.side
            and scanner.tokens[-2][0] == BLOCK_SEQ
            and scanner.tokens[-1][0] == ENTRY
            and scanner.text[scanner.pos] not in BREAKS
        ):
            comment.head, comment.side = comment.side, ""
            if comment.line == scanner.line - 1:
                comment.token = scanner.pos

    def block_end(self, mark: int, indent: int) -> int:
        """The end of a block moves before comments that stood at the block's own indentation.

        Otherwise they would be taken for feet of the block's parents.
        """
        stop = mark
        for comment in reversed(self.found):
            if comment.end < stop:
                break
            if comment.column == indent + 1:
                mark = comment.start
            stop = comment.scan
        return mark

    # -- what the parser calls ---------------------------------------------------------------

    def take(self, token: Token) -> None:
        """Take over the comments that belong to tokens up to `token`, which the parser looks at."""
        while self.taken < len(self.found):
            comment = self.found[self.taken]
            if token[5] < comment.token:
                return
            if comment.head:
                if token[0] == BLOCK_END:
                    return  # a head is kept for the token after the end
                self.head = f"{self.head}\n{comment.head}" if self.head else comment.head
            if comment.foot:
                self.foot = f"{self.foot}\n{comment.foot}" if self.foot else comment.foot
            if comment.side:
                self.side = f"{self.side}\n{comment.side}" if self.side else comment.side
            self.found[self.taken] = _Comment(0, 0, 0, 0)
            self.taken += 1

    def give(self, node: Node) -> None:
        """All comments that wait go to a scalar, an alias or a collection in brackets that starts here."""
        node.head_comment, node.line_comment, node.foot_comment = self.head, self.side, self.foot
        self.head = self.side = self.foot = self.stem = ""

    def give_end(self, node: Node) -> None:
        """All comments that wait go to a collection that ends here, which keeps no head comment."""
        node.line_comment, node.foot_comment = self.side, self.foot
        self.head = self.side = self.foot = self.stem = ""

    def give_stem(self, node: Node) -> None:
        """The comment above the entry that holds this block collection."""
        node.head_comment, self.stem = self.stem, ""

    def split_stem(self, length: int, token: Token) -> None:
        """A comment above an entry belongs to the block collection in it as a whole.

        length: how much of the waiting head was there before the entry's dash. token: behind the dash.
        """
        if length and token[0] in (BLOCK_SEQ, BLOCK_MAP):
            self.stem, self.head = self.head[:length], self.head[length + 1 :]

    def document_head(self) -> str:
        """The part of the first comment above an empty line belongs to the document."""
        head = self.head
        for index in range(len(head) - 1, 0, -1):
            if head[index] == "\n":
                if index == len(head) - 1:
                    self.head = head[index + 1 :]
                    return head[:index]
                if head[index - 1] == "\n":
                    self.head = head[index + 1 :]
                    return head[: index - 1]
        return ""

    def document_foot(self) -> str:
        """What waits at a document's end."""
        foot = self.foot or self.head
        self.head = self.side = self.foot = self.stem = ""
        return foot

    @staticmethod
    def key_read(content: list[Node]) -> None:
        """A key's foot is that of the value before, seen late because of a smaller indentation."""
        key = content[-1]
        if key.foot_comment and len(content) > 2:
            content[-3].foot_comment, key.foot_comment = key.foot_comment, ""

    @staticmethod
    def pair_read(content: list[Node]) -> None:
        """A value's foot belongs to its key."""
        key, value = content[-2:]
        if not key.foot_comment and value.foot_comment:
            key.foot_comment, value.foot_comment = value.foot_comment, ""

    @staticmethod
    def mapping_read(node: Node) -> None:
        """A block mapping's foot belongs to its last key."""
        if node.foot_comment and len(node.content) > 1:
            node.content[-2].foot_comment, node.foot_comment = node.foot_comment, ""


class _Block:
    """Lines that were read and not yet given to a token, and where they stand.

    Columns count from 1 here, as upstream's do at this place.
    """

    def __init__(self, found: list[_Comment], scanner: Scanner, scan: int, scan_line: int) -> None:
        token = scanner.tokens[-1]
        if token[0] == FLOW_ENTRY and len(scanner.tokens) > 1:
            token = scanner.tokens[-2]
        self.found = found
        self.scanner = scanner
        self.after_value = token[0] == VALUE
        self.belongs = token[5]
        self.scan = scan
        # Pieces of the text, so that a long block costs no copy per line.
        self.lines: list[str] = []
        self.start = self.start_line = self.start_column = 0
        self.peek = 0
        self.line = scanner.line
        self.column = scanner.pos - scanner.line_start
        self.next_indent = max(scanner.indent, 0)
        # Upstream looks ahead by bytes and so ends up inside of a line break of more than one byte.
        self.inside_break = False
        self.recent_empty = False
        newlines = _breaks_before(scanner.text, scanner.pos)
        self.first_empty = newlines <= 1
        # A comment is a foot of what came before only if it starts on this line.
        self.foot_line = -1
        if scan_line > 0:
            self.foot_line = scanner.line - newlines + 1
            if newlines == 0 and self.column > 1:
                self.foot_line += 1

    def read(self) -> None:
        """Look ahead over blanks, breaks and comment lines."""
        scanner = self.scanner
        while self.peek < _PEEK:
            self.column += 1
            char = _INSIDE if self.inside_break else scanner.text[scanner.pos + self.peek]
            if char in " \t":
                self.peek += 1
                continue
            close_flow = scanner.flow > 0 and char in "]}"
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
            self._comment(self.start, scanner.pos + self.peek - 1).head = "".join(self.lines)

    def _end_of_line(self, char: str, close_flow: bool) -> None:
        """An empty line, or the end of a flow collection: what was read may be a foot."""
        if close_flow or not self.recent_empty:
            dedented = self.start_column - 1 < self.next_indent
            below = self.start_line == self.foot_line and not self.after_value
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
            self.line += 1
            self.peek += 1
            self.inside_break = char in _LONG_BREAKS

    def _foot(self) -> None:
        end = self.scanner.pos + self.peek
        self._comment(self.belongs, end).foot = "".join(self.lines)
        self.scan = self.belongs = end
        self.lines = []

    def _comment(self, token: int, end: int) -> _Comment:
        comment = _Comment(token, self.start, self.start_line, self.start_column, self.scan, end)
        self.found.append(comment)
        return comment

    def _line(self) -> None:
        """Take over one comment line; the break at its end counts as no empty line."""
        scanner = self.scanner
        seen = scanner.pos + self.peek
        if self.lines:
            self.lines.append("\n")
        else:
            self.start, self.start_line, self.start_column = seen, self.line, self.column
        self.recent_empty = False
        scanner.pass_to(seen)
        self.lines.append(scanner.rest_of_line())
        self.peek = 1
        self.inside_break = scanner.text[scanner.pos] in _LONG_BREAKS
        self.column = 0
        self.line = scanner.line
        self.next_indent = max(scanner.indent, 0)


def _breaks_before(text: str, pos: int) -> int:
    """The number of line breaks between the last character that is not blank and `pos`."""
    count = 0
    while pos > 0 and (text[pos - 1] in " \t" or text[pos - 1] in BREAKS):
        pos -= 1
        if text[pos] in BREAKS and not (text[pos] == "\n" and pos > 0 and text[pos - 1] == "\r"):
            count += 1
    return count
