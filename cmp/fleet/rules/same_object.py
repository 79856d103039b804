"""One object that two Applications deploy."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.content import placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Application, Fleet, Subject

ID = "argocd-same-object"
SEVERITY: Severity = "error"
TITLE = "One object that two Applications deploy"
WHY = "Argo CD warns of a shared resource; each sync overwrites the other's, and pruning one deletes both."
CURE = "Leave the object to one Application, or give the two different namespaces or names."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit on the second Application of an object."""
    owners: dict[tuple[str, ...], Application] = {}
    for application in fleet.applications:
        for place in placed(fleet, application):
            first = owners.setdefault(place.key, application)
            if first is not application and first.name != application.name:
                yield Hit(
                    application, "spec.source", f"deploys {place.title}, which {first.name} deploys too"
                )
