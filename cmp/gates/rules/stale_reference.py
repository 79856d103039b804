"""Strict rule: a reference by a name that its object has no longer."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.kustomize.resource import text_of
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

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
    present = {(each.kind, each.namespace, each.name) for each in context.objects}
    stale: dict[tuple[str, str], list[Resource]] = {}
    for resource in context.objects:
        earlier = {name for _, name, _ in resource.previous} - {resource.name, ""}
        for name in earlier:
            if (resource.kind, resource.namespace, name) not in present:
                stale.setdefault((resource.namespace, name), []).append(resource)
    names = {name for _, name in stale}
    for resource in context.objects if stale else ():
        for field, text, namespace, kinds in _references(resource.body, names):
            for named in stale.get((namespace or resource.namespace, text), ()):
                if named is not resource and named.kind in kinds:
                    told = f"{named.kind} {text} is called {named.name} in the output; {_CURES}"
                    yield Hit(resource, field, told)
                    break


def _references(body: dict[str, Value], names: set[str]) -> Iterator[tuple[str, str, str, set[str]]]:
    """(path, text, namespace beside it, kinds that it may name) of the strings of `names` that may refer."""
    top = {key: value for key, value in body.items() if key != "metadata"}
    # Path, namespace beside it, and the mapping or list there.
    stack: list[tuple[tuple[str | int, ...], str, dict[str, Value] | list[Value]]] = [((), "", top)]
    while stack:
        steps, namespace, value = stack.pop()
        mapping: dict[str, Value] = value if isinstance(value, dict) and steps else {}
        if mapping:
            namespace = text_of(mapping.get("namespace"))
        items: Iterable[tuple[str | int, Value]]
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for step, item in items:
            if isinstance(item, (dict, list)):
                stack.append(((*steps, step), namespace, item))
            elif isinstance(item, str) and item in names:
                kinds = _kinds_of((*steps, step))
                if step == "name" and (kind := text_of(mapping.get("kind"))):
                    kinds.add(kind)
                if kinds:
                    yield dotted((*steps, step)), item, namespace, kinds


def _kinds_of(steps: tuple[str | int, ...]) -> set[str]:
    """What the last two names of a path say."""
    words = [step.lower() for step in steps if isinstance(step, str)][-2:]
    return {kind for kind, word in _WORDS.items() if any(word in each for each in words)}
