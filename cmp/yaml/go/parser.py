"""Tokens to nodes: the parser and composer of go-yaml (parserc.go, decode.go).

The order in which tokens are looked at and dropped is upstream's: comments and errors depend on it. One
method per production of the YAML grammar.
"""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits, exceeded
from cmp.yaml.errors import YamlError
from cmp.yaml.go.node import ALIAS_NODE, DOCUMENT, MAPPING, SCALAR_NODE, SEQUENCE, Node
from cmp.yaml.go.resolve import tag_of
from cmp.yaml.go.scanner import END, Scanner
from cmp.yaml.go.tokens import (
    ALIAS,
    ANCHOR,
    BLOCK_END,
    BLOCK_MAP,
    BLOCK_SEQ,
    DOC_END,
    DOC_START,
    ENTRY,
    FLOW_ENTRY,
    FLOW_MAP,
    FLOW_MAP_END,
    FLOW_SEQ,
    FLOW_SEQ_END,
    KEY,
    PLAIN,
    SCALAR,
    STREAM_END,
    TAG,
    TAG_DIRECTIVE,
    VALUE,
    VERSION,
    Token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_PREFIX = "tag:yaml.org,2002:"
_WORDS = {FLOW_SEQ_END: "]", FLOW_MAP_END: "}", ENTRY: "- ", VALUE: ": ", KEY: "? "}
_NO_VALUE = frozenset((KEY, VALUE, BLOCK_END))
_NO_CONTENT = frozenset((VERSION, TAG_DIRECTIVE, DOC_START, DOC_END, STREAM_END))


def first_document(text: str, limits: Limits = DEFAULT) -> Node | None:
    """The DOCUMENT node of the first document with its comments; None for an empty stream. What comes after
    it is not read. Raises `YamlError`, `LimitError`."""
    return Parser(text, limits, comments=True).first()


def compose(text: str, limits: Limits = DEFAULT) -> list[Node]:
    """The DOCUMENT nodes of a stream, with comments; raises `YamlError`, `LimitError`.

    Nesting beyond `yaml_depth` is a `YamlError` here: such a text is not one that SOPS wrote.
    """
    return Parser(text, limits, comments=True).stream()


class Parser:
    """Nodes of one text. version: of go-yaml, 3 or 2. comments: whether nodes get them (version 3 only).

    Anchors live across the documents of a stream, as upstream's do.
    """

    def __init__(
        self, text: str, limits: Limits = DEFAULT, *, version: int = 3, comments: bool = False
    ) -> None:
        self.comments = None
        if comments:
            from cmp.yaml.go.comments import Comments

            self.comments = Comments()
            self.scanner = Scanner(text + END, sink=self.comments, depth=limits.yaml_depth)
        else:
            self.scanner = Scanner(text + END, 2 if version == 3 else 0)
        # The next token.
        self.peek: Callable[[], Token] = self._peek if comments else self.scanner.peek
        self.limits = limits
        self.version = version
        self.anchors: dict[str, Node] = {}
        self.handles: dict[str, str] = {}
        self.depth = 0
        self.nodes = 0

    def _peek(self) -> Token:
        """The next token, at whose sight the comments before it are taken over."""
        token = self.scanner.peek()
        comments = self.comments
        if comments is not None and comments.taken < len(comments.found):
            comments.take(token)
        return token

    # -- documents ---------------------------------------------------------------------------

    def document(self) -> Node | None:
        """The content of the first document, None for an empty stream; raises `YamlError` or `LimitError`."""
        document = self.first()
        if document is None:
            return None
        root = document.content[0]
        if self.version == 3 and self.scanner.block_end >= 0:
            self._comment_after_block(root)
        return root

    def first(self) -> Node | None:
        """The first document as a DOCUMENT node, None for an empty stream; raises as `document`."""
        self._open()
        return self._document(first=True)

    def stream(self) -> list[Node]:
        """All documents as DOCUMENT nodes; raises `YamlError` or `LimitError`."""
        self._open()
        documents: list[Node] = []
        while (document := self._document(first=not documents)) is not None:
            documents.append(document)
            self.limits.check("documents", len(documents))
        return documents

    def _open(self) -> None:
        self.peek()
        self.scanner.skip()  # the stream's start

    def _document(self, first: bool) -> Node | None:
        """The next document; only the first one needs no `---`."""
        token = self.peek()
        if not first:
            while token[0] == DOC_END:
                self.scanner.skip()
                token = self.peek()
        if token[0] == STREAM_END:
            return None
        self.handles = {"!": "!", "!!": _PREFIX}
        document = Node(DOCUMENT, 0, 0, "")
        if first and token[0] not in (VERSION, TAG_DIRECTIVE, DOC_START):
            if self.comments is not None:
                document.head_comment = self.comments.document_head()
            content = self._node(block=True)
        else:
            self._directives()
            token = self.peek()
            content = self._empty(token) if token[0] in _NO_CONTENT else self._node(block=True)
        document.content.append(content)
        if self.peek()[0] == DOC_END:
            self.scanner.skip()
        if self.comments is not None:
            document.foot_comment = self.comments.document_foot()
        return document

    def _comment_after_block(self, root: Node) -> None:
        """A block that keeps its line breaks gains one when the document ends in comments after it.

        go-yaml prints such comments after an empty line, which the block then swallows.
        """
        leaf = root
        while leaf.content:
            leaf = leaf.content[-1]
        scanner = self.scanner
        value = leaf.value
        if leaf.line != scanner.block_line + 1 or leaf.style not in ("|", ">") or value[-1:] != "\n":
            return
        rest = [
            line for line in scanner.text[scanner.block_end :].rstrip("\0").split("\n") if line.strip(" ")
        ]
        comments = [line for line in rest if line.lstrip(" ").startswith("#")]
        if (value == "\n" or value[-2:-1] == "\n") and comments and rest[: len(comments)] == comments:
            indents = {len(line) - len(line.lstrip(" ")) for line in comments}
            if len(indents) == 1 and (len(rest) == len(comments) or rest[len(comments)].startswith("...")):
                leaf.tail = "\n"

    def _directives(self) -> None:
        version_seen = False
        named: set[str] = set()
        while (token := self.peek())[0] in (VERSION, TAG_DIRECTIVE):
            if token[0] == VERSION:
                if version_seen:
                    raise self._error(token, "the %YAML directive is given twice")
                if (int(token[3]), int(token[4])) != (1, 1):
                    raise self._error(token, "only %YAML 1.1 is supported", "remove the directive")
                version_seen = True
            else:
                if token[3] in named:
                    raise self._error(token, "a %TAG directive is given twice")
                named.add(token[3])
                self.handles[token[3]] = token[4]
            self.scanner.skip()
        if token[0] != DOC_START:
            what = (
                "a directive must be followed by"
                if named or version_seen
                else "a new document must start with"
            )
            raise self._error(token, f"{what} `---`")
        self.scanner.skip()

    @staticmethod
    def _error(token: Token, message: str, hint: str = "") -> YamlError:
        return YamlError(message, token[1] + 1, token[2] + 1, hint=hint)

    def _count(self, token: Token) -> None:
        self.nodes += 1
        if self.nodes > self.limits.yaml_nodes:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        if self.depth > self.limits.yaml_depth:
            raise exceeded("yaml_depth", self.limits.yaml_depth).at(line=token[1] + 1, column=token[2] + 1)

    def _empty(self, token: Token, after: int = 0) -> Node:
        """An empty value where the token starts, or `after` characters behind that."""
        self._count(token)
        return Node(SCALAR_NODE, token[1] + 1, token[2] + 1 + after, "!!null")

    def _node(self, block: bool, indentless: bool = False) -> Node:
        scanner = self.scanner
        token = self.peek()
        self._count(token)
        if token[0] == ALIAS:
            target = self.anchors.get(token[3])
            if target is None:
                raise self._error(
                    token,
                    "an alias names an anchor that is not defined above it",
                    "quote the value if it starts with *",
                )
            node = Node(ALIAS_NODE, token[1] + 1, token[2] + 1, "", token[3])
            node.target = target
            if self.comments is not None:
                self.comments.give(node)
            scanner.skip()
            return node
        start = token
        anchor: Token | None = None
        tag: Token | None = None
        for _ in range(2):
            if token[0] == ANCHOR and anchor is None:
                anchor = token
            elif token[0] == TAG and tag is None:
                tag = token
            else:
                break
            scanner.skip()
            token = self.peek()
        long_tag = self._tag(tag) if tag else ""
        node = self._content(token, start, long_tag, block, indentless, anchor is not None or tag is not None)
        if anchor is not None:
            node.anchor = anchor[3]
            self.anchors[anchor[3]] = node
            # An anchored collection can be referred to from within; so its content is read after.
        self._fill(node, token, indentless)
        return node

    def _tag(self, tag: Token) -> str:
        handle, suffix = tag[3], tag[4]
        if not handle:
            return suffix
        prefix = self.handles.get(handle)
        if prefix is None:
            raise self._error(
                tag, "a tag's handle is not declared", "put the value in quotes if it starts with !"
            )
        return prefix + suffix

    def _content(
        self, token: Token, start: Token, tag: str, block: bool, indentless: bool, decorated: bool
    ) -> Node:
        kind = token[0]
        explicit = bool(tag) and tag != "!"
        short = "!!" + tag[len(_PREFIX) :] if tag.startswith(_PREFIX) else tag
        line, column = start[1] + 1, start[2] + 1
        if kind == SCALAR:
            value, style = token[3], token[4]
            if not explicit:
                if style != PLAIN:
                    short = "!!str"
                elif value == "<<":
                    short = "!!merge"
                else:
                    short = tag_of(value) if self.version == 3 else ""
            node = Node(SCALAR_NODE, line, column, short, value, style)
        elif kind == ENTRY and indentless:
            node = Node(SEQUENCE, line, column, short if explicit else "!!seq")
        elif kind == FLOW_SEQ:
            node = Node(SEQUENCE, line, column, short if explicit else "!!seq", "", "[")
        elif kind == FLOW_MAP:
            node = Node(MAPPING, line, column, short if explicit else "!!map", "", "{")
        elif kind == BLOCK_SEQ and block:
            node = Node(SEQUENCE, line, column, short if explicit else "!!seq")
        elif kind == BLOCK_MAP and block:
            node = Node(MAPPING, line, column, short if explicit else "!!map")
        elif decorated:
            node = Node(SCALAR_NODE, line, column, short if explicit else "!!null")
        else:
            raise self._unexpected(token)
        node.explicit = explicit
        if tag == "!" and self.version == 2 and node.kind == SCALAR_NODE:
            node.tag = "!"  # a string there, whatever it looks like
        return node

    def _unexpected(self, token: Token) -> YamlError:
        word = _WORDS.get(token[0])
        if token[0] in (BLOCK_END, DOC_START, DOC_END, STREAM_END):
            return self._error(token, "a bracket is not closed, or a value is missing", "close every [ and {")
        if token[0] in (BLOCK_SEQ, BLOCK_MAP):
            return self._error(token, "an indented block cannot stand here", "check the indentation")
        return self._error(
            token,
            f"`{word}` stands where a value should be" if word else "a value is missing here",
            "check the brackets and the indentation, or quote the value",
        )

    def _fill(self, node: Node, token: Token, indentless: bool) -> None:
        """Read what is inside of `node`, which starts with `token`."""
        kind = token[0]
        if self.comments is not None:
            if kind in (SCALAR, FLOW_SEQ, FLOW_MAP) and (node.kind != SCALAR_NODE or kind == SCALAR):
                self.comments.give(node)
            elif node.kind != SCALAR_NODE and kind != ENTRY:
                self.comments.give_stem(node)
        if node.kind == SCALAR_NODE:
            if kind == SCALAR:
                self.scanner.skip()
            return
        self.depth += 1
        if kind == ENTRY:
            self._indentless(node)
        elif kind == FLOW_SEQ:
            self._flow_sequence(node)
        elif kind == FLOW_MAP:
            self._flow_mapping(node)
        elif kind == BLOCK_SEQ:
            self._block_sequence(node, token)
        else:
            self._block_mapping(node, token)
        self.depth -= 1

    # -- block collections -------------------------------------------------------------------

    def _block_sequence(self, node: Node, opening: Token) -> None:
        self.scanner.skip()
        while (token := self.peek())[0] == ENTRY:
            self._entry(node, token, indentless=False)
        if token[0] != BLOCK_END:
            raise self._error(
                token,
                f"this does not belong to the list that starts on line {opening[1] + 1}",
                "list items start with `- ` in one column; check the indentation",
            )
        self.scanner.skip()

    def _indentless(self, node: Node) -> None:
        while (token := self.peek())[0] == ENTRY:
            self._entry(node, token, indentless=True)

    def _entry(self, node: Node, token: Token, indentless: bool) -> None:
        """One item of a list, whose dash is `token`."""
        comments = self.comments
        stem = len(comments.head) if comments is not None else 0
        self.scanner.skip()
        following = self.peek()
        if comments is not None:
            comments.split_stem(stem, following)
        if following[0] == ENTRY or following[0] == BLOCK_END or (indentless and following[0] in _NO_VALUE):
            node.content.append(self._empty(token, len("-")))
        else:
            node.content.append(self._node(block=True))

    def _block_mapping(self, node: Node, opening: Token) -> None:
        scanner, comments = self.scanner, self.comments
        scanner.skip()
        content = node.content
        while (token := self.peek())[0] == KEY:
            scanner.skip()
            if self.peek()[0] in _NO_VALUE:
                content.append(self._empty(token, len("?")))
            else:
                content.append(self._node(block=True, indentless=True))
            if comments is not None:
                comments.key_read(content)
            token = self.peek()
            given = token[0] == VALUE
            if given:
                scanner.skip()
            if given and self.peek()[0] not in _NO_VALUE:
                content.append(self._node(block=True, indentless=True))
            else:
                content.append(self._empty(token, len(":") if given else 0))
            if comments is not None:
                comments.pair_read(content)
        if token[0] != BLOCK_END:
            raise self._error(
                token,
                f"this does not belong to the mapping that starts on line {opening[1] + 1}",
                "keys of one mapping start in one column and end in `: `; check the indentation",
            )
        if comments is not None:
            comments.give_end(node)
            comments.mapping_read(node)
        scanner.skip()

    # -- flow collections --------------------------------------------------------------------

    def _flow_sequence(self, node: Node) -> None:
        opening = self.peek()
        self.scanner.skip()
        while (token := self._flow_next(node, opening, FLOW_SEQ_END, "[", "]"))[0] != FLOW_SEQ_END:
            if token[0] == KEY:
                node.content.append(self._flow_pair(token))
            else:
                node.content.append(self._node(block=False))
        self._flow_end(node)

    def _flow_mapping(self, node: Node) -> None:
        opening = self.peek()
        self.scanner.skip()
        content = node.content
        while (token := self._flow_next(node, opening, FLOW_MAP_END, "{", "}"))[0] != FLOW_MAP_END:
            if token[0] == KEY:
                self.scanner.skip()
                token = self.peek()
                if token[0] in (VALUE, FLOW_ENTRY, FLOW_MAP_END):
                    content.append(self._empty(token))
                else:
                    content.append(self._node(block=False))
                self._flow_value(content, FLOW_MAP_END)
            else:
                content.append(self._node(block=False))
                content.append(self._empty(self.peek()))
            if self.comments is not None:
                self.comments.pair_read(content)
        self._flow_end(node)

    def _flow_next(self, node: Node, opening: Token, end: int, left: str, right: str) -> Token:
        """The token behind the comma, or the end of the collection."""
        token = self.peek()
        if node.content and token[0] != end:
            if token[0] != FLOW_ENTRY:
                raise self._unclosed(token, opening, left, right)
            self.scanner.skip()
            token = self.peek()
        return token

    def _flow_end(self, node: Node) -> None:
        if self.comments is not None:
            self.comments.give_end(node)
        self.scanner.skip()

    def _flow_pair(self, token: Token) -> Node:
        """A single `key: value` inside brackets."""
        self._count(token)
        pair = Node(MAPPING, token[1] + 1, token[2] + 1, "!!map", "", "{")
        self.scanner.skip()
        following = self.peek()
        if following[0] in (VALUE, FLOW_ENTRY, FLOW_SEQ_END):
            # Upstream drops the token it looked at here, even when it is not the colon.
            self.scanner.skip()
            pair.content.append(self._empty(token))
        else:
            pair.content.append(self._node(block=False))
        self._flow_value(pair.content, FLOW_SEQ_END)
        if self.comments is not None:
            self.peek()
            self.comments.pair_read(pair.content)
        return pair

    def _flow_value(self, content: list[Node], end: int) -> None:
        """The value of the key that was read, which may be missing."""
        token = self.peek()
        if token[0] == VALUE:
            self.scanner.skip()
            following = self.peek()
            if following[0] not in (FLOW_ENTRY, end):
                content.append(self._node(block=False))
                return
            if end == FLOW_MAP_END:  # in a list, upstream goes on with the colon's place
                token = following
        content.append(self._empty(token))

    def _unclosed(self, token: Token, opening: Token, left: str, right: str) -> YamlError:
        return self._error(
            token,
            f"expected `,` or `{right}` for the `{left}` of line {opening[1] + 1}",
            f"close the {left} with {right}, or quote a value that holds a comma, bracket or colon",
        )
