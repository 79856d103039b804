"""Annotations that belong to a controller."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of, pod_template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "reserved-annotation"
SEVERITY: Severity = "error"
TITLE = "An annotation that a controller owns"
WHY = "The controller writes its own value: the application is out of sync for ever, and rollouts follow."
CURE = "Use a prefix of your own, such as ml-platform.company.com/release."

# annotation, or a whole prefix up to its slash -> who writes it
OWNED = {
    "deployment.kubernetes.io/": "the Deployment controller",
    "deprecated.daemonset.template.generation": "the DaemonSet controller",
    "kubectl.kubernetes.io/last-applied-configuration": "kubectl",
    "pv.kubernetes.io/bind-completed": "the volume controller",
    "pv.kubernetes.io/bound-by-controller": "the volume controller",
    "argocd.argoproj.io/tracking-id": "Argo CD",
    "control-plane.alpha.kubernetes.io/leader": "leader election",
}


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per annotation, on objects and on pod templates."""
    for body in context.objects:
        path, template = pod_template(body)
        for place, held in (("metadata", body), (f"{path}.metadata", template)):
            for key in annotations_of(held):
                owner = _owner(key)
                if owner:
                    yield Hit(body, f"{place}.annotations[{key}]", f"belongs to {owner}")


def _owner(key: Any) -> str | None:
    return OWNED.get(key) or OWNED.get(f"{str(key).partition('/')[0]}/")
