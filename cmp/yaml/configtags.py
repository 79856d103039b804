"""The rare corners of configuration files: tagged scalars, and keys that are not strings."""

from __future__ import annotations

from cmp.yaml.errors import YamlError
from cmp.yaml.go.resolve import config_scalar, config_tag
from cmp.yaml.jsonstage import binary_text, plain_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.yaml.go.node import Node


def tagged(node: Node) -> Any:
    """The value of a scalar with a tag of its own."""
    tag, text = node.tag, node.value
    if tag == "!!binary":
        return binary_text(text)
    if tag not in ("!!bool", "!!int", "!!float", "!!null", "!!timestamp"):
        return text
    actual = config_tag(text, dates=tag == "!!timestamp")
    if actual != tag and not (tag == "!!float" and actual == "!!int"):
        raise YamlError(f"a value tagged {tag} does not read as one", node.line, node.column)
    value = text if tag == "!!timestamp" else config_scalar(text)
    if tag == "!!float" and isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise YamlError(
                "a value tagged !!float is an integer of more than 63 bits", node.line, node.column
            )
        value = float(value)
    return plain_float(value) if isinstance(value, float) else value


def _shortest32(value: float) -> str:
    """`strconv.FormatFloat(value, 'g', -1, 32)`."""
    import struct

    from cmp.yaml.gofloat import shortest

    try:
        narrow = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    for digits in range(1, 10):
        candidate = float(f"{narrow:.{digits - 1}e}")
        if struct.unpack("f", struct.pack("f", candidate))[0] == narrow:
            return shortest(candidate)
    return shortest(narrow)


def key_text(value: Any, key: Node) -> str:
    """A mapping key as the string that JSON needs."""
    if isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return _shortest32(value)
    if isinstance(value, int) and value < 2**63:
        return str(value)
    raise YamlError("a mapping has a null, or a number that is too large, as key", key.line, key.column)
