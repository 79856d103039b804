"""Strict rule: a fixed number of replicas on a workload that an autoscaler owns."""

from __future__ import annotations

from cmp.gates.finding import Finding
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "autoscaled-replicas"
TITLE = "HPA and replicas on one workload"
WHY = (
    "Every sync sets the count back to the fixed number, and the autoscaler changes it again: load "
    "drops pods."
)
CURE = (
    "Remove spec.replicas from the workload; the autoscaler's minReplicas says how many there are at least."
)
WAIVABLE = True
STRICT = True

_SCALERS = frozenset([("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")])


def check(context: Context) -> Iterator[Finding]:
    """A finding per workload; a warning unless strict."""
    scaled = {}
    for resource in context.objects:
        if (resource.gvk.group, resource.kind) in _SCALERS:
            spec = resource.body.get("spec")
            ref = spec.get("scaleTargetRef") if isinstance(spec, dict) else None
            if isinstance(ref, dict):
                scaled[ref.get("kind") or "Deployment", ref.get("name"), resource.namespace] = resource
    if not scaled:
        return
    for resource in context.objects:
        scaler = scaled.get((resource.kind, resource.name, resource.namespace))
        spec = resource.body.get("spec")
        if scaler is not None and isinstance(spec, dict) and not is_null(spec.get("replicas")):
            message = f"replicas is fixed, but {scaler} scales it"
            yield Finding(ID, message, resource, "spec.replicas", CURE, warning=not context.strict)
