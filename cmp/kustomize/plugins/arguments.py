"""The fields of built-in plugin configurations, and reading them (Config in api/internal/builtins)."""

from __future__ import annotations

from cmp.kustomize import kinds
from cmp.kustomize.structs import ANY, BOOL, INT, STR, ListOf, MapOf, Struct, StructError, decode
from cmp.paths import dotted
from cmp.yaml.taint import carry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.resource import Resource

_META = {"metadata": kinds.OBJECT_META}
_SPECS = {"fieldSpecs": kinds.FIELD_SPECS}

CONFIG_MAP = Struct(kinds.GENERATOR_FIELDS, **_META)
SECRET = Struct({**kinds.GENERATOR_FIELDS, "type": STR}, **_META)
HELM = Struct({"chartHome": STR, "configHome": STR, **kinds.HELM_CHART_FIELDS})
IAM_POLICY = Struct(
    {
        "cloud": STR,
        "kubernetesService": Struct(name=STR, namespace=STR),
        "serviceAccount": Struct(name=STR, projectId=STR),
    }
)

ANNOTATIONS = Struct(annotations=kinds.STRING_MAP, **_SPECS)
LABELS = Struct(labels=kinds.STRING_MAP, **_SPECS)
NAMESPACE = Struct(**_META, **_SPECS, unsetOnly=BOOL, setRoleBindingSubjects=STR)
PREFIX = Struct(prefix=STR, **_SPECS)
SUFFIX = Struct(suffix=STR, **_SPECS)
IMAGE = Struct(imageTag=kinds.IMAGE, **_SPECS)
REPLICA = Struct(replica=kinds.REPLICA, **_SPECS)
PATCH = kinds.PATCH
PATCH_STRATEGIC_MERGE = Struct(paths=kinds.STRINGS, patches=STR)
PATCH_JSON6902 = Struct(target=kinds.SELECTOR, path=STR, jsonOp=STR)
REPLACEMENT = Struct(replacements=ListOf(kinds.REPLACEMENT_OR_PATH))
VALUE_TARGETS = ListOf(Struct(selector=kinds.SELECTOR, fieldPath=STR, filePathPosition=INT))
VALUE_ADD = Struct(value=STR, targets=VALUE_TARGETS, targetFilePath=STR)
VALUE_TARGET_FILE = Struct(targets=VALUE_TARGETS)


def as_texts(value: Any, shape: Any) -> Any:
    """`value` with numbers and booleans as strings where `shape` has a string (sigs.k8s.io/yaml's Unmarshal).

    A number that is not an integer gets the digits of a 32-bit one. Upstream does not see the type of
    embedded fields, so those stay what they are.
    """
    if isinstance(shape, Struct) and isinstance(value, dict):
        return {key: as_texts(item, _seen(shape, key)) for key, item in value.items()}
    if isinstance(shape, ListOf) and isinstance(value, list):
        return [as_texts(item, shape.item) for item in value]
    if isinstance(shape, MapOf) and isinstance(value, dict):
        return {key: as_texts(item, shape.item) for key, item in value.items()}
    if shape is not STR or isinstance(value, (str, dict, list)) or value is None:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    from cmp.yaml.gofloat import shortest_single

    return carry(str(value) if _fits(value) else shortest_single(float(value)), value)


def _fits(value: float) -> bool:
    return isinstance(value, int) and -(2**63) <= value < 2**64


def _seen(shape: Struct, key: str) -> Any:
    """The shape that upstream converts a field to; `ANY` for one that it leaves alone."""
    name = shape.name_of(key)
    return ANY if name is None or name in shape.embedded else shape.fields[name]


def read(config: Resource, shape: Struct) -> dict[str, Any]:
    """The fields of a configuration; unknown ones are ignored. `StructError` for wrong types."""
    from cmp.kustomize.jsonpatch import to_json

    try:
        fields: dict[str, Any] = decode(as_texts(to_json(config.body), shape), shape, strict=False) or {}
    except StructError as error:
        error.at(field=dotted(error.path))
        raise
    return fields
