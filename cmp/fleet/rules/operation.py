"""An `operation:` in a manifest."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-operation"
SEVERITY: Severity = "error"
TITLE = "An `operation:` in a manifest"
WHY = "Applying it starts a sync: as an operation, not as a wish, and past the roles of the project."
CURE = "Remove `operation`; `argocd app sync` is how a person asks for one."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per Application."""
    for application in fleet.applications:
        if "operation" in application.body:
            yield Hit(application, "operation", "a manifest must not start a sync")
