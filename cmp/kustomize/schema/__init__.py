"""The OpenAPI schema in use: which lists merge by which keys, and which custom kinds have no namespace.

One schema governs a build: Kubernetes 1.21.2 as built into kustomize v5.8.1, or the file that `openapi:`
names, which replaces it (kyaml/openapi/openapi.go).
"""

from __future__ import annotations

from cmp.lighttyping import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.schema.table import TableSchema

VERSION = "v1.21.2"


class Node(Protocol):
    """The schema of one value."""

    @property
    def keys(self) -> tuple[str, ...] | None:
        """The merge keys of a list, empty for a set of single values; None for a list that is replaced."""

    def field(self, name: str) -> Node | None:
        """The schema of a mapping's field; None when it is unknown."""

    def elements(self) -> Node | None:
        """The schema of a list's items; None when it is unknown."""


class Schema(Protocol):
    """Schemas by kind, and by name."""

    def definition(self, name: str) -> Node | None:
        """The schema of that name below `#/definitions/`; None when it is unknown."""

    def resource(self, api_version: str, kind: str) -> Node | None:
        """The schema of a kind of object; None when it is unknown."""


def builtin() -> TableSchema:
    """The built-in schema."""
    from cmp.kustomize.schema.table import kubernetes

    return kubernetes()
