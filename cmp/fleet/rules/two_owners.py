"""One Application that two manifests define, or two apps of apps manage."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-two-owners"
SEVERITY: Severity = "error"
TITLE = "One Application that two manifests define, or two apps of apps manage"
WHY = "Two owners overwrite each other for ever, or the one refuses what the other made."
CURE = "Give each Application one name and one place that makes it."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit on the second and every later owner."""
    made = [each.subject for each in fleet.sets]
    for group in (fleet.applications, fleet.projects, made):
        seen: dict[tuple[str, str], Subject] = {}
        for each in group:
            key = each.namespace, each.name
            if key in seen and each.name:
                yield Hit(each, "metadata.name", f"has the name of {_place(seen[key])}")
            seen.setdefault(key, each)
    parents: dict[tuple[str, str], str] = {}
    for application in fleet.applications:
        for child in fleet.adopted(application):
            key = child.namespace, child.name
            first = parents.setdefault(key, application.name)
            if first != application.name:
                yield Hit(application, "spec.source", f"adopts {child.name}, which {first} adopts too")


def _place(subject: Subject) -> str:
    return subject.title + (f" in {subject.file}" if subject.file else "")
