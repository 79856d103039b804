"""Name suffixes from content (api/hasher/hasher.go, HashTransformer)."""

from __future__ import annotations

from cmp.kustomize.history import remember
from cmp.kustomize.printing import printing
from cmp.kustomize.resource import HASHED_BY_CONTENT, text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

# Digits and letters that could form words are replaced.
_DIGITS = str.maketrans({"0": "g", "1": "h", "3": "k", "a": "m", "e": "t"})
# The parts of each kind that are hashed, and those that are only when they are a mapping.
_PARTS = {"ConfigMap": (("data",), ("binaryData",)), "Secret": (("data", "type"), ("stringData",))}


def add_hashes(resmap: ResMap, context: Context) -> None:
    """Put the hash after the name of every resource whose generator, or annotation, asked for it."""
    for resource in resmap:
        if resource.needs_hash:
            with printing(resource):
                suffix = hash_of(_encoded(resource, context))
            remember(resource)
            resource.set_name(resource.name + f"-{suffix}")  # a tainted name stays so
    resmap.touch()


def hash_of(encoded: bytes) -> str:
    """Ten characters from what is hashed."""
    from cmp.digests import sha256_hex

    return sha256_hex(encoded)[:10].translate(_DIGITS)


def _encoded(resource: Resource, context: Context) -> bytes:
    """The content of a ConfigMap or Secret; of other kinds the YAML nodes of their file, if it is known."""
    from cmp.yaml.gojson import dumps

    if resource.kind not in HASHED_BY_CONTENT:
        from cmp.kustomize.nodehash import nodes_as_json

        data = context.read_again(resource.file)
        nodes = nodes_as_json(resource, data, context.options.limits) if data is not None else None
        if nodes is not None:
            return nodes
    return dumps(hashed_part(resource))


def hashed_part(resource: Resource) -> Value:
    """What is hashed: upstream looks the name up under a key that never exists, so it is always empty."""
    kind = resource.kind
    if kind not in HASHED_BY_CONTENT:
        return resource.body
    parts: dict[str, Value] = {"kind": kind, "name": ""}
    always, if_mapping = _PARTS[kind]
    for key in always:
        parts[key] = _part(resource.body, key)
    for key in if_mapping:
        value = resource.body.get(key)
        if isinstance(value, (dict, list)):
            parts[key] = _part(resource.body, key)
    return parts


def _part(body: dict[str, Value], key: str) -> Value:
    if key not in body:
        return ""
    value = body[key]
    if isinstance(value, dict):
        return value
    # A list does not fit the mapping that upstream reads it into, and is lost.
    if isinstance(value, list):
        return None
    return text_of(value)
