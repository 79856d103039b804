"""Tokens to nodes with comments: the parser and composer of go.yaml.in/yaml/v3 (parserc.go, decode.go).

Where a comment ends up depends on the moment at which tokens are looked at, so the order of `_peek` and
`skip` in each production is upstream's. One method per production of the YAML grammar.
"""

from __future__ import annotations

import re

from cmp.limits import DEFAULT, exceeded
from cmp.sops.errors import ParseError
from cmp.sops.goyaml import node as nodes
from cmp.sops.goyaml import tokens
from cmp.sops.goyaml.node import Node
from cmp.sops.goyaml.scalars import resolve_tag
from cmp.sops.goyaml.scanner import Scanner
from cmp.sops.goyaml.tokens import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.limits import Limits

    _Made = tuple[Node, Callable[[Node], None] | None]

_LONG = "tag:yaml.org,2002:"
# The pattern for all of Unicode takes milliseconds to compile, and most files are ASCII.
_CONTROL_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_NO_VALUE = frozenset({tokens.KEY, tokens.VALUE, tokens.BLOCK_END})
_NO_CONTENT = frozenset(
    {tokens.DIRECTIVE, tokens.TAG_DIRECTIVE, tokens.DOCUMENT_START, tokens.DOCUMENT_END, tokens.STREAM_END}
)
_DEFAULT_HANDLES = {"!": "!", "!!": _LONG}


def compose(data: bytes, limits: Limits = DEFAULT) -> list[Node]:
    """The documents of a stream, each a DOCUMENT node with one child; raises `ParseError`, `LimitError`."""
    limits.check("file_bytes", len(data))
    return Reader(decode(data), limits).stream()


def compose_text(text: str, limits: Limits = DEFAULT) -> list[Node]:
    """As `compose`, for text that the printer made."""
    return Reader(text, limits).stream()


def decode(data: bytes) -> str:
    """The characters of a YAML stream: UTF-8, or UTF-16 with a byte order mark; no control characters."""
    encoding = "utf-8"
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        problem = ParseError("not valid YAML: bytes that are not UTF-8")
        problem.where.line = data.count(b"\n", 0, error.start) + 1
        # Not chained: the codec's error carries the whole file.
        raise problem from None
    bad = (_CONTROL_ASCII if text.isascii() else re.compile(_CONTROL)).search(text)
    if bad:
        problem = ParseError("not valid YAML: a control character")
        problem.where.line = text.count("\n", 0, bad.start()) + 1
        raise problem
    return text


