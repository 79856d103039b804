"""The nodes of SOPS' values, and documents of them as text (go.yaml.in/yaml/v3, encode.go)."""

from __future__ import annotations

from cmp.limits import Limits
from cmp.sops.document import Time, to_bytes
from cmp.sops.errors import EmitError
from cmp.sops.goyaml.scalars import plain_allowed, print_float
from cmp.yaml.errors import YamlError
from cmp.yaml.go.emitter import emit, printed_style
from cmp.yaml.go.node import SCALAR_NODE, Node
from cmp.yaml.go.parser import compose
from cmp.yaml.go.resolve import tag_of
from cmp.yaml.go.tokens import DOUBLE, LITERAL, PLAIN

_BREAKS = "\r\n\x85\u2028\u2029"
_PROBE = Limits(yaml_depth=10)


def dump(documents: list[Node], indent: int) -> bytes:
    """The stream of documents (mappings), each after the first behind `---`; raises `EmitError`."""
    return to_bytes(emit(documents, indent, compact=False))


def scalar(value: str | int | float | bool | Time | None) -> Node:
    """The node of a leaf as go-yaml's `Node.Encode` makes it: printed and read again."""
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return Node(SCALAR_NODE, 0, 0, "!!null", "null")
    if isinstance(value, bool):
        return Node(SCALAR_NODE, 0, 0, "!!bool", "true" if value else "false")
    if isinstance(value, Time):
        return Node(SCALAR_NODE, 0, 0, "!!timestamp", value.text)
    text = print_float(value) if isinstance(value, float) else str(value)
    return Node(SCALAR_NODE, 0, 0, tag_of(text), text)


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
        return Node(SCALAR_NODE, 0, 0, "!!merge", value)
    node = Node(SCALAR_NODE, 0, 0, tag, value, style)
    node.explicit = tag == "!!binary"
    node.style = printed_style(value, style)
    return _read_back(node) if any(char in value for char in _BREAKS) else node


def _read_back(node: Node) -> Node:
    """What is left of a string with line breaks once it was printed and read."""
    try:
        found = compose(emit([node], 4, compact=False), _PROBE)[0].content[0]
    except YamlError as error:
        raise EmitError(
            "a string of several lines whose first line starts with a tab cannot be printed as YAML"
        ) from error
    found.line = found.column = 0
    return found


def _base64_lines(value: str) -> str:
    from base64 import b64encode

    text = b64encode(to_bytes(value)).decode("ascii")
    if len(text) < 70:
        return text
    return "".join(text[index : index + 70] + "\n" for index in range(0, len(text), 70))
