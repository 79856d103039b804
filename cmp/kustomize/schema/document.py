"""The schema of an OpenAPI v2 document that a kustomization names with `openapi: {path: ...}`.

It replaces the built-in one, so with it the lists of built-in kinds merge only if the document says so.
"""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.lighttyping import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cmp.kustomize.schema import Node, Schema


REF = "#/definitions/"


class Resolver(Protocol):
    """Makes nodes of schemas."""

    def node(self, schema: Any) -> Node | None:
        """The node of a schema, references followed; None for what is not a schema or leads nowhere."""


class DocumentNode:
    """One schema of a document, references resolved. document: makes the nodes of the schemas below."""

    __slots__ = ("_document", "_schema", "keys")

    def __init__(self, document: Resolver, schema: dict[str, Any]) -> None:
        self._document = document
        self._schema = schema
        self.keys = _merge_keys(schema)

    def field(self, name: str) -> Node | None:
        """The schema of a mapping's field; None when it is unknown."""
        properties = self._schema.get("properties")
        if isinstance(properties, dict) and name in properties:
            return self._document.node(properties[name])
        return self._document.node(self._schema.get("additionalProperties"))

    def elements(self) -> Node | None:
        """The schema of a list's items; None when it is unknown."""
        kind = self._schema.get("type")
        if kind not in ("array", ["array"]):
            return None
        return self._document.node(self._schema.get("items"))


def _merge_keys(schema: dict[str, Any]) -> tuple[str, ...] | None:
    strategy = schema.get("x-kubernetes-patch-strategy")
    if not isinstance(strategy, str) or "merge" not in strategy.split(","):
        return None
    listed = schema.get("x-kubernetes-list-map-keys")
    if isinstance(listed, list):
        return tuple(str(key) for key in listed)
    key = schema.get("x-kubernetes-patch-merge-key")
    return (key,) if isinstance(key, str) else ()


class DocumentSchema:
    """A whole document: `definitions` give the kinds, `paths` which of them are namespaced.

    earlier, later: the schema that the build read before or after this one. All definitions share one list of
    names, in which the one read last counts.
    """

    __slots__ = ("_cluster_scoped", "_definitions", "_kinds", "earlier", "later")

    def __init__(self, data: bytes) -> None:
        self.earlier: Schema | None = None
        self.later: Schema | None = None
        from cmp.kustomize.errors import KustomizeError
        from cmp.yaml import load_config

        try:
            value = load_config(data).value
        except CmpError as error:
            raise KustomizeError(f"the OpenAPI document cannot be read: {error.message}") from error
        if value is None and data.strip():
            value = {}  # a document that is null says nothing; one without text is refused
        if not isinstance(value, dict):
            raise KustomizeError("the OpenAPI document is not a mapping")
        definitions = value.get("definitions")
        if definitions is not None and not isinstance(definitions, dict):
            raise KustomizeError("`definitions` of the OpenAPI document is not a mapping")
        self._definitions: dict[str, Any] = definitions or {}
        self._kinds: dict[tuple[str, str], dict[str, Any]] = {}
        for name in sorted(self._definitions):
            for kind in _kinds(self._definitions[name]):
                self._kinds[kind] = self._definitions[name]
        self._cluster_scoped = _cluster_scoped(value.get("paths"))

    def node(self, schema: Any) -> Node | None:
        """The node of a schema, references followed; None for what is not a schema or leads nowhere."""
        seen = set()
        while isinstance(schema, dict) and isinstance(schema.get("$ref"), str) and schema["$ref"]:
            ref = schema["$ref"]
            if ref in seen or not ref.startswith(REF):
                return None
            seen.add(ref)
            name, *steps = ref.removeprefix(REF).split("/")
            name = _unescaped(name)
            other = self._elsewhere(name)
            if other is not None:
                return _property(other, steps)
            schema = self._definitions.get(name)
            for step in steps:
                schema = schema.get(_unescaped(step)) if isinstance(schema, dict) else None
        return DocumentNode(self, schema) if isinstance(schema, dict) else None

    def _elsewhere(self, name: str) -> Node | None:
        """A definition that the name means in the schema read later, or that only the one read before has."""
        if self.later is not None:
            return self.later.definition(name)
        return self.earlier.definition(name) if self.earlier and name not in self._definitions else None

    def definition(self, name: str) -> Node | None:
        """The schema of that name below `definitions`; None when there is none."""
        return self.node(self._definitions.get(name))

    def resource(self, api_version: str, kind: str) -> Node | None:
        """The schema of a kind of object; None when it is unknown. Upstream follows no reference here."""
        schema = self._kinds.get((api_version, kind))
        return None if schema is None else DocumentNode(self, schema)

    def names(self) -> Iterable[str]:
        """The names of the definitions."""
        return self._definitions

    def cluster_scoped(self, api_version: str, kind: str) -> bool:
        """Whether `paths` serve this kind, and none of them with a namespace."""
        return (api_version, kind) in self._cluster_scoped


def _unescaped(step: str) -> str:
    """A step of a JSON pointer."""
    return step.replace("~1", "/").replace("~0", "~")


def _property(node: Node, steps: list[str]) -> Node | None:
    """What a JSON pointer with these steps finds in a definition: itself, or the schema of a property."""
    if not steps:
        return node
    return node.field(_unescaped(steps[1])) if len(steps) == 2 and steps[0] == "properties" else None


def _kinds(schema: Any) -> list[tuple[str, str]]:
    """`(apiVersion, kind)` of each kind that a definition or an operation stands for."""
    listed = schema.get("x-kubernetes-group-version-kind") if isinstance(schema, dict) else None
    return [found for each in listed if (found := _kind(each))] if isinstance(listed, list) else []


def _kind(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return None
    group, version, kind = (value.get(key) for key in ("group", "version", "kind"))
    if not isinstance(version, str) or not isinstance(kind, str):
        from cmp.kustomize.errors import KustomizeError

        raise KustomizeError(
            "an x-kubernetes-group-version-kind of the OpenAPI document lacks version or kind"
        )
    return (f"{group}/{version}" if isinstance(group, str) and group else version), kind


def _cluster_scoped(paths: Any) -> set[tuple[str, str]]:
    """Kinds that no path with a namespace parameter serves."""
    namespaced: set[tuple[str, str]] = set()
    served: set[tuple[str, str]] = set()
    for path, item in (paths or {}).items() if isinstance(paths, dict) else ():
        get = item.get("get") if isinstance(item, dict) else None
        kind = _kind(get.get("x-kubernetes-group-version-kind")) if isinstance(get, dict) else None
        if kind:
            served.add(kind)
            if "namespaces/{namespace}" in path:
                namespaced.add(kind)
    return served - namespaced
