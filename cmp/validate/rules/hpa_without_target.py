"""An autoscaler whose workload is not in the output."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import group, mapping, name, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "hpa-without-target"
SEVERITY: Severity = "warning"
TITLE = "An autoscaler without its workload"
WHY = "It scales nothing, and the workload that it was meant for keeps its number of pods."
CURE = "Correct scaleTargetRef; waive it where an operator or another application makes the workload."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per HorizontalPodAutoscaler or ScaledObject."""
    there = {(str(body.get("kind")), namespace(body), name(body)) for body in context.objects}
    for body in context.objects:
        if (group(body), body.get("kind")) not in (
            ("autoscaling", "HorizontalPodAutoscaler"),
            ("keda.sh", "ScaledObject"),
        ):
            continue
        target = mapping(spec(body).get("scaleTargetRef"))
        kind, wanted = str(target.get("kind") or "Deployment"), target.get("name")
        if isinstance(wanted, str) and wanted and (kind, namespace(body), wanted) not in there:
            yield Hit(body, "spec.scaleTargetRef", f"no {kind} {wanted} in the output")
