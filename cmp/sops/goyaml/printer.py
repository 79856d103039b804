"""Nodes with comments to text, byte for byte as go.yaml.in/yaml/v3 prints them (emitterc.go, encode.go).

Only what SOPS can ask for: block collections, empty ones in brackets, no anchors, no width limit. Upstream
is a state machine fed with events; comments wait in it until a state writes them, and an event's comment
replaces a waiting one of its sort. Here the calls nest instead, in the same order: `_arrive` stands where
upstream looks at an event.
"""

from __future__ import annotations

import re

from cmp.limits import Limits
from cmp.sops.document import Time, to_bytes
from cmp.sops.errors import EmitError, ParseError
from cmp.sops.goyaml import node as nodes
from cmp.sops.goyaml.node import DOUBLE, LITERAL, PLAIN, SINGLE, Node
from cmp.sops.goyaml.reader import compose_text
from cmp.sops.goyaml.scalars import plain_allowed, print_float, resolve_tag

_BREAKS = "\r\n\x85\u2028\u2029"
# What cannot be printed as it is. The pattern for all of Unicode takes milliseconds to compile.
_SPECIAL_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SPECIAL = "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
_ESCAPED_ASCII = re.compile(r"[\x00-\x1f\x7f\"\\]")
_BREAK = re.compile("[\r\n\x85\u2028\u2029]")
_BREAK_SPACE = re.compile("[\r\n\x85\u2028\u2029] ")
_SPACE_BREAK = re.compile(" [\r\n\x85\u2028\u2029]")
_FIRST = re.compile(r"---|\.\.\.|[#,\[\]{}&*!|>'\"%@`]|[?:-](?:[ \t]|\Z)")
_INNER = re.compile(":(?:[ \t]|\\Z)|[ \t\r\n\x85\u2028\u2029\0]#")
_ESCAPED = _SPECIAL + '|[\t\n"\\\\\u2028\u2029]'
_ESCAPES = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r",
    "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\xa0": "\\_", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
_SIMPLE_KEY_LENGTH = 128
_PROBE = Limits(yaml_depth=10)


def dump(documents: list[Node], indent: int) -> bytes:
    """The stream of documents (mappings), each after the first behind `---`; raises `EmitError`."""
    printer = _Printer(indent)
    for number, root in enumerate(documents):
        printer.document(root, first=number == 0)
    return to_bytes("".join(printer.out))


def scalar(value: str | int | float | bool | Time | None) -> Node:
    """The node of a leaf as go-yaml's `Node.Encode` makes it: printed and read again."""
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return Node(nodes.SCALAR, "!!null", "null")
    if isinstance(value, bool):
        return Node(nodes.SCALAR, "!!bool", "true" if value else "false")
    if isinstance(value, Time):
        return Node(nodes.SCALAR, "!!timestamp", value.text)
    text = print_float(value) if isinstance(value, float) else str(value)
    return Node(nodes.SCALAR, resolve_tag(text), text)


def _text(value: str) -> Node:
    tag = "!!str"
    plain = True
    if any("\ud800" <= char <= "\udfff" for char in value) if not value.isascii() else False:
        tag, value = "!!binary", _base64_lines(value)
    else:
        plain = plain_allowed(value)
    style = PLAIN if plain else DOUBLE
    if "\n" in value:
        style = LITERAL
    if style == PLAIN and value == "<<":
        return Node(nodes.SCALAR, "!!merge", value)
    node = Node(nodes.SCALAR, tag, value, style)
    node.tagged = tag == "!!binary"
    node.style = _Analysis(value).style(style, simple_key=False)
    return _read_back(node) if _BREAK.search(value) else node


def _read_back(node: Node) -> Node:
    """What is left of a text with line breaks once it was printed and read."""
    printer = _Printer(4)
    printer.document(node, first=True)
    try:
        found = compose_text("".join(printer.out), _PROBE)[0].content[0]
    except ParseError as error:
        raise EmitError(
            "a text of several lines whose first line starts with a tab cannot be printed as YAML"
        ) from error
    found.row = found.column = 0
    return found


