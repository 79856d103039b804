"""The schemas that one build has read so far (kyaml/openapi/openapi.go: SetSchema, initSchema).

Upstream reads the schema when it first needs it, to merge or to learn the scope of a kind, and adds what it
reads to what it has. So a custom schema that a lower layer names stands beside the built-in one when the
build needed that before, and alone otherwise.
"""

from __future__ import annotations

from cmp.errors import Where, located
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.schema import VERSION, builtin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.schema import Node, Schema
    from cmp.kustomize.schema.document import DocumentSchema
    from cmp.kustomize.scope import Kind


class SchemaState:
    """named: a layer has chosen the schema, so that lower ones cannot."""

    __slots__ = (
        "_builtin_read",
        "_builtin_wanted",
        "_custom",
        "_data",
        "_parts",
        "_ready",
        "_where",
        "named",
    )

    def __init__(self) -> None:
        self.named = False
        self._data: bytes | None = None
        self._where = Where()
        self._custom: DocumentSchema | None = None
        self._parts: list[Schema] = []
        self._builtin_read = False
        self._ready = False
        self._builtin_wanted = False  # to learn a scope, before a layer chose a schema

    def use(self, data: bytes | None, version: str | None, where: Where) -> None:
        """Choose a custom schema, or a built-in one by version; else `KustomizeError`."""
        if data is not None and version is not None:
            raise KustomizeError("names both a path and a version", where=where, hint="keep one of them")
        if data is None and version != VERSION:
            raise KustomizeError(
                f"the OpenAPI version {version} is not built in",
                where=where,
                hint=f"{VERSION} is the only one; name any other with `path`",
            )
        self.named, self._data, self._where, self._ready = True, data, where, False

    def resource(self, api_version: str, kind: str) -> Node | None:
        """The schema of a kind of object, the one read last first; None when it is unknown."""
        self._read()
        found = (part.resource(api_version, kind) for part in reversed(self._parts))
        return next((node for node in found if node is not None), None)

    def definition(self, name: str) -> Node | None:
        """The schema of that name below `#/definitions/`; None when it is unknown."""
        self._read()
        found = (part.definition(name) for part in reversed(self._parts))
        return next((node for node in found if node is not None), None)

    def cluster_scoped(self, kind: Kind) -> bool:
        """Whether the schema says that a kind that the built-in tables lack has no namespace."""
        if not self._ready and self._data is None:
            self._builtin_wanted = True
            return False
        self._read()
        if self._custom is None:
            return False
        group, version, name = kind
        return self._custom.cluster_scoped(f"{group}/{version}" if group else version, name)

    def _read(self) -> None:
        if self._ready:
            return
        self._ready = True
        if self._data is not None:
            from cmp.kustomize.schema.document import DocumentSchema

            with located(self._where, field="openapi"):
                self._custom = DocumentSchema(self._data)
            if self._parts:
                from cmp.kustomize.schema.overridden import OverriddenSchema

                self._parts = [OverriddenSchema(builtin(), self._custom)]
                self._custom.earlier = self._parts[0]
            self._parts.append(self._custom)
        if (self._data is None or self._builtin_wanted) and not self._builtin_read:
            if self._custom is not None:
                self._custom.later = builtin()
            self._builtin_read = True
            self._parts.append(builtin())
