"""Two objects that are one and the same to the cluster."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import group, name, namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "duplicate-object"
SEVERITY: Severity = "warning"
TITLE = "Two objects with the same group, kind, namespace and name"
WHY = "The cluster keeps one of them: which one depends on the order in which they are applied."
CURE = "Keep one of them, or give one another name or namespace."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per object that repeats an earlier one."""
    seen: set[tuple[str, str, str, str]] = set()
    for body in context.objects:
        key = (group(body), str(body.get("kind")), namespace(body), name(body))
        if name(body) and key in seen and body.get("kind") not in ("Kustomization", "Component"):
            yield Hit(body, "metadata.name", "the object is there twice")
        seen.add(key)
