"""What becomes of a scalar's type and quotes when upstream writes a string into its node.

A YAML node has a tag and a style besides its text. Upstream's writers differ in which of them they keep
(FieldSetter in kyaml/yaml/fns.go, filters/replacement, SetEntry in filters/filtersutil), and later steps can
tell: a string in quotes stays one, a node without a tag takes the type of whatever text it gets.
"""

from __future__ import annotations

from cmp.yaml.go.resolve import HINTS, config_scalar, resolve
from cmp.yaml.go.resolve import tag_of as resolved_tag
from cmp.yaml.scalarstyle import block_printable
from cmp.yaml.taint import Tainted, carry
from cmp.yaml.value import (
    BrokenMap,
    FlowList,
    FlowMap,
    Folded,
    Loose,
    Quoted,
    QuotedScalar,
    Scalar,
    Tagged,
    is_null,
    text_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.yaml.value import Value


def new_text(text: str) -> Value:
    """A new field of type `!!str`: a block, or in quotes, when YAML 1.1 would read another type."""
    if "\n" in text:
        return block(text)
    return text if reads_as_text(text) else quoted(text)


def added_text(text: str) -> str:
    """A new label or annotation: in quotes when a block, or plain, would not be read as the same string."""
    return quoted(text) if "\n" in text or not reads_as_text(text) else text


def block(text: str) -> Value:
    """A non-empty string as a block; one that the first print would spoil carries the reader's mark."""
    if text[0] == "\t" and block_printable(text):
        return carry(Scalar("!!str", text), text)
    return quoted(text)


def quoted(text: str) -> str:
    """The string as one that stands in quotes; a tainted one stays tainted."""
    return carry(Quoted(text), text) if isinstance(text, Tainted) else Quoted(text)


def is_spoilt(value: Value) -> bool:
    """Whether a value is a string that kustomize can carry but not print."""
    return isinstance(value, Scalar) and value.tag == "!!str"


def new_texts(texts: Mapping[str, str]) -> dict[str, Value]:
    """A mapping of new fields of type `!!str`, keys in order as upstream writes them."""
    return {key: new_text(texts[key]) for key in sorted(texts)}


def reads_as_text(text: str) -> bool:
    """Whether YAML 1.1 reads the plain text as a string, or as nothing because it is empty."""
    return text[:1] not in HINTS or isinstance(config_scalar(text), str)


def new_untagged(text: str) -> Value:
    """A new field without a tag: a string in quotes when YAML 1.1 would read another type."""
    return untagged(text) if reads_as_text(text) else quoted(text)


def untagged(text: str) -> Value:
    """A plain scalar without a tag: a string, or a scalar whose type is open until it is printed.

    An empty one is printed as a null, but in brackets as an empty string.
    """
    value = Loose(text) if "\n" in text or isinstance(resolve(text), str) else Scalar("", text)
    return carry(value, text) if isinstance(text, Tainted) else value


def in_style(old: Quoted, text: str) -> Value:
    """A string in the quotes, or in the block, in which `old` stands."""
    if isinstance(old, Folded) and text:
        if text[0] == "\t" and block_printable(text):
            return carry(Scalar("!!str", text), text)
        from cmp.yaml.expand import folded

        return carry(folded(str(text)), text)
    return quoted(text)


def overwrite_text(old: Value, text: str) -> Value:
    """An existing scalar to which a string of type `!!str` was written: its quotes stay."""
    return in_style(old, text) if isinstance(old, Quoted) else str(text)


def keep_quotes(old: Value, new: Value) -> Value:
    """A scalar in place of another: the quotes, or their absence, are those of the old one."""
    if isinstance(old, Tagged) and isinstance(new, str):
        return carry(Tagged(text_of(new) or ""), new)
    if not isinstance(old, Quoted):
        return str(text_of(new)) if isinstance(new, (Quoted, Tagged)) else new
    if is_spoilt(new):
        return new
    tag, text = tag_of(new), text_of(new) or ""
    value = in_style(old, text) if tag in ("", "!!str") else QuotedScalar(text, tag)
    return carry(value, new) if isinstance(new, Tainted) else value


def overwrite(old: Value, text: str) -> Value:
    """An existing scalar to which a string without a tag was written: its quotes stay, its type does not.

    Without quotes the text is read anew when it is printed: digits are a number.
    """
    return in_style(old, text) if isinstance(old, Quoted) else untagged(text)


def put(mapping: dict[str, Value], key: str, text: str) -> None:
    """Write a string without a tag to a field, new or not."""
    mapping[key] = overwrite(mapping[key], text) if key in mapping else new_untagged(text)


def retext(old: Value, text: str) -> Value:
    """A scalar with the type and style of `old` and another text."""
    value = _retexted(old, str(text))
    return carry(value, text) if isinstance(text, Tainted) else value


def _retexted(old: Value, text: str) -> Value:
    tag = tag_of(old)
    if tag == "!!str":
        if isinstance(old, Loose):
            return untagged(text)
        if isinstance(old, Tagged):
            return Tagged(text)
        return in_style(old, text) if isinstance(old, Quoted) else text
    if not tag:
        return untagged(text)
    value = resolve(text)
    if tag_of(value) != tag:
        return Scalar(tag, text)
    return QuotedScalar(text, tag) if isinstance(old, QuotedScalar) else value


def in_braces(value: Value) -> Value:
    """A value that is put into a collection in brackets, as upstream's first print leaves it.

    An empty value, a time and a block become texts there; what is in a collection is in brackets with it.
    """
    if isinstance(value, dict):
        if isinstance(value, (BrokenMap, FlowMap)):
            return value
        return FlowMap((key, in_braces(item)) for key, item in value.items())
    if isinstance(value, list):
        return value if isinstance(value, FlowList) else FlowList(map(in_braces, value))
    made: Value = value
    if value is None:
        made = Scalar("!!null", "")
    elif isinstance(value, Folded):
        made = Quoted(value.written)
    elif value == _UNTYPED:
        made = Loose("")
    elif isinstance(value, Scalar):
        tag = value.tag or resolved_tag(value.text)
        if tag == "!!timestamp" and ":" in value.text:
            made = str(value.text)
        elif is_spoilt(value):
            made = Quoted(value.text)
    return carry(made, value) if made is not value else value


def out_of_braces(value: Value) -> Value:
    """A value whose own brackets go, as upstream prints it then; what is in brackets inside of it stays so.

    A time in brackets became a string when it was read, and stays one.
    """
    if isinstance(value, FlowMap):
        return {key: None if item == _EMPTY else item for key, item in value.items()}
    if isinstance(value, FlowList):
        return [None if item == _EMPTY else item for item in value]
    return value


def in_form_of(old: object, new: Value) -> Value:
    """A mapping or list that takes the place of `old`, and with it whether it stands in brackets."""
    if isinstance(old, (FlowMap, FlowList)):
        return in_braces(new) if isinstance(new, (dict, list)) else new
    return out_of_braces(new) if isinstance(old, (dict, list)) or is_null(old) else new


def into(container: object, value: Value) -> Value:
    """`value` as it can be put into `container`."""
    return in_braces(value) if isinstance(container, (FlowMap, FlowList)) else value


# An empty value in brackets, and an empty text without a type.
_EMPTY = Scalar("!!null", "")
_UNTYPED = Scalar("", "")


def tag_of(value: Value) -> str:
    """The short tag of a scalar; an empty text for containers."""
    if isinstance(value, str):
        return value.tag if isinstance(value, QuotedScalar) else "!!str"
    if isinstance(value, bool):
        return "!!bool"
    if isinstance(value, int):
        return "!!int"
    if value is None:
        return "!!null"
    return value.tag if isinstance(value, Scalar) else ""
