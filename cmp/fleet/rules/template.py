"""An ApplicationSet that Argo CD cannot expand, so that it makes no more changes."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-template"
SEVERITY: Severity = "error"
TITLE = "An ApplicationSet that Argo CD cannot expand, so that it makes no more changes"
WHY = "One element that fails stops the whole set: nothing is created, updated or deleted until it is mended."
CURE = "Correct the template or the generator's values."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per message."""
    for each in fleet.sets:
        for message in each.expansion.broken:
            yield Hit(each.subject, "spec.template", message)
        if not each.expansion.made and not each.expansion.broken and not each.expansion.unknown:
            yield Hit(each.subject, "spec.generators", "give no Application")
