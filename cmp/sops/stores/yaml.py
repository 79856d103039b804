"""The YAML store: documents with comments to branches and back (upstream: stores/yaml/store.go).

Upstream flattens go-yaml's head, line and foot comments into items of the mapping or list around them and
puts them back as heads when printing; what that moves, moves here too.
"""

from __future__ import annotations

import re

from cmp.limits import DEFAULT, exceeded
from cmp.sops.document import Branch, Comment, Item, is_sequence
from cmp.sops.errors import EmitError, ParseError
from cmp.sops.goyaml import printer
from cmp.sops.goyaml.scalars import ResolveError, resolve
from cmp.sops.stores.base import Store
from cmp.yaml.aliasing import allowed_share
from cmp.yaml.documents import decode
from cmp.yaml.errors import YamlError
from cmp.yaml.go.node import ALIAS_NODE, MAPPING, SCALAR_NODE, SEQUENCE, Node
from cmp.yaml.go.parser import compose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits
    from cmp.sops.document import Value

INDENT = 4
# A key at the start of a line. Whether it is a top-level one and not in a block scalar, reading tells.
_BLOCK_MARK = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*(?:sops|\"sops\"|'sops')[ \t]*:", re.MULTILINE)
_FLOW_MARK = re.compile(rb"^(?:---[ \t]*)?\{", re.MULTILINE)


