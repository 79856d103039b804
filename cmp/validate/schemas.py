"""The schema of an object's kind: the user's CRD files, then our own (Seldon, Argo CD), then Kubernetes' own.

Unknown fields are refused, as an API server drops them without a word. A kind without a schema is unchecked,
which is never the same as passed.
"""

from __future__ import annotations

import copy
import json
import os
from functools import lru_cache

from cmp.errors import CmpError, Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Schema = dict[str, Any]
    Key = tuple[str, str, str]


class SchemaError(CmpError):
    """A schema file that cannot be used, or a package that is not installed."""


class Schemas:
    """Schemas by (group, version, kind). `kubernetes` is the version, such as `1.33`."""

    def __init__(self, kubernetes: str = "", paths: tuple[str, ...] = ()) -> None:
        self._kubernetes = kubernetes
        self._custom: dict[Key, Schema] = {}
        for path in paths:
            self._custom.update(_read(path))
        groups: dict[str, set[str]] = {}
        for group, _, kind in (*self._custom, *_own()):
            groups.setdefault(kind, set()).add(group)
        self._groups = groups

    def other_group(self, body: dict[str, Any]) -> str:
        """A known group of the same domain that has this kind, for an object whose own group is unknown."""
        group = str(body.get("apiVersion", "")).rpartition("/")[0]
        domain = ".".join(group.split(".")[-2:])
        known = self._groups.get(str(body.get("kind")), set()) - {group}
        return min((each for each in known if each.endswith(f".{domain}")), default="")

    def problems(self, body: dict[str, Any]) -> Iterator[tuple[str, str]] | None:
        """(field, message) of what the schema says against an object; None when its kind has no schema."""
        api_version, kind = body.get("apiVersion"), body.get("kind")
        if not isinstance(api_version, str) or not isinstance(kind, str):
            return iter([("", "an object needs apiVersion and kind")])
        group, _, version = api_version.rpartition("/")
        schema = self._custom.get((group, version, kind)) or _own().get((group, version, kind))
        if schema is _NOT_SERVED:
            return iter([("apiVersion", f"{api_version} is no longer served for {kind}")])
        if schema is not None:
            return _errors(schema, body)
        return _built_in(body, self._kubernetes)


def _errors(schema: Schema, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Problems by the field they are about, never with the value that is wrong."""
    validator = _jsonschema().Draft202012Validator(schema)
    for error in validator.iter_errors(body):
        yield from _flat(error)


def _flat(error: Any) -> Iterator[tuple[str, str]]:
    yield _dotted(error.absolute_path), _say(error)


def _say(error: Any) -> str:
    """The problem in our words: jsonschema's own quote the value, which may be a secret."""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [key for key in error.instance if key not in known]
        return "; ".join(_unknown(key, known) for key in unknown)
    if error.validator == "type":
        wanted = error.validator_value
        wanted = " or ".join(wanted) if isinstance(wanted, list) else wanted
        return f"must be of type {wanted}, not {_type(error.instance)}"
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return f"needs {', '.join(missing)}"
    if error.validator == "enum":
        return "must be one of " + ", ".join(map(str, error.validator_value))
    if error.validator in (
        "minimum",
        "maximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "pattern",
        "format",
    ):
        return f"breaks {error.validator}: {error.validator_value}"
    return f"does not fit the schema's {error.validator}"


def _unknown(key: str, known: dict[str, Any]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1)
    return f"unknown field {key}" + (f", did you mean {near[0]}?" if near else "")


def _type(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(type(value), "null")


def _dotted(path: Any) -> str:
    text = ""
    for part in path:
        text += (
            f"[{part}]" if isinstance(part, int) or "." in str(part) else f".{part}" if text else str(part)
        )
    return text


# -- Kubernetes' own kinds

# Groups of the API server itself; other groups below k8s.io (gateway, snapshot, autoscaling.k8s.io) are CRDs.
_GROUPS = frozenset(("", "apps", "autoscaling", "batch", "extensions", "policy")) | {
    f"{name}.k8s.io"
    for name in (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization"),
        *("certificates", "coordination", "discovery", "events", "flowcontrol.apiserver", "networking"),
        *("node", "rbac.authorization", "resource", "scheduling", "storage", "storagemigration"),
    )
}


def _built_in(body: dict[str, Any], version: str) -> Iterator[tuple[str, str]] | None:
    try:
        import kubernetes_validate
    except ModuleNotFoundError as err:
        raise SchemaError(
            "the package kubernetes-validate is not installed", hint="pip install 'mlops-cmp[validate]'"
        ) from err
    group, _, number = body["apiVersion"].rpartition("/")
    if group not in _GROUPS:
        return None
    chosen = (version or kubernetes_validate.latest_version()).removeprefix("v")
    name = f"{body['kind'].lower()}-{group.partition('.')[0] + '-' if group else ''}{number}.json"
    schema = _built_in_schema(chosen, name)
    if schema is None:
        release = ".".join(chosen.split(".")[:2])
        message = f"Kubernetes {release} has no {body['kind']} in {body['apiVersion']}"
        return iter([("apiVersion", message)])
    return _errors(schema, body)


@lru_cache(maxsize=256)
def _built_in_schema(version: str, name: str) -> Schema | None:
    """The strict schema with its definitions inside; None for a kind that this version does not have."""
    import kubernetes_validate

    folder = os.path.join(os.path.dirname(kubernetes_validate.__file__), "kubernetes-json-schema")
    folder = os.path.join(folder, _folder(folder, version))
    path = os.path.join(folder, name)
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        schema: Schema = json.loads(file.read().replace("/api/_definitions.json", ""))
    schema["$defs"] = _definitions(folder)
    schema.pop("$id", None)
    return schema


def _folder(parent: str, version: str) -> str:
    """The folder of the newest patch of `major.minor`."""
    wanted = ".".join(version.split(".")[:2])
    found = [
        name
        for name in os.listdir(parent)
        if name.startswith(f"v{wanted}.") and name.endswith("-local-strict")
    ]
    if not found:
        known = sorted(
            {".".join(name[1:].split(".")[:2]) for name in os.listdir(parent) if name.startswith("v")},
            key=_numbers,
        )
        raise SchemaError(f"no schemas for Kubernetes {version}", hint=f"known are {known[0]} to {known[-1]}")
    return max(found)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


@lru_cache(maxsize=4)
def _definitions(folder: str) -> Schema:
    with open(os.path.join(folder, "_definitions.json"), encoding="utf-8") as file:
        found: Schema = json.loads(file.read().replace("/api/_definitions.json", ""))["$defs"]
    return found


# -- files of the user


def _read(path: str) -> dict[Key, Schema]:
    """Schemas of a file or of every .json, .yaml and .yml below a folder."""
    if os.path.isdir(path):
        found: dict[Key, Schema] = {}
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".json", ".yaml", ".yml")):
                    found.update(_file(os.path.join(folder, name)))
        return found
    if not os.path.isfile(path):
        raise SchemaError("no such file or folder of schemas", where=Where(file=path))
    return _file(path)


