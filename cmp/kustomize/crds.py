"""Field specs from OpenAPI definitions, the `crds` field (api/internal/accumulator/loadconfigfromcrds.go).

The files are not CustomResourceDefinition manifests: they map type names to OpenAPI definitions, whose
x-kubernetes extensions say which fields hold names, labels and annotations.
"""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize import specs as field_specs
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.resid import Gvk
from cmp.kustomize.specs import BackReference, FieldSpec, Specs, merge_references, merge_specs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.loader import Loader

# extension -> the table that its field joins
_EXTENSIONS = {
    "x-kubernetes-annotation": "commonAnnotations",
    "x-kubernetes-label-selector": "commonLabels",
    "x-kubernetes-identity": "namePrefix",
}
_REF_VERSION = "x-kubernetes-object-ref-api-version"
_REF_KIND = "x-kubernetes-object-ref-kind"
_REF_NAME_KEY = "x-kubernetes-object-ref-name-key"


def load(paths: list[str], loader: Loader) -> Specs:
    """The field specs of all files, merged in order."""
    merged = field_specs.EMPTY
    for path in paths:
        with located(file=loader.display(path)):
            for specs in read(loader.load(path), loader):
                merged = merged.merge(specs)
    return merged


def read(data: bytes, loader: Loader) -> list[Specs]:
    """The field specs of each resource type that a file defines."""
    from cmp.yaml import load_config

    if not data:
        raise KustomizeError("is empty")
    definitions = load_config(data, loader.options.limits).value
    if definitions is None:
        return []
    if not isinstance(definitions, dict):
        raise KustomizeError(
            "must map type names to OpenAPI definitions", hint="see the documentation of `crds`"
        )
    types = {name: _properties(definition) for name, definition in definitions.items()}
    found = []
    for name, properties in types.items():
        if {"kind", "apiVersion", "metadata"} <= properties.keys():
            collector = _Collector(types, Gvk("", "", name.rpartition(".")[2]))
            collector.collect(name, ())
            found.append(collector.specs())
    return found


def _properties(definition: Any) -> dict[str, Any]:
    """`Schema.properties` of a definition, names in any case as encoding/json has it."""
    if definition is None:
        return {}
    if not isinstance(definition, dict):
        raise KustomizeError("a definition must be a mapping")
    schema = next((value for key, value in definition.items() if key.lower() == "schema"), None)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return properties if isinstance(properties, dict) else {}


class _Collector:
    """The field specs of one type, following references to others."""

    def __init__(self, types: dict[str, dict[str, Any]], gvk: Gvk) -> None:
        self.types = types
        self.gvk = gvk
        self.tables: dict[str, list[FieldSpec]] = {}
        self.references: list[BackReference] = []

    def specs(self) -> Specs:
        return Specs({name: tuple(specs) for name, specs in self.tables.items()}, tuple(self.references))

    def collect(self, type_name: str, path: tuple[str, ...]) -> None:
        if len(path) > 100:
            raise KustomizeError(f"the definition of {self.gvk.kind} refers to itself without end")
        for name, definition in self.types.get(type_name, {}).items():
            if not isinstance(definition, dict):
                continue
            here = (*path, name)
            for extension, table in _EXTENSIONS.items():
                if isinstance(definition.get(extension), str):
                    self.tables[table] = merge_specs(self.tables.get(table, ()), [self._spec(here)])
            version, kind = definition.get(_REF_VERSION), definition.get(_REF_KIND)
            if isinstance(version, str) and isinstance(kind, str):
                key = definition.get(_REF_NAME_KEY)
                referrer = self._spec((*here, key if isinstance(key, str) else "name"))
                reference = BackReference(Gvk("", version, kind), (referrer,))
                self.references = merge_references(self.references, [reference])
            target = definition.get("$ref")
            if isinstance(target, str):
                self.collect(target, here)

    def _spec(self, path: tuple[str, ...]) -> FieldSpec:
        return FieldSpec(self.gvk, "/".join(path))