class YamlStore(Store):
    """Documents to branches, one each, and back."""

    name = "yaml"
    parts = "paths"
    setting = "yaml"
    own_indent = 0
    sealed_mac = re.compile(rb"^[ \t]+['\"]?mac['\"]?:[ \t]*['\"]?ENC\[AES256_GCM,", re.MULTILINE)

    def load(self, data: bytes, limits: Limits) -> list[Branch]:
        """As the function `load`."""
        return load(data, limits)

    def emit(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """As the function `emit`."""
        return emit(branches, INDENT if indent is None else indent)

    def emit_value(self, value: Value, indent: int | None = None) -> bytes:
        """Any value as a document of its own."""
        return printer.dump([_node(value)], INDENT if indent is None else indent)

    def marked(self, data: bytes) -> bool:
        """Whether there is a key `sops`, or a flow mapping such as JSON that may hold one."""
        return _BLOCK_MARK.search(data) is not None or _FLOW_MARK.search(data) is not None


STORE = YamlStore()


def load(data: bytes, limits: Limits = DEFAULT) -> list[Branch]:
    """One branch per document; raises `ParseError` with the line, or `LimitError`."""
    loader = _Loader(limits)
    documents = _compose(data, limits)
    if data and not documents:
        raise ParseError("not a SOPS YAML document: nothing but comments").at(line=1)
    return [loader.document(document, first=number == 0) for number, document in enumerate(documents)]


def emit(branches: Sequence[Branch], indent: int = INDENT) -> bytes:
    """The text of the documents; raises `EmitError` for what YAML or upstream's printer cannot hold."""
    return printer.dump([_mapping(branch) for branch in branches], indent)


def _compose(data: bytes, limits: Limits) -> list[Node]:
    limits.check("file_bytes", len(data))
    try:
        return compose(decode(data), limits)
    except YamlError as error:
        problem = ParseError(f"not valid YAML: {error.message}", hint=error.hint)
        problem.where.line, problem.where.column = error.line, error.column
        # Not chained: the codec's error below it carries the whole file.
        raise problem from None


class _Loader:
    """Nodes to branches; counts what aliases expand to."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.count = 0
        self.expanded = 0
        self.alias_depth = 0
        self.open: set[int] = set()
        self.first = True

    def document(self, document: Node, first: bool) -> Branch:
        self.first = first
        branch = Branch()
        _add_comments(branch, document.head_comment)
        _add_comments(branch, document.line_comment)
        self._root(document.content[0], branch)
        _add_comments(branch, document.foot_comment)
        return branch

    def _root(self, root: Node, branch: Branch) -> None:
        if root.kind == MAPPING:
            self._mapping(root, branch, handled=False)
        elif root.kind == ALIAS_NODE and root.target is not None:
            self._root(root.target, branch)
        elif root.kind == SCALAR_NODE and root.tag == "!!null":
            _add_comments(branch, root.head_comment)
            _add_comments(branch, root.line_comment)
        else:
            raise _error("a document that is not a mapping", root)

    def _value(self, node: Node, handled: bool) -> Value:
        self._count(node)
        if node.kind == SCALAR_NODE:
            return self._scalar(node)
        if node.kind == ALIAS_NODE:
            return self._alias(node)
        if id(node) in self.open:
            raise _error("an alias inside its own anchor", node)
        self.open.add(id(node))
        if node.kind == MAPPING:
            value: Value = self._mapping(node, Branch(), handled)
        else:
            value = self._sequence(node, handled)
        self.open.discard(id(node))
        return value

    def _count(self, node: Node) -> None:
        """Bound what aliases expand to: by the limit, and by go-yaml's ratio of expanded to all nodes."""
        self.count += 1
        if self.count > self.limits.yaml_nodes:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        self.expanded += self.alias_depth > 0
        if (
            self.expanded > 100
            and self.count > 1000
            and self.expanded / self.count > allowed_share(self.count)
        ):
            raise _error("a document that consists of aliases nearly alone", node)

    def _alias(self, node: Node) -> Value:
        if node.target is None:
            raise _error("an alias of nothing", node)
        self.alias_depth += 1
        value = self._value(node.target, handled=False)
        self.alias_depth -= 1
        return value

    def _scalar(self, node: Node) -> Value:
        if node.tag == "!!str":
            return node.value
        try:
            tag, value = resolve(node.tag, node.value)
        except ResolveError as error:
            raise _error("a scalar that is not of its tag's type", node) from error
        if tag == "!!binary":
            return _binary(node)
        if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
            raise _error("an integer of more than 64 bits, which SOPS cannot hold", node)
        return value

    def _sequence(self, node: Node, handled: bool) -> list[Value]:
        items: list[Value] = []
        if not handled:
            _list_comments(items, node.head_comment)
            _list_comments(items, node.line_comment)
        for child in node.content:
            _list_comments(items, child.head_comment)
            _list_comments(items, child.line_comment, inline=True)
            items.append(self._value(child, handled=True))
            _list_comments(items, child.foot_comment)
        if not handled:
            _list_comments(items, node.foot_comment)
        return items

    def _mapping(self, node: Node, branch: Branch, handled: bool) -> Branch:
        if not handled:
            _add_comments(branch, node.head_comment)
            _add_comments(branch, node.line_comment)
        self._check_keys(node)
        for index in range(0, len(node.content), 2):
            key, value = node.content[index], node.content[index + 1]
            _add_comments(branch, key.head_comment)
            _add_comments(branch, key.line_comment)
            leaf = value.kind in (SCALAR_NODE, ALIAS_NODE)
            if leaf:
                _add_comments(branch, value.head_comment)
                _add_comments(branch, value.line_comment, inline=True)
            branch.append(Item(self._key(key), self._value(value, handled=leaf)))
            if leaf:
                _add_comments(branch, value.foot_comment)
            _add_comments(branch, key.foot_comment)
        if not handled:
            _add_comments(branch, node.foot_comment)
        return branch

    def _key(self, node: Node) -> str:
        self._count(node)
        text = self._scalar(node) if node.kind == SCALAR_NODE else None
        if not isinstance(text, str):
            raise _error("a key that is not a string, which SOPS cannot hold", node)
        return text

    def _check_keys(self, node: Node) -> None:
        """Upstream looks for duplicate keys and bad merges in the first document only."""
        if not self.first:
            return
        seen: set[tuple[int, str]] = set()
        for index in range(0, len(node.content), 2):
            key, value = node.content[index], node.content[index + 1]
            if (key.kind, key.value) in seen:
                raise _error("a key that stands twice in one mapping", key)
            seen.add((key.kind, key.value))
            if key.tag == "!!merge" and not _mergeable(value):
                raise _error("a merge of something that is not a mapping", key)


def _mergeable(node: Node) -> bool:
    if node.kind == ALIAS_NODE:
        return node.target is not None and node.target.kind == MAPPING
    if node.kind == SEQUENCE:
        return all(child.kind != SEQUENCE and _mergeable(child) for child in node.content)
    return node.kind == MAPPING


def _binary(node: Node) -> str:
    from base64 import b64decode
    from binascii import Error

    from cmp.sops.document import from_bytes

    try:
        return from_bytes(b64decode(node.value.replace("\n", "").replace("\r", ""), validate=True))
    except (Error, ValueError) as error:
        raise _error("a !!binary scalar that is not base64", node) from error


def _error(problem: str, node: Node) -> ParseError:
    error = ParseError(f"not a SOPS YAML document: {problem}")
    error.where.line, error.where.column = node.line, node.column
    return error


def _add_comments(branch: Branch, text: str, inline: bool = False) -> None:
    for line in text.split("\n") if text else ():
        if line:
            branch.append(Item(Comment(line[1:], inline)))


def _list_comments(items: list[Value], text: str, inline: bool = False) -> None:
    for line in text.split("\n") if text else ():
        if line:
            items.append(Comment(line[1:], inline))


# Back to nodes.


def _node(value: Value) -> Node:
    if isinstance(value, Branch):
        return _mapping(value)
    if is_sequence(value):
        return _sequence(value)
    if isinstance(value, (list, Comment)):
        raise EmitError("a comment where a value belongs")
    return printer.scalar(value)


class _Comments:
    """Comment lines waiting for the entry they are printed with."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.inlines: list[str] = []

    def add(self, comment: Comment) -> None:
        if any("\ud800" <= char <= "\udfff" for char in comment.text):
            raise EmitError("a comment with bytes that are not UTF-8 cannot be printed as YAML")
        (self.inlines if comment.inline else self.heads).append(comment.text)

    def head_to(self, node: Node) -> None:
        if self.heads:
            node.head_comment = _join(self.heads, node.head_comment)
            self.heads = []

    def inline_to(self, node: Node) -> None:
        if self.inlines:
            node.line_comment = "#" + "\n#".join(self.inlines)
            self.inlines = []

    def rest_to(self, node: Node, last: Node | None) -> None:
        """What no entry follows: a foot of the last entry, or the head of an empty collection."""
        rest = self.heads + self.inlines
        if not rest:
            return
        if last is None:
            node.head_comment = _join(rest, node.head_comment)
        else:
            text = "#" + "\n#".join(rest)
            last.foot_comment = f"{last.foot_comment}\n{text}" if last.foot_comment else text


def _join(lines: list[str], before: str) -> str:
    text = "#" + "\n#".join(lines)
    return f"{text}\n{before}" if before else text


def _mapping(branch: Branch) -> Node:
    node = Node(MAPPING, 0, 0, "!!map")
    comments = _Comments()
    for item in branch:
        if isinstance(item.key, Comment):
            comments.add(item.key)
            continue
        if not node.content:
            comments.head_to(node)
        key = printer.scalar(item.key)
        comments.head_to(key)
        value = _node(item.value)
        comments.inline_to(value)
        node.content += (key, value)
    comments.rest_to(node, node.content[-2] if node.content else None)
    return node


def _sequence(items: list[Value]) -> Node:
    node = Node(SEQUENCE, 0, 0, "!!seq")
    comments = _Comments()
    for item in items:
        if isinstance(item, Comment):
            comments.add(item)
            continue
        if not node.content:
            comments.head_to(node)
        child = _node(item)
        comments.head_to(child)
        comments.inline_to(child)
        node.content.append(child)
    comments.rest_to(node, node.content[-1] if node.content else None)
    return node
