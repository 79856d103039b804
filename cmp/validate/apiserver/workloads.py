"""What fields of one object ask of each other: strategies, tolerations, references, access rules."""

from __future__ import annotations

import re

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.validate.apiserver.shape import Node

# The spec above a pod template -> the restart policies that it allows, and whether it must be named
_RESTARTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "DeploymentSpec": (("Always",), False),
    "ReplicaSetSpec": (("Always",), False),
    "StatefulSetSpec": (("Always",), False),
    "DaemonSetSpec": (("Always",), False),
    "JobSpec": (("OnFailure", "Never"), True),
}
_RBAC = "rbac.authorization.k8s.io"
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.*)'\]")
_ENV_FIELDS = frozenset(
    (
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    )
)
_VOLUME_FIELDS = frozenset(
    ("metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations")
)


def check(node: Node) -> Iterator[Problem]:
    """The problems of one node."""
    rule = _RULES.get(node.type)
    if rule is not None:
        yield from rule(node)


def _pod(node: Node) -> Iterator[Problem]:
    """ValidatePodSpec, and what the specs above say of restartPolicy and activeDeadlineSeconds."""
    template = node.above
    owner = template.above if template is not None else None
    allowed, needed = _RESTARTS.get(owner.type if owner is not None else "", ((), False))
    policy = node.text("restartPolicy")
    if allowed and ((policy and policy not in allowed) or (needed and not policy)):
        message = f"must be {' or '.join(allowed)} for this kind"
        yield Problem(node.field("restartPolicy"), message, f"Use {allowed[0]}.")
    if allowed and not needed and node.number("activeDeadlineSeconds") is not None:
        yield Problem(node.field("activeDeadlineSeconds"), "must not be there for this kind", "Remove it.")
    if node.list("ephemeralContainers"):
        message = "must not be there: they are added to a pod that runs"
        yield Problem(node.field("ephemeralContainers"), message, "Use `kubectl debug`.")
    if node.top.type == "Pod" and node.text("nodeName") and node.list("schedulingGates"):
        message = "must not be there while the pod has schedulingGates"
        yield Problem(node.field("nodeName"), message, "Remove one of them.")
    if node.text("dnsPolicy") == "None" and not node.map("dnsConfig").get("nameservers"):
        field = node.field("dnsConfig", "nameservers")
        yield Problem(field, "is required for dnsPolicy None", "List a name server.")


def _rolling(node: Node) -> Iterator[Problem]:
    """ValidateRollingUpdateDeployment, ValidateRollingUpdateDaemonSet."""
    daemons = node.above is not None and node.above.type == "DaemonSetStrategy"
    surge, missing = _part(node.body.get("maxSurge")), _part(node.body.get("maxUnavailable"))
    for field in ("maxSurge", "maxUnavailable"):
        yield from _int_or_percent(node, field, most=daemons or field == "maxUnavailable")
    if daemons:
        if surge and missing != 0:
            message = "must be 0 while maxSurge is not; it is 1 if nothing is said"
            yield Problem(node.field("maxUnavailable"), message, "Set one of them to 0.")
        elif surge in (None, 0) and missing == 0:
            yield Problem(
                node.field("maxUnavailable"), "must not be 0 while maxSurge is 0", "Raise one of them."
            )
    elif surge == 0 and missing == 0:
        yield Problem(node.field("maxUnavailable"), "must not be 0 while maxSurge is 0", "Raise one of them.")


