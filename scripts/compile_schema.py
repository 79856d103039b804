"""Compile kustomize's built-in Kubernetes schema into the table of merge keys that strategic merges need.

Usage: compile_schema.py SWAGGER_PB [OUTPUT]

SWAGGER_PB is `openapi/kubernetesapi/v1_21_2/swagger.pb` of the Go module sigs.k8s.io/kustomize/kyaml, a
protobuf of gnostic's OpenAPI v2 document. Only facts are kept: which lists merge by which keys, and the
fields that lead there. OUTPUT is read by `cmp.kustomize.schema.table`, which describes its lines.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "cmp/kustomize/schema/kubernetes-1.21.2.txt"
HEADER = """\
# Which lists of Kubernetes 1.21.2 objects a strategic merge patch merges, and by which keys.
# Made by scripts/compile_schema.py; the format is described in cmp/kustomize/schema/table.py.
"""
LEAF = -1


# -- the protobuf wire format, and gnostic's field numbers


def fields(data: bytes) -> dict[int, list[bytes]]:
    """The length-delimited fields of a message, by number."""
    found: dict[int, list[bytes]] = {}
    position = 0

    def varint() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while position < len(data):
        tag = varint()
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            varint()
        elif wire == 1:
            position += 8
        elif wire == 5:
            position += 4
        else:
            size = varint()
            found.setdefault(number, []).append(data[position : position + size])
            position += size
    return found


def named(messages: list[bytes]) -> dict[str, bytes]:
    """Gnostic's `Named...` messages as a mapping."""
    pairs = [fields(message) for message in messages]
    return {pair[1][0].decode(): pair.get(2, [b""])[0] for pair in pairs}


def one(message: dict[int, list[bytes]], number: int) -> dict[int, list[bytes]]:
    return fields(message[number][0]) if number in message else {}


class Schema:
    """One schema: ref, type, properties, items, additional, and the extensions as YAML texts."""

    def __init__(self, data: bytes) -> None:
        message = fields(data)
        self.ref = message.get(1, [b""])[0].decode().removeprefix("#/definitions/")
        self.types = [each.decode() for each in one(message, 22).get(1, [])]
        self.properties = {key: Schema(value) for key, value in named(one(message, 25).get(1, [])).items()}
        items = one(message, 23).get(1)
        self.items = Schema(items[0]) if items else None
        additional = one(message, 21).get(1)
        self.additional = Schema(additional[0]) if additional else None
        self.extensions = {
            key: fields(value)[2][0].decode() for key, value in named(message.get(31, [])).items()
        }

    def keys(self) -> str | None:
        """`*` for a set of single values, the merge keys joined by commas, or None for any other list."""
        strategy = self.extensions.get("x-kubernetes-patch-strategy", "").strip().strip('"')
        if "merge" not in strategy.split(","):
            return None
        listed = re.findall(r"^- (.*)$", self.extensions.get("x-kubernetes-list-map-keys", ""), re.MULTILINE)
        single = self.extensions.get("x-kubernetes-patch-merge-key", "").strip()
        return ",".join(listed) or single or "*"


# -- the graph


class Table:
    def __init__(self, definitions: dict[str, Schema]) -> None:
        self.definitions = definitions
        self.merging: dict[str, bool] = {}
        self.numbers: dict[object, int] = {}
        self.lines: list[str] = []

    def resolve(self, schema: Schema) -> Schema:
        while schema.ref:
            schema = self.definitions[schema.ref]
        return schema

    def merges(self, schema: Schema, seen: frozenset[str] = frozenset()) -> bool:
        """Whether any list at or below `schema` merges."""
        if schema.ref:
            if schema.ref in self.merging:
                return self.merging[schema.ref]
            if schema.ref in seen:
                return False
            result = self.merges(self.definitions[schema.ref], seen | {schema.ref})
            if result or not seen:
                self.merging[schema.ref] = result
            return result
        below = [*schema.properties.values(), schema.items, schema.additional]
        return schema.keys() is not None or any(self.merges(each, seen) for each in below if each)

    def number(self, schema: Schema) -> int:
        """The number of the line for `schema`, made on first use."""
        if not self.merges(schema):
            return LEAF
        schema = self.resolve(schema)
        key = id(schema)
        if key not in self.numbers:
            self.numbers[key] = len(self.lines)
            self.lines.append("")
            self.lines[self.numbers[key]] = self.line(schema)
        return self.numbers[key]

    def line(self, schema: Schema) -> str:
        # Known fields without merges below are listed too: an unknown field is treated differently.
        below = {name: self.number(child) for name, child in sorted(schema.properties.items())}
        items = self.number(schema.items) if schema.items and schema.types == ["array"] else ""
        additional = self.number(schema.additional) if schema.additional else ""
        leaves = ",".join(name for name, number in below.items() if number == LEAF)
        others = ",".join(f"{name}={number}" for name, number in below.items() if number != LEAF)
        return f"{schema.keys() or '-'}|{items}|{additional}|{leaves}|{others}"


def kinds(schema: Schema) -> list[str]:
    """`apiVersion kind` for each kind a definition stands for."""
    text = schema.extensions.get("x-kubernetes-group-version-kind", "")
    found = []
    for item in re.split(r"^- ", text, flags=re.MULTILINE)[1:]:
        parts = dict(re.findall(r'(\w+): "?([^"\n]*)"?', item))
        group = parts.get("group", "")
        found.append(f"{group + '/' if group else ''}{parts['version']} {parts['kind']}")
    return found


def main() -> None:
    document = fields(Path(sys.argv[1]).read_bytes())
    definitions = {name: Schema(data) for name, data in named(one(document, 9).get(1, [])).items()}
    table = Table(definitions)
    roots = []
    for name in sorted(definitions):
        number = table.number(definitions[name])
        roots += [f"@{kind} {number}" for kind in kinds(definitions[name])]
        if number != LEAF:
            roots.append(f"#/definitions/{name} {number}")
    output = Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT
    output.write_text(HEADER + "\n".join(sorted(set(roots)) + table.lines) + "\n")
    print(f"{len(roots)} kinds, {len(table.lines)} schemas, {output.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
