"""The document model shared by all stores: ordered branches with comments and typed values.

A tree has one branch per YAML document (all other stores have exactly one). What a value can be:

    Branch        a mapping in document order; items are `Item(key, value)`, a comment line is an item whose
                  key is a `Comment` and whose value is None
    list          a sequence; comments stand in it as `Comment` items
    str           text. Bytes that are not UTF-8 are carried as lone surrogates (`surrogateescape`), so every
                  Go string has exactly one Python twin: `to_bytes` and `from_bytes` convert
    int, float, bool, None, Time

`bool` is a subclass of `int` in Python: test for it first.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias, TypeGuard

    Value: TypeAlias = "Branch | list[Value] | Comment | str | int | float | bool | Time | None"


class Comment:
    """One comment line without its `#`; `inline` when it stood behind a value on the same line."""

    __slots__ = ("inline", "text")

    def __init__(self, text: str, inline: bool = False) -> None:
        self.text = text
        self.inline = inline

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Comment) and self.text == other.text and self.inline == other.inline

    def __hash__(self) -> int:
        return hash(("comment", self.text))

    def __repr__(self) -> str:
        return "Comment(...)"  # a comment can be a secret


class Time:
    """A point in time as RFC 3339 with up to nine fraction digits and no trailing zeros, zone kept."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self.text == other.text

    def __hash__(self) -> int:
        return hash(("time", self.text))

    def __repr__(self) -> str:
        return "Time(...)"


class Item:
    """An entry of a branch: a key with its value, or a `Comment` with None."""

    __slots__ = ("key", "value")

    def __init__(self, key: str | Comment, value: Value = None) -> None:
        self.key = key
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self.key == other.key and self.value == other.value

    def __hash__(self) -> int:
        raise TypeError("items are mutable")

    def __repr__(self) -> str:
        return f"Item({self.key!r}, ...)"


class Branch(list[Item]):
    """A mapping in document order, comments included. Duplicate keys are possible in some stores."""

    def entries(self) -> Iterator[tuple[str, Value]]:
        """The (key, value) pairs without the comments."""
        for item in self:
            if isinstance(item.key, str):
                yield item.key, item.value

    def get(self, key: str) -> Value:
        """The value of the first entry with `key`, or None."""
        for name, value in self.entries():
            if name == key:
                return value
        return None

    def has(self, key: str) -> bool:
        """Whether an entry with `key` exists."""
        return any(name == key for name, _ in self.entries())

    def __repr__(self) -> str:
        return f"<Branch of {len(self)}>"


def is_sequence(value: Value) -> TypeGuard[list[Value]]:
    """Whether a value is a sequence: a `list` that is not a `Branch`, which is a list of items."""
    return isinstance(value, list) and not isinstance(value, Branch)


def to_bytes(text: str) -> bytes:
    """The bytes of a string of the model."""
    return text.encode("utf-8", "surrogateescape")


def from_bytes(data: bytes) -> str:
    """The model's text for any bytes."""
    return data.decode("utf-8", "surrogateescape")


def value_bytes(value: str | int | float | bool | Time | Comment) -> bytes:
    """The bytes of a leaf that are encrypted and hashed."""
    if isinstance(value, str):
        return to_bytes(value)
    if isinstance(value, bool):
        return b"True" if value else b"False"
    if isinstance(value, int):
        return b"%d" % value
    if isinstance(value, float):
        return format_float(value).encode("ascii")
    return to_bytes(value.text)


def type_word(value: str | int | float | bool | Time | Comment) -> str:
    """The word after `type:` in a sealed value."""
    for kind, word in _TYPE_WORDS:
        if isinstance(value, kind):
            return word
    raise TypeError(f"no SOPS type for {type(value).__name__}")


# bool before int: a Python bool is an int.
_TYPE_WORDS: tuple[tuple[type, str], ...] = (
    (str, "str"),
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (Time, "time"),
    (Comment, "comment"),
)


def format_float(value: float) -> str:
    """A float as Go's `%f` prints it in its shortest exact form: no exponent, no trailing zeros."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = float_parts(value)
    if exponent >= 0:
        return sign + digits + "0" * exponent
    if len(digits) > -exponent:
        return f"{sign}{digits[:exponent]}.{digits[exponent:]}"
    return f"{sign}0.{'0' * (-exponent - len(digits))}{digits}"


def float_parts(value: float) -> tuple[str, str, int]:
    """Sign, shortest round-trip digits without trailing zeros and the power of ten of their last digit."""
    text = repr(value)
    sign = "-" if text[0] == "-" else ""
    mantissa, _, power = text.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(power or 0) - len(fraction)
    stripped = digits.rstrip("0")
    if not stripped:
        return sign, "0", 0
    return sign, stripped, exponent + len(digits) - len(stripped)
