"""Strict rule: a fixed number of replicas on a workload that an autoscaler owns."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "autoscaled-replicas"
TITLE = "A HorizontalPodAutoscaler and fixed replicas on one workload"
WHY = (
    "Every sync sets the number back, and the autoscaler changes it again. Under load, this removes "
    "pods that are needed."
)
CURE = (
    "Remove spec.replicas from the workload; the autoscaler's minReplicas says how many there are at least."
)
WAIVABLE = True

_SCALERS = frozenset([("autoscaling", "HorizontalPodAutoscaler"), ("keda.sh", "ScaledObject")])


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A hit per workload."""
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
            yield Hit(resource, "spec.replicas", f"replicas is fixed, but {scaler} scales it")
