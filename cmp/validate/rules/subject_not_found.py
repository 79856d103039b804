"""A role binding whose ServiceAccount is not where the binding looks for it."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import name, namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "subject-not-found"
SEVERITY: Severity = "warning"
TITLE = "A subject that is not in the output"
WHY = (
    "The namespace field moves the account and leaves a subject with a fixed namespace behind: no permission."
)
CURE = "Leave the subject's namespace out of the base, or patch it; waive it for accounts made elsewhere."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per subject whose account has another namespace here, or is not here at all."""
    accounts = {
        (namespace(body), name(body)) for body in context.objects if body.get("kind") == "ServiceAccount"
    }
    for body in context.objects:
        if body.get("kind") not in ("RoleBinding", "ClusterRoleBinding"):
            continue
        for number, subject in enumerate(body.get("subjects") or ()):
            if (
                not isinstance(subject, dict)
                or subject.get("kind") != "ServiceAccount"
                or subject.get("name") == "default"
            ):
                continue
            wanted = (str(subject.get("namespace") or namespace(body)), str(subject.get("name")))
            if wanted not in accounts:
                yield Hit(
                    body, f"subjects[{number}]", f"no ServiceAccount {wanted[0]}/{wanted[1]} in the output"
                )
