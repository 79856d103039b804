"""An object with every field of the type that its schema says, so that rules need not ask.

What does not fit is an empty value of the right type, a null is left out; the schema check has reported both.
"""

from __future__ import annotations

from functools import lru_cache

from cmp import crds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Schema = dict[str, Any]

_EMPTY: dict[str, Any] = {"string": "", "boolean": False, "integer": 0}
_TYPES: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
_METADATA: Schema = {
    "type": "object",
    "properties": {"name": _TEXT, "namespace": _TEXT, "labels": _TEXTS, "annotations": _TEXTS},
}


def shaped(body: dict[str, Any]) -> dict[str, Any]:
    """A copy of one of our kinds; unknown fields stay as they are."""
    schema = _schemas()[str(body["kind"])]
    known: Schema = {**schema, "properties": {**schema["properties"], "metadata": _METADATA}}
    result: dict[str, Any] = _shape(body, known, schema.get("$defs", {}))
    return result


def _shape(value: Any, schema: Schema, shared: Schema) -> Any:
    if "$ref" in schema:
        schema = shared[schema["$ref"].rpartition("/")[2]]
    if schema.get("x-kubernetes-int-or-string"):
        return value if isinstance(value, (int, str)) else 0
    wanted = schema.get("type")
    if wanted is None:
        return value
    if not isinstance(value, _TYPES[wanted]) or (wanted == "integer" and isinstance(value, bool)):
        value = _EMPTY.get(wanted, [] if wanted == "array" else {})
    if wanted == "array":
        return [_shape(item, schema["items"], shared) for item in value]
    if wanted == "object":
        return _mapping(value, schema, shared)
    return value


def _mapping(value: dict[str, Any], schema: Schema, shared: Schema) -> dict[str, Any]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    result = {}
    for key, item in value.items():
        inner = known.get(key, others)
        if inner is None:
            result[key] = item
        elif item is not None:
            result[key] = _shape(item, inner, shared)
    return result


@lru_cache(maxsize=1)
def _schemas() -> dict[str, Schema]:
    return {each["kind"]: each["schema"] for each in crds.table("argocd")}
