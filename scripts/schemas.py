"""Make the schemas of cmp/crds again, in compact form, from the sources that schemas.toml lists.

Usage: schemas.py [--facts FOLDER] [NAME...]

Needs Go for the modules. NAME is a table of schemas.toml, all by default. Only facts are kept: types, fields,
bounds, defaults, rules. `cmp/crds/README.md` describes the form.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from cmp import crds
from cmp.yaml import gojson, load_all

ROOT = Path(__file__).parent.parent
OUTPUT = ROOT / "cmp/crds"
# What a check needs of a schema; descriptions and examples are not facts.
SCHEMAS = ("properties",)
INNER = ("items", "additionalProperties", "not")
LISTS = ("anyOf", "oneOf", "allOf")
PLAIN = (
    *(
        "type",
        "format",
        "nullable",
        "enum",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "multipleOf"),
    *("uniqueItems", "default", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"),
    *("x-kubernetes-embedded-resource", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
)
# Fields that the published schema requires and a kube-apiserver does not.
NOT_REQUIRED = {
    "LimitRangeSpec": "limits",
    "PreferredSchedulingTerm": "preference",
    "PodFailurePolicy": "rules",
    "SleepAction": "seconds",
    "HTTPHeader": "value",
    "Sysctl": "value",
}
Schema = dict[str, Any]


class Rows:
    """Schemas by number: equal ones have one number."""

    def __init__(self) -> None:
        self.rows: list[Schema] = []
        self._numbers: dict[str, int] = {}

    def add(self, schema: Any) -> Any:
        """The number of a schema; true and false stay as they are."""
        if not isinstance(schema, dict):
            return schema
        return self.number(self.row(schema))

    def row(self, schema: Schema) -> Schema:
        """The schema's facts, with numbers in the place of the schemas in it."""
        row: Schema = {key: schema[key] for key in PLAIN if key in schema}
        for key in SCHEMAS:
            if schema.get(key):
                row[key] = {name: self.add(inner) for name, inner in sorted(schema[key].items())}
        for key in INNER:
            if key in schema:
                row[key] = self.add(schema[key])
        for key in LISTS:
            if schema.get(key):
                row[key] = [self.add(inner) for inner in schema[key]]
        if schema.get("required"):
            row["required"] = sorted(schema["required"])
        if schema.get("x-kubernetes-validations"):
            row["x-kubernetes-validations"] = [
                {
                    key: rule[key]
                    for key in ("rule", "message", "messageExpression", "optionalOldSelf")
                    if key in rule
                }
                for rule in schema["x-kubernetes-validations"]
            ]
        return row

    def number(self, row: Schema) -> int:
        text = json.dumps(row, sort_keys=True)
        if text not in self._numbers:
            self._numbers[text] = len(self.rows)
            self.rows.append(row)
        return self._numbers[text]


def module(name: str, version: str) -> Path:
    """The folder of a Go module, fetched if it is not in the module cache."""
    words = ["go", "mod", "download", "-json", f"{name}@{version}"]
    said = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=False).stdout)
    if "Dir" not in said:
        sys.exit(f"{name} {version}: {said.get('Error')}")
    return Path(said["Dir"])


# -- CustomResourceDefinitions


def definitions(table: dict[str, Any], facts: Path | None) -> list[dict[str, Any]]:
    """One entry for each version of each kind: group, version, kind, served, scope, schema."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    folder = module(table["module"], table["version"])
    for pattern in table["files"]:
        for path in sorted(folder.glob(pattern)):
            for document in load_all(path.read_bytes()):
                for entry in versions(json.loads(gojson.dumps(document))):
                    found.setdefault((entry["group"], entry["kind"], entry["version"]), entry)
    by_hand = [sorted(facts.glob(pattern)) for pattern in table.get("facts", ())] if facts else []
    for paths in by_hand:
        for path in paths:
            entry = json.loads(path.read_bytes())
            found[entry["group"], entry["kind"], entry["version"]] = entry
    return [found[key] for key in sorted(found)]


def versions(document: Any) -> Any:
    """The entries of a CRD; nothing of another document, or of a patch of a CRD."""
    if not isinstance(document, dict) or document.get("kind") != "CustomResourceDefinition":
        return
    spec = document["spec"]
    for version in spec.get("versions", ()):
        schema = version.get("schema", {}).get("openAPIV3Schema")
        if schema is None:
            continue
        if "status" in version.get("subresources", {}) and "status" in schema.get("properties", {}):
            # An API server drops the status of what people create, before it looks at it.
            schema["properties"]["status"] = {"x-kubernetes-preserve-unknown-fields": True}
        entry = {"group": spec["group"], "kind": spec["names"]["kind"], "scope": spec["scope"]}
        yield {**entry, "version": version["name"], "served": version.get("served", True), "schema": schema}


def custom(table: dict[str, Any], facts: Path | None) -> dict[str, Any]:
    rows, kinds, cluster = Rows(), {}, set()
    for entry in definitions(table, facts):
        name = f"{entry['group']}/{entry['version']} {entry['kind']}"
        kinds[name] = rows.add(entry["schema"]) if entry["served"] else None
        if entry["scope"] == "Cluster":
            cluster.add(f"{entry['group']} {entry['kind']}")
    source = f"{table['module']} {table['version']}"
    if facts and table.get("facts"):
        source += f"; {table['facts_source']}"
    return {"source": source, "cluster": sorted(cluster), "kinds": kinds, "rows": rows.rows}


# -- Kubernetes' own kinds


def kubernetes(table: dict[str, Any]) -> dict[str, Any]:
    """kinds: a number for each version, in their order; null where a version does not have the kind."""
    specs = []
    for version in table["versions"]:
        path = module(table["module"], version) / "api/openapi-spec/swagger.json"
        specs.append(json.loads(path.read_bytes())["definitions"])
    classes = classify(specs)
    # One row for each class of equal definitions, and then the rows of the schemas in them.
    numbers = {
        each: number
        for number, each in enumerate(dict.fromkeys(c for each in classes for c in each.values()))
    }
    rows = Rows()
    rows.rows = [{} for _ in numbers]
    kinds: dict[str, list[int | None]] = {}
    for index, (spec, names) in enumerate(zip(specs, classes, strict=True)):
        for name, definition in spec.items():
            number = numbers[names[name]]
            rows.rows[number] = rows.row(resolved(name, definition, names, numbers))
            for each in definition.get("x-kubernetes-group-version-kind", ()):
                if "metadata" not in definition.get("properties", {}):
                    continue  # options of requests, events of a watch
                version = f"{each['group']}/{each['version']}".lstrip("/")
                kinds.setdefault(f"{version} {each['kind']}", [None] * len(specs))[index] = number
    return {
        "source": f"{table['module']} {', '.join(table['versions'])}: api/openapi-spec/swagger.json",
        "versions": [version.removeprefix("v").rpartition(".")[0] for version in table["versions"]],
        "kinds": dict(sorted(kinds.items())),
        "rows": rows.rows,
    }


def classify(specs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The name of a class for each definition: equal in all that is below it, recursion included."""
    classes = [dict.fromkeys(spec, "") for spec in specs]
    count = 0
    while True:
        fresh = []
        for spec, names in zip(specs, classes, strict=True):
            made = {}
            for name, definition in spec.items():
                facts = json.dumps(stripped(resolved(name, definition, names, None)), sort_keys=True)
                made[name] = hashlib.sha256(facts.encode()).hexdigest()[:16]
            fresh.append(made)
        classes = fresh
        now = len({each for made in classes for each in made.values()})
        if now == count:
            return classes
        count = now


