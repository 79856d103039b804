"""A templatePatch that has no effect, or a wrong one."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Set, Subject

ID = "argocd-template-patch"
SEVERITY: Severity = "error"
TITLE = "A templatePatch that has no effect, or a wrong one"
WHY = "It needs Go templates; it cannot set the project; an empty `spec:` wipes the spec's fields."
CURE = "goTemplate: true; the project in the template; `spec:` inside the {{ if }} of what stands below it."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """At most one hit of each sort per set."""
    for each in fleet.sets:
        spec = each.subject.spec
        if not spec.get("templatePatch"):
            continue
        if spec.get("goTemplate") is not True:
            yield Hit(each.subject, "spec.templatePatch", "needs goTemplate: true")
            continue
        for message in dict.fromkeys(_problems(each)):
            yield Hit(each.subject, "spec.templatePatch", message)


def _problems(each: Set) -> Iterator[str]:
    for application, made in each.applications:
        patch = mapping(made.patch)
        if "spec" in patch and not patch["spec"]:
            yield f"comes to an empty spec for {application.name}"
        if "project" in mapping(patch.get("spec")):
            yield "touches spec.project"
