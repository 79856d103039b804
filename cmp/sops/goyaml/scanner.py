"""Characters to tokens, with the comments between them: the scanner of go.yaml.in/yaml/v3 (scannerc.go).

A mark is an index into the text, which the reader has normalised to end with NUL characters, so that
looking ahead never needs a bound check. Comments go to a queue of their own, each with the index of the
token it belongs to; `parser` joins the two. Limits of 512 and 1024 characters are upstream's.
"""

from __future__ import annotations

import re

from cmp.sops.errors import ParseError
from cmp.sops.goyaml.tokens import (
    ALIAS_TOKEN,
    ANCHOR,
    BLOCK_END,
    BLOCK_ENTRY,
    BLOCK_MAPPING_START,
    BLOCK_SEQUENCE_START,
    DIRECTIVE,
    DOCUMENT_END,
    DOCUMENT_START,
    DOUBLE,
    FLOW_ENTRY,
    FLOW_MAPPING_END,
    FLOW_MAPPING_START,
    FLOW_SEQUENCE_END,
    FLOW_SEQUENCE_START,
    FOLDED,
    KEY,
    LITERAL,
    PLAIN,
    SCALAR_TOKEN,
    SINGLE,
    STREAM_END,
    STREAM_START,
    TAG,
    TAG_DIRECTIVE,
    VALUE,
    CommentToken,
    Token,
)

BREAKS = "\r\n\x85\u2028\u2029"
_BREAKZ = BREAKS + "\0"
_BLANKZ = " \t" + _BREAKZ
_PLAIN_BLOCK = re.compile(r"(?:[^ \t\r\n\x85\u2028\u2029\0:]|:(?![ \t\r\n\x85\u2028\u2029\0]))+")
_PLAIN_FLOW = re.compile(r"(?:[^ \t\r\n\x85\u2028\u2029\0:,?\[\]{}]|:(?![ \t\r\n\x85\u2028\u2029\0]))+")
_TO_BREAK = re.compile(r"[^\r\n\x85\u2028\u2029\0]*")
_TEXT_SINGLE = re.compile(r"[^ \t\r\n\x85\u2028\u2029\0']+")
_TEXT_DOUBLE = re.compile(r"[^ \t\r\n\x85\u2028\u2029\0\"\\]+")
_BLANKS = re.compile(r"[ \t]*")
_SPACES = re.compile(r" *")
_NAME = re.compile(r"[0-9A-Za-z_-]*")
_URI = re.compile(r"(?:[0-9A-Za-z_\-;/?:@&=+$,.!~*'()\[\]]|%[0-9A-Fa-f]{2})*")
_HEX = re.compile(r"[0-9A-Fa-f]*")
_LINE_COMMENT = re.compile(r"[ \t]{0,511}(?=#)")
_VERSION = re.compile(r"[ \t]*([0-9]{1,2})\.([0-9]{1,2})(?![0-9])")
_TAG_DIRECTIVE = re.compile(r"[ \t]*(!(?:[0-9A-Za-z_-]*!)?)[ \t]+")
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b", " ": " ", '"': '"', "'": "'", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028",
    "P": "\u2029",
}  # fmt: skip
_CODE_LENGTHS = {"x": 2, "u": 4, "U": 8}
_SIMPLE_KEY_LENGTH = 1024
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")


class _SimpleKey:
    __slots__ = ("column", "number", "possible", "required", "row", "start")

    def __init__(self) -> None:
        self.possible = False
        self.required = False
        self.number = 0
        self.start = 0
        self.row = 0
        self.column = 0


