"""Strict rule: a reference by a name that its object has no longer."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.kustomize.resource import text_of
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

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
    stack: list[tuple[tuple[str | int, ...], str, Value]] = [
        ((key,), "", value) for key, value in body.items() if key != "metadata"
    ]
    while stack:
        steps, namespace, value = stack.pop()
        if isinstance(value, dict):
            namespace = text_of(value.get("namespace"))
            name = value.get("name")
            if isinstance(name, str) and name in names:
                kind = text_of(value.get("kind"))
                if kind:
                    yield dotted((*steps, "name")), name, namespace, {kind}
            stack += [((*steps, key), namespace, each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [((*steps, index), namespace, each) for index, each in enumerate(value)]
        elif isinstance(value, str) and value in names:
            words = [step.lower() for step in steps if isinstance(step, str)][-2:]
            kinds = {kind for kind, word in _WORDS.items() if any(word in each for each in words)}
            if kinds:
                yield dotted(steps), value, namespace, kinds
