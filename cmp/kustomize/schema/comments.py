"""Schemas that stand in a comment beside or above a field (kyaml/fieldmeta/fieldmeta.go, kyaml/yaml/walk).

`ports: # {"type": "array", "x-kubernetes-patch-strategy": "merge", ...}` decides how a strategic merge treats
the list, before any other schema. Fields inside of list items are not looked at.
"""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cmp.kustomize.schema import Node
    from cmp.limits import Limits
    from cmp.yaml.go.node import Node as YamlNode

    Path = tuple[str, ...]
    Comments = dict[Path, dict[str, Any]]

_BESIDE = re.compile(r"(?<=\s)#++\s*+\{")


def read_comments(data: bytes, limits: Limits) -> list[Comments]:
    """For each document that is not empty: the JSON object in a field's comment, by the path of the field."""
    from cmp.yaml.documents import decode, split
    from cmp.yaml.go.parser import Parser

    found = []
    for piece, _ in split(data):
        text = decode(piece)
        root = Parser(text, limits).document()
        if root is None or root.tag == "!!null":
            continue
        lines = text.split("\n")
        found.append({path: schema for path, line in _fields(root, ()) if (schema := _schema(lines, line))})
    return found


def _fields(node: YamlNode, path: Path) -> Iterator[tuple[Path, int]]:
    """Paths and 1-based lines of the fields that hold a mapping or a list."""
    from cmp.yaml.go.node import MAPPING, SEQUENCE

    for i in range(0, len(node.content), 2) if node.kind == MAPPING else ():
        key, value = node.content[i], node.content[i + 1]
        if value.kind in (MAPPING, SEQUENCE):
            below = (*path, key.value)
            yield below, key.line
            yield from _fields(value, below)


def _schema(lines: list[str], line: int) -> dict[str, Any] | None:
    """The object in the comment at the end of a line, or in a single comment line above it."""
    text = _beside(lines[line - 1])
    if not text and line > 1 and not (line > 2 and lines[line - 3].lstrip().startswith("#")):
        above = lines[line - 2].strip()
        text = above.lstrip("#").lstrip() if above.startswith("#") else ""
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _beside(line: str) -> str:
    """The object that a comment at the end of a line consists of, or ""."""
    line = line.rstrip()
    found = _BESIDE.search(line) if line.endswith("}") else None
    return line[found.end() - 1 :] if found else ""


class CommentSchemas:
    """The schemas in comments of the two sides of a merge; those of the object win.

    named: gives the schema of a name below `#/definitions/`.
    """

    __slots__ = ("_comments", "_named")

    def __init__(self, comments: Comments, named: Callable[[str], Node | None]) -> None:
        self._comments = comments
        self._named = named

    def at(self, path: Path) -> Node | None:
        """The schema in the comment of a field; None when it has none."""
        schema = self._comments.get(path)
        return None if schema is None else self.node(schema)

    def node(self, schema: Any) -> Node | None:
        """The node of a schema, its reference followed."""
        from cmp.kustomize.schema.document import REF, DocumentNode

        if not isinstance(schema, dict):
            return None
        ref = schema.get("$ref")
        known = self._named(ref.removeprefix(REF)) if isinstance(ref, str) and ref.startswith(REF) else None
        return known or DocumentNode(self, schema)
