"""Aliases of a resource file whose anchor a patch changes: expanded on reading, they keep the old value.

The file says that two values are one; after the patch they differ, and nothing in the file shows it.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.yaml.go.node import ALIAS_NODE, MAPPING, SCALAR_NODE, SEQUENCE, Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.limits import Limits
    from cmp.yaml.value import Value

    Path = tuple[str | int, ...]

OPTION = "aliases"
_MOST = 100


class Alias(NamedTuple):
    """An alias: its name and line, the path of the anchored value, and its own path."""

    name: str
    line: int
    anchor: tuple[str | int, ...]
    path: tuple[str | int, ...]


def aliases(data: bytes, limits: Limits) -> list[list[Alias]]:
    """The aliases of each document of a file that was read already; merge keys are left out."""
    from cmp.yaml.documents import decode, split
    from cmp.yaml.go.parser import Parser

    found = []
    for piece, line in split(data):
        root = Parser(decode(piece, line), limits).document()
        if root is not None and root.tag != "!!null":
            places: dict[int, Path] = {}
            found.append([*_walk(root, (), places, line)][:_MOST])
    return found


def _walk(node: Node, path: Path, places: dict[int, Path], line: int) -> Iterator[Alias]:
    if node.anchor:
        places[id(node)] = path
    if node.kind == ALIAS_NODE:
        anchor = places.get(id(node.target))
        if anchor is not None:
            yield Alias(node.value, node.line + line, anchor, path)
    elif node.kind == SEQUENCE:
        for index, item in enumerate(node.content):
            yield from _walk(item, (*path, index), places, line)
    elif node.kind == MAPPING:
        for key, value in zip(node.content[::2], node.content[1::2], strict=True):
            if key.kind == SCALAR_NODE and key.tag != "!!merge":
                yield from _walk(value, (*path, key.value), places, line)


class Watch:
    """The aliases of a resource before a patch; `tell` notices those that no longer follow their anchor."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.before: list[tuple[Alias, Path, Path, Value]] = []
        for alias in resource.options.get(OPTION) or ():
            anchor, path = _named(resource.body, alias.anchor), _named(resource.body, alias.path)
            value = _value(resource.body, path)
            if value is not None and value == _value(resource.body, anchor):
                from cmp.yaml.value import copy_value

                self.before.append((alias, anchor, path, copy_value(value)))

    def tell(self, context: Context, place: Path) -> None:
        """A notice per alias that kept its value while the patch changed the anchored one."""
        from cmp.paths import dotted

        body = self.resource.body
        for alias, anchor, path, value in self.before:
            if _value(body, path) == value and _value(body, anchor) not in (value, None):
                context.notice(
                    "alias-keeps-old-value",
                    f"the patch changes {dotted(alias.anchor)} of {self.resource}, and its alias "
                    f"*{alias.name} of {self.resource.file}:{alias.line}, {dotted(alias.path)}, does not",
                    *place,
                    hint="patch both fields: aliases are expanded before patches apply",
                )


def _named(body: Value, path: Path) -> Path:
    """The path with the names of list items instead of their indices, where they have one."""
    steps: list[str | int] = []
    value = body
    for step in path:
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
            name = value.get("name") if isinstance(value, dict) else None
            steps.append(f"[name={name}]" if isinstance(name, str) else step)
        elif isinstance(value, dict) and step in value:
            value = value[step]
            steps.append(step)
        else:
            return path
    return tuple(steps)


def _value(body: Value, path: Path) -> Value:
    """The value at a path that `_named` gave; None where there is none."""
    value = body
    for step in path:
        if isinstance(value, list):
            if isinstance(step, str):
                wanted = step.removeprefix("[name=").removesuffix("]")
                value = next(
                    (each for each in value if isinstance(each, dict) and each.get("name") == wanted), None
                )
            else:
                value = value[step] if step < len(value) else None
        else:
            value = value.get(str(step)) if isinstance(value, dict) else None
    return value
