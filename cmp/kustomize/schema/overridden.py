"""The built-in schema, some of whose definitions a document that was read later replaces.

Definitions refer to each other by name, so that a built-in kind changes when a definition that it uses does.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.kustomize.schema import Node
    from cmp.kustomize.schema.document import DocumentSchema
    from cmp.kustomize.schema.table import TableSchema

    Replace = Callable[[Node | None], Node | None]


class _Node:
    """A node of the table whose parts may be replaced."""

    __slots__ = ("_node", "_replace", "keys")

    def __init__(self, node: Node, replace: Replace) -> None:
        self._node = node
        self._replace = replace
        self.keys = node.keys

    def field(self, name: str) -> Node | None:
        """The schema of a mapping's field; None when it is unknown."""
        return self._replace(self._node.field(name))

    def elements(self) -> Node | None:
        """The schema of a list's items; None when it is unknown."""
        return self._replace(self._node.elements())


class OverriddenSchema:
    """`table` with the definitions of `document` in place of those that have their names."""

    __slots__ = ("_document", "_names", "_table")

    def __init__(self, table: TableSchema, document: DocumentSchema) -> None:
        self._table = table
        self._document = document
        shared = ((name, table.definition(name)) for name in document.names())
        # A node of the table is made once. Leaves have no name: any of them may be the same one.
        self._names = {id(node): name for name, node in shared if node is not None and node.has_parts}

    def _replace(self, node: Node | None) -> Node | None:
        name = self._names.get(id(node))
        if name is not None:
            return self._document.definition(name)
        return None if node is None else _Node(node, self._replace)

    def definition(self, name: str) -> Node | None:
        """The schema of that name below `#/definitions/`; None when it is unknown."""
        return self._replace(self._table.definition(name))

    def resource(self, api_version: str, kind: str) -> Node | None:
        """The schema of a kind of object; None when it is unknown."""
        return self._replace(self._table.resource(api_version, kind))
