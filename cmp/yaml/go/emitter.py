"""Nodes to text, byte for byte as go.yaml.in/yaml/v3 prints them (encode.go, emitterc.go), without a width.

Upstream is a state machine fed with events; comments wait in it until a state writes them, and an event's
comment replaces a waiting one of its sort. Here the calls nest instead, in the same order: `_arrive` stands
where upstream looks at an event.
"""

from __future__ import annotations

import re

from cmp.yaml.go.node import ALIAS_NODE, DOCUMENT, MAPPING, SCALAR_NODE, SEQUENCE, Node
from cmp.yaml.go.resolve import escaped, tag_of
from cmp.yaml.go.tokens import DOUBLE, FOLDED, LITERAL, PLAIN, SINGLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    # What holds a node: the document, a list in block style, a list in brackets, a mapping.
    Parent = Literal["root", "item", "flow item", "field"]

_BREAKS = "\r\n\x85\u2028\u2029"
# What cannot be printed as it is. The pattern for all of Unicode takes milliseconds to compile.
_SPECIAL_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SPECIAL = "[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]"
_ESCAPED_ASCII = re.compile(r"[\x00-\x1f\x7f\"\\]")
_BREAK = "[\r\n\x85\u2028\u2029]"
_FIRST = re.compile(r"---|\.\.\.|[#,\[\]{}&*!|>'\"%@`]|[?:-](?:[ \t]|\Z)")
_INNER_ASCII = re.compile(r":(?:[ \t]|\Z)|[ \t\r\n\0]#")
_INNER = ":(?:[ \t]|\\Z)|[ \t\r\n\x85\u2028\u2029\0]#"
_IN_FLOW = frozenset(",?:[]{}")
_ESCAPED = _SPECIAL + '|[\t\n"\\\\\u2028\u2029]'
_SIMPLE_KEY_LENGTH = 128
_PREFIX = "tag:yaml.org,2002:"
_TAG_CHARS = r"[^0-9A-Za-z_;/?:@&=+$,.~*'()\[\]-]"
_COLLECTION_TAGS = {MAPPING: "!!map", SEQUENCE: "!!seq"}


def emit(documents: Iterable[Node], indent: int = 2, compact: bool = True) -> str:
    """The stream of documents, each after the first behind `---`.

    documents: DOCUMENT nodes, or the content of one. indent: 2 to 9 columns a level, else 2. compact: the
    dash of a list counts as its indentation, as kustomize has it.
    """
    emitter = _Emitter(indent, compact)
    for number, document in enumerate(documents):
        emitter.document(document, first=number == 0)
    return "".join(emitter.out)


def printed_style(text: str, style: str) -> str:
    """The style in which a scalar is printed where `style` is asked for, outside of keys and brackets."""
    return _Analysis(text).style(style, simple_key=False, flow=False)


def _byte_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _tag(node: Node) -> tuple[str, bool]:
    """The tag that has to be printed, empty for none, and whether a string needs quotes to stay one."""
    tag = node.tag
    if not tag or node.explicit:
        return tag, False
    if node.kind != SCALAR_NODE:
        return ("" if tag == _COLLECTION_TAGS[node.kind] else tag), False
    if tag == "!!str" and node.style != PLAIN:
        return "", False
    if tag_of(node.value) == tag:
        return "", False
    return ("", True) if tag == "!!str" else (tag, False)


