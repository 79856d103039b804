"""Strict reading of a declaration: each value knows its place, so each error names file, object and field."""

from __future__ import annotations

from cmp.errors import Where
from cmp.models.errors import DeclarationError
from cmp.models.nearest import did_you_mean
from cmp.yaml.value import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from cmp.yaml.value import Value


class Node:
    """A value of a declaration: value, path (steps from the top), file and object for messages."""

    __slots__ = ("file", "object", "path", "value")

    def __init__(self, value: Value, path: tuple[str, ...] = (), file: str = "", object: str = "") -> None:  # noqa: A002
        self.value = value
        self.path = path
        self.file = file
        self.object = object

    @property
    def field(self) -> str:
        """The path as messages show it."""
        return dotted(self.path)

    @property
    def where(self) -> Where:
        """The place, for an error."""
        return Where(file=self.file, object=self.object, field=self.field)

    def error(self, message: str, hint: str = "") -> DeclarationError:
        """An error about this value."""
        return DeclarationError(message, where=self.where, hint=hint)

    def child(self, key: str, value: Value) -> Node:
        """The value at `key` below this one."""
        return Node(value, (*self.path, key), self.file, self.object)

    def entries(self) -> dict[str, Node]:
        """A mapping with free keys; keys whose value is null count as removed."""
        if not isinstance(self.value, dict):
            raise self.error(f"expected a mapping, found {noun(self.value)}")
        return {key: self.child(key, value) for key, value in self.value.items() if not is_null(value)}

    def fields(self, known: Collection[str]) -> dict[str, Node]:
        """A mapping whose keys are among `known`; a null counts as absent, an unknown key is an error."""
        if not isinstance(self.value, dict):
            raise self.error(f"expected a mapping, found {noun(self.value)}")
        for key in self.value:
            if key not in known:
                raise self.error(f"unknown field {key!r}", hint=did_you_mean(key, known))
        return {key: self.child(key, value) for key, value in self.value.items() if not is_null(value)}

    def text(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.value, str):
            raise self.error(f"expected a text, found {noun(self.value)}", hint="put it in quotes")
        if not self.value:
            raise self.error("must not be empty")
        return self.value

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            hint = "write it without quotes" if isinstance(self.value, str) else ""
            raise self.error(f"expected an integer from {low} to {high}, found {noun(self.value)}", hint=hint)
        if not low <= self.value <= high:
            raise self.error(f"expected an integer from {low} to {high}, found {self.value}")
        return self.value

    def flag(self) -> bool:
        """`true` or `false`."""
        if not isinstance(self.value, bool):
            raise self.error(f"expected true or false, found {noun(self.value)}")
        return self.value

    def items(self) -> list[Node]:
        """The items of a list."""
        if not isinstance(self.value, list):
            raise self.error(f"expected a list, found {noun(self.value)}")
        return [self.child(str(index), item) for index, item in enumerate(self.value)]

    def texts(self) -> dict[str, str]:
        """A mapping from free keys to texts."""
        return {key: node.text() for key, node in self.entries().items()}


def is_null(value: Value) -> bool:
    """Whether `value` is a null, however it is written."""
    return value is None or (isinstance(value, Scalar) and value.tag == "!!null")


def noun(value: Value) -> str:
    """What kind of value it is, for messages; never the value."""
    if is_null(value):
        return "nothing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "a text"
    number = isinstance(value, int) or (value is not None and value.tag in ("!!int", "!!float"))
    return "a number" if number else "another scalar"


def dotted(path: tuple[str | int, ...]) -> str:
    """`spec.models.baseline`, with `[...]` around steps that hold a dot and around indices."""
    text = ""
    for step in path:
        if isinstance(step, int) or "." in step or "/" in step:
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def counted(number: int, singular: str) -> str:
    """`no model`, `1 model`, `2 models`."""
    return f"{number or 'no'} {singular}{'s' if number > 1 else ''}"
