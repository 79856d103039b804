"""Gate: two objects that are one and the same to the cluster."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.gates.identity import identities

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "duplicate-ids"
TITLE = "Two objects with the same group, kind, namespace and name"
WHY = (
    "The cluster keeps only one of them: Argo CD warns, and the last one wins. kustomize does not see "
    "all of these, because it also compares versions and treats an empty namespace as a different one. "
    "Here, API groups that share their objects (Ingress) count as one, and the namespace of a "
    "cluster-scoped kind is ignored."
)
CURE = "Keep one of them, or give one another name or namespace."
WAIVABLE = True


def check(context: Context) -> Iterator[Hit[Resource]]:
    """One finding per object that repeats an earlier one."""
    seen: dict[tuple[str, str, str, str], Resource] = {}
    for resource, identity in identities(context.objects, context.destination):
        first = seen.setdefault(identity, resource)
        if first is not resource:
            also = f" (the first is in {first.file})" if first.file and first.file != resource.file else ""
            yield Hit(resource, "metadata.name", f"the object is there twice{also}")