class Reader:
    """One stream. `anchors` live across its documents, as upstream's do."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.scanner = Scanner(text or "\n", limits.yaml_depth)
        self.limits = limits
        self.head = ""
        self.line = ""
        self.foot = ""
        self.stem = ""
        self.handles: dict[str, str] = {}
        self.anchors: dict[str, Node] = {}
        self.count = 0

    # Tokens and their comments.

    def _peek(self) -> Token:
        scanner = self.scanner
        if not scanner.available:
            scanner.fetch_more()
        token = scanner.tokens[scanner.head]
        if scanner.comments_head < len(scanner.comments):
            self._unfold(token)
        return token

    def _unfold(self, token: Token) -> None:
        """Take over the comments that belong to tokens up to `token`."""
        scanner = self.scanner
        while scanner.comments_head < len(scanner.comments):
            comment = scanner.comments[scanner.comments_head]
            if token.start < comment.token:
                return
            if comment.head:
                if token.kind == tokens.BLOCK_END:
                    return  # a head is kept for the token after the end
                self.head = f"{self.head}\n{comment.head}" if self.head else comment.head
            if comment.foot:
                self.foot = f"{self.foot}\n{comment.foot}" if self.foot else comment.foot
            if comment.line:
                self.line = f"{self.line}\n{comment.line}" if self.line else comment.line
            scanner.comments[scanner.comments_head] = tokens.CommentToken(0, 0, 0, 0)
            scanner.comments_head += 1

    def _skip(self) -> None:
        self.scanner.skip()

    def _error(self, problem: str, token: Token) -> ParseError:
        return self.scanner.error(problem, token.row)

    def _comments_to(self, node: Node) -> None:
        node.head, node.line, node.foot = self.head, self.line, self.foot
        self.head = self.line = self.foot = self.stem = ""

    def _end_comments_to(self, node: Node) -> None:
        """The end of a collection keeps no head comment."""
        node.line, node.foot = self.line, self.foot
        self.head = self.line = self.foot = self.stem = ""

    # stream ::= STREAM-START implicit_document? explicit_document* STREAM-END

    def stream(self) -> list[Node]:
        """All documents."""
        self._peek()
        self._skip()
        documents: list[Node] = []
        while True:
            document = self._document(first=not documents)
            if document is None:
                return documents
            documents.append(document)
            self.limits.check("documents", len(documents))

    def _document(self, first: bool) -> Node | None:
        token = self._peek()
        if not first:
            while token.kind == tokens.DOCUMENT_END:
                self._skip()
                token = self._peek()
        if token.kind == tokens.STREAM_END:
            return None
        document = Node(nodes.DOCUMENT)
        if first and token.kind not in _NO_CONTENT:
            self._directives()
            document.head = self._document_head()
            content = self._node(block=True, indentless=False)
        else:
            self._directives()
            token = self._peek()
            if token.kind != tokens.DOCUMENT_START:
                raise self._error("no document start where one is expected", token)
            # Upstream's document start keeps no comments of its own here, nor does it drop any.
            self._skip()
            token = self._peek()
            if token.kind in _NO_CONTENT:
                content = self._empty(token)
            else:
                content = self._node(block=True, indentless=False)
        document.content.append(content)
        self._document_end(document)
        return document

    def _document_head(self) -> str:
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

    def _document_end(self, document: Node) -> None:
        token = self._peek()
        if token.kind == tokens.DOCUMENT_END:
            self._skip()
        self.handles = {}
        foot = self.foot or self.head
        self.head = self.line = self.foot = self.stem = ""
        document.foot = foot

    def _directives(self) -> None:
        token = self._peek()
        seen = False
        while token.kind in (tokens.DIRECTIVE, tokens.TAG_DIRECTIVE):
            if token.kind == tokens.DIRECTIVE:
                if seen:
                    raise self._error("two %YAML directives", token)
                seen = True
            else:
                if token.value in self.handles:
                    raise self._error("two %TAG directives of one handle", token)
                self.handles[token.value] = token.suffix
            self._skip()
            token = self._peek()
        for handle, prefix in _DEFAULT_HANDLES.items():
            self.handles.setdefault(handle, prefix)

    # Nodes.

    def _node(self, block: bool, indentless: bool) -> Node:
        token = self._peek()
        self.count += 1
        if self.count > self.limits.yaml_nodes:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        if token.kind == tokens.ALIAS_TOKEN:
            return self._alias(token)
        row, column = token.row, token.column
        anchor = ""
        tag = ""
        tagged = False
        for _ in range(2):
            if token.kind == tokens.ANCHOR and not anchor:
                anchor = token.value
            elif token.kind == tokens.TAG and not tagged:
                tag, tagged = self._tag(token), True
            else:
                break
            self._skip()
            token = self._peek()
        made = self._content(token, block, indentless, tag)
        if made is None:
            if not anchor and not tagged:
                raise self._error("no node where one is expected", token)
            made = self._scalar_node("", tag, nodes.PLAIN)
        node, finish = made
        node.row, node.column = row + 1, column + 1
        if anchor:
            self.anchors[anchor] = node
        if finish is not None:
            finish(node)
        return node

    def _alias(self, token: Token) -> Node:
        node = Node(nodes.ALIAS, value=token.value)
        node.row, node.column = token.row + 1, token.column + 1
        node.target = self.anchors.get(token.value)
        if node.target is None:
            raise self._error("an alias of an unknown anchor", token)
        self._comments_to(node)
        self._skip()
        return node

    def _tag(self, token: Token) -> str:
        if not token.value:
            return token.suffix
        prefix = self.handles.get(token.value)
        if prefix is None:
            raise self._error("an undefined tag handle", token)
        return prefix + token.suffix

    def _content(self, token: Token, block: bool, indentless: bool, tag: str) -> _Made | None:
        """The node that starts at `token` and what reads its children; None when there is no content."""
        kind = token.kind
        if indentless and kind == tokens.BLOCK_ENTRY:
            return _collection(nodes.SEQUENCE, tag), self._indentless_sequence
        if kind == tokens.SCALAR_TOKEN:
            made = self._scalar_node(token.value, tag, token.style)
            self._comments_to(made[0])
            self._skip()
            return made
        if kind == tokens.FLOW_SEQUENCE_START or kind == tokens.FLOW_MAPPING_START:
            sequence = kind == tokens.FLOW_SEQUENCE_START
            node = _collection(nodes.SEQUENCE if sequence else nodes.MAPPING, tag)
            node.flow = True
            self._comments_to(node)
            return node, self._flow_sequence if sequence else self._flow_mapping
        if block and kind in (tokens.BLOCK_SEQUENCE_START, tokens.BLOCK_MAPPING_START):
            sequence = kind == tokens.BLOCK_SEQUENCE_START
            node = _collection(nodes.SEQUENCE if sequence else nodes.MAPPING, tag)
            node.head, self.stem = self.stem, ""
            return node, self._block_sequence if sequence else self._block_mapping
        return None

    def _scalar_node(self, value: str, tag: str, style: int) -> _Made:
        node = Node(nodes.SCALAR, value=value, style=style)
        if tag and tag != "!":
            node.tag, node.tagged = short_tag(tag), True
        elif style != nodes.PLAIN:
            node.tag = "!!str"
        elif value == "<<":
            node.tag = "!!merge"
        else:
            node.tag = resolve_tag(value)
        return node, None

    def _empty(self, token: Token) -> Node:
        node = Node(nodes.SCALAR, tag="!!null")
        node.row, node.column = token.row + 1, token.column + 1
        return node

    # Block collections.

    def _block_sequence(self, node: Node) -> None:
        start = self._peek()
        self._skip()
        while True:
            token = self._peek()
            if token.kind == tokens.BLOCK_END:
                self._skip()
                break
            if token.kind != tokens.BLOCK_ENTRY:
                raise self._error("no '-' where one is expected", start)
            self._entry(node, token, (tokens.BLOCK_ENTRY, tokens.BLOCK_END))
        node.line = node.foot = ""

    def _indentless_sequence(self, node: Node) -> None:
        while True:
            token = self._peek()
            if token.kind != tokens.BLOCK_ENTRY:
                break
            self._entry(node, token, (tokens.BLOCK_ENTRY, *_NO_VALUE))
        node.line = node.foot = ""

    def _entry(self, node: Node, token: Token, empty: tuple[int, ...]) -> None:
        stem = len(self.head)
        self._skip()
        self._split_stem(stem)
        following = self._peek()
        if following.kind in empty:
            node.content.append(self._empty(token))
        else:
            node.content.append(self._node(block=True, indentless=False))

    def _split_stem(self, length: int) -> None:
        """A comment above an entry that holds a collection belongs to the collection as a whole."""
        if not length:
            return
        token = self._peek()
        if token.kind in (tokens.BLOCK_SEQUENCE_START, tokens.BLOCK_MAPPING_START):
            self.stem, self.head = self.head[:length], self.head[length + 1 :]

    def _block_mapping(self, node: Node) -> None:
        start = self._peek()
        self._skip()
        content = node.content
        while True:
            token = self._peek()
            if token.kind == tokens.BLOCK_END:
                self._end_comments_to(node)
                self._skip()
                break
            if token.kind != tokens.KEY:
                raise self._error("no key where one is expected", start)
            self._skip()
            key = self._block_half(token)
            content.append(key)
            if key.foot and len(content) > 2:
                # It is the foot of the value before, seen late because of a dedent.
                content[-3].foot, key.foot = key.foot, ""
            token = self._peek()
            if token.kind == tokens.VALUE:
                self._skip()
                value = self._block_half(token)
            else:
                value = self._empty(token)
            content.append(value)
            if not key.foot and value.foot:
                key.foot, value.foot = value.foot, ""
        if node.foot and len(content) > 1:
            content[-2].foot, node.foot = node.foot, ""

    def _block_half(self, mark: Token) -> Node:
        """A key or a value after its indicator."""
        token = self._peek()
        if token.kind in _NO_VALUE:
            return self._empty(mark)
        return self._node(block=True, indentless=True)

    # Flow collections.

    def _flow_sequence(self, node: Node) -> None:
        start = self._peek()
        self._skip()
        first = True
        while True:
            token = self._peek()
            if token.kind != tokens.FLOW_SEQUENCE_END and not first:
                if token.kind != tokens.FLOW_ENTRY:
                    raise self._error("no ',' or ']' where one is expected", start)
                self._skip()
                token = self._peek()
            first = False
            if token.kind == tokens.FLOW_SEQUENCE_END:
                self._end_comments_to(node)
                self._skip()
                return
            if token.kind == tokens.KEY:
                node.content.append(self._flow_pair(token))
            else:
                node.content.append(self._node(block=False, indentless=False))

    def _flow_pair(self, token: Token) -> Node:
        """`[key: value]`: a mapping of one entry."""
        pair = _collection(nodes.MAPPING, "")
        pair.flow = True
        pair.row, pair.column = token.row + 1, token.column + 1
        self._skip()
        token = self._peek()
        if token.kind in (tokens.VALUE, tokens.FLOW_ENTRY, tokens.FLOW_SEQUENCE_END):
            raise self._error("an entry without a key", token)
        key = self._node(block=False, indentless=False)
        token = self._peek()
        value = None
        if token.kind == tokens.VALUE:
            self._skip()
            token = self._peek()
            if token.kind not in (tokens.FLOW_ENTRY, tokens.FLOW_SEQUENCE_END):
                value = self._node(block=False, indentless=False)
        value = value or self._empty(token)
        self._peek()
        pair.content += (key, value)
        if not key.foot and value.foot:
            key.foot, value.foot = value.foot, ""
        return pair

    def _flow_mapping(self, node: Node) -> None:
        start = self._peek()
        self._skip()
        content = node.content
        while True:
            token = self._peek()
            if token.kind != tokens.FLOW_MAPPING_END and content:
                if token.kind != tokens.FLOW_ENTRY:
                    raise self._error("no ',' or '}' where one is expected", start)
                self._skip()
                token = self._peek()
            if token.kind == tokens.FLOW_MAPPING_END:
                self._end_comments_to(node)
                self._skip()
                return
            key, value = self._flow_entry(token)
            content += (key, value)
            if not key.foot and value.foot:
                key.foot, value.foot = value.foot, ""

    def _flow_entry(self, token: Token) -> tuple[Node, Node]:
        if token.kind != tokens.KEY:
            key = self._node(block=False, indentless=False)
            return key, self._empty(self._peek())
        ends = (tokens.FLOW_ENTRY, tokens.FLOW_MAPPING_END)
        self._skip()
        token = self._peek()
        if token.kind == tokens.VALUE or token.kind in ends:
            key = self._empty(token)
        else:
            key = self._node(block=False, indentless=False)
        token = self._peek()
        if token.kind == tokens.VALUE:
            self._skip()
            token = self._peek()
            if token.kind not in ends:
                return key, self._node(block=False, indentless=False)
        return key, self._empty(token)


def short_tag(tag: str) -> str:
    """`tag:yaml.org,2002:x` as `!!x`; other tags as they are."""
    return "!!" + tag[len(_LONG) :] if tag.startswith(_LONG) else tag


def _collection(kind: int, tag: str) -> Node:
    node = Node(kind)
    if tag and tag != "!":
        node.tag, node.tagged = short_tag(tag), True
    else:
        node.tag = "!!seq" if kind == nodes.SEQUENCE else "!!map"
    return node
