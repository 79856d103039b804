"""A fixed number of replicas on a workload that an autoscaler owns."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import WORKLOADS, name, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "hpa-with-replicas"
SEVERITY: Severity = "error"
TITLE = "HPA and replicas on one workload"
WHY = "Every sync sets the fixed number again, and self-healing fights the autoscaler."
CURE = "Remove spec.replicas in the overlay that adds the autoscaler."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per workload."""
    scaled = set()
    for body in context.objects:
        if body.get("kind") in ("HorizontalPodAutoscaler", "ScaledObject"):
            target = spec(body).get("scaleTargetRef") or {}
            scaled.add((target.get("kind", "Deployment"), target.get("name"), namespace(body)))
    for body in context.objects:
        key = (body.get("kind"), name(body), namespace(body))
        if body.get("kind") in WORKLOADS and key in scaled and spec(body).get("replicas") is not None:
            yield Hit(body, "spec.replicas", "an autoscaler owns the number of replicas")