def _tag_text(tag: str) -> str:
    """A short tag as it is written."""
    if tag.startswith("!!"):
        handle, suffix = "!!", tag[2:]
    elif tag.startswith(_PREFIX):
        handle, suffix = "!!", tag[len(_PREFIX) :]
    elif tag.startswith("!"):
        handle, suffix = "!", tag[1:]
    else:
        return f"!<{re.sub(_TAG_CHARS, _percent, tag)}>"
    return handle + re.sub(_TAG_CHARS, _percent, suffix)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _has_break(text: str) -> bool:
    """Whether a line break of YAML 1.1 is in a string."""
    if text.isascii():
        return "\n" in text or "\r" in text
    return re.search(_BREAK, text) is not None


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
        self.multiline = _has_break(value)
        space_break = self.multiline and re.search(" " + _BREAK, value) is not None
        break_space = self.multiline and re.search(_BREAK + " ", value) is not None
        self.block = not (value[-1] == " " or space_break or special)
        self.single = not (break_space or space_break or tab or special)
        self.plain = (
            self.single
            and not self.multiline
            and value[0] != " "
            and value[-1] != " "
            and _FIRST.match(value) is None
            and (_INNER_ASCII if value.isascii() else re.compile(_INNER)).search(value) is None
        )

    def style(self, wanted: str, simple_key: bool, flow: bool) -> str:
        """The style that is printed where `wanted` was asked for."""
        style = DOUBLE if simple_key and self.multiline else wanted
        if style == PLAIN:
            if not self.value:
                plain = not (simple_key or flow)
            elif flow and self.plain:
                rest = self.value[1:] if self.value[0] not in "?:" else self.value
                plain = _IN_FLOW.isdisjoint(rest)
            else:
                plain = self.plain
            if not plain:
                style = SINGLE
        if style == SINGLE and not self.single:
            style = DOUBLE
        if style in (LITERAL, FOLDED) and (not self.block or simple_key or flow):
            style = DOUBLE
        return style


