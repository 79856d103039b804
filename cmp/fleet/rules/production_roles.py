"""Roles other than the approvers' that may sync production."""

from __future__ import annotations

import re

from cmp.findings import Hit, Severity
from cmp.fleet.permission import items, role_may
from cmp.manifest import annotations_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Application, Fleet, Subject

ID = "argocd-production-roles"
SEVERITY: Severity = "error"
TITLE = "Roles other than the approvers' that may sync production"
WHY = "Who may sync, roll back or rewrite an Application decides what production runs."
CURE = (
    "Name the non-production Applications in the role's policies instead of *. Approvers are the roles named "
    "after a reviewer or approver, or those in the project's annotation cmp.mlops/approvers."
)

APPROVERS = "cmp.mlops/approvers"
_ACTIONS = ("sync", "override", "update", "rollback")


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per role and production Application, and per policy that is not the project's."""
    for project in fleet.projects:
        production = fleet.production.get(project.name, [])
        for number, role in enumerate(items(project.spec, "roles")):
            if _approves(project, str(role.get("name", ""))):
                continue
            for application in production:
                may = [each for each in _ACTIONS if role_may(role, each, _targets(project.name, application))]
                if may:
                    message = f"the role {role.get('name')} may {', '.join(may)} {application.name}"
                    yield Hit(project, f"spec.roles[{number}].policies", f"{message}, production")


def _approves(project: Subject, role: str) -> bool:
    named = annotations_of(project.body).get(APPROVERS)
    if named is not None:
        return role in [each.strip() for each in str(named).split(",")]
    return bool({"approver", "approvers", "reviewer", "reviewers"} & set(re.split(r"[-_.]", role.lower())))


def _targets(project: str, application: Application) -> tuple[str, ...]:
    """As policies name an Application; one outside Argo CD's namespace has that in between."""
    return f"{project}/{application.name}", f"{project}/{application.namespace}/{application.name}"
