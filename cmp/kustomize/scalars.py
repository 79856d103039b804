"""What becomes of a scalar's type and quotes when upstream writes a text into its node.

A YAML node has a tag and a style besides its text. Upstream's writers differ in which of them they keep
(FieldSetter in kyaml/yaml/fns.go, filters/replacement, SetEntry in filters/filtersutil), and later steps can
tell: a text in quotes stays one, a node without a tag takes the type of whatever text it gets.
"""

from __future__ import annotations

from cmp.yaml.resolve import HINTS, config_scalar, resolve
from cmp.yaml.value import Loose, Quoted, QuotedScalar, Scalar, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.yaml.value import Value


def new_text(text: str) -> str:
    """A new field of type `!!str`: a block, or in quotes, when YAML 1.1 would read another type."""
    return Quoted(text) if "\n" in text or not reads_as_text(text) else text


def new_texts(texts: Mapping[str, str]) -> dict[str, Value]:
    """A mapping of new fields of type `!!str`, keys in order as upstream writes them."""
    return {key: new_text(texts[key]) for key in sorted(texts)}


def reads_as_text(text: str) -> bool:
    """Whether YAML 1.1 reads the plain text as a string, or as nothing because it is empty."""
    return text[:1] not in HINTS or isinstance(config_scalar(text), str)


def new_untagged(text: str) -> Value:
    """A new field without a tag: a text in quotes when YAML 1.1 would read another type."""
    return untagged(text) if reads_as_text(text) else Quoted(text)


def untagged(text: str) -> Value:
    """A plain scalar without a tag: a text, or a scalar whose type is open until it is printed."""
    return Loose(text) if "\n" in text or isinstance(resolve(text), str) else Scalar("", text)


def overwrite_text(old: Value, text: str) -> str:
    """An existing scalar to which a text of type `!!str` was written: its quotes stay."""
    return Quoted(text) if isinstance(old, Quoted) else str(text)


def keep_quotes(old: Value, new: Value) -> Value:
    """A scalar in place of another: the quotes, or their absence, are those of the old one."""
    if not isinstance(old, Quoted):
        return str(new) if isinstance(new, Quoted) else new
    tag, text = tag_of(new), text_of(new) or ""
    return Quoted(text) if tag in ("", "!!str") else QuotedScalar(text, tag)


def overwrite(old: Value, text: str) -> Value:
    """An existing scalar to which a text without a tag was written: its quotes stay, its type does not.

    Without quotes the text is read anew when it is printed: digits are a number.
    """
    return Quoted(text) if isinstance(old, Quoted) else untagged(text)


def put(mapping: dict[str, Value], key: str, text: str) -> None:
    """Write a text without a tag to a field, new or not."""
    mapping[key] = overwrite(mapping[key], text) if key in mapping else new_untagged(text)


def retext(old: Value, text: str) -> Value:
    """A scalar with the type and style of `old` and another text."""
    text = str(text)
    tag = tag_of(old)
    if tag == "!!str":
        if isinstance(old, Loose):
            return untagged(text)
        return Quoted(text) if isinstance(old, Quoted) else text
    if not tag:
        return untagged(text)
    value = resolve(text)
    if tag_of(value) != tag:
        return Scalar(tag, text)
    return QuotedScalar(text, tag) if isinstance(old, QuotedScalar) else value


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
