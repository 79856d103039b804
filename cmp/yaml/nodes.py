"""The node tree of one YAML document (go-yaml `parserc.go`, `decode.go`): the exact and slow way."""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits, exceeded
from cmp.yaml.errors import YamlError
from cmp.yaml.resolve import tag_of
from cmp.yaml.scanner import (
    ALIAS,
    ANCHOR,
    BLOCK_END,
    BLOCK_MAP,
    BLOCK_SEQ,
    DOC_END,
    DOC_START,
    END,
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
    Scanner,
    Token,
)  # fmt: skip

SCALAR_NODE, SEQUENCE, MAPPING, ALIAS_NODE = range(4)

_PREFIX = "tag:yaml.org,2002:"
_WORDS = {FLOW_SEQ_END: "]", FLOW_MAP_END: "}", ENTRY: "- ", VALUE: ": ", KEY: "? "}


class Node:
    """One node. line, column: 1-based start. content: items, or keys and values in turn.

    tag: short, resolved. style: as the scanner's, `[` or `{` for flow collections. target: of an alias.
    tail: what kustomize's first print adds to the end of a block scalar.
    """

    __slots__ = ("column", "content", "explicit", "kind", "line", "style", "tag", "tail", "target", "value")

    def __init__(self, kind: int, line: int, column: int, tag: str, value: str = "", style: str = "") -> None:
        self.kind = kind
        self.line = line + 1
        self.column = column + 1
        self.tag = tag
        self.value = value
        self.style = style
        self.explicit = False
        self.tail = ""
        self.content: list[Node] = []
        self.target: Node | None = None


