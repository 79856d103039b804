"""CreateNamespace=true in a project that may not create a Namespace."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.permission import kind_permitted
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-create-namespace"
SEVERITY: Severity = "error"
TITLE = "CreateNamespace=true in a project that may not create a Namespace"
WHY = "The namespace that the option creates passes the same permission check as a Namespace manifest."
CURE = 'In the project: clusterResourceWhitelist: [{group: "", kind: Namespace}].'


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per Application whose project is known, and where namespace metadata has no such option."""
    for application in fleet.applications:
        policy = mapping(application.spec.get("syncPolicy"))
        options = policy.get("syncOptions")
        creates = isinstance(options, list) and "CreateNamespace=true" in options
        if policy.get("managedNamespaceMetadata") and not creates:
            yield Hit(
                application,
                "spec.syncPolicy.managedNamespaceMetadata",
                "has no effect without CreateNamespace=true",
            )
        project = fleet.project(application.project)
        space = str(application.destination.get("namespace") or "")
        if creates and project and not kind_permitted(project.spec, "", "Namespace", space):
            yield Hit(
                application,
                "spec.syncPolicy.syncOptions",
                f"CreateNamespace=true, but the project {project.name} does not permit Namespace {space}",
            )
