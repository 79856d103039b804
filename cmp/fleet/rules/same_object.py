"""One object that two Applications deploy."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.content import placed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Application, Fleet, Subject

# Hits for two Applications: a copied one shares all of its objects.
_SHOWN = 10
ID = "argocd-same-object"
SEVERITY: Severity = "error"
TITLE = "One object that two Applications deploy"
WHY = "Argo CD warns of a shared resource; each sync overwrites the other's, and pruning one deletes both."
CURE = "Leave the object to one Application, or give the two different namespaces or names."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit on the second Application of an object; of many that two share, the first and how many more."""
    owners: dict[tuple[str, ...], Application] = {}
    for application in fleet.applications:
        shared: dict[str, int] = {}
        for place in placed(fleet, application):
            first = owners.setdefault(place.key, application)
            if first is application or first.name == application.name:
                continue
            shared[first.name] = shared.get(first.name, 0) + 1
            if shared[first.name] <= _SHOWN:
                message = f"deploys {place.title}, which {first.name} deploys too"
                yield Hit(application, "spec.source", message)
        for name, count in shared.items():
            if count > _SHOWN:
                message = f"deploys {count - _SHOWN} more objects that {name} deploys too"
                yield Hit(application, "spec.source", message)
