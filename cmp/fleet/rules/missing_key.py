"""A Go template in which a misspelt value becomes the string <no value>."""

from __future__ import annotations

from cmp.findings import Hit, Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-missing-key"
SEVERITY: Severity = "warning"
TITLE = "A Go template in which a misspelt value becomes the string <no value>"
WHY = "An Application named or pointed at <no value> is created, synced and pruned like any other."
CURE = "goTemplateOptions: [missingkey=error]"


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per set."""
    for each in fleet.sets:
        spec = each.subject.spec
        if spec.get("goTemplate") is True and "missingkey=error" not in (spec.get("goTemplateOptions") or []):
            yield Hit(each.subject, "spec.goTemplateOptions", "has no missingkey=error")
