"""A volume claim that is deleted with its Application."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.content import placed
from cmp.manifest import annotations_of, mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Application, Fleet, Subject

ID = "argocd-unprotected-volume"
SEVERITY: Severity = "warning"
TITLE = "A volume claim that is deleted with its Application"
WHY = "A sync that prunes, or a cascading deletion, deletes the claim and with most classes the data."
CURE = 'Annotate the claim: argocd.argoproj.io/sync-options: "Prune=false,Delete=false".'

_OPTIONS = "argocd.argoproj.io/sync-options"
_FINALIZER = "resources-finalizer.argocd.argoproj.io"


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per claim without the option that the way to its loss asks for."""
    for application in fleet.applications:
        needed = [option for option, why in _ways(application) if why]
        for place in placed(fleet, application) if needed else ():
            if place.kind != "PersistentVolumeClaim":
                continue
            options = str(annotations_of(place.body).get(_OPTIONS, "")).replace(" ", "").split(",")
            missing = [option for option in needed if option not in options]
            if missing:
                yield Hit(application, "spec.source", f"{place.title} lacks {' and '.join(missing)}")


def _ways(application: Application) -> tuple[tuple[str, bool], ...]:
    """The sync option that stops a deletion, and whether the Application has that way to it."""
    automated = mapping(mapping(application.spec.get("syncPolicy")).get("automated"))
    finalizers = mapping(application.body.get("metadata")).get("finalizers") or ()
    cascades = any(str(each).startswith(_FINALIZER) for each in finalizers)
    return ("Prune=false", automated.get("prune") is True), ("Delete=false", cascades)
