"""Reading one value of a parameter: strings in, checked values out; each error names what was expected."""

from __future__ import annotations

from cmp.render.errors import ParameterError
from cmp.render.parameters import Image

_LABEL_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
_MAX_NAMESPACE = 63
_MAX_NAME = 253
_MAX_LABEL = 63
_MAX_REPLICAS = 2**31 - 1
_FORMS = "name=newName:tag, name=newName, name:tag or name@digest"


def uri(text: str) -> str:
    """A storage URI; what is allowed in it is checked with the ModelConfig's own."""
    if not text:
        raise ParameterError("expected a URI, found nothing")
    return text


def percentage(text: str) -> int:
    """A whole number from 0 to 100."""
    return _integer(text, 100)


def count(text: str) -> int:
    """A number of replicas."""
    return _integer(text, _MAX_REPLICAS)


def _integer(text: str, high: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(high)) or int(text) > high:
        raise ParameterError(f"expected a whole number from 0 to {high}")
    return int(text)


def flag(text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise ParameterError("expected true or false")
    return text == "true"


def namespace(text: str) -> str:
    """A DNS label."""
    fits = _NAME_CHARACTERS.issuperset(text) and "." not in text and len(text) <= _MAX_NAMESPACE
    if not fits or text.startswith("-") or text.endswith("-"):
        raise ParameterError("expected a namespace: up to 63 lower-case letters, digits and inner dashes")
    return text


def name_part(text: str) -> str:
    """A beginning or an end of object names."""
    if not _NAME_CHARACTERS.issuperset(text) or len(text) > _MAX_NAME:
        raise ParameterError("expected lower-case letters, digits, dashes and dots")
    return text


def label_value(text: str) -> str:
    """A label's value."""
    fits = _LABEL_CHARACTERS.issuperset(text) and len(text) <= _MAX_LABEL
    if not fits or (text and not (text[0].isalnum() and text[-1].isalnum())):
        raise ParameterError("expected a label value: up to 63 letters, digits and inner -, _ or .")
    return text


def annotation_value(text: str) -> str:
    """An annotation's value: any text."""
    return text


def image(text: str) -> Image:
    """One image in the form of `kustomize edit set image`; a missing part is an empty text, `*` keeps it."""
    name, equals, value = text.partition("=")
    new_name, tag, digest = _split_image(value if equals else text)
    if not equals:
        name, new_name = new_name, ""
    if not name or (equals and not value) or not (new_name or tag or digest):
        raise ParameterError(f"expected an image as {_FORMS}")
    if any(character.isspace() or ord(character) < 0x20 for character in text):
        raise ParameterError("an image holds no blanks")
    return Image(name, new_name, tag, digest)


def _split_image(text: str) -> tuple[str, str, str]:
    """Name, tag and digest; a colon before the last slash belongs to a registry's port."""
    text, _, digest = text.partition("@")
    head, colon, tag = text.rpartition(":")
    if colon and "/" not in tag:
        return head, tag, digest
    return text, "", digest
