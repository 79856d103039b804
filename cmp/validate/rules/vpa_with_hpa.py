"""Two autoscalers that both answer to the same metric."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "vpa-with-hpa"
SEVERITY: Severity = "error"
TITLE = "A vertical and a horizontal autoscaler on one metric"
WHY = "One changes the requests that the other measures against: pods are evicted and multiplied in turn."
CURE = "updateMode Off or Initial for the VerticalPodAutoscaler, or another metric for the horizontal one."

_RECOMMENDS = ("Off", "Initial")
_RESOURCES = ("cpu", "memory")


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per VerticalPodAutoscaler that changes running pods of a horizontally scaled workload."""
    scaled = {
        _target(body, "scaleTargetRef"): _metrics(body)
        for body in context.objects
        if body.get("kind") == "HorizontalPodAutoscaler"
    }
    for body in context.objects:
        if body.get("kind") != "VerticalPodAutoscaler":
            continue
        mode = (spec(body).get("updatePolicy") or {}).get("updateMode", "Auto")
        shared = scaled.get(_target(body, "targetRef"), frozenset()) & _controlled(body)
        if mode not in _RECOMMENDS and shared:
            what = " and ".join(sorted(shared))
            yield Hit(body, "spec.updatePolicy.updateMode", f"a HorizontalPodAutoscaler scales by {what} too")


def _target(body: dict[str, Any], field: str) -> tuple[str, str, str]:
    target = spec(body).get(field) or {}
    return namespace(body), str(target.get("kind")), str(target.get("name"))


def _metrics(body: dict[str, Any]) -> frozenset[str]:
    """The resources it scales by; cpu when it names no metric."""
    metrics = spec(body).get("metrics")
    if not metrics:
        return frozenset(("cpu",))
    named = (
        (metric.get("resource") or metric.get("containerResource") or {}).get("name") for metric in metrics
    )
    return frozenset(found for found in named if found in _RESOURCES)


def _controlled(body: dict[str, Any]) -> frozenset[str]:
    policies = (spec(body).get("resourcePolicy") or {}).get("containerPolicies") or ()
    named = [policy.get("controlledResources") for policy in policies]
    if not named or None in named:
        return frozenset(_RESOURCES)
    return frozenset(resource for each in named for resource in each or ())