def stripped(value: Any) -> Any:
    """Without descriptions and extensions of documentation."""
    if isinstance(value, dict):
        kept = ("properties", "required", "$ref", *PLAIN, *INNER, *LISTS)
        return {
            key: {name: stripped(each) for name, each in inner.items()}
            if key == "properties"
            else stripped(inner)
            for key, inner in value.items()
            if key in kept
        }
    return value


def resolved(name: str, definition: Any, names: dict[str, str], numbers: dict[str, int] | None) -> Any:
    """A definition with classes, or their numbers, in the place of references."""
    short = name.rpartition(".")[2]
    if short == "IntOrString":
        return {"x-kubernetes-int-or-string": True}
    if short == "Quantity":
        return {"type": ["string", "number"]}
    if short in ("JSONSchemaPropsOrBool", "JSONSchemaPropsOrArray", "JSONSchemaPropsOrStringArray", "JSON"):
        return {}
    if short == "RawExtension":
        return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                found = names[value["$ref"].rpartition("/")[2]]
                return numbers[found] if numbers is not None else {"$ref": found}
            return {
                key: {each: walk(inner) for each, inner in below.items()}
                if key == "properties"
                else walk(below)
                for key, below in value.items()
                if not key.startswith("x-kubernetes-list")
                and key != "default"
                and below != "byte"  # cmp.validate.apiserver.data looks at these strings
            }
        return [walk(each) for each in value] if isinstance(value, list) else value

    made: Schema = walk(definition)
    if short in NOT_REQUIRED:
        made["required"] = [each for each in made.get("required", ()) if each != NOT_REQUIRED[short]]
    return made


def tables() -> dict[str, Any]:
    """schemas.toml."""
    return tomllib.loads((ROOT / "scripts/schemas.toml").read_text())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--facts", type=Path, help="a folder of facts for the tables that list some")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    known = tables()
    for name in given.names or known:
        table = known[name]
        if table.get("facts") and not given.facts:
            print(f"{name}: left as it is, it needs --facts")
            continue
        made = kubernetes(table) if name == "kubernetes" else custom(table, given.facts)
        path = OUTPUT / f"{name}.json"
        path.write_text(text(made))
        print(f"{name}: {len(made['kinds'])} kinds, {len(made['rows'])} rows, {path.stat().st_size} bytes")
    (OUTPUT / "index.json").write_text(json.dumps(index(known), indent=0, sort_keys=True) + "\n")


def index(tables: dict[str, Any]) -> dict[str, str]:
    """`group/version Kind` of each custom resource to its file, those written by hand included."""
    found: dict[str, str] = {}
    for name in crds.BY_HAND:
        found |= {f"{each['group']}/{each['version']} {each['kind']}": name for each in crds.table(name)}
    for name in tables:
        if name != crds.KUBERNETES:
            kinds = json.loads((OUTPUT / f"{name}.json").read_bytes())["kinds"]
            found |= {kind: name for kind in kinds if kind not in found}
    return found


def text(made: dict[str, Any]) -> str:
    """One line for each kind and row, so that changes can be read."""
    lines = [f"{json.dumps(key)}: {json.dumps(made[key])}" for key in made if key not in ("kinds", "rows")]
    kinds = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in made["kinds"].items())
    rows = ",\n".join(json.dumps(row, separators=(",", ":"), ensure_ascii=True) for row in made["rows"])
    return "{\n" + ",\n".join([*lines, f'"kinds": {{\n{kinds}\n}}', f'"rows": [\n{rows}\n]']) + "\n}\n"


if __name__ == "__main__":
    main()
