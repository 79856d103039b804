"""A network policy over every pod of a namespace that several Applications share."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.content import others, placed, users_of_namespaces
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.content import Place
    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-shared-deny"
SEVERITY: Severity = "error"
TITLE = "A network policy over every pod of a namespace that several Applications share"
WHY = "A policy with an empty podSelector cuts off the pods of the other Application too."
CURE = "Select this application's pods (app.kubernetes.io/part-of), or give it a namespace of its own."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per policy and per other Application in its namespace."""
    users = users_of_namespaces(fleet)
    for application in fleet.applications:
        for place in placed(fleet, application):
            if not _selects_all(place):
                continue
            names = others(users.get((place.cluster, place.namespace), {}), application.name)
            if names:
                message = f"{place.title} selects every pod, those of {names} too"
                yield Hit(application, "spec.source", message)


def _selects_all(place: Place) -> bool:
    spec = mapping(place.body.get("spec"))
    return place.kind == "NetworkPolicy" and not mapping(spec.get("podSelector"))