def _base64_lines(value: str) -> str:
    from base64 import b64encode

    text = b64encode(to_bytes(value)).decode("ascii")
    if len(text) < 70:
        return text
    return "".join(text[index : index + 70] + "\n" for index in range(0, len(text), 70))


class _Analysis:
    """What the characters of a scalar allow."""

    __slots__ = ("block", "multiline", "plain", "single", "value")

    def __init__(self, value: str) -> None:
        self.value = value
        self.multiline = False
        self.plain = self.single = True
        self.block = False
        if not value:
            return
        special = (_SPECIAL_ASCII if value.isascii() else re.compile(_SPECIAL)).search(value) is not None
        tab = "\t" in value
        self.multiline = _BREAK.search(value) is not None
        space_break = self.multiline and _SPACE_BREAK.search(value) is not None
        break_space = self.multiline and _BREAK_SPACE.search(value) is not None
        self.block = not (value[-1] == " " or space_break or special)
        self.single = not (break_space or space_break or tab or special)
        self.plain = (
            self.single
            and not self.multiline
            and value[0] != " "
            and value[-1] != " "
            and _FIRST.match(value) is None
            and _INNER.search(value) is None
        )

    def style(self, wanted: int, simple_key: bool) -> int:
        """The style that is printed where `wanted` was asked for."""
        style = DOUBLE if simple_key and self.multiline else wanted
        if style == PLAIN and (not self.plain or (simple_key and not self.value)):
            style = SINGLE
        if style == SINGLE and not self.single:
            style = DOUBLE
        if style == LITERAL and (not self.block or simple_key):
            style = DOUBLE
        return style


