"""An app of apps that adopts itself, or production."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Application, Fleet, Subject

ID = "argocd-adoption"
SEVERITY: Severity = "error"
TITLE = "An app of apps that adopts itself, or production"
WHY = (
    "An Application that deploys its own manifest can prune itself; one that adopts production decides by "
    "its own syncs what production's Application says, and that it exists at all."
)
CURE = 'List the children by file name: directory: {include: "{a.yaml,b.yaml}"}.'


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per parent and child."""
    for application in fleet.applications:
        space = str(application.destination.get("namespace") or "")
        for child in fleet.adopted(application):
            if _identity(child, space) == _identity(application, space):
                yield Hit(application, "spec.source", "adopts itself")
            elif child.production and not application.production:
                yield Hit(application, "spec.source", f"adopts {child.name}, production ({child.production})")


def _identity(application: Application, default: str) -> tuple[str, str]:
    return application.namespace or default, application.name
