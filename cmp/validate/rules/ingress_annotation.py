"""Ingress annotations that a controller ignores or refuses."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "ingress-annotation"
SEVERITY: Severity = "warning"
TITLE = "An Ingress annotation that no longer works"
WHY = (
    "The class annotation is deprecated since Kubernetes 1.18, and ingress-nginx refuses snippets "
    "unless its administrator allows them."
)
CURE = (
    "spec.ingressClassName for the class; an annotation of its own, or a ConfigMap of the controller, "
    "for what the snippet does."
)

OUTDATED = {
    "kubernetes.io/ingress.class": "the class belongs into spec.ingressClassName",
    "nginx.ingress.kubernetes.io/configuration-snippet": "ingress-nginx refuses snippets by default",
    "nginx.ingress.kubernetes.io/server-snippet": "ingress-nginx refuses snippets by default",
}


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per annotation."""
    for body in context.objects:
        if body.get("kind") == "Ingress":
            for key in annotations_of(body):
                if key in OUTDATED:
                    yield Hit(body, f"metadata.annotations[{key}]", OUTDATED[key])
