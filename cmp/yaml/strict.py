"""Strict reading of our own documents: each value knows its place, so an error names file, object and field.

For ModelConfig, ModelLock, `.cmp.yaml` and `.sops.yaml`. What upstream decodes into Go structs, such as a
kustomization, follows Go's rules instead: `cmp.kustomize.structs`.
"""

from __future__ import annotations

from cmp.errors import CmpError, Where
from cmp.nearest import did_you_mean
from cmp.paths import dotted
from cmp.yaml.value import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypeAlias

    from cmp.yaml.value import Value

    Path: TypeAlias = tuple[str | int, ...]


class Node:
    """A value of a document: value, path (steps from the top), file and object for messages.

    refuse: the class of its errors. data: the file's bytes, whose first document this is, to tell lines and
    columns by; None where somebody else adds these.
    """

    __slots__ = ("data", "file", "object", "path", "refuse", "value")

    def __init__(
        self,
        value: Value,
        path: Path = (),
        file: str = "",
        object: str = "",  # noqa: A002 - as in `Where`
        *,
        refuse: type[CmpError] = CmpError,
        data: bytes | None = None,
    ) -> None:
        self.value = value
        self.path = path
        self.file = file
        self.object = object
        self.refuse = refuse
        self.data = data

    @property
    def field(self) -> str:
        """The path as messages show it."""
        return dotted(self.path)

    @property
    def where(self) -> Where:
        """The place, for an error."""
        return Where(self.file, *self._position(self.path), self.object, self.field)

    def _position(self, path: Path) -> tuple[int, int]:
        from cmp.yaml.locate import locate

        found = locate(self.data, 0, path) if self.data is not None else None
        return found or (0, 0)

    def error(self, message: str, hint: str = "") -> CmpError:
        """An error about this value."""
        return self.refuse(message, where=self.where, hint=hint)

    def unknown(self, key: str, message: str, hint: str = "") -> CmpError:
        """An error about one of a mapping's keys: it names the mapping, and the line of the key."""
        error = self.error(message, hint)
        error.where.line, error.where.column = self._position((*self.path, key))
        return error

    def child(self, key: str | int, value: Value) -> Node:
        """The value at `key` below this one."""
        path = (*self.path, key)
        return Node(value, path, self.file, self.object, refuse=self.refuse, data=self.data)

    def entries(self) -> dict[str, Node]:
        """A mapping with free keys; keys whose value is null count as removed."""
        if not isinstance(self.value, dict):
            raise self.error(f"expected a mapping, found {noun(self.value)}")
        return {key: self.child(key, value) for key, value in self.value.items() if not is_null(value)}

    def fields(self, known: Collection[str]) -> dict[str, Node]:
        """A mapping whose keys are among `known`; a null counts as absent, an unknown key is an error."""
        entries = self.entries()
        # An ignored key would be a policy that nobody enforces; one without a value is misspelt, too.
        for key in self.value if isinstance(self.value, dict) else ():
            if key not in known:
                raise self.unknown(key, f"unknown field {key!r}", did_you_mean(key, known))
        return entries

    def string(self, *, empty: bool = False) -> str:
        """A string. empty: it may be."""
        if not isinstance(self.value, str):
            raise self.error(f"expected a string, found {noun(self.value)}", hint="put it in quotes")
        if not self.value and not empty:
            raise self.error("must not be empty")
        return self.value

    def whole(self, what: str = "an integer") -> int:
        """An integer; `what` is expected."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            hint = _number_hint(self.value) if isinstance(self.value, str) else ""
            raise self.error(f"expected {what}, found {noun(self.value)}", hint=hint)
        return self.value

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`."""
        what = f"an integer from {low} to {high}"
        if not low <= self.whole(what) <= high:
            raise self.error(f"expected {what}, found {self.value}")
        return self.whole()

    def one_of(self, known: Collection[str]) -> str:
        """One of these strings."""
        if not isinstance(self.value, str) or self.value not in known:
            raise self.error(f"must be one of {', '.join(known)}")
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
        return [self.child(index, item) for index, item in enumerate(self.value)]

    def strings(self, *, empty: bool = False) -> dict[str, str]:
        """A mapping from free keys to strings. empty: these may be."""
        return {key: node.string(empty=empty) for key, node in self.entries().items()}


def _number_hint(text: str) -> str:
    """What to write where a number is wanted; plain text with a percent sign is a string to YAML."""
    bare = text.strip().removesuffix("%").strip()
    if text.strip().endswith("%") and bare.isascii() and bare.isdecimal():
        return f"write {bare}, without the percent sign"
    return "write it without quotes"


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
        return "a string"
    number = isinstance(value, int) or (value is not None and value.tag in ("!!int", "!!float"))
    return "a number" if number else "another scalar"


def counted(number: int, singular: str) -> str:
    """`no model`, `1 model`, `2 models`."""
    return f"{number or 'no'} {singular}{'s' if number > 1 else ''}"
