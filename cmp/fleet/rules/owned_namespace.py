"""An Application that owns a namespace into which others deploy."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.content import others, placed, users_of_namespaces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-owned-namespace"
SEVERITY: Severity = "error"
TITLE = "An Application that owns a namespace into which others deploy"
WHY = "Deleting or pruning that Application deletes the namespace, and all that others keep in it."
CURE = "CreateNamespace=true with managedNamespaceMetadata, and no Namespace among the rendered objects."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per Namespace object and per other Application that deploys into it."""
    users = users_of_namespaces(fleet)
    for application in fleet.applications:
        for place in placed(fleet, application):
            if (place.group, place.kind) == ("", "Namespace"):
                names = others(users.get((place.cluster, place.name), {}), application.name)
                if names:
                    message = f"owns the namespace {place.name}, where {names} deploys too"
                    yield Hit(application, "spec.source", message)
