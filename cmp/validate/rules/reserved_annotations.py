"""Annotations that belong to a controller."""

from __future__ import annotations

from cmp.validate.context import annotations_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "reserved-annotation"
SEVERITY = "error"
TITLE = "An annotation that a controller owns"
WHY = "The controller writes its own value: the application is out of sync for ever, and rollouts follow."
CURE = "Use a prefix of your own, such as ml-platform.company.com/release."

# annotation -> who writes it
OWNED = {
    "deployment.kubernetes.io/revision": "the Deployment controller",
    "deployment.kubernetes.io/desired-replicas": "the Deployment controller",
    "deployment.kubernetes.io/max-replicas": "the Deployment controller",
    "deprecated.daemonset.template.generation": "the DaemonSet controller",
    "kubectl.kubernetes.io/last-applied-configuration": "kubectl",
    "pv.kubernetes.io/bind-completed": "the volume controller",
    "pv.kubernetes.io/bound-by-controller": "the volume controller",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "control-plane.alpha.kubernetes.io/leader": "leader election",
}


def check(context: Context) -> Iterator[Hit]:
    """A hit per annotation, on objects and on pod templates."""
    for body in context.objects:
        for key in annotations_of(body):
            if key in OWNED:
                yield body, f"metadata.annotations[{key}]", f"belongs to {OWNED[key]}"
