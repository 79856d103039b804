"""A container without limits for cpu and memory can take the node from its neighbours."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import containers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "missing-limits"
SEVERITY: Severity = "warning"
TITLE = "A container without limits"
WHY = "One container without limits can take the whole node, and is the first to be evicted."
CURE = "Set resources.limits.cpu and resources.limits.memory."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per container."""
    for body in context.objects:
        for path, container in containers(body, init=False):
            resources = container.get("resources")
            limits = resources.get("limits") if isinstance(resources, dict) else None
            missing = [
                key for key in ("cpu", "memory") if not isinstance(limits, dict) or limits.get(key) is None
            ]
            if missing:
                yield Hit(body, f"{path}.resources.limits", f"no limit for {' and '.join(missing)}")
