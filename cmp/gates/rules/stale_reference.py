"""Strict rule: a reference by a name that its object has no longer."""

from __future__ import annotations

from functools import lru_cache

from cmp.findings import Hit
from cmp.kustomize.resource import text_of
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

    # The last step, the container that it leads into, and the way to that container; None at the top.
    _Way: TypeAlias = tuple[str | int, "dict[str, Value] | list[Value]", "_Way | None"]

ID = "stale-reference"
TITLE = "A reference that missed a prefix, a suffix or a hash"
WHY = (
    "kustomize knows where built-in kinds keep names, but not where custom resources do. It also does "
    "not update references between bases with different prefixes. The pod then waits for a ConfigMap "
    "or a ServiceAccount that does not exist."
)
CURE = (
    "List the field under nameReference in a file of `configurations:`, set disableNameSuffixHash, or write "
    "the name as the output has it."
)
_CURES = "list the field under nameReference in a file of `configurations:`"
WAIVABLE = True

# What the last two steps of a field's path say about the kind that it names.
_WORDS = {
    "ConfigMap": "configmap",
    "Secret": "secret",
    "ServiceAccount": "serviceaccount",
    "PersistentVolumeClaim": "claim",
}


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A hit per field that names the kind of an object, and an earlier name of it that none has now."""
    stale = _stale(context.objects)
    names = {name for _, name in stale}
    for resource in context.objects if stale else ():
        for steps, text, namespace, kinds in _references(resource.body, names):
            for named in stale.get((namespace or resource.namespace, text), ()):
                if named is not resource and named.kind in kinds:
                    told = f"{named.kind} {text} is called {named.name} in the output; {_CURES}"
                    yield Hit(resource, dotted(steps), told)
                    break


def _stale(objects: Sequence[Resource]) -> dict[tuple[str, str], list[Resource]]:
    """(namespace, earlier name) to the objects that had the name, where none of the kind has it now."""
    renamed: list[tuple[Resource, str, set[str]]] = []
    for resource in objects:
        name = resource.name
        earlier = {old for _, old, _ in resource.previous if old and old != name}
        if earlier:
            renamed.append((resource, resource.namespace, earlier))
    if not renamed:
        return {}
    present = {(each.kind, each.namespace, each.name) for each in objects}
    stale: dict[tuple[str, str], list[Resource]] = {}
    for resource, namespace, earlier in renamed:
        for name in earlier:
            if (resource.kind, namespace, name) not in present:
                stale.setdefault((namespace, name), []).append(resource)
    return stale


def _references(
    body: dict[str, Value], names: set[str]
) -> Iterator[tuple[list[str | int], str, str, frozenset[str]]]:
    """(path, text, namespace beside it, kinds that it may name) of the strings of `names` that may refer."""
    # A container and the way to it: its step, the container around it, and the way to that one.
    stack: list[tuple[dict[str, Value] | list[Value], _Way | None]] = [
        ({key: value for key, value in body.items() if key != "metadata"}, None)
    ]
    while stack:
        container, way = stack.pop()
        items: Iterable[tuple[str | int, Value]]
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for step, item in items:
            if isinstance(item, str):
                if item in names:
                    here = (step, container, way)
                    kinds = _kinds(here)
                    if kinds:
                        yield _steps(here), item, _namespace(here), kinds
            elif isinstance(item, (dict, list)):
                stack.append((item, (step, container, way)))


def _steps(way: _Way | None) -> list[str | int]:
    steps: list[str | int] = []
    while way is not None:
        steps.append(way[0])
        way = way[2]
    return steps[::-1]


def _namespace(way: _Way | None) -> str:
    """What the innermost mapping says; nothing where that is the object itself."""
    while way is not None:
        _, container, way = way
        if isinstance(container, dict):
            return text_of(container.get("namespace")) if way is not None else ""
    return ""


def _kinds(way: _Way) -> frozenset[str]:
    """The kinds that the last two names of a path say, and the field `kind` beside a field `name`."""
    step, container, above = way
    words: list[str] = []
    at: _Way | None = way
    while at is not None and len(words) < 2:
        if isinstance(at[0], str):
            words.append(at[0])
        at = at[2]
    kinds = _kinds_of(*words)
    if step == "name" and above is not None and isinstance(container, dict):
        kind = text_of(container.get("kind"))
        return kinds | {kind} if kind else kinds
    return kinds


@lru_cache(maxsize=1024)
def _kinds_of(*names: str) -> frozenset[str]:
    """The kinds whose word is a part of one of the names."""
    lower = [name.lower() for name in names]
    return frozenset(kind for kind, word in _WORDS.items() if any(word in each for each in lower))