def _file(path: str) -> dict[Key, Schema]:
    with open(path, "rb") as file:
        data = file.read()
    try:
        documents = [json.loads(data)] if path.endswith(".json") else _yaml(data)
    except (ValueError, CmpError) as err:
        raise SchemaError("cannot be read as a schema", where=Where(file=path)) from err
    found: dict[Key, Schema] = {}
    for document in documents:
        if isinstance(document, dict):
            found.update(_document(document, path))
    return found


def _yaml(data: bytes) -> list[Any]:
    from cmp.yaml import gojson, load_all

    return [json.loads(gojson.dumps(document)) for document in load_all(data)]


# In the place of the schema of a version that the API server refuses by now.
_NOT_SERVED: Schema = {"served": False}


def _document(document: Schema, path: str) -> Iterator[tuple[Key, Schema]]:
    """A CustomResourceDefinition, one version of one (group, kind, version, schema), or a JSON schema."""
    if document.get("kind") == "CustomResourceDefinition":
        spec = document["spec"]
        for version in spec["versions"]:
            schema = version.get("schema", {}).get("openAPIV3Schema", {})
            served = version.get("served", True)
            yield (
                (spec["group"], version["name"], spec["names"]["kind"]),
                closed(schema, root=True) if served else _NOT_SERVED,
            )
    elif {"group", "kind", "version", "schema"} <= document.keys():
        served = document.get("served", True)
        yield (
            (document["group"], document["version"], document["kind"]),
            closed(document["schema"], root=True) if served else _NOT_SERVED,
        )
    elif "properties" in document:
        key = _key_of_name(document, path)
        if key:
            yield key, closed(document, root=True)


def _key_of_name(schema: Schema, path: str) -> Key | None:
    """kubeconform's layouts: `GROUP/kind_version.json`, and schemas that name their kinds themselves."""
    for named in schema.get("x-kubernetes-group-version-kind", ()):
        return named.get("group", ""), named.get("version", ""), named.get("kind", "")
    properties = schema["properties"]
    kinds = properties.get("kind", {}).get("enum") or []
    versions = properties.get("apiVersion", {}).get("enum") or []
    if kinds and versions:
        group, _, version = versions[0].rpartition("/")
        return group, version, kinds[0]
    return None


def closed(schema: Schema, *, root: bool = False) -> Schema:
    """A copy that refuses unknown fields and says int-or-string and nullable as JSON Schema does."""
    result: Schema = _close(copy.deepcopy(schema))
    if root:
        known = result.setdefault("properties", {})
        for name, kind in (("apiVersion", "string"), ("kind", "string"), ("metadata", "object")):
            known[name] = {"type": kind}
    return result


def _close(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    for key in ("properties", "patternProperties", "$defs"):
        for name, inner in schema.get(key, {}).items():
            schema[key][name] = _close(inner)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = _close(schema[key])
    if schema.get("x-kubernetes-embedded-resource"):
        schema.setdefault("properties", {}).update(
            {
                name: {}
                for name in ("apiVersion", "kind", "metadata")
                if name not in schema.get("properties", {})
            }
        )
    if schema.get("properties") and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
        schema.pop("anyOf", None)
        schema.pop("format", None)
    if schema.pop("nullable", False) and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    return schema


# Kinds whose definitions may not be redistributed, and Argo CD's, which people validate every day.
_OWN = ("own_schemas.json", os.path.join("argocd", "schemas.json"))


@lru_cache(maxsize=1)
def _own() -> dict[Key, Schema]:
    """Our own schemas, written from facts."""
    found: dict[Key, Schema] = {}
    for name in _OWN:
        with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as file:
            for each in json.load(file):
                key = each["group"], each["version"], each["kind"]
                found[key] = closed(each["schema"], root=True)
    return found


def _jsonschema() -> Any:
    try:
        import jsonschema
    except ModuleNotFoundError as err:
        raise SchemaError(
            "the package jsonschema is not installed", hint="pip install 'mlops-cmp[validate]'"
        ) from err
    return jsonschema
