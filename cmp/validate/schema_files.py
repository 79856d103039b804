"""Schemas out of files: CustomResourceDefinitions, Kubernetes' OpenAPI documents, JSON schemas."""

from __future__ import annotations

import json
import os
from functools import partial
from typing import NamedTuple, Protocol

from cmp.errors import CmpError, Where
from cmp.nearest import nearest
from cmp.paths import dotted
from cmp.validate.structural import Structure
from cmp.yaml import gojson, load_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Schema = dict[str, Any]
    Key = tuple[str, str, str]


class Checker(Protocol):
    """Something that an object can be held against."""

    def problems(self, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """(field, message) of what is wrong."""
        ...


def structure(schema: Schema, shared: Schema | None = None) -> Structure:
    """The structural schema of an object: apiVersion, kind and metadata are there, whatever it says."""
    return Structure(_root(schema), (), shared)


def rooted(rows: list[Schema], number: int) -> Structure:
    """The same of a row."""
    return Structure(_root(rows[number]), rows)


def _root(schema: Schema) -> Schema:
    known = dict(schema.get("properties", {}))
    for name, kind in (("apiVersion", "string"), ("kind", "string"), ("metadata", "object")):
        known[name] = {"type": kind}
    return {**schema, "properties": known, "type": "object"}


def read(path: str, remarks: list[str]) -> dict[Key, Checker | None]:
    """Schemas of a file, or of every .json, .yaml and .yml below a folder.

    None stands for a version that is not served. remarks: gets a line for each file that holds no schema.
    """
    if os.path.isdir(path):
        found: dict[Key, Checker | None] = {}
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                if name.endswith((".json", ".yaml", ".yml")):
                    found.update(_file(os.path.join(folder, name), remarks))
        return found
    if not os.path.isfile(path):
        raise CmpError("no such file or folder of schemas", where=Where(file=path))
    return _file(path, remarks)


def _file(path: str, remarks: list[str]) -> dict[Key, Checker | None]:
    with open(path, "rb") as file:
        data = file.read()
    try:
        documents = [json.loads(data)] if path.endswith(".json") else _yaml(data)
    except (ValueError, CmpError) as err:
        raise CmpError("cannot be read as a schema", where=Where(file=path)) from err
    found: dict[Key, Checker | None] = {}
    for document in documents:
        if isinstance(document, dict):
            found.update(_document(document, path, remarks))
    return found


def _yaml(data: bytes) -> list[Any]:
    return [json.loads(gojson.dumps(document)) for document in load_all(data)]


def _document(document: Schema, path: str, remarks: list[str]) -> Iterator[tuple[Key, Checker | None]]:
    """A CRD, one version of one (group, kind, version, schema), an OpenAPI document, or a JSON schema."""
    if document.get("kind") == "CustomResourceDefinition":
        yield from of_crd(document, path, remarks)
    elif {"group", "kind", "version", "schema"} <= document.keys():
        key = (document["group"], document["version"], document["kind"])
        yield key, structure(document["schema"]) if document.get("served", True) else None
    elif isinstance(document.get("definitions"), dict) and "swagger" in document:
        yield from _openapi(document["definitions"])
    elif "properties" in document:
        for key in _keys_of(document):
            yield key, JsonSchema(document) if _REFERENCES & _keywords(document) else structure(document)


# What structural schemas do not have.
_REFERENCES = frozenset(("$ref", "patternProperties", "if", "const", "dependencies", "prefixItems"))


def _keywords(schema: Any) -> set[str]:
    """Every keyword of a schema, names of properties left out."""
    if isinstance(schema, list):
        return {key for each in schema for key in _keywords(each)}
    if not isinstance(schema, dict):
        return set()
    found = set(schema)
    for key, inner in schema.items():
        values = inner.values() if key == "properties" and isinstance(inner, dict) else [inner]
        found.update(*map(_keywords, values))
    return found


def of_crd(document: Schema, path: str, remarks: list[str]) -> Iterator[tuple[Key, Checker | None]]:
    """The versions of a CustomResourceDefinition; a remark for one that has none, or none with a schema."""
    spec = document.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    names = spec.get("names")
    kind = names.get("kind") if isinstance(names, dict) else None
    group, versions = spec.get("group"), spec.get("versions")
    known = isinstance(kind, str) and isinstance(group, str) and isinstance(versions, list)
    found = 0
    for version in versions if known and isinstance(versions, list) else ():
        if not isinstance(version, dict) or not isinstance(version.get("name"), str):
            continue
        schema = version.get("schema")
        schema = schema.get("openAPIV3Schema") if isinstance(schema, dict) else None
        key = str(group), version["name"], str(kind)
        if version.get("served", True) is False:
            found += 1
            yield key, None
        elif isinstance(schema, dict):
            found += 1
            yield key, structure(schema)
    if not found:
        place = path or f"CustomResourceDefinition {(document.get('metadata') or {}).get('name', '')}"
        remarks.append(f"{place}: a CustomResourceDefinition without a version that has a schema is skipped")


# -- Kubernetes' OpenAPI document, version 2 (api/openapi-spec/swagger.json)


def _openapi(definitions: Schema) -> Iterator[tuple[Key, Checker]]:
    shared = {name: {**each, **_special(name)} for name, each in definitions.items()}
    for name, definition in definitions.items():
        for key in _keys_of(definition):
            yield key, Structure({"$ref": name}, (), shared, custom=False)


def _special(name: str) -> Schema:
    """Types that are read in a way of their own; scripts/schemas.py does the same."""
    short = name.rpartition(".")[2]
    if short == "IntOrString":
        return {"x-kubernetes-int-or-string": True}
    return {"type": ["string", "number"]} if short == "Quantity" else {}


def _keys_of(schema: Schema) -> Iterator[Key]:
    """The kinds that a schema names; kubeconform's layouts do so by an enumeration."""
    named = schema.get("x-kubernetes-group-version-kind") or ()
    for each in named if "properties" in schema else ():
        yield each.get("group", ""), each.get("version", ""), each.get("kind", "")
    properties = schema.get("properties", {})
    kinds = properties.get("kind", {}).get("enum") or []
    versions = properties.get("apiVersion", {}).get("enum") or []
    if kinds and versions and not named:
        group, _, version = versions[0].rpartition("/")
        yield group, version, kinds[0]


# -- JSON schemas of the user: the general standard, by the library for it


class JsonSchema(NamedTuple):
    """A JSON schema, such as kubeconform takes them."""

    schema: Schema

    def problems(self, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Problems by the field they are about, never with the value that is wrong."""
        library = _jsonschema()
        checker = library.FormatChecker(formats=())
        for name, bits in (("int32", 31), ("int64", 63)):
            checker.checks(name)(partial(_fits, 2**bits))
        for error in library.Draft202012Validator(closed(self.schema), format_checker=checker).iter_errors(
            body
        ):
            yield dotted(error.absolute_path), _say(error)


def _fits(bound: int, value: object) -> bool:
    return not isinstance(value, int) or -bound <= value < bound


def _say(error: Any) -> str:
    """The problem in our words: jsonschema's own quote the value, which may be a secret."""
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = [(key, nearest(key, known)) for key in error.instance if key not in known]
        return "; ".join(
            f"unknown field {key}" + (f", did you mean {near}?" if near else "") for key, near in unknown
        )
    if error.validator == "type":
        wanted = error.validator_value
        return f"must be of type {' or '.join(wanted) if isinstance(wanted, list) else wanted}"
    if error.validator == "required":
        return f"needs {', '.join(key for key in error.validator_value if key not in error.instance)}"
    if error.validator == "enum":
        return "must be one of " + ", ".join(map(str, error.validator_value))
    if isinstance(error.validator_value, (int, str)):
        return f"breaks {error.validator}: {error.validator_value}"
    return f"does not fit the schema's {error.validator}"


def closed(schema: Any) -> Any:
    """A copy that refuses unknown fields wherever a schema lists known ones."""
    if not isinstance(schema, dict):
        return schema
    made = dict(schema)
    for key in ("properties", "patternProperties", "$defs", "definitions"):
        if isinstance(schema.get(key), dict):
            made[key] = {name: closed(inner) for name, inner in schema[key].items()}
    for key in ("items", "additionalProperties"):
        made.update({key: closed(schema[key])} if key in schema else {})
    if schema.get("properties") and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def _jsonschema() -> Any:
    try:
        import jsonschema
    except ModuleNotFoundError as err:
        raise CmpError(
            "the package jsonschema is not installed, which JSON schemas need",
            hint="pip install 'mlops-cmp[validate]', or name CustomResourceDefinitions",
        ) from err
    return jsonschema
