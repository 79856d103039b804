"""Sources and destinations that the project does not permit."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.permission import destination_permitted, source_permitted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-not-permitted"
SEVERITY: Severity = "error"
TITLE = "Sources and destinations that the project does not permit"
WHY = "Argo CD shows such an Application as invalid and syncs nothing."
CURE = "Add it to the project's sourceRepos or destinations, or correct the Application."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per source and destination of an Application whose project is known."""
    for application in fleet.applications:
        project = fleet.project(application.project)
        if project is None:
            continue
        for place, source in application.sources:
            url = str(source.get("repoURL") or "")
            if not source_permitted(project.spec, url):
                message = f"the project {project.name} does not permit {url}"
                yield Hit(application, f"{place}.repoURL", message)
        space = str(application.destination.get("namespace") or "")
        if not destination_permitted(project.spec, application.destination, space):
            message = (
                f"the project {project.name} does not permit this cluster with namespace {space or '(none)'}"
            )
            yield Hit(application, "spec.destination", message)
        allowed = project.spec.get("sourceNamespaces") or []
        if application.namespace and application.namespace != (project.namespace or application.namespace):
            from cmp.fleet.globs import matches

            if not any(matches(str(each), application.namespace) for each in allowed):
                message = f"the project {project.name} takes no Applications from there (sourceNamespaces)"
                yield Hit(application, "metadata.namespace", message)
