"""The built-in schema, read from the table that scripts/compile_schema.py makes.

Lines `@<apiVersion> <kind> <number>` name the schema of a kind, lines `#/definitions/<name> <number>` that of
a definition. The other lines are the schemas, numbered from 0:
`<keys>|<items>|<additional>|<leaves>|<field>=<number>,...`. keys: the merge keys of a list, `*` for a
set of single values, `-` for everything else. items, additional: the schemas of list items and of fields
without a name. leaves: known fields below which nothing merges. The number -1 stands for such a leaf.
"""

from __future__ import annotations

import os.path
from functools import cache

_FILE = "kubernetes-1.21.2.txt"
_NAMED = "#/definitions/"


class _Leaf:
    """A known value below which nothing merges."""

    __slots__ = ()
    keys: tuple[str, ...] | None = None
    has_parts = False

    def field(self, name: str) -> _Leaf:
        return self

    def elements(self) -> _Leaf:
        return self


_LEAF = _Leaf()


class TableNode:
    """One line of the table, read when it is first needed."""

    __slots__ = ("_additional", "_fields", "_items", "_leaves", "_table", "keys")
    has_parts = True

    def __init__(self, table: TableSchema, line: str) -> None:
        keys, items, additional, leaves, fields = line.split("|")
        self.keys: tuple[str, ...] | None = None
        if keys != "-":
            self.keys = () if keys == "*" else tuple(keys.split(","))
        self._table = table
        self._items = items
        self._additional = additional
        self._leaves = frozenset(leaves.split(",")) if leaves else frozenset()
        self._fields = dict(pair.split("=", 1) for pair in fields.split(",")) if fields else {}

    def field(self, name: str) -> TableNode | _Leaf | None:
        """The schema of a field; None when it is unknown."""
        number = self._fields.get(name)
        if number is not None:
            return self._table.node(number)
        return _LEAF if name in self._leaves else self._table.node(self._additional)

    def elements(self) -> TableNode | _Leaf | None:
        """The schema of a list's items; None when it is unknown."""
        return self._table.node(self._items)


class TableSchema:
    """The table as a whole; only the lines that a build needs are read."""

    __slots__ = ("_kinds", "_lines", "_names", "_nodes")

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self._kinds = {
            line[1:].rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines if line[:1] == "@"
        }
        self._names = [line for line in lines if line.startswith(_NAMED)]
        self._lines = [line for line in lines if line and line[0] not in "#@"]
        self._nodes: dict[str, TableNode | _Leaf | None] = {"": None, "-1": _LEAF}

    def node(self, number: str) -> TableNode | _Leaf | None:
        """The schema with this number."""
        try:
            return self._nodes[number]
        except KeyError:
            node = self._nodes[number] = TableNode(self, self._lines[int(number)])
            return node

    def definition(self, name: str) -> TableNode | _Leaf | None:
        """The schema of that name below `#/definitions/`; None when it is unknown."""
        start = f"{_NAMED}{name} "
        return next((self.node(line[len(start) :]) for line in self._names if line.startswith(start)), None)

    def resource(self, api_version: str, kind: str) -> TableNode | _Leaf | None:
        """The schema of a kind of object; None when it is unknown."""
        return self.node(self._kinds.get(f"{api_version} {kind}", ""))


@cache
def kubernetes() -> TableSchema:
    """The built-in schema; it is read once."""
    with open(os.path.join(os.path.dirname(__file__), _FILE), encoding="utf-8") as file:
        return TableSchema(file.read())
