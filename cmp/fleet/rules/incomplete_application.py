"""Applications that do not say to which project, cluster or namespace they belong."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-incomplete-application"
SEVERITY: Severity = "error"
TITLE = "Applications that do not say to which project, cluster or namespace they belong"
WHY = (
    "Without a project the API server refuses it or `default` permits everything; without metadata.namespace "
    "it lands where kubectl happens to point and Argo CD never looks."
)
CURE = "spec.project, spec.destination with namespace and either server or name, metadata.namespace: argocd."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per missing field."""
    for application in fleet.applications:
        destination = application.destination
        if not application.project:
            yield Hit(application, "spec.project", "is missing")
        if not destination.get("server") and not destination.get("name"):
            yield Hit(application, "spec.destination", "names no cluster: server or name")
        if destination.get("server") and destination.get("name"):
            yield Hit(application, "spec.destination", "has both server and name")
        if not destination.get("namespace"):
            yield Hit(application, "spec.destination.namespace", "is missing")
        if not application.namespace:
            yield Hit(application, "metadata.namespace", "is missing")
        if not application.sources:
            yield Hit(application, "spec.source", "is missing")
