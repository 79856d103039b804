"""Objects of an Application whose kind or namespace the project does not permit."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.fleet.permission import destination_permitted, is_cluster_scoped, kind_permitted
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Application, Fleet, Subject

ID = "argocd-kind-not-permitted"
SEVERITY: Severity = "error"
TITLE = "Objects of an Application whose kind or namespace the project does not permit"
WHY = "The sync fails at the first such object, after others were applied."
CURE = "Add the kind to the project's whitelist, or take the object out of the render."


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per kind and per namespace of what an Application renders."""
    for application in fleet.applications:
        project = fleet.project(application.project)
        if project is not None:
            for message in dict.fromkeys(_problems(fleet, application, project)):
                yield Hit(application, "spec.source", message)


def _problems(fleet: Fleet, application: Application, project: Subject) -> Iterator[str]:
    for body in fleet.content(application).objects:
        group, kind = str(body.get("apiVersion", "")).rpartition("/")[0], str(body.get("kind", ""))
        metadata = mapping(body.get("metadata"))
        if not kind_permitted(project.spec, group, kind, str(metadata.get("name", ""))):
            shown = f"{kind}.{group}" if group else kind
            yield f"renders {shown}, which the project {project.name} does not permit"
        if is_cluster_scoped(group, kind):
            continue
        space = str(metadata.get("namespace") or application.destination.get("namespace") or "")
        if not destination_permitted(project.spec, application.destination, space):
            where = space or "(none)"
            yield f"renders into the namespace {where}, which the project {project.name} does not permit"
