"""The tokens of a YAML text, by the rules and with the look-ahead of go-yaml's scanner (`scannerc.go`).

This is the exact and slow way; `cmp.yaml.fast` reads what Kubernetes files usually look like. Positions
are 0-based here. A text must end in NUL characters (`END`), which cannot occur in YAML.
"""

from __future__ import annotations

import re

from cmp.yaml.errors import YamlError
from cmp.yaml.go.resolve import ESCAPES
from cmp.yaml.go.tokens import (
    ALIAS,
    ANCHOR,
    BLOCK_END,
    BLOCK_MAP,
    BLOCK_SEQ,
    BREAKS,
    DOC_END,
    DOC_START,
    ENTRY,
    FLOW_ENTRY,
    FLOW_MAP,
    FLOW_MAP_END,
    FLOW_SEQ,
    FLOW_SEQ_END,
    KEY,
    LITERAL,
    PLAIN,
    SCALAR,
    STREAM_END,
    STREAM_START,
    TAG,
    TAG_DIRECTIVE,
    VALUE,
    VERSION,
    Token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Sink(Protocol):
        """Who listens for comments while a text is scanned (`cmp.yaml.go.comments`)."""

        def block(self, scanner: Scanner, scan: int, scan_line: int) -> None:
            """Read the comment lines from the `#` at the scanner's place; the scanner moves behind them."""

        def beside(self, scanner: Scanner, token: int, comment: str) -> None:
            """A comment behind the token whose text starts at `token`."""

        def before_token(self, scanner: Scanner) -> None:
            """The scanner passed blanks on its way to the next token."""

        def block_end(self, mark: int, indent: int) -> int:
            """Where a block of that indentation ends: at `mark` or before comments above it."""


END = "\0\0\0\0"

_BLANKS = frozenset(" \t")
_COMMENT_OR_BLANK = _BLANKS | {"#"}
_BLANKZ = _BLANKS | BREAKS | {"\0"}
_BREAKZ = BREAKS | {"\0"}
_NOT_PLAIN_FIRST = frozenset("-?:,[]{}#&*!|>'\"%@`") | _BLANKZ
_AFTER_ANCHOR = _BLANKZ | frozenset("?:,]}%@`")

_WORD = re.compile(r"[0-9A-Za-z_-]*")
_URI = re.compile(r"(?:[0-9A-Za-z_;/?:@&=+$,.!~*'()\[\]-]|%)")
_TO_LINE_END = re.compile("[^\n\r\x85\u2028\u2029\0]*")
_PLAIN_RUN = re.compile("[^ \t\n\r\x85\u2028\u2029\0:]+")
_PLAIN_RUN_FLOW = re.compile("[^ \t\n\r\x85\u2028\u2029\0:,?\\[\\]{}]+")
_SINGLE_RUN = re.compile("[^ \t\n\r\x85\u2028\u2029\0']+")
_DOUBLE_RUN = re.compile('[^ \t\n\r\x85\u2028\u2029\0"\\\\]+')
_LINE_COMMENT = re.compile("[ \t]{0,511}(#[^\n\r\x85\u2028\u2029\0]*)")
_MORE_COMMENTS = re.compile("[\n\r][ \t\n\r]{0,510}(#[^\n\r\x85\u2028\u2029\0]*)")
_HEX = re.compile("[0-9A-Fa-f]*")
_ESCAPE_DIGITS = {"x": 2, "u": 4, "U": 8}

_MAX_DEPTH = 10_000
_MAX_KEY = 1024

_TAB_HINT = "indent with spaces; YAML does not allow tabs there"


class _Key:
    """A place where a simple key may have started: one per flow level."""

    __slots__ = ("column", "line", "number", "pos", "possible", "required")

    def __init__(self) -> None:
        self.possible = False
        self.required = False
        self.number = self.pos = self.line = self.column = 0


class Scanner:
    """Tokens on demand. lookahead: how many tokens beyond the next one are scanned early (v3: 2, v2: 0).

    sink: gets the comments between the tokens. The tokens are the same without one.
    depth: how deep collections may be nested before the text counts as broken (upstream: 10,000).
    """

    def __init__(
        self, text: str, lookahead: int = 2, sink: Sink | None = None, depth: int = _MAX_DEPTH
    ) -> None:
        self.text = text
        self.pos = 0
        self.line = 0
        self.line_start = 0  # column = pos - line_start
        self.lookahead = lookahead
        self.sink = sink
        self.depth = depth
        self.v3 = lookahead == 2  # v3 keeps comments, and treats blanks between them differently
        self.tokens: list[Token] = []
        self.head = 0
        self.parsed = 0
        self.flow = 0
        self.indent = -1
        self.indents: list[int] = []
        self.key_allowed = False
        self.keys: list[_Key] = []
        self.key_by_token: dict[int, int] = {}
        self.fresh_line = False  # line breaks were read after the last token's text
        self.block_line = self.block_end = -1  # first line and end offset of the last block scalar
        self.started = False
        self.ready = False  # the next token is final
        self.done = False

    # -- the queue ---------------------------------------------------------------------------

    def peek(self) -> Token:
        """The next token, scanned as far as upstream would scan at this point."""
        if not self.ready:
            self._fill()
            self.ready = True
        return self.tokens[self.head]

    def skip(self) -> None:
        """Drop the token that `peek` returned."""
        self.ready = False
        if self.tokens[self.head][0] == STREAM_END:
            self.done = True
        self.head += 1
        self.parsed += 1
        if self.head > 1000:
            del self.tokens[: self.head]
            self.head = 0

    def _fill(self) -> None:
        if self.done:
            raise self.error("the document ended early")
        while True:
            if self.head < len(self.tokens) - self.lookahead:
                index = self.key_by_token.get(self.parsed)
                if index is None or not self._valid(self.keys[index]):
                    return
            elif self.tokens and self.tokens[-1][0] == STREAM_END and self.head < len(self.tokens):
                return
            self._fetch()

    def _add(self, kind: int, line: int, column: int, start: int, value: str = "", extra: str = "") -> None:
        self.tokens.append((kind, line, column, value, extra, start))

    def _insert(self, number: int, token: Token) -> None:
        place = number - self.parsed
        if number < 0 or place < 0:  # upstream appends when the place has been passed already
            self.tokens.append(token)
        else:
            self.tokens.insert(self.head + place, token)

    # -- errors ------------------------------------------------------------------------------

    def error(self, message: str, hint: str = "", at: int | None = None) -> YamlError:
        """An error at the current position, or at the text offset `at`."""
        if at is None or at >= self.line_start:
            return YamlError(
                message, self.line + 1, (self.pos if at is None else at) - self.line_start + 1, hint=hint
            )
        before = self.text[:at]
        line_start = max(before.rfind(char) for char in BREAKS) + 1
        lines = sum(before.count(char) for char in BREAKS)
        return YamlError(message, lines + 1, at - line_start + 1, hint=hint)

    # -- simple keys and indentation ---------------------------------------------------------

    def _no_colon(self, key: _Key) -> YamlError:
        return YamlError(
            "a line here is neither a `key: value` nor a `- item`",
            key.line + 1,
            key.column + 1,
            hint="a key needs a colon and a space after it; check the indentation as well",
        )

    def _valid(self, key: _Key) -> bool:
        if not key.possible:
            return False
        if key.line < self.line or key.pos + _MAX_KEY < self.pos:
            if key.required:
                raise self._no_colon(key)
            key.possible = False
            return False
        return True

    def _save_key(self) -> None:
        if not self.key_allowed:
            return
        column = self.pos - self.line_start
        self._remove_key()
        key = self.keys[-1]
        key.possible = True
        key.required = self.flow == 0 and self.indent == column
        key.number = self.parsed + len(self.tokens) - self.head
        key.pos, key.line, key.column = self.pos, self.line, column
        self.key_by_token[key.number] = len(self.keys) - 1

    def _remove_key(self) -> None:
        key = self.keys[-1]
        if key.possible:
            if key.required:
                raise self._no_colon(key)
            key.possible = False
            self.key_by_token.pop(key.number, None)

    def _roll(self, column: int, number: int, kind: int, line: int, start: int) -> None:
        if self.flow or self.indent >= column:
            return
        self.indents.append(self.indent)
        self.indent = column
        if self.flow + len(self.indents) > self.depth:
            raise self.error("the document is nested too deeply")
        self._insert(number, (kind, line, column, "", "", start))

    def _unroll(self, column: int, scan: int) -> None:
        """End the blocks that are indented by more than `column`. scan: where the last token's text ended."""
        if self.flow:
            return
        mark = scan - 1
        while self.indent > column:
            if self.sink is not None:
                mark = self.sink.block_end(mark, self.indent)
            self._add(BLOCK_END, self.line, self.pos - self.line_start, mark)
            self.indent = self.indents.pop()

    # -- dispatch ----------------------------------------------------------------------------

    def _fetch(self) -> None:
        if not self.started:
            self.started = True
            self.keys.append(_Key())
            self.key_allowed = True
            self._add(STREAM_START, 0, 0, 0)
            return
        scan = self.pos
        self._to_next_token()
        text, pos = self.text, self.pos
        column = pos - self.line_start
        self._unroll(column, scan)
        char = text[pos]
        if char == "\0":
            if column:  # as upstream, so that no simple key outlives the text
                self.line += 1
                self.line_start = pos
            self._unroll(-1, pos)
            self._remove_key()
            self.key_allowed = False
            self._add(STREAM_END, self.line, column, pos)
            return
        if column == 0:
            if char == "%":
                self._unroll(-1, pos)
                self._remove_key()
                self.key_allowed = False
                self._directive()
                return
            if char in "-." and text[pos : pos + 3] in ("---", "...") and text[pos + 3] in _BLANKZ:
                self._unroll(-1, pos)
                self._remove_key()
                self.key_allowed = False
                self._add(DOC_START if char == "-" else DOC_END, self.line, 0, pos)
                self.pos += 3
                return
        self.fresh_line = False
        owner = pos
        if self.sink is not None and char == ("," if self.flow else ":"):
            owner = self.tokens[-1][5]  # a comment behind a colon or a comma belongs to what stands before it
        self._token(char, text[pos + 1], column)
        # A dash has no comment of its own: it becomes the head of what follows.
        if (
            self.v3
            and text[self.pos] in _COMMENT_OR_BLANK
            and not self.fresh_line
            and self.tokens[-1][0] != ENTRY
        ):
            match = _LINE_COMMENT.match(text, self.pos)
            if match:
                self.pos = match.end()
                if self.sink is not None:
                    self.sink.beside(self, owner, match[1])

    def _token(self, char: str, following: str, column: int) -> None:
        if char in "[{":
            self._save_key()
            key = _Key()
            key.number = self.parsed + len(self.tokens) - self.head
            self.keys.append(key)
            self.flow += 1
            if self.flow + len(self.indents) > self.depth:
                raise self.error("the document is nested too deeply")
            self.key_allowed = True
            self._single(FLOW_SEQ if char == "[" else FLOW_MAP, column)
        elif char in "]}":
            self._remove_key()
            if self.flow:
                self.flow -= 1
                self.key_by_token.pop(self.keys.pop().number, None)
            self.key_allowed = False
            self._single(FLOW_SEQ_END if char == "]" else FLOW_MAP_END, column)
        elif char == ",":
            self._remove_key()
            self.key_allowed = True
            self._single(FLOW_ENTRY, column)
        elif char == "-" and following in _BLANKZ:
            if not self.flow:
                if not self.key_allowed:
                    raise self.error("a list item `- ` cannot start here", "put it on a line of its own")
                self._roll(column, -1, BLOCK_SEQ, self.line, self.pos)
            self._remove_key()
            self.key_allowed = True
            self._single(ENTRY, column)
        elif char == "?" and (self.flow or following in _BLANKZ):
            if not self.flow:
                if not self.key_allowed:
                    raise self.error("a mapping key `? ` cannot start here")
                self._roll(column, -1, BLOCK_MAP, self.line, self.pos)
            self._remove_key()
            self.key_allowed = not self.flow
            self._single(KEY, column)
        elif char == ":" and (self.flow or following in _BLANKZ):
            self._value(column)
        elif char in "*&":
            self._anchor(ALIAS if char == "*" else ANCHOR, column)
        elif char == "!":
            self._tag(column)
        elif char in "|>" and not self.flow:
            self._remove_key()
            self.key_allowed = True
            self._block_scalar(char, column)
        elif char in "'\"":
            self._save_key()
            self.key_allowed = False
            self._quoted(char, column)
        elif (
            char not in _NOT_PLAIN_FIRST
            or (char == "-" and following not in _BLANKS)
            or (not self.flow and char in "?:" and following not in _BLANKZ)
        ):
            self._save_key()
            self.key_allowed = False
            self._plain(column)
        elif char == "\t":
            raise self.error("a tab is used for indentation", _TAB_HINT)
        else:
            raise self.error(
                f"the character {char} cannot start a value"
                if char in "%@`"
                else "nothing can start with this character",
                "put the value in quotes" if char in "%@`" else "",
            )

    def _single(self, kind: int, column: int) -> None:
        self._add(kind, self.line, column, self.pos)
        self.pos += 1

    def _value(self, column: int) -> None:
        key = self.keys[-1]
        if self._valid(key):
            self._insert(key.number, (KEY, key.line, key.column, "", "", key.pos))
            self._roll(key.column, key.number, BLOCK_MAP, key.line, key.pos)
            key.possible = False
            self.key_by_token.pop(key.number, None)
            self.key_allowed = False
        else:
            if not self.flow:
                if not self.key_allowed:
                    raise self.error(
                        "a second `: ` in one value, or a mapping where none can start",
                        "quote the value if the colon belongs to it, or correct the indentation",
                    )
                self._roll(column, -1, BLOCK_MAP, self.line, self.pos)
            self.key_allowed = not self.flow
        self._single(VALUE, column)

    # -- between tokens ----------------------------------------------------------------------

    def _to_next_token(self) -> None:
        text, sink = self.text, self.sink
        scan, scan_line = self.pos, self.line
        while True:
            if self.pos == 0 and text[0] == "\ufeff":
                # Upstream looks at the start of its buffer: after this it would eat a character of each line.
                raise self.error("the file starts with two byte order marks", "remove them")
            while text[self.pos] == " " or (text[self.pos] == "\t" and (self.flow or not self.key_allowed)):
                self.pos += 1
            if sink is not None:
                sink.before_token(self)
                if text[self.pos] == "#":
                    sink.block(self, scan, scan_line)
            elif text[self.pos] == "#":
                self._comment()
            if text[self.pos] not in BREAKS:
                return
            self._break()
            if not self.flow:
                self.key_allowed = True

    def _comment(self) -> None:
        """Pass the comment lines that a sink would read as one block."""
        end = _TO_LINE_END.match(self.text, self.pos).end()  # type: ignore[union-attr]
        while self.v3:
            match = _MORE_COMMENTS.match(self.text, end)
            if match is None:
                break
            self.pos = end
            self.pass_to(match.start(1))
            end = match.end()
        self.pos = end

    def _break(self) -> str:
        """Skip one line break and return what it stands for in a value."""
        char = self.text[self.pos]
        self.pos += 1
        if char == "\r" and self.text[self.pos] == "\n":
            self.pos += 1
        self.line += 1
        self.line_start = self.pos
        return char if char in "\u2028\u2029" else "\n"

    def pass_to(self, end: int) -> None:
        """Move to the offset `end` over blanks and line breaks."""
        while self.pos < end:
            if self.text[self.pos] in BREAKS:
                self._break()
            else:
                self.pos += 1

    def rest_of_line(self) -> str:
        """Pass the rest of the line, without its break, and return it."""
        start = self.pos
        self.pos = _TO_LINE_END.match(self.text, start).end()  # type: ignore[union-attr]
        return self.text[start : self.pos]

    # -- directives, anchors, tags -----------------------------------------------------------

    def _blanks(self) -> None:
        while self.text[self.pos] in _BLANKS:
            self.pos += 1

    def _directive(self) -> None:
        line, start = self.line, self.pos
        self.pos += 1
        name = _WORD.match(self.text, self.pos)[0]  # type: ignore[index]
        self.pos += len(name)
        if not name or self.text[self.pos] not in _BLANKZ:
            raise self.error("a line that starts with % must be a %YAML or %TAG directive", "quote the value")
        if name == "YAML":
            self._blanks()
            major = self._version_number()
            if self.text[self.pos] != ".":
                raise self.error("the %YAML directive needs a version such as 1.1")
            self.pos += 1
            self._add(VERSION, line, 0, start, major, self._version_number())
        elif name == "TAG":
            self._blanks()
            handle = self._tag_handle(directive=True)
            if self.text[self.pos] not in _BLANKS:
                raise self.error("the %TAG directive needs a handle and a prefix")
            self._blanks()
            prefix = self._tag_uri("", directive=True)
            if self.text[self.pos] not in _BLANKZ:
                raise self.error("the %TAG directive needs a handle and a prefix")
            self._add(TAG_DIRECTIVE, line, 0, start, handle, prefix)
        else:
            raise self.error(
                "only the directives %YAML and %TAG are known", "quote the value if it starts with %"
            )
        self._line_end("a directive")

    def _line_end(self, what: str, owner: int = -1) -> None:
        """Blanks, a comment, the line break. owner: the start of the token that the comment belongs to."""
        self._blanks()
        if self.text[self.pos] == "#":
            comment = self.rest_of_line()
            if owner >= 0 and self.sink is not None:
                self.sink.beside(self, owner, comment)
        if self.text[self.pos] not in _BREAKZ:
            raise self.error(f"only a comment may follow {what} on its line")
        if self.text[self.pos] != "\0":
            self._break()

    def _version_number(self) -> str:
        start = self.pos
        while "0" <= self.text[self.pos] <= "9":
            self.pos += 1
        if not 0 < self.pos - start <= 2:
            raise self.error("the %YAML directive needs a version such as 1.1")
        return self.text[start : self.pos]

    def _anchor(self, kind: int, column: int) -> None:
        self._save_key()
        self.key_allowed = False
        start = self.pos
        name = _WORD.match(self.text, self.pos + 1)[0]  # type: ignore[index]
        self.pos += 1 + len(name)
        if not name or self.text[self.pos] not in _AFTER_ANCHOR:
            sign = "*" if kind == ALIAS else "&"
            raise self.error(
                f"a name of letters, digits, - and _ must follow the {sign} of "
                + ("an alias" if kind == ALIAS else "an anchor"),
                "put the value in quotes",
                start,
            )
        self._add(kind, self.line, column, start, name)

    def _tag(self, column: int) -> None:
        start = self.pos
        self._save_key()
        self.key_allowed = False
        if self.text[self.pos + 1] == "<":
            self.pos += 2
            handle, suffix = "", self._tag_uri("")
            if self.text[self.pos] != ">":
                raise self.error("a tag `!<...>` is not closed")
            self.pos += 1
        else:
            handle = self._tag_handle()
            if len(handle) > 1 and handle[-1] == "!":
                suffix = self._tag_uri("")
            else:
                suffix = self._tag_uri(handle)
                handle = "!"
                if not suffix:
                    handle, suffix = "", "!"
        if self.text[self.pos] not in _BLANKZ:
            raise self.error(
                "a tag must be followed by a space", "put the value in quotes if it starts with !"
            )
        self._add(TAG, self.line, column, start, handle, suffix)

    def _tag_handle(self, directive: bool = False) -> str:
        if self.text[self.pos] != "!":
            raise self.error("a tag handle must start with !")
        word = _WORD.match(self.text, self.pos + 1)[0]  # type: ignore[index]
        self.pos += 1 + len(word)
        handle = "!" + word
        if self.text[self.pos] == "!":
            self.pos += 1
            handle += "!"
        elif directive and handle != "!":
            raise self.error("a tag handle must end with !")
        return handle

    def _tag_uri(self, head: str, directive: bool = False) -> str:
        parts = [head[1:]]
        found = bool(head)
        while _URI.match(self.text, self.pos):
            found = True
            if self.text[self.pos] == "%":
                parts.append(self._uri_escape())
            else:
                parts.append(self.text[self.pos])
                self.pos += 1
        if not found:
            raise self.error("a tag has no name", "put the value in quotes if it starts with !")
        return "".join(parts)

    def _uri_escape(self) -> str:
        octets = bytearray()
        width = 1
        while len(octets) < width:
            digits = self.text[self.pos + 1 : self.pos + 3]
            if self.text[self.pos] != "%" or len(_HEX.match(digits)[0]) != 2:  # type: ignore[index]
                raise self.error("a tag holds a broken % escape")
            octet = int(digits, 16)
            if not octets:
                width = 1 if octet < 0x80 else 2 if octet & 0xE0 == 0xC0 else 3 if octet & 0xF0 == 0xE0 else 4
                if width == 4 and octet & 0xF8 != 0xF0:
                    raise self.error("a tag holds a broken % escape")
            elif octet & 0xC0 != 0x80:
                raise self.error("a tag holds a broken % escape")
            octets.append(octet)
            self.pos += 3
        return octets.decode("utf-8", "replace")

    # -- scalars -----------------------------------------------------------------------------

    def _indicator_here(self) -> bool:
        """Whether a document marker stands at the start of the current line."""
        text, pos = self.text, self.pos
        return pos == self.line_start and text[pos : pos + 3] in ("---", "...") and text[pos + 3] in _BLANKZ

    def _block_scalar(self, style: str, column: int) -> None:
        line, start = self.line, self.pos
        self.pos += 1
        text = self.text
        chomping, increment = "", 0
        for _ in range(2):
            char = text[self.pos]
            if char in "+-" and not chomping:
                chomping = char
                self.pos += 1
            elif "0" <= char <= "9" and not increment:
                if char == "0":
                    raise self.error("a block scalar's indentation indicator cannot be 0")
                increment = int(char)
                self.pos += 1
        self._line_end(f"the block scalar sign {style}", start)
        self.fresh_line = text[self.pos - 1] in BREAKS
        indent = (self.indent + increment if self.indent >= 0 else increment) if increment else 0
        self._add(SCALAR, line, column, start, self._block_lines(indent, style == LITERAL, chomping), style)
        self.block_line, self.block_end = line, self.pos

    def _block_lines(self, indent: int, literal: bool, chomping: str) -> str:
        text = self.text
        parts: list[str] = []
        indent, trailing = self._block_breaks(indent)
        leading_break = ""
        leading_blank = False
        while self.pos - self.line_start == indent and text[self.pos] != "\0":
            blank = text[self.pos] in _BLANKS
            if not literal and not leading_blank and not blank and leading_break == "\n":
                if not trailing:
                    parts.append(" ")
            else:
                parts.append(leading_break)
            leading_break = ""
            parts.append(trailing)
            leading_blank = blank
            end = _TO_LINE_END.match(text, self.pos).end()  # type: ignore[union-attr]
            parts.append(text[self.pos : end])
            self.pos = end
            self.fresh_line = False
            if text[end] != "\0":
                leading_break = self._break()
                self.fresh_line = True
            indent, trailing = self._block_breaks(indent)
        if chomping != "-":
            parts.append(leading_break)
        if chomping == "+":
            parts.append(trailing)
        return "".join(parts)

    def _block_breaks(self, indent: int) -> tuple[int, str]:
        """Skip indentation and empty lines; returns the indentation (found when it was 0) and the breaks."""
        text = self.text
        breaks = ""
        widest = 0
        while True:
            while (not indent or self.pos - self.line_start < indent) and text[self.pos] == " ":
                self.pos += 1
            column = self.pos - self.line_start
            widest = max(widest, column)
            if (not indent or column < indent) and text[self.pos] == "\t":
                raise self.error("a tab is used for the indentation of a block scalar", _TAB_HINT)
            if text[self.pos] not in BREAKS:
                break
            breaks += self._break()
            self.fresh_line = True
        if not indent:
            indent = max(widest, self.indent + 1, 1)
        return indent, breaks

    def _quoted(self, quote: str, column: int) -> None:
        text = self.text
        line, start = self.line, self.pos
        run = _SINGLE_RUN if quote == "'" else _DOUBLE_RUN
        self.pos += 1
        parts: list[str] = []
        while True:
            if self._indicator_here():
                raise self.error(
                    "a quoted string is not closed before the end of its document", "close the quote", start
                )
            if text[self.pos] == "\0":
                raise self.error("a quoted string is not closed", f"add the closing {quote}", start)
            folded = False
            while (char := text[self.pos]) not in _BLANKZ:
                match = run.match(text, self.pos)
                if match:
                    parts.append(match[0])
                    self.pos = match.end()
                elif char == quote:
                    if quote == "'" and text[self.pos + 1] == "'":
                        parts.append("'")
                        self.pos += 2
                        continue
                    break
                elif text[self.pos + 1] in BREAKS:
                    self.pos += 1
                    self._break()
                    folded = True
                    break
                else:
                    parts.append(self._escape(start))
            if text[self.pos] == quote:
                break
            parts.append(self._quoted_blanks(folded))
        self.pos += 1
        self._add(SCALAR, line, column, start, "".join(parts), quote)

    def _quoted_blanks(self, folded: bool) -> str:
        """Blanks and line breaks inside quotes; folded: an escaped line break came first."""
        text = self.text
        begin = self.pos
        first, more = "", ""
        in_breaks = folded
        while (char := text[self.pos]) in _BLANKS or char in BREAKS:
            if char in _BLANKS:
                self.pos += 1
            elif not in_breaks:
                first = self._break()
                in_breaks = True
            else:
                more += self._break()
        if not in_breaks:
            return text[begin : self.pos]
        if first == "\n":
            return more or " "
        return first + more

    def _escape(self, start: int) -> str:
        code = self.text[self.pos + 1]
        if code in ESCAPES:
            self.pos += 2
            return ESCAPES[code]
        width = _ESCAPE_DIGITS.get(code)
        if width is None:
            raise self.error(
                "an unknown escape in double quotes",
                "write \\\\ for a backslash, or use single quotes, in which nothing is escaped",
            )
        digits = self.text[self.pos + 2 : self.pos + 2 + width]
        if len(_HEX.match(digits)[0]) != width:  # type: ignore[index]
            raise self.error(f"the escape \\{code} needs {width} hexadecimal digits")
        number = int(digits, 16)
        if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
            raise self.error("an escape for a character that does not exist")
        self.pos += 2 + width
        return chr(number)

    def _plain(self, column: int) -> None:
        text = self.text
        line, start = self.line, self.pos
        indent = self.indent + 1
        flow = self.flow
        run = _PLAIN_RUN_FLOW if flow else _PLAIN_RUN
        parts: list[str] = []
        gap = ""  # blanks or folded breaks before the next part
        breaks = False
        while not self._indicator_here() and text[self.pos] != "#":
            begin = self.pos
            pos = begin
            while True:
                match = run.match(text, pos)
                if match:
                    pos = match.end()
                char = text[pos]
                if char == ":" and text[pos + 1] not in _BLANKZ:
                    pos += 1
                    continue
                break
            if pos > begin:
                parts.append(gap)
                parts.append(text[begin:pos])
                gap = ""
                breaks = False
                self.pos = pos
            char = text[pos]
            if char not in _BLANKS and char not in BREAKS:
                break
            first, more, blanks_from = "", "", pos
            while (char := text[self.pos]) in _BLANKS or char in BREAKS:
                if char in _BLANKS:
                    if breaks and char == "\t" and self.pos - self.line_start < indent:
                        raise self.error("a tab is used for indentation", _TAB_HINT)
                    self.pos += 1
                elif not breaks:
                    first = self._break()
                    breaks = True
                else:
                    more += self._break()
            if not breaks:
                gap = text[blanks_from : self.pos]
            elif first == "\n":
                gap = more or " "
            else:
                gap = first + more
            if not flow and self.pos - self.line_start < indent:
                break
        if breaks:
            self.key_allowed = True
            self.fresh_line = True
        self._add(SCALAR, line, column, start, "".join(parts), PLAIN)


def block_scalar(text: str) -> str:
    """The value of a text that is one block scalar, header first, below a parent without indentation."""
    scanner = Scanner(text + END)
    scanner.indent = 0
    scanner.keys.append(_Key())
    scanner._block_scalar(text[0], 0)
    return scanner.tokens[-1][3]