class Scanner:
    """Tokens of one text on demand. `depth` bounds the nesting of collections."""

    def __init__(self, text: str, depth: int) -> None:
        self.text = text + "\0\0\0\0"
        self.depth = depth
        self.pos = 0
        self.row = 0
        self.column = 0
        self.newlines = 0
        self.tokens: list[Token] = []
        self.head = 0
        self.parsed = 0
        self.available = False
        self.comments: list[CommentToken] = []
        self.comments_head = 0
        self.indent = -1
        self.indents: list[int] = []
        self.flow_level = 0
        self.key_allowed = True
        self.keys: list[_SimpleKey] = [_SimpleKey()]
        self.keys_by_token: dict[int, int] = {}
        self.started = False

    # The queue.

    def fetch_more(self) -> None:
        """Make sure that the head of the queue is final: comments need two tokens of look-ahead."""
        while True:
            if self.head < len(self.tokens) - 2:
                index = self.keys_by_token.get(self.parsed)
                if index is None or not self._valid(self.keys[index]):
                    break
            self._fetch()
        self.available = True

    def skip(self) -> None:
        """Drop the head of the queue."""
        self.available = False
        self.parsed += 1
        self.head += 1
        if self.head > 4096:
            # Upstream compacts its queue too; two tokens stay for the comment rules that look back.
            del self.tokens[: self.head - 2]
            self.head = 2

    def error(self, problem: str, row: int | None = None) -> ParseError:
        """An error at the current place or on `row` (0-based); never holds text of the file."""
        error = ParseError(f"not valid YAML: {problem}")
        error.where.line = (self.row if row is None else row) + 1
        return error

    def _add(
        self, kind: int, start: int, row: int, column: int, value: str = "", style: int = PLAIN
    ) -> Token:
        token = Token(kind, start, row, column, value, style)
        self.tokens.append(token)
        return token

    # Moving.

    def skip_line(self) -> None:
        """Pass over a line break, if there is one."""
        char = self.text[self.pos]
        if char == "\r" and self.text[self.pos + 1] == "\n":
            self.pos += 2
        elif char in BREAKS:
            self.pos += 1
        else:
            return
        self.column = 0
        self.row += 1
        self.newlines += 1

    def _read_line(self) -> str:
        char = self.text[self.pos]
        self.skip_line()
        return char if char in "\u2028\u2029" else "\n"

    def _advance(self, count: int) -> None:
        """Pass over characters of which one at least is not blank."""
        self.pos += count
        self.column += count
        self.newlines = 0

    def _blanks(self) -> None:
        end = _BLANKS.match(self.text, self.pos).end()  # type: ignore[union-attr]
        self.column += end - self.pos
        self.pos = end

    # Dispatch.

    def _fetch(self) -> None:
        if not self.started:
            self.started = True
            self._add(STREAM_START, 0, 0, 0)
            return
        scan = self.pos
        self._to_next_token()
        self._unroll(self.column, scan)
        text, pos = self.text, self.pos
        char = text[pos]
        if char == "\0":
            self._stream_end()
            return
        if self.column == 0:
            if char == "%":
                self._directive()
                return
            if char in "-." and text[pos + 1] == char and text[pos + 2] == char and text[pos + 3] in _BLANKZ:
                self._document_indicator(DOCUMENT_START if char == "-" else DOCUMENT_END)
                return
        mark = pos
        if self.tokens and char == (":" if self.flow_level == 0 else ","):
            mark = self.tokens[-1].start
        self._token(char)
        if self.tokens[-1].kind != BLOCK_ENTRY:
            # An entry's dash has no line comment: it becomes the head of what follows.
            self._line_comment(mark)

    def _token(self, char: str) -> None:
        following = self.text[self.pos + 1]
        flow = self.flow_level > 0
        if char == "[" or char == "{":
            self._flow_start(FLOW_SEQUENCE_START if char == "[" else FLOW_MAPPING_START)
        elif char == "]" or char == "}":
            self._flow_end(FLOW_SEQUENCE_END if char == "]" else FLOW_MAPPING_END)
        elif char == ",":
            self._remove_key()
            self.key_allowed = True
            self._indicator(FLOW_ENTRY)
        elif char == "-" and following in _BLANKZ:
            self._block_entry()
        elif char == "?" and (flow or following in _BLANKZ):
            self._key()
        elif char == ":" and (flow or following in _BLANKZ):
            self._value()
        elif char == "*" or char == "&":
            self._anchor(ALIAS_TOKEN if char == "*" else ANCHOR)
        elif char == "!":
            self._tag()
        elif (char == "|" or char == ">") and not flow:
            self._block_scalar(char == "|")
        elif char == "'" or char == '"':
            self._save_key()
            self.key_allowed = False
            self._flow_scalar(char)
        elif (
            (char not in _INDICATORS and char not in _BLANKZ)
            or (char == "-" and following not in " \t")
            or (not flow and char in "?:" and following not in _BLANKZ)
        ):
            self._save_key()
            self.key_allowed = False
            self._plain_scalar()
        else:
            raise self.error("a character that cannot start any token")

    def _indicator(self, kind: int) -> None:
        self._add(kind, self.pos, self.row, self.column)
        self._advance(1)

    # Simple keys and indentation.

    def _valid(self, key: _SimpleKey) -> bool:
        if not key.possible:
            return False
        if key.row < self.row or key.start + _SIMPLE_KEY_LENGTH < self.pos:
            if key.required:
                raise self.error("could not find the expected ':'", key.row)
            key.possible = False
            return False
        return True

    def _save_key(self) -> None:
        if not self.key_allowed:
            return
        required = self.flow_level == 0 and self.indent == self.column
        self._remove_key()
        key = self.keys[-1]
        key.possible, key.required = True, required
        key.number = self.parsed + len(self.tokens) - self.head
        key.start, key.row, key.column = self.pos, self.row, self.column
        self.keys_by_token[key.number] = len(self.keys) - 1

    def _remove_key(self) -> None:
        key = self.keys[-1]
        if key.possible:
            if key.required:
                raise self.error("could not find the expected ':'", key.row)
            key.possible = False
            self.keys_by_token.pop(key.number, None)

    def _roll(self, column: int, number: int, kind: int, start: int, row: int) -> None:
        if self.flow_level > 0 or self.indent >= column:
            return
        self.indents.append(self.indent)
        self.indent = column
        if len(self.indents) > self.depth:
            raise self.error("collections are nested too deeply")
        token = Token(kind, start, row, column)
        if number < 0:
            self.tokens.append(token)
        else:
            self.tokens.insert(self.head + number - self.parsed, token)

    def _unroll(self, column: int, scan: int) -> None:
        if self.flow_level > 0:
            return
        mark = scan - 1
        while self.indent > column:
            # The end of a block moves before comments that stood at the block's own indentation, so that
            # they are not taken for feet of the block's parents.
            stop = mark
            for index in range(len(self.comments) - 1, -1, -1):
                comment = self.comments[index]
                if comment.end < stop:
                    break
                if comment.column == self.indent + 1:
                    mark = comment.start
                stop = comment.scan
            self._add(BLOCK_END, mark, self.row, self.column)
            self.indent = self.indents.pop()

    # Tokens without text.

    def _stream_end(self) -> None:
        if self.column != 0:
            self.column = 0
            self.row += 1
        self._unroll(-1, self.pos)
        self._remove_key()
        self.key_allowed = False
        self._add(STREAM_END, self.pos, self.row, self.column)

    def _document_indicator(self, kind: int) -> None:
        self._unroll(-1, self.pos)
        self._remove_key()
        self.key_allowed = False
        self._add(kind, self.pos, self.row, self.column)
        self._advance(3)

    def _flow_start(self, kind: int) -> None:
        self._save_key()
        key = _SimpleKey()
        key.number = self.parsed + len(self.tokens) - self.head
        self.keys.append(key)
        self.flow_level += 1
        if self.flow_level + len(self.indents) > self.depth:
            raise self.error("collections are nested too deeply")
        self.key_allowed = True
        self._indicator(kind)

    def _flow_end(self, kind: int) -> None:
        self._remove_key()
        if self.flow_level > 0:
            self.flow_level -= 1
            key = self.keys.pop()
            self.keys_by_token.pop(key.number, None)
        self.key_allowed = False
        self._indicator(kind)

    def _block_entry(self) -> None:
        if self.flow_level == 0:
            if not self.key_allowed:
                raise self.error("block sequence entries are not allowed here")
            self._roll(self.column, -1, BLOCK_SEQUENCE_START, self.pos, self.row)
        self._remove_key()
        self.key_allowed = True
        self._indicator(BLOCK_ENTRY)

    def _key(self) -> None:
        if self.flow_level == 0:
            if not self.key_allowed:
                raise self.error("mapping keys are not allowed here")
            self._roll(self.column, -1, BLOCK_MAPPING_START, self.pos, self.row)
        self._remove_key()
        self.key_allowed = self.flow_level == 0
        self._indicator(KEY)

    def _value(self) -> None:
        key = self.keys[-1]
        if self._valid(key):
            self.tokens.insert(
                self.head + key.number - self.parsed, Token(KEY, key.start, key.row, key.column)
            )
            self._roll(key.column, key.number, BLOCK_MAPPING_START, key.start, key.row)
            key.possible = False
            self.keys_by_token.pop(key.number, None)
            self.key_allowed = False
        else:
            if self.flow_level == 0:
                if not self.key_allowed:
                    raise self.error("mapping values are not allowed here")
                self._roll(self.column, -1, BLOCK_MAPPING_START, self.pos, self.row)
            self.key_allowed = self.flow_level == 0
        self._indicator(VALUE)

    # Tokens with text.

    def _directive(self) -> None:
        self._unroll(-1, self.pos)
        self._remove_key()
        self.key_allowed = False
        start, row = self.pos, self.row
        name = _NAME.match(self.text, self.pos + 1).group()  # type: ignore[union-attr]
        self._advance(1 + len(name))
        if name == "YAML":
            match = _VERSION.match(self.text, self.pos)
            if match is None:
                raise self.error("a malformed %YAML directive")
            if match.groups() != ("1", "1"):
                raise self.error("an incompatible YAML version")
            token = self._add(DIRECTIVE, start, row, 0)
        elif name == "TAG":
            match = _TAG_DIRECTIVE.match(self.text, self.pos)
            uri = _URI.match(self.text, match.end()) if match else None
            if match is None or uri is None or not uri.group() or self.text[uri.end()] not in _BLANKZ:
                raise self.error("a malformed %TAG directive")
            token = self._add(TAG_DIRECTIVE, start, row, 0, match.group(1))
            token.suffix = _unescape_uri(uri.group(), self)
            match = uri
        else:
            raise self.error("an unknown directive")
        self._advance(match.end() - self.pos)
        self._blanks()
        if self.text[self.pos] == "#":
            self._advance(_TO_BREAK.match(self.text, self.pos).end() - self.pos)  # type: ignore[union-attr]
        if self.text[self.pos] not in _BREAKZ:
            raise self.error("text behind a directive")
        self.skip_line()

    def _anchor(self, kind: int) -> None:
        self._save_key()
        self.key_allowed = False
        name = _NAME.match(self.text, self.pos + 1).group()  # type: ignore[union-attr]
        start, row, column = self.pos, self.row, self.column
        self._advance(1 + len(name))
        following = self.text[self.pos]
        if not name or not (following in _BLANKZ or following in "?:,]}%@`"):
            raise self.error("a malformed anchor or alias")
        self._add(kind, start, row, column, name)

    def _tag(self) -> None:
        self._save_key()
        self.key_allowed = False
        start, row, column = self.pos, self.row, self.column
        text = self.text
        if text[start + 1] == "<":
            match = _URI.match(text, start + 2)
            uri = match.group() if match else ""
            end = start + 2 + len(uri)
            if not uri or text[end] != ">":
                raise self.error("a malformed tag")
            handle, suffix, end = "", _unescape_uri(uri, self), end + 1
        else:
            name = _NAME.match(text, start + 1).group()  # type: ignore[union-attr]
            end = start + 1 + len(name)
            if text[end] == "!":
                handle = "!" + name + "!"
                uri = _URI.match(text, end + 1).group()  # type: ignore[union-attr]
                end += 1 + len(uri)
                if not uri:
                    raise self.error("a malformed tag")
                suffix = _unescape_uri(uri, self)
            else:
                uri = _URI.match(text, end).group()  # type: ignore[union-attr]
                end += len(uri)
                handle, suffix = "!", name + _unescape_uri(uri, self)
                if not suffix:
                    handle, suffix = "", "!"
        if text[end] not in _BLANKZ:
            raise self.error("a malformed tag")
        self._advance(end - start)
        self._add(TAG, start, row, column, handle).suffix = suffix

    def _block_scalar(self, literal: bool) -> None:
        self._remove_key()
        self.key_allowed = True
        start, row, column = self.pos, self.row, self.column
        self._advance(1)
        text = self.text
        chomping, increment = "", 0
        for _ in range(2):
            char = text[self.pos]
            if char in "+-" and not chomping:
                chomping = char
                self._advance(1)
            elif char in "123456789" and not increment:
                increment = int(char)
                self._advance(1)
            elif char == "0" and not increment:
                raise self.error("an indentation indicator equal to 0")
            else:
                break
        self._blanks()
        if text[self.pos] == "#":
            self._line_comment(start)
            self.to_break()
        if text[self.pos] not in _BREAKZ:
            raise self.error("text behind a block scalar's header")
        self.skip_line()
        indent = (self.indent + increment if self.indent >= 0 else increment) if increment else 0
        self._scalar_lines(literal, indent, chomping, Token(SCALAR_TOKEN, start, row, column))

    def _scalar_lines(self, literal: bool, indent: int, chomping: str, token: Token) -> None:
        text = self.text
        parts: list[str] = []
        leading_break = ""
        leading_blank = False
        indent, breaks = self._scalar_breaks(indent)
        while self.column == indent and text[self.pos] != "\0":
            trailing_blank = text[self.pos] in " \t"
            if not literal and not leading_blank and not trailing_blank and leading_break == "\n":
                if not breaks:
                    parts.append(" ")
            else:
                parts.append(leading_break)
            parts.append(breaks)
            leading_blank = trailing_blank
            parts.append(self.to_break())
            leading_break = "" if text[self.pos] == "\0" else self._read_line()
            indent, breaks = self._scalar_breaks(indent)
        if chomping != "-":
            parts.append(leading_break)
        if chomping == "+":
            parts.append(breaks)
        token.value = "".join(parts)
        token.style = LITERAL if literal else FOLDED
        self.tokens.append(token)

    def _scalar_breaks(self, indent: int) -> tuple[int, str]:
        """Pass indentation and empty lines; the indentation, found out if it was 0, and the breaks."""
        text = self.text
        breaks = ""
        widest = 0
        while True:
            end = _SPACES.match(text, self.pos).end()  # type: ignore[union-attr]
            if indent:
                end = min(end, self.pos + max(0, indent - self.column))
            self.column += end - self.pos
            self.pos = end
            widest = max(widest, self.column)
            char = text[end]
            if char == "\t" and (not indent or self.column < indent):
                raise self.error("a tab where a block scalar's indentation is expected")
            if char not in BREAKS:
                break
            breaks += self._read_line()
        if not indent:
            indent = max(widest, self.indent + 1, 1)
        return indent, breaks

    def _flow_scalar(self, quote: str) -> None:
        start, row, column = self.pos, self.row, self.column
        self._advance(1)
        text = self.text
        parts: list[str] = []
        while True:
            self._check_indicator()
            if text[self.pos] == "\0":
                raise self.error("a quoted scalar without its end", row)
            folded = self._quoted_run(quote, parts)
            if text[self.pos] == quote:
                break
            self._fold(parts, folded)
        self._advance(1)
        self._add(SCALAR_TOKEN, start, row, column, "".join(parts), SINGLE if quote == "'" else DOUBLE)

    def _check_indicator(self) -> None:
        if self.column == 0 and self._at_indicator():
            raise self.error("a document indicator inside a quoted scalar")

    def _at_indicator(self) -> bool:
        text, pos = self.text, self.pos
        char = text[pos]
        return char in "-." and text[pos + 1] == char and text[pos + 2] == char and text[pos + 3] in _BLANKZ

    def _quoted_run(self, quote: str, parts: list[str]) -> bool:
        """Characters up to a blank, a break or the quote; true when it ended with an escaped line break."""
        text = self.text
        pattern = _TEXT_SINGLE if quote == "'" else _TEXT_DOUBLE
        while True:
            match = pattern.match(text, self.pos)
            if match:
                parts.append(match.group())
                self._advance(match.end() - self.pos)
            char = text[self.pos]
            if char in _BLANKZ:
                return False
            if quote == "'":
                if text[self.pos + 1] != "'":
                    return False
                parts.append("'")
                self._advance(2)
            elif char == '"':
                return False
            elif text[self.pos + 1] in BREAKS:
                self._advance(1)
                self.skip_line()
                return True
            else:
                parts.append(self._escape())

    def _escape(self) -> str:
        char = self.text[self.pos + 1]
        length = _CODE_LENGTHS.get(char, 0)
        if not length:
            if char not in _ESCAPES:
                raise self.error("an unknown escape character")
            self._advance(2)
            return _ESCAPES[char]
        digits = _HEX.match(self.text, self.pos + 2, self.pos + 2 + length).group()  # type: ignore[union-attr]
        if len(digits) != length:
            raise self.error("a malformed escape code")
        code = int(digits, 16)
        if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            raise self.error("an escape code that is no character")
        self._advance(2 + length)
        return chr(code)

    def _fold(self, parts: list[str], folded: bool) -> None:
        """Blanks and line breaks inside a quoted scalar; `folded`: an escaped break came before."""
        text = self.text
        leading_blanks = folded
        leading_break, breaks, blanks = "", "", ""
        while True:
            match = _BLANKS.match(text, self.pos)
            end = match.end() if match else self.pos
            if not leading_blanks:
                blanks += text[self.pos : end]
            self.column += end - self.pos
            self.pos = end
            if text[end] not in BREAKS:
                break
            if leading_blanks:
                breaks += self._read_line()
            else:
                blanks = ""
                leading_break = self._read_line()
                leading_blanks = True
        if not leading_blanks:
            parts.append(blanks)
        elif leading_break == "\n":
            parts.append(breaks or " ")
        else:
            parts.append(leading_break + breaks)

    def _plain_scalar(self) -> None:
        start, row, column = self.pos, self.row, self.column
        text = self.text
        indent = self.indent + 1
        pattern = _PLAIN_BLOCK if self.flow_level == 0 else _PLAIN_FLOW
        parts: list[str] = []
        leading_blanks = False
        pending = ""
        while True:
            if (self.column == 0 and self._at_indicator()) or text[self.pos] == "#":
                break
            match = pattern.match(text, self.pos)
            if match:
                parts.append(pending)
                pending = ""
                leading_blanks = False
                parts.append(match.group())
                self._advance(match.end() - self.pos)
            if text[self.pos] not in " \t" and text[self.pos] not in BREAKS:
                break
            pending, leading_blanks = self._plain_blanks(pending, leading_blanks, indent)
            if self.flow_level == 0 and self.column < indent:
                break
        self._add(SCALAR_TOKEN, start, row, column, "".join(parts))
        if leading_blanks:
            self.key_allowed = True

    def _plain_blanks(self, pending: str, leading_blanks: bool, indent: int) -> tuple[str, bool]:
        """Blanks and breaks behind a piece of a plain scalar; returns what they fold to if text follows."""
        text = self.text
        blanks = "" if leading_blanks else pending
        leading_break, breaks = "", ""
        while True:
            match = _BLANKS.match(text, self.pos)
            end = match.end() if match else self.pos
            if leading_blanks:
                tab = text.find("\t", self.pos, end)
                if tab >= 0 and self.column + tab - self.pos < indent:
                    raise self.error("a tab that violates indentation")
            else:
                blanks += text[self.pos : end]
            self.column += end - self.pos
            self.pos = end
            if text[end] not in BREAKS:
                break
            if leading_blanks:
                breaks += self._read_line()
            else:
                leading_break = self._read_line()
                leading_blanks = True
        if not leading_blanks:
            return blanks, False
        if leading_break == "\n":
            return breaks or " ", True
        return leading_break + breaks, True

    # Comments.

    def _to_next_token(self) -> None:
        scan, scan_row = self.pos, self.row
        text = self.text
        while True:
            if self.flow_level > 0 or not self.key_allowed:
                self._blanks()
            else:
                end = _SPACES.match(text, self.pos).end()  # type: ignore[union-attr]
                self.column += end - self.pos
                self.pos = end
            self._entry_comment_to_head()
            if text[self.pos] == "#":
                from cmp.sops.goyaml.comments import read_block

                read_block(self, scan, scan_row)
            if text[self.pos] not in BREAKS:
                return
            self.skip_line()
            if self.flow_level == 0:
                self.key_allowed = True

    def _entry_comment_to_head(self) -> None:
        """`- # text` above a nested block is a head comment of that block, not of the dash's line."""
        if not self.comments or len(self.tokens) < 2:
            return
        comment = self.comments[-1]
        if (
            comment.line
            and self.tokens[-2].kind == BLOCK_SEQUENCE_START
            and self.tokens[-1].kind == BLOCK_ENTRY
            and self.text[self.pos] not in BREAKS
        ):
            comment.head, comment.line = comment.line, ""
            if comment.row == self.row - 1:
                comment.token = self.pos

    def to_break(self) -> str:
        """The rest of the line."""
        match = _TO_BREAK.match(self.text, self.pos)
        value = match.group() if match else ""
        if value:
            self.pos += len(value)
            self.column += len(value)
            if value.strip(" \t"):
                self.newlines = 0
        return value

    def _line_comment(self, token: int) -> None:
        if self.newlines > 0:
            return
        match = _LINE_COMMENT.match(self.text, self.pos)
        if match is None:
            return
        self.column += match.end() - self.pos
        self.pos = match.end()
        comment = CommentToken(token, self.pos, self.row, self.column)
        comment.line = self.to_break()
        self.comments.append(comment)


def _unescape_uri(text: str, scanner: Scanner) -> str:
    if "%" not in text:
        return text
    from urllib.parse import unquote_to_bytes

    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise scanner.error("a tag with bytes that are not UTF-8") from None
