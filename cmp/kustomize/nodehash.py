"""What upstream hashes of an object that is neither a ConfigMap nor a Secret: its YAML nodes as JSON.

`api/hasher/hasher.go` gives such an object's node to `json.Marshal`, so its hash depends on the lines,
columns, styles, tags and comments of the file that it was read from. Our values have none of these. So the
file is read again here, as nodes, and the object is laid over them: a value that is still there keeps its
node, one that a transformer wrote gets a node without a place, as upstream's setters make them.
"""

from __future__ import annotations

from cmp.kustomize.history import CHANGES
from cmp.kustomize.scalars import tag_of
from cmp.yaml.go.node import ALIAS_NODE, MAPPING, SCALAR_NODE, SEQUENCE, Node
from cmp.yaml.go.tokens import DOUBLE, FOLDED, LITERAL, SINGLE
from cmp.yaml.gojson import dumps
from cmp.yaml.value import Loose, Quoted, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource
    from cmp.limits import Limits
    from cmp.yaml.value import Value

# Go's numbers for the kinds and styles of nodes.
_SEQUENCE_KIND, _MAPPING_KIND, _SCALAR_KIND = 2, 4, 8
_STYLES = {DOUBLE: 2, SINGLE: 4, LITERAL: 8, FOLDED: 16, "[": 32, "{": 32}
_TAGGED = 1
# Upstream writes these with a setter that removes the tag, and keeps the quotes.
_UNTAGGED = frozenset(("name", "image"))


def nodes_as_json(resource: Resource, data: bytes, limits: Limits) -> bytes | None:
    """The JSON of the nodes of an object that was read from the file `data`.

    None where the object does not stand in the file by itself: items of a List, documents with anchors.
    """
    node = _document(resource, data, limits)
    if node is None or node.kind != MAPPING or _has_anchor(node):
        return None
    return _mapping(_in_order(resource.body, node), node).encode()


def _document(resource: Resource, data: bytes, limits: Limits) -> Node | None:
    from cmp.yaml.documents import decode, split
    from cmp.yaml.go.parser import first_document

    documents = (first_document(decode(piece, line), limits) for piece, line in split(data))
    roots = [document.content[0] for document in documents if document is not None]
    filled = [root for root in roots if root.tag != "!!null"]
    if resource.index >= len(filled):
        return None
    root = filled[resource.index]
    kind = next((item.value for key, item in _pairs(root) if key.value == "kind"), "")
    return None if kind.endswith("List") else root


def _in_order(body: dict[str, Value], node: Node) -> dict[str, Value]:
    """The body with new annotations before a new namespace: upstream notes the old namespace there first."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        return body
    read = next((item for key, item in _pairs(node) if key.value == "metadata"), node)
    old = {key.value for key, _ in _pairs(read)}
    if not {"annotations", "namespace"} <= metadata.keys() - old:
        return body
    ordered = {key: value for key, value in metadata.items() if key != "namespace"}
    return {**body, "metadata": {**ordered, "namespace": metadata["namespace"]}}


def _pairs(node: Node) -> list[tuple[Node, Node]]:
    content = node.content if node.kind == MAPPING else []
    return list(zip(content[::2], content[1::2], strict=True))


def _has_anchor(node: Node) -> bool:
    """Whether the node or one below it is an anchor or an alias, which upstream replaces by copies."""
    pending = [node]
    while pending:
        node = pending.pop()
        if node.anchor or node.kind == ALIAS_NODE:
            return True
        pending += node.content
    return False


def _mapping(value: dict[str, Value], node: Node | None) -> str:
    known = {key.value: (key, item) for key, item in _pairs(node)} if node is not None else {}
    parts = []
    for key, item in value.items():
        key_node, item_node = known.get(key, (None, None))
        parts.append(_read(key_node) if key_node is not None else _made(key, "", 0))
        parts.append(_node(item, item_node, key))
    return _collection(_MAPPING_KIND, parts, node)


def _node(value: Value, node: Node | None, key: str) -> str:
    if isinstance(value, dict):
        return _mapping(value, node if node is not None and node.kind == MAPPING else None)
    if isinstance(value, list):
        if node is None or node.kind != SEQUENCE:
            node = None
        nodes = node.content if node is not None else []
        parts = [_node(item, nodes[at] if at < len(nodes) else None, "") for at, item in enumerate(value)]
        return _collection(_SEQUENCE_KIND, parts, node)
    return _scalar(value, node if node is not None and node.kind == SCALAR_NODE else None, key)


def _scalar(value: Value, node: Node | None, key: str) -> str:
    text = text_of(value) or ""
    tag = "" if isinstance(value, Loose) else tag_of(value)
    if node is None:
        # An annotation that upstream keeps for itself is in single quotes.
        style = SINGLE if key in CHANGES else DOUBLE if isinstance(value, Quoted) else ""
        return _made(text, tag, _STYLES.get(style, 0))
    if node.value == text and node.tag == tag_of(value):
        return _read(node)
    if key in _UNTAGGED and isinstance(value, Quoted):
        tag = ""
    return _made(text, tag, _STYLES.get(node.style, 0))


def _read(node: Node) -> str:
    """A scalar that is as it was read."""
    return _text(_SCALAR_KIND, node.tag, node.value, "null", node)


def _made(text: str, tag: str, style: int) -> str:
    """A scalar that a transformer wrote."""
    return _text(_SCALAR_KIND, tag, text, "null", None, style)


def _collection(kind: int, parts: list[str], node: Node | None) -> str:
    content = f"[{','.join(parts)}]" if parts else "null"
    return _text(kind, node.tag if node is not None else "", "", content, node)


def _text(kind: int, tag: str, value: str, content: str, node: Node | None, style: int = 0) -> str:
    head = side = foot = ""
    line = column = 0
    if node is not None:
        style = _STYLES.get(node.style, 0) | (_TAGGED if node.explicit else 0)
        head, side, foot = node.head_comment, node.line_comment, node.foot_comment
        line, column = node.line, node.column
    return (
        f'{{"Kind":{kind},"Style":{style},"Tag":{_quoted(tag)},"Value":{_quoted(value)},"Anchor":"",'
        f'"Alias":null,"Content":{content},"HeadComment":{_quoted(head)},"LineComment":{_quoted(side)},'
        f'"FootComment":{_quoted(foot)},"Line":{line},"Column":{column}}}'
    )


def _quoted(text: str) -> str:
    return dumps(text).decode()