def _part(value: object) -> int | None:
    """The number of a number or percentage."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value[:-1][:9]) if isinstance(value, str) and not formats.percent(value) else None


def _int_or_percent(node: Node, field: str, most: bool = True) -> Iterator[Problem]:
    """ValidatePositiveIntOrPercent, IsNotMoreThan100Percent."""
    value = node.body.get(field)
    if isinstance(value, str):
        wrong = formats.percent(value)
        if wrong:
            yield Problem(node.field(field), wrong, "Write it such as 1 or 25%.")
        elif most and (_part(value) or 0) > 100:
            yield Problem(node.field(field), "must be 100% at most", "Lower it.")
    elif isinstance(value, int) and value < 0:
        yield Problem(node.field(field), "must be 0 at least", "Raise it.")


def _budget(node: Node) -> Iterator[Problem]:
    """ValidatePodDisruptionBudgetSpec."""
    for field in ("minAvailable", "maxUnavailable"):
        yield from _int_or_percent(node, field)


def _partition(node: Node) -> Iterator[Problem]:
    """ValidateStatefulSetSpec."""
    yield from _int_or_percent(node, "maxUnavailable")
    if _part(node.body.get("maxUnavailable")) == 0:
        yield Problem(node.field("maxUnavailable"), "must not be 0", "Raise it.")


def _toleration(node: Node) -> Iterator[Problem]:
    """ValidateTolerations."""
    operator = node.text("operator") or "Equal"
    if operator == "Exists" and node.text("value"):
        yield Problem(node.field("value"), "must not be there for the operator Exists", "Remove it.")
    elif operator not in ("Exists", "Equal"):
        yield Problem(node.field("operator"), "must be one of Equal, Exists", "Use one of them.")
    elif operator == "Equal" and formats.label_value(node.text("value")):
        yield Problem(node.field("value"), formats.label_value(node.text("value")), "Correct the value.")
    if not node.text("key") and operator != "Exists":
        yield Problem(node.field("operator"), "must be Exists without a key", "Add the key.")
    if node.number("tolerationSeconds") is not None and node.text("effect") != "NoExecute":
        yield Problem(
            node.field("effect"),
            "must be NoExecute beside tolerationSeconds",
            "Set it, or remove the seconds.",
        )


def _spread(node: Node) -> Iterator[Problem]:
    """validateTopologySpreadConstraints."""
    if node.number("minDomains") is not None and node.text("whenUnsatisfiable") != "DoNotSchedule":
        field = node.field("minDomains")
        yield Problem(field, "must not be there unless whenUnsatisfiable is DoNotSchedule", "Remove it.")
    yield from _label_keys(node, "matchLabelKeys")


def _affinity_term(node: Node) -> Iterator[Problem]:
    """ValidateMatchLabelKeysAndMismatchLabelKeys."""
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        yield from _label_keys(node, field)
    others = node.list("mismatchLabelKeys")
    for index, key in enumerate(node.list("matchLabelKeys")):
        if key in others:
            place = node.field("matchLabelKeys", index)
            yield Problem(place, "must not stand in mismatchLabelKeys too", "Remove one of them.")


def _label_keys(node: Node, field: str) -> Iterator[Problem]:
    """validateLabelKeys."""
    if node.list(field) and node.body.get("labelSelector") is None:
        yield Problem(node.field(field), "needs a labelSelector", "Add the labelSelector.")


def _field_reference(node: Node) -> Iterator[Problem]:
    """validateObjectFieldSelector."""
    path = node.text("fieldPath")
    known = _ENV_FIELDS if node.above is not None and node.above.type == "EnvSource" else _VOLUME_FIELDS
    match = _SUBSCRIPT.fullmatch(path)
    if match is not None:
        key = match[2] if match[1] == "labels" else match[2].lower()
        if formats.qualified_name(key):
            yield Problem(
                node.field("fieldPath"), f"the key {formats.qualified_name(key)}", "Correct the key."
            )
    elif path and path not in known:
        message = "is not a field that may be referred to here"
        yield Problem(node.field("fieldPath"), message, f"Use one of {', '.join(sorted(known))}.")


def _access_rule(node: Node) -> Iterator[Problem]:
    """ValidatePolicyRule."""
    urls = bool(node.list("nonResourceURLs"))
    if urls and node.top.type == "Role":
        yield Problem(node.field("nonResourceURLs"), "must not be there in a Role", "Use a ClusterRole.")
    if urls and any(node.list(field) for field in ("apiGroups", "resources", "resourceNames")):
        yield Problem(
            node.field("nonResourceURLs"), "must not stand beside resources", "Make two rules of it."
        )
    if urls:
        return
    for field in ("apiGroups", "resources"):
        if not node.list(field):
            cure = 'The core group is "".' if field == "apiGroups" else "Name the resources."
            yield Problem(node.field(field), "is required", cure)


def _role_reference(node: Node) -> Iterator[Problem]:
    """ValidateRoleBinding, ValidateClusterRoleBinding."""
    allowed = ("ClusterRole",) if node.top.type == "ClusterRoleBinding" else ("Role", "ClusterRole")
    if node.text("kind") and node.text("kind") not in allowed:
        yield Problem(node.field("kind"), f"must be {' or '.join(allowed)}", f"Use {allowed[0]}.")
    if node.text("apiGroup") not in ("", _RBAC):
        yield Problem(node.field("apiGroup"), f"must be {_RBAC}", "Correct the group.")
    if node.text("name") and formats.path_segment(node.text("name")):
        yield Problem(node.field("name"), formats.path_segment(node.text("name")), "Correct the name.")


def _subject(node: Node) -> Iterator[Problem]:
    """ValidateRoleBindingSubject."""
    account = node.text("kind") == "ServiceAccount"
    group = node.text("apiGroup")
    if account:
        if group:
            yield Problem(node.field("apiGroup"), "must be empty for a ServiceAccount", "Remove it.")
        if node.text("name") and formats.dns_subdomain(node.text("name")):
            yield Problem(node.field("name"), formats.dns_subdomain(node.text("name")), "Correct the name.")
        if not node.text("namespace") and node.top.type == "ClusterRoleBinding":
            yield Problem(node.field("namespace"), "is required for a ServiceAccount", "Name its namespace.")
    elif node.text("kind") in ("User", "Group") and group not in ("", _RBAC):
        yield Problem(node.field("apiGroup"), f"must be {_RBAC}", "Correct the group.")


def _scale_target(node: Node) -> Iterator[Problem]:
    """ValidateAPIVersion: a scaled kind of a group says which; an object that a metric describes need not."""
    group, slash, name = node.text("apiVersion").partition("/")
    core = node.text("kind") == "ReplicationController" or node.up("ObjectMetric") is not None
    if "/" in name or not (core or (slash and group)):
        yield Problem(node.field("apiVersion"), "must be GROUP/VERSION", "Write it such as apps/v1.")


_RULES: dict[str, Callable[[Node], Iterator[Problem]]] = {
    "PodSpec": _pod,
    "RollingUpdate": _rolling,
    "BudgetSpec": _budget,
    "Toleration": _toleration,
    "TopologySpread": _spread,
    "PodAffinityTerm": _affinity_term,
    "Partition": _partition,
    "FieldRef": _field_reference,
    "PolicyRule": _access_rule,
    "RoleRef": _role_reference,
    "Subject": _subject,
    "ScaleTarget": _scale_target,
}
