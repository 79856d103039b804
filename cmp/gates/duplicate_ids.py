"""Gate: two objects that are one and the same to the cluster."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "duplicate-ids"
TITLE = "Two objects with the same group, kind, namespace and name"
WHY = (
    "The cluster keeps one of them: Argo CD warns and the last one wins. kustomize compares versions "
    "and empty namespaces too strictly to see all of these."
)
CURE = "Keep one of them, or give one another name or namespace."
WAIVABLE = True


def check(context: Context) -> Iterator[Finding]:
    """One finding per object that repeats an earlier one."""
    seen: dict[tuple[str, str, str, str], Resource] = {}
    for resource in context.objects:
        gvk, name = resource.gvk, resource.name
        if not name:
            continue
        first = seen.setdefault(
            (gvk.group, gvk.kind, resource.namespace or context.destination, name), resource
        )
        if first is not resource:
            also = f" (the first is in {first.file})" if first.file and first.file != resource.file else ""
            yield Finding(ID, f"the object is there twice{also}", resource, "metadata.name", CURE)
