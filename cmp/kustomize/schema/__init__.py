"""The OpenAPI schema in use: which lists merge by which keys, and which kinds have no namespace.

One schema governs a build: Kubernetes 1.21.2 as built into kustomize v5.8.1, or the file that `openapi:`
names, which replaces it (kyaml/openapi/openapi.go).
"""

from __future__ import annotations

from typing import Protocol

from cmp.kustomize.errors import KustomizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resid import Gvk

VERSION = "v1.21.2"


class SchemaError(KustomizeError):
    """An `openapi` field, or the file it names, that cannot be used."""


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
    """Schemas by kind."""

    def resource(self, api_version: str, kind: str) -> Node | None:
        """The schema of a kind of object; None when it is unknown."""

    def cluster_scoped(self, gvk: Gvk) -> bool:
        """Whether objects of this kind are certain to have no namespace."""


def builtin(version: str = "") -> Schema:
    """The built-in schema; `SchemaError` for a version that upstream does not have either."""
    if version and version != VERSION:
        raise SchemaError(
            f"openapi.version {version!r} is not built in", hint=f"the only built-in version is {VERSION}"
        )
    from cmp.kustomize.schema.table import kubernetes

    return kubernetes()


def custom(data: bytes) -> Schema:
    """The schema of an OpenAPI v2 document in JSON or YAML; `SchemaError` when it is none."""
    from cmp.kustomize.schema.document import DocumentSchema

    schema: Schema = DocumentSchema(data)
    return schema


def load(data: bytes | None = None, version: str = "") -> Schema:
    """The schema of a custom document, or the built-in one."""
    return builtin(version) if data is None else custom(data)
