"""Production without a deny window against automatic syncs."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.permission import closed_window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-production-window"
SEVERITY: Severity = "warning"
TITLE = "Production without a deny window against automatic syncs"
WHY = "A permanent deny window stops an automatic sync even after someone adds `automated`."
CURE = 'In the project: a window of kind deny, schedule "* * * * *", duration 1h, manualSync: true.'


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per production Application whose project is known."""
    for application in fleet.applications:
        project = fleet.project(application.project)
        if not project or not application.production:
            continue
        if not closed_window(project.spec, application.name, application.destination):
            yield Hit(
                application, "spec.project", f"the project {project.name} has no deny window over production"
            )