class Composer:
    """Builds the first document of `text`; `document` is its root, or None for an empty stream."""

    def __init__(self, text: str, limits: Limits = DEFAULT, *, version: int = 3) -> None:
        self.scanner = Scanner(text + END, 2 if version == 3 else 0)
        self.limits = limits
        self.version = version
        self.anchors: dict[str, Node] = {}
        self.handles = {"!": "!", "!!": _PREFIX}
        self.depth = 0
        self.nodes = 0

    def document(self) -> Node | None:
        """The root node of the first document; raises `YamlError` or `LimitError`."""
        scanner = self.scanner
        scanner.peek()
        scanner.skip()  # the stream's start
        token = scanner.peek()
        if token[0] == STREAM_END:
            return None
        if token[0] in (VERSION, TAG_DIRECTIVE, DOC_START):
            self._directives()
            token = scanner.peek()
            if token[0] in (VERSION, TAG_DIRECTIVE, DOC_START, DOC_END, STREAM_END):
                root = self._empty(token)
            else:
                root = self._node(block=True)
        else:
            root = self._node(block=True)
        if scanner.peek()[0] == DOC_END:
            scanner.skip()
        if self.version == 3 and scanner.block_end >= 0:
            self._comment_after_block(root)
        return root

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
        scanner = self.scanner
        version_seen = False
        named: set[str] = set()
        while (token := scanner.peek())[0] in (VERSION, TAG_DIRECTIVE):
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
            scanner.skip()
        if token[0] != DOC_START:
            raise self._error(token, "a directive must be followed by `---`")
        scanner.skip()

    @staticmethod
    def _error(token: Token, message: str, hint: str = "") -> YamlError:
        return YamlError(message, token[1] + 1, token[2] + 1, hint=hint)

    def _count(self, token: Token) -> None:
        self.nodes += 1
        if self.nodes > self.limits.yaml_nodes:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        if self.depth > self.limits.yaml_depth:
            raise exceeded("yaml_depth", self.limits.yaml_depth).at(line=token[1] + 1, column=token[2] + 1)

    def _empty(self, token: Token) -> Node:
        self._count(token)
        return Node(SCALAR_NODE, token[1], token[2], "!!null")

    def _node(self, block: bool, indentless: bool = False) -> Node:
        scanner = self.scanner
        token = scanner.peek()
        self._count(token)
        if token[0] == ALIAS:
            scanner.skip()
            target = self.anchors.get(token[3])
            if target is None:
                raise self._error(
                    token,
                    "an alias names an anchor that is not defined above it",
                    "quote the value if it starts with *",
                )
            node = Node(ALIAS_NODE, token[1], token[2], "", token[3])
            node.target = target
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
            token = scanner.peek()
        long_tag = self._tag(tag) if tag else ""
        node = self._content(token, start, long_tag, block, indentless, anchor is not None or tag is not None)
        if anchor is not None:
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
        line, column = start[1], start[2]
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
        kind = token[0]
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

    def _block_sequence(self, node: Node, opening: Token) -> None:
        scanner = self.scanner
        scanner.skip()
        while (token := scanner.peek())[0] == ENTRY:
            scanner.skip()
            following = scanner.peek()
            if following[0] in (ENTRY, BLOCK_END):
                node.content.append(self._empty(token))
            else:
                node.content.append(self._node(block=True))
        if token[0] != BLOCK_END:
            raise self._error(
                token,
                f"this does not belong to the list that starts on line {opening[1] + 1}",
                "list items start with `- ` in one column; check the indentation",
            )
        scanner.skip()

    def _indentless(self, node: Node) -> None:
        scanner = self.scanner
        while (token := scanner.peek())[0] == ENTRY:
            scanner.skip()
            following = scanner.peek()
            if following[0] in (ENTRY, KEY, VALUE, BLOCK_END):
                node.content.append(self._empty(token))
            else:
                node.content.append(self._node(block=True))

    def _block_mapping(self, node: Node, opening: Token) -> None:
        scanner = self.scanner
        scanner.skip()
        content = node.content
        while (token := scanner.peek())[0] == KEY:
            scanner.skip()
            following = scanner.peek()
            if following[0] in (KEY, VALUE, BLOCK_END):
                content.append(self._empty(token))
            else:
                content.append(self._node(block=True, indentless=True))
            token = scanner.peek()
            if token[0] == VALUE:
                scanner.skip()
                following = scanner.peek()
                if following[0] not in (KEY, VALUE, BLOCK_END):
                    content.append(self._node(block=True, indentless=True))
                    continue
            content.append(self._empty(token))
        if token[0] != BLOCK_END:
            raise self._error(
                token,
                f"this does not belong to the mapping that starts on line {opening[1] + 1}",
                "keys of one mapping start in one column and end in `: `; check the indentation",
            )
        scanner.skip()

    def _flow_sequence(self, node: Node) -> None:
        scanner = self.scanner
        opening = scanner.peek()
        scanner.skip()
        first = True
        while (token := scanner.peek())[0] != FLOW_SEQ_END:
            if not first:
                if token[0] != FLOW_ENTRY:
                    raise self._unclosed(token, opening, "[", "]")
                scanner.skip()
                token = scanner.peek()
            first = False
            if token[0] == KEY:
                node.content.append(self._flow_pair(token))
            elif token[0] != FLOW_SEQ_END:
                node.content.append(self._node(block=False))
            else:
                break
        scanner.skip()

    def _flow_pair(self, token: Token) -> Node:
        """A single `key: value` inside brackets."""
        scanner = self.scanner
        self._count(token)
        pair = Node(MAPPING, token[1], token[2], "!!map", "", "{")
        scanner.skip()
        following = scanner.peek()
        if following[0] in (VALUE, FLOW_ENTRY, FLOW_SEQ_END):
            # Upstream drops the token it looked at here, even when it is not the colon.
            scanner.skip()
            pair.content.append(self._empty(token))
        else:
            pair.content.append(self._node(block=False))
        token = scanner.peek()
        if token[0] == VALUE:
            scanner.skip()
            token = scanner.peek()
            if token[0] not in (FLOW_ENTRY, FLOW_SEQ_END):
                pair.content.append(self._node(block=False))
                return pair
        pair.content.append(self._empty(token))
        return pair

    def _flow_mapping(self, node: Node) -> None:
        scanner = self.scanner
        opening = scanner.peek()
        scanner.skip()
        content = node.content
        first = True
        while (token := scanner.peek())[0] != FLOW_MAP_END:
            if not first:
                if token[0] != FLOW_ENTRY:
                    raise self._unclosed(token, opening, "{", "}")
                scanner.skip()
                token = scanner.peek()
            first = False
            if token[0] == KEY:
                scanner.skip()
                token = scanner.peek()
                if token[0] in (VALUE, FLOW_ENTRY, FLOW_MAP_END):
                    content.append(self._empty(token))
                else:
                    content.append(self._node(block=False))
                token = scanner.peek()
                if token[0] == VALUE:
                    scanner.skip()
                    token = scanner.peek()
                    if token[0] not in (FLOW_ENTRY, FLOW_MAP_END):
                        content.append(self._node(block=False))
                        continue
                content.append(self._empty(token))
            elif token[0] != FLOW_MAP_END:
                content.append(self._node(block=False))
                content.append(self._empty(scanner.peek()))
            else:
                break
        scanner.skip()

    def _unclosed(self, token: Token, opening: Token, left: str, right: str) -> YamlError:
        return self._error(
            token,
            f"expected `,` or `{right}` for the `{left}` of line {opening[1] + 1}",
            f"close the {left} with {right}, or quote a value that holds a comma, bracket or colon",
        )