class _Printer:
    """The emitter's state; `out` collects pieces of text."""

    def __init__(self, best_indent: int) -> None:
        self.best_indent = best_indent if 2 <= best_indent <= 9 else 2
        self.out: list[str] = []
        self.indent = -1
        self.column = 0
        self.whitespace = True
        self.indention = True
        self.foot_indent = -1
        self.head = self.line = self.foot = self.tail = self.key_line = ""

    # Documents.

    def document(self, root: Node, first: bool) -> None:
        """One document with the node `root`."""
        if not first:
            self._write_indent()
            self._indicator("---")
            self._write_indent()
        self._arrive(root, "")
        self._process_head()
        self._start(root, in_sequence=False, simple_key=False)
        self._process_line()
        self._process_foot()
        self._children(root, in_sequence=False)
        # Upstream separates a document's foot by force.
        self.foot_indent = 0
        self._process_foot()
        self.foot_indent = -1
        self._write_indent()

    # Nodes.

    def _arrive(self, node: Node, tail: str, foot: bool = True) -> None:
        """Take over the comments of a node's first event."""
        if node.head:
            self.head = node.head
        if node.kind == nodes.SCALAR:
            self.line = node.line or self.line
            if foot and node.foot:
                self.foot = node.foot
        if tail:
            self.tail = tail

    def _arrive_end(self, node: Node, tail: str) -> None:
        """Take over the comments of a collection's last event."""
        self.line = node.line or self.line
        self.foot = node.foot or self.foot
        self.tail = tail or self.tail

    def _start(self, node: Node, in_sequence: bool, simple_key: bool) -> None:
        if node.kind == nodes.SCALAR:
            self._scalar(node, in_sequence, simple_key)

    def _children(self, node: Node, in_sequence: bool) -> None:
        if node.kind == nodes.SCALAR:
            return
        if not node.content:
            self._empty(node, in_sequence)
        elif node.kind == nodes.MAPPING:
            self._mapping(node, in_sequence)
        else:
            self._sequence(node, in_sequence)

    def _push(self, flow: bool, in_sequence: bool) -> int:
        """Go one level deeper; returns the indentation to come back to."""
        before = self.indent
        if before < 0:
            self.indent = self.best_indent if flow else 0
        elif in_sequence:
            self.indent += 2
        else:
            self.indent = self.best_indent * ((before + self.best_indent) // self.best_indent)
        return before

    def _empty(self, node: Node, in_sequence: bool) -> None:
        self._arrive_end(node, "")
        if node.kind == nodes.MAPPING:
            self._indicator("{", is_whitespace=True)
            before = self._push(True, in_sequence)
            self._process_head()
            self.indent = before
            self._indicator("}", need_whitespace=False)
        else:
            self._indicator("[", is_whitespace=True)
            before = self._push(True, in_sequence)
            self.indent = before
            if self.column == 0:
                self._write_indent()
            self._indicator("]", need_whitespace=False)
        self._process_line()
        self._process_foot()

    def _sequence(self, node: Node, in_sequence: bool) -> None:
        before = self.indent
        for number, item in enumerate(node.content):
            self._arrive(item, "")
            if number == 0:
                before = self._push(False, in_sequence)
            self._process_head()
            self._write_indent()
            self._indicator("-", is_indention=True)
            self._start(item, in_sequence=True, simple_key=False)
            self._process_line()
            self._process_foot()
            self._children(item, in_sequence=True)
        self._arrive_end(node, "")
        self.indent = before

    def _mapping(self, node: Node, in_sequence: bool) -> None:
        before = self.indent
        tail = ""
        for number in range(0, len(node.content), 2):
            key, value = node.content[number], node.content[number + 1]
            self._arrive(key, tail, foot=False)
            tail = key.foot
            if number == 0:
                before = self._push(False, in_sequence)
            self._process_head()
            self._write_indent()
            if self.line:
                self.key_line, self.line = self.line, ""
            simple = self._key(key)
            self._value(value, simple)
        self._arrive_end(node, tail)
        self._process_head()
        self.indent = before

    def _key(self, key: Node) -> bool:
        """Print a key; whether it is one that needs no question mark."""
        length = len(to_bytes(key.value)) + (len(key.tag) if key.tag in ("!!merge", "!!binary") else 0)
        simple = length <= _SIMPLE_KEY_LENGTH and _BREAK.search(key.value) is None
        if not simple:
            self._indicator("?", is_indention=True)
        self._start(key, in_sequence=False, simple_key=simple)
        return simple

    def _value(self, value: Node, simple: bool) -> None:
        self._arrive(value, "")
        if simple:
            self._indicator(":", need_whitespace=False)
        else:
            self._write_indent()
            self._indicator(":", is_indention=True)
        if self.key_line:
            # A line comment left from before a key goes behind its value, or behind the colon of a block.
            if value.kind != nodes.SCALAR:
                self.line, self.key_line = self.key_line, self.line
                self._process_line()
                self.line, self.key_line = self.key_line, self.line
            elif not self.line:
                self.line, self.key_line = self.key_line, ""
        self._start(value, in_sequence=False, simple_key=False)
        self._process_line()
        self._process_foot()
        self._children(value, in_sequence=False)

    # Scalars.

    def _scalar(self, node: Node, in_sequence: bool, simple_key: bool) -> None:
        style = _Analysis(node.value).style(node.style, simple_key)
        if node.tag == "!!merge" or node.tag == "!!binary":
            self._piece(node.tag)
        before = self._push(True, in_sequence)
        if style == PLAIN:
            if node.value:
                self._piece(node.value)
            self.indention = False
        elif style == SINGLE:
            self._single(node.value)
        elif style == DOUBLE:
            self._double(node.value)
        else:
            self._literal(node.value)
        self.indent = before

    def _piece(self, text: str) -> None:
        if not self.whitespace:
            self._write(" ")
        self._write(text)
        self.whitespace = False
        self.indention = False

    def _single(self, value: str) -> None:
        self._indicator("'")
        breaks = False
        for part in re.split("([\u2028\u2029])", value):
            if part in ("\u2028", "\u2029"):
                self._write_break(part)
                breaks = True
            elif part:
                if breaks:
                    self._write_indent()
                self._write(part.replace("'", "''"))
                self.indention = False
                breaks = False
        self._indicator("'", need_whitespace=False)
        self.whitespace = self.indention = False

    def _double(self, value: str) -> None:
        self._indicator('"')
        pattern = _ESCAPED_ASCII if value.isascii() else re.compile(_ESCAPED)
        if value.startswith("\ufeff"):
            # Upstream asks whether the text, not the character, is a byte order mark.
            pattern = re.compile(".", re.DOTALL)
        self._write(pattern.sub(_escape, value))
        self._indicator('"', need_whitespace=False)
        self.whitespace = self.indention = False

    def _literal(self, value: str) -> None:
        self._indicator("|")
        if value[0] == " " or value[0] in _BREAKS:
            self._indicator(str(self.best_indent), need_whitespace=False)
        if value[-1] not in _BREAKS:
            self._indicator("-", need_whitespace=False)
        elif len(value) == 1 or value[-2] in _BREAKS:
            self._indicator("+", need_whitespace=False)
        if self.line:
            self._process_line()
        else:
            self._put_break()
        self.whitespace = True
        breaks = True
        for part in re.split("([\r\n\x85\u2028\u2029])", value):
            if part and part in _BREAKS:
                self._write_break(part)
                breaks = True
            elif part:
                if breaks:
                    self._write_indent()
                self._write(part)
                self.indention = False
                breaks = False

    # Comments.

    def _process_head(self) -> None:
        if self.tail:
            self._write_indent()
            self._comment(self.tail)
            self.tail = ""
            self.foot_indent = max(self.indent, 0)
        if self.head:
            self._write_indent()
            self._comment(self.head)
            self.head = ""

    def _process_line(self) -> None:
        if self.line:
            if not self.whitespace:
                self._write(" ")
            self._comment(self.line)
            self.line = ""

    def _process_foot(self) -> None:
        if self.foot:
            self._write_indent()
            self._comment(self.foot)
            self.foot = ""
            self.foot_indent = max(self.indent, 0)

    def _comment(self, text: str) -> None:
        breaks = pound = False
        for part in re.split("([\r\n\x85\u2028\u2029])", text):
            if part and part in _BREAKS:
                self._write_break(part)
                breaks, pound = True, False
            elif part:
                if breaks:
                    self._write_indent()
                if not pound and part[0] != "#":
                    self._write("# ")
                pound = True
                self._write(part)
                self.indention = False
                breaks = False
        if not breaks:
            self._put_break()
        self.whitespace = True

    # Characters.

    def _write(self, text: str) -> None:
        self.out.append(text)
        self.column += len(text)

    def _put_break(self) -> None:
        self.out.append("\n")
        self.column = 0
        self.indention = True

    def _write_break(self, char: str) -> None:
        self.out.append(char)
        self.column = 0
        self.indention = True

    def _write_indent(self) -> None:
        indent = max(self.indent, 0)
        if not self.indention or self.column > indent or (self.column == indent and not self.whitespace):
            self._put_break()
        if self.foot_indent == indent:
            self._put_break()
        if self.column < indent:
            self._write(" " * (indent - self.column))
        self.whitespace = True
        self.foot_indent = -1

    def _indicator(
        self, text: str, need_whitespace: bool = True, is_whitespace: bool = False, is_indention: bool = False
    ) -> None:
        if need_whitespace and not self.whitespace:
            self._write(" ")
        self._write(text)
        self.whitespace = is_whitespace
        self.indention = self.indention and is_indention


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    known = _ESCAPES.get(char)
    if known:
        return known
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    if code <= 0xFFFF:
        return f"\\u{code:04X}"
    return f"\\U{code:08X}"
