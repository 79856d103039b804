"""What an AppProject permits (pkg/apis/application/v1alpha1/app_project_types.go, types.go)."""

from __future__ import annotations

from typing import NamedTuple

from cmp.fleet import globs
from cmp.fleet.fleet import IN_CLUSTER
from cmp.kustomize.scope import CLUSTER_SCOPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Body = dict[str, Any]

_KINDS = frozenset((group, kind) for group, _, kind in CLUSTER_SCOPED) | {
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("snapshot.storage.k8s.io", "VolumeSnapshotClass"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
    ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
    ("certificates.k8s.io", "ClusterTrustBundle"),
    ("resource.k8s.io", "DeviceClass"),
    ("apiregistration.k8s.io", "APIService"),
}


def is_cluster_scoped(group: str, kind: str) -> bool:
    """Kubernetes' own by a table; of the others those whose kind says so: ClusterIssuer, ClusterPolicy."""
    return (group, kind) in _KINDS or (
        kind.startswith("Cluster") and "." in group and kind not in ("Cluster",)
    )


def items(project: Body, field: str) -> list[Body]:
    """A list of mappings of a project's spec."""
    found = project.get(field)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def kind_permitted(spec: Body, group: str, kind: str, name: str) -> bool:
    """Whether a project's spec permits an object of a kind."""
    if is_cluster_scoped(group, kind):
        return _listed(items(spec, "clusterResourceWhitelist"), group, kind, name) and not _listed(
            items(spec, "clusterResourceBlacklist"), group, kind, name
        )
    allowed = items(spec, "namespaceResourceWhitelist")
    return (not allowed or _listed(allowed, group, kind, "")) and not _listed(
        items(spec, "namespaceResourceBlacklist"), group, kind, ""
    )


def _listed(entries: list[Body], group: str, kind: str, name: str) -> bool:
    return any(
        globs.matches(str(entry.get("group", "")), group)
        and globs.matches(str(entry.get("kind", "")), kind)
        and (not entry.get("name") or globs.matches(str(entry["name"]), name))
        for entry in entries
    )


def destination_permitted(spec: Body, destination: Body, namespace: str) -> bool:
    """Whether a project's destinations permit a cluster and namespace.

    An entry that matches permits. An entry with `!` denies what stands behind the `!` and permits all else.
    A denial counts more than any other entry."""
    name, server = str(destination.get("name") or ""), str(destination.get("server") or "")
    # Argo CD's own cluster has both.
    if name == "in-cluster":
        server = server or IN_CLUSTER
    elif server == IN_CLUSTER:
        name = name or "in-cluster"
    found = False
    for item in items(spec, "destinations"):
        named, served, spaced = (str(item.get(key) or "") for key in ("name", "server", "namespace"))
        name_fits = bool(name) and globs.negatable(named, name)
        server_fits = bool(server) and globs.negatable(served, server)
        namespace_fits = globs.negatable(spaced, namespace)
        if (name_fits or server_fits) and namespace_fits:
            found = True
        elif (
            (not name_fits and named.startswith("!"))
            or (not server_fits and served.startswith("!"))
            or (not namespace_fits and spaced.startswith("!"))
        ):
            return False
    return found


def source_permitted(spec: Body, url: str) -> bool:
    """Whether a project's sourceRepos permit a repository; `!` as in `destination_permitted`."""
    found = False
    for pattern in spec.get("sourceRepos") or []:
        if globs.negatable(str(pattern).removesuffix(".git"), url.removesuffix(".git"), "/"):
            found = True
        elif str(pattern).startswith("!"):
            return False
    return found


class Policy(NamedTuple):
    """One line of a role: `p, subject, resource, action, object, allow`."""

    subject: str
    resource: str
    action: str
    object: str
    effect: str

    def covers(self, resource: str, action: str, target: str) -> bool:
        """Whether it speaks of an action on an object."""
        return (
            globs.matches(self.resource, resource)
            and globs.matches(self.action, action)
            and globs.matches(self.object, target)
        )


def policies(role: Body) -> list[Policy]:
    """A role's policies that have the right number of parts."""
    found = []
    lines = role.get("policies")
    for line in lines if isinstance(lines, list) else []:
        parts = [part.strip() for part in str(line).split(",")]
        if len(parts) == 6 and parts[0] == "p":
            found.append(Policy(*parts[1:]))
    return found


def role_may(role: Body, action: str, targets: tuple[str, ...]) -> bool:
    """Whether a role's own policies permit an action on Applications; one that denies wins."""
    lines = [
        policy
        for policy in policies(role)
        if any(policy.covers("applications", action, target) for target in targets)
    ]
    return any(policy.effect == "allow" for policy in lines) and all(
        policy.effect != "deny" for policy in lines
    )


def closed_window(spec: Body, application: str, destination: Body) -> bool:
    """Whether a permanent deny window that lets a person sync covers an Application."""
    return any(
        window.get("kind") == "deny"
        and window.get("manualSync") is True
        and str(window.get("schedule", "")).split() == ["*"] * 5
        and _covers(window, application, destination)
        for window in items(spec, "syncWindows")
    )


def _covers(window: Body, application: str, destination: Body) -> bool:
    clusters = [str(destination.get(key)) for key in ("server", "name") if destination.get(key)]
    tests = [
        (window.get("applications"), [application]),
        (window.get("namespaces"), [str(destination.get("namespace") or "")]),
        (window.get("clusters"), clusters),
    ]
    answers = [
        any(globs.matches(str(pattern), value) for pattern in patterns for value in values)
        for patterns, values in tests
        if isinstance(patterns, list) and patterns
    ]
    return bool(answers) and (all(answers) if window.get("andOperator") else any(answers))