class _Emitter:
    """The emitter's state; `out` collects pieces of text."""

    def __init__(self, best_indent: int, compact: bool) -> None:
        self.best_indent = best_indent if 2 <= best_indent <= 9 else 2
        self.compact = compact
        self.out: list[str] = []
        self.indent = -1
        self.flow = 0
        self.column = 0
        self.whitespace = True
        self.indention = True
        self.foot_indent = -1
        self.head = self.line = self.foot = self.tail = self.key_line = ""

    # Documents.

    def document(self, node: Node, first: bool) -> None:
        """One document: a DOCUMENT node with its comments, or what it would hold."""
        root = node
        if node.kind == DOCUMENT:
            root = node.content[0]
            self.head = node.head_comment or self.head
        if not first:
            self._write_indent()
            self._indicator("---")
            self._write_indent()
        if node is not root and self.head:
            self._process_head()
            self._put_break()
        self._arrive(root, "")
        self._process_head()
        self._start(root, "root", simple_key=False)
        self._process_line()
        self._process_foot()
        self._children(root, "root")
        if node is not root:
            self.foot = node.foot_comment or self.foot
        # Upstream separates a document's foot by force.
        self.foot_indent = 0
        self._process_foot()
        self.foot_indent = -1
        self._write_indent()

    # Nodes.

    def _arrive(self, node: Node, tail: str, foot: bool = True) -> None:
        """Take over the comments of a node's first event."""
        if node.head_comment:
            self.head = node.head_comment
        if node.kind == SCALAR_NODE or node.kind == ALIAS_NODE:
            self.line = node.line_comment or self.line
            if foot and node.foot_comment:
                self.foot = node.foot_comment
        if tail and (node.kind == SCALAR_NODE or node.kind == MAPPING):
            self.tail = tail

    def _arrive_end(self, node: Node, tail: str, foot: bool) -> None:
        """Take over the comments of a collection's last event."""
        self.line = node.line_comment or self.line
        if foot:
            self.foot = node.foot_comment or self.foot
        self.tail = tail or self.tail

    def _start(self, node: Node, parent: Parent, simple_key: bool) -> None:
        """Print a scalar or an alias; of a collection, what stands before it."""
        if node.kind == SCALAR_NODE:
            self._scalar(node, parent, simple_key)
        elif node.kind == ALIAS_NODE:
            self._piece("*" + node.value)
        else:
            if node.anchor:
                self._piece("&" + node.anchor)
            tag, _ = _tag(node)
            if tag:
                self._piece(_tag_text(tag))

    def _children(self, node: Node, parent: Parent, foot: bool = True) -> None:
        """Print what is inside of a collection. foot: its foot comment as well, which a key's is not."""
        if node.kind == SCALAR_NODE or node.kind == ALIAS_NODE:
            return
        flow = self.flow > 0 or node.style != "" or not node.content
        if node.kind == MAPPING:
            (self._flow_mapping if flow else self._mapping)(node, parent, foot)
        else:
            (self._flow_sequence if flow else self._sequence)(node, parent, foot)

    def _push(self, flow: bool, parent: Parent, compact: bool = False) -> int:
        """Go one level deeper; returns the indentation to come back to."""
        before = self.indent
        if before < 0:
            self.indent = self.best_indent if flow else 0
        elif parent == "item":
            self.indent += 2
        else:
            self.indent = self.best_indent * ((before + self.best_indent) // self.best_indent)
            if compact:
                self.indent -= 2
        return before

    def _waiting(self) -> bool:
        return bool(self.line or self.foot or self.tail)

    # Collections in brackets.

    def _flow_sequence(self, node: Node, parent: Parent, foot: bool) -> None:
        before = self.indent
        trail = False
        for number, item in enumerate(node.content):
            self._arrive(item, "")
            if number == 0:
                before = self._open("[", parent)
            self._entry(follows=number > 0 and not trail)
            trail = self._waiting()
            self._start(item, "flow item", simple_key=False)
            self._finish_in_flow()
            self._children(item, "flow item")
        self._arrive_end(node, "", foot)
        if not node.content:
            before = self._open("[", parent)
        self._close("]", before, own_line=self.column == 0)

    def _flow_mapping(self, node: Node, parent: Parent, foot: bool) -> None:
        before = self.indent
        trail = False
        tail = ""
        for number in range(0, len(node.content), 2):
            key, value = node.content[number], node.content[number + 1]
            self._arrive(key, tail, foot=False)
            tail = key.foot_comment
            if number == 0:
                before = self._open("{", parent)
            self._entry(follows=number > 0 and not trail)
            simple = self._is_simple_key(key)
            if not simple:
                self._indicator("?")
            self._start(key, "field", simple_key=simple)
            self._children(key, "field", foot=False)
            self._arrive(value, "")
            self._indicator(":", need_whitespace=not simple)
            trail = self._waiting()
            self._start(value, "field", simple_key=False)
            self._finish_in_flow()
            self._children(value, "field")
        self._arrive_end(node, tail, foot)
        if not node.content:
            before = self._open("{", parent)
        elif (self.head or self.foot or self.tail) and not trail:
            self._indicator(",", need_whitespace=False)
        self._process_head()
        self._close("}", before)

    def _open(self, bracket: str, parent: Parent) -> int:
        self._indicator(bracket, is_whitespace=True)
        self.flow += 1
        return self._push(True, parent)

    def _entry(self, follows: bool) -> None:
        """What stands before an entry. follows: behind another one that has no comma yet."""
        if follows:
            self._indicator(",", need_whitespace=False)
        self._process_head()
        if self.column == 0:
            self._write_indent()

    def _close(self, bracket: str, before: int, own_line: bool = False) -> None:
        self.flow -= 1
        self.indent = before
        if own_line:
            self._write_indent()
        self._indicator(bracket, need_whitespace=False)
        self._process_line()
        self._process_foot()

    def _finish_in_flow(self) -> None:
        """A comment behind an entry comes after its comma."""
        if self._waiting():
            self._indicator(",", need_whitespace=False)
        self._process_line()
        self._process_foot()

    # Collections in block style.

    def _sequence(self, node: Node, parent: Parent, foot: bool) -> None:
        before = self.indent
        for number, item in enumerate(node.content):
            self._arrive(item, "")
            if number == 0:
                compact = self.compact and parent == "field" and (self.column == 0 or not self.indention)
                before = self._push(False, parent, compact)
            self._process_head()
            self._write_indent()
            self._indicator("-", is_indention=True)
            self._start(item, "item", simple_key=False)
            self._process_line()
            self._process_foot()
            self._children(item, "item")
        self._arrive_end(node, "", foot)
        self.indent = before

    def _mapping(self, node: Node, parent: Parent, foot: bool) -> None:
        before = self.indent
        tail = ""
        for number in range(0, len(node.content), 2):
            key, value = node.content[number], node.content[number + 1]
            self._arrive(key, tail, foot=False)
            tail = key.foot_comment
            if number == 0:
                before = self._push(False, parent)
            self._process_head()
            self._write_indent()
            if self.line:
                self.key_line, self.line = self.line, ""
            simple = self._is_simple_key(key)
            if not simple:
                self._indicator("?", is_indention=True)
            self._start(key, "field", simple_key=simple)
            self._children(key, "field", foot=False)
            self._value(value, simple)
        self._arrive_end(node, tail, foot)
        self._process_head()
        self.indent = before

    @staticmethod
    def _is_simple_key(key: Node) -> bool:
        """Whether a key needs no question mark."""
        if key.kind == ALIAS_NODE:
            return _byte_length(key.value) <= _SIMPLE_KEY_LENGTH
        length = _byte_length(key.anchor)
        tag, _ = _tag(key)
        if tag:
            length += _byte_length(tag)
        if key.kind != SCALAR_NODE:
            return not key.content and length <= _SIMPLE_KEY_LENGTH
        length += _byte_length(key.value)
        return length <= _SIMPLE_KEY_LENGTH and not _has_break(key.value)

    def _value(self, value: Node, simple: bool) -> None:
        self._arrive(value, "")
        if simple:
            self._indicator(":", need_whitespace=False)
        else:
            self._write_indent()
            self._indicator(":", is_indention=True)
        if self.key_line:
            # A line comment left from before a key goes behind its value, or behind the colon of a block.
            if value.kind == SCALAR_NODE:
                if not self.line:
                    self.line, self.key_line = self.key_line, ""
            elif value.kind != ALIAS_NODE and not value.style:
                self.line, self.key_line = self.key_line, self.line
                self._process_line()
                self.line, self.key_line = self.key_line, self.line
        self._start(value, "field", simple_key=False)
        self._process_line()
        self._process_foot()
        self._children(value, "field")

    # Scalars.

    def _scalar(self, node: Node, parent: Parent, simple_key: bool) -> None:
        tag, force_quotes = _tag(node)
        wanted = node.style
        if wanted == PLAIN:
            wanted = LITERAL if "\n" in node.value else DOUBLE if force_quotes else PLAIN
        style = _Analysis(node.value).style(wanted, simple_key, self.flow > 0)
        if node.anchor:
            self._piece("&" + node.anchor)
        if tag:
            self._piece(_tag_text(tag))
        before = self._push(True, parent)
        if style == PLAIN:
            if node.value:
                self._piece(node.value)
            self.indention = False
        elif style == SINGLE:
            self._single(node.value)
        elif style == DOUBLE:
            self._double(node.value)
        elif style == LITERAL:
            self._literal(node.value)
        else:
            self._folded(node.value)
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
        for part in re.split("([\n\u2028\u2029])", value):
            if part and part in _BREAKS:
                if not breaks and part == "\n":
                    self._put_break()
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
        self._write(pattern.sub(lambda match: escaped(match[0]), value))
        self._indicator('"', need_whitespace=False)
        self.whitespace = self.indention = False

    def _literal(self, value: str) -> None:
        self._block_header("|", value)
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

    def _folded(self, value: str) -> None:
        self._block_header(">", value)
        # Upstream asks what the text, not the line, starts with.
        doubles = value.lstrip(_BREAKS)[:1] not in ("", " ", "\t", "\0")
        breaks = leading = True
        for part in re.split("([\r\n\x85\u2028\u2029])", value):
            if part and part in _BREAKS:
                if not breaks and not leading and part == "\n" and doubles:
                    self._put_break()
                self._write_break(part)
                breaks = True
            elif part:
                if breaks:
                    self._write_indent()
                    leading = part[0] in " \t"
                self._write(part)
                self.indention = False
                breaks = False

    def _block_header(self, indicator: str, value: str) -> None:
        self._indicator(indicator)
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
