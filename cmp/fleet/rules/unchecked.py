"""What was not checked, and why: it is not counted as passed."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-unchecked"
SEVERITY: Severity = "info"
TITLE = "What was not checked, and why: it is not counted as passed"
WHY = "A kind or destination that nobody compared with the project may still be refused by Argo CD."
CURE = "Validate the folder that holds the AppProjects too, inside the repository that holds the overlays."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per Application and reason."""
    for each in fleet.sets:
        for message in each.expansion.unknown:
            yield Hit(each.subject, "spec.generators", f"not expanded: {message}")
    for application in fleet.applications:
        if application.project and fleet.project(application.project) is None:
            message = f"the project {application.project} is not among the manifests"
            yield Hit(application, "spec.project", f"permissions not compared: {message}")
            continue
        for message in dict.fromkeys(fleet.content(application).unknown):
            yield Hit(application, "spec.source", f"kinds not compared with the project: {message}")
