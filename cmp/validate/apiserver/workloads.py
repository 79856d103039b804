"""What fields of one object ask of each other: strategies, pods of Jobs, tolerations, access rules."""

from __future__ import annotations

import itertools
import re

from cmp.manifest import mapping
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
    if node.text("dnsPolicy") == "None" and not node.map("dnsConfig").get("nameservers"):
        field = node.field("dnsConfig", "nameservers")
        yield Problem(field, "is required for dnsPolicy None", "List a name server.")


def _deployment_strategy(node: Node) -> Iterator[Problem]:
    """ValidateDeploymentStrategy."""
    if node.text("type") == "Recreate" and node.body.get("rollingUpdate") is not None:
        yield Problem(node.field("rollingUpdate"), "must not be there for the type Recreate", "Remove it.")


def _on_delete(node: Node) -> Iterator[Problem]:
    """ValidateStatefulSetSpec."""
    if node.text("type") == "OnDelete" and node.body.get("rollingUpdate") is not None:
        yield Problem(node.field("rollingUpdate"), "must not be there for the type OnDelete", "Remove it.")


def _rolling(node: Node) -> Iterator[Problem]:
    """ValidateRollingUpdateDeployment, ValidateRollingUpdateDaemonSet."""
    surge, missing = _part(node.body.get("maxSurge")), _part(node.body.get("maxUnavailable"))
    for field in ("maxSurge", "maxUnavailable"):
        yield from _int_or_percent(node, field)
    daemons = node.above is not None and node.above.type == "DaemonSetStrategy"
    if daemons:
        if surge and (missing is None or missing):
            message = "must be 0 while maxSurge is not"
            if node.body.get("maxUnavailable") is not None:
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
        elif field == "maxUnavailable" and most and (_part(value) or 0) > 100:
            yield Problem(node.field(field), "must be 100% at most", "Lower it.")
    elif isinstance(value, int) and value < 0:
        yield Problem(node.field(field), "must be 0 at least", "Raise it.")


def _budget(node: Node) -> Iterator[Problem]:
    """ValidatePodDisruptionBudgetSpec."""
    for field in ("minAvailable", "maxUnavailable"):
        yield from _int_or_percent(node, field)
        if (
            field == "minAvailable"
            and (_part(node.body.get(field)) or 0) > 100
            and isinstance(node.body.get(field), str)
        ):
            yield Problem(node.field(field), "must be 100% at most", "Lower it.")


def _job(node: Node) -> Iterator[Problem]:
    """ValidateJobSpec."""
    if node.text("completionMode") == "Indexed" and node.number("completions") is None:
        yield Problem(
            node.field("completions"), "is required for completionMode Indexed", "Say how many there are."
        )
    if node.text("completionMode") != "Indexed":
        for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if node.body.get(field) is not None:
                yield Problem(node.field(field), "needs completionMode Indexed", "Set it, or remove this.")
    elif formats.dns_label(name := str(node.top.map("metadata").get("name"))) and node.top.type == "Job":
        yield Problem("metadata.name", f"{formats.dns_label(name)}: pods are named after it", "Correct it.")
    rules = node._replace(body=node.map("podFailurePolicy")).items("rules")
    per_index = node.number("maxFailedIndexes") is not None or any(
        each.get("action") == "FailIndex" for each in rules
    )
    if per_index and node.body.get("backoffLimitPerIndex") is None:
        message = "is required for maxFailedIndexes and for the action FailIndex"
        yield Problem(node.field("backoffLimitPerIndex"), message, "Say how often an index may fail.")
    manual = node.body.get("manualSelector") is True
    if node.body.get("selector") is not None and not manual:
        yield Problem(node.field("selector"), "must not be there without manualSelector", "Remove it.")
    elif manual and node.body.get("selector") is None:
        yield Problem(node.field("selector"), "is required for manualSelector", "Add it.")
    manager = node.body.get("managedBy")
    if isinstance(manager, str) and ("/" not in manager or formats.qualified_name(manager)):
        yield Problem(node.field("managedBy"), "must be a name with a domain", "Write it as DOMAIN/NAME.")


def _exit_codes(node: Node) -> Iterator[Problem]:
    """validatePodFailurePolicyRuleOnExitCodes."""
    if node.text("operator") == "In" and 0 in node.list("values"):
        field = node.field("values", node.list("values").index(0))
        yield Problem(field, "must not be 0 for the operator In", "0 means success.")
    numbers = [each for each in node.list("values") if isinstance(each, int)]
    if any(first >= second for first, second in itertools.pairwise(numbers)):
        yield Problem(node.field("values"), "must be in order, each number once", "Sort the numbers.")
    template = job.map("template") if (job := node.up("JobSpec")) is not None else {}
    pod = node._replace(body=mapping(template.get("spec")))
    names, name = pod.names("containers") | pod.names("initContainers"), node.text("containerName")
    if name and name not in names:
        message = "is not a container of the template"
        yield Problem(node.field("containerName"), message, "Correct the name, or remove it.")


def _success_rule(node: Node) -> Iterator[Problem]:
    """validateSuccessPolicyRule."""
    if node.body.get("succeededCount") is None and not node.text("succeededIndexes"):
        yield Problem(node.path, "needs succeededCount or succeededIndexes", "Add one of them.")
    job, count = node.up("JobSpec"), node.number("succeededCount")
    most = job.number("completions") if job is not None else None
    if count is not None and most is not None and count > most:
        yield Problem(node.field("succeededCount"), f"must not be above completions, {most}", "Lower it.")


def _partition(node: Node) -> Iterator[Problem]:
    """ValidateStatefulSetSpec."""
    yield from _int_or_percent(node, "maxUnavailable")
    if _part(node.body.get("maxUnavailable")) == 0:
        yield Problem(node.field("maxUnavailable"), "must not be 0", "Raise it.")


# Scopes that exclude each other: ValidateResourceQuotaScopes.
_OPPOSITES = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
# Scopes that only have or have not: validateScopedResourceSelectorRequirement.
_PLAIN_SCOPES = frozenset(("BestEffort", "NotBestEffort", "Terminating", "NotTerminating"))


def _quota(node: Node) -> Iterator[Problem]:
    """validateResourceQuotaScopes: BestEffort pods have no amounts to count."""
    scopes = node.list("scopes")
    for pair in _OPPOSITES:
        if all(each in scopes for each in pair):
            yield Problem(node.field("scopes"), f"must not hold both {' and '.join(pair)}", "Keep one.")
    others = node.map("hard").keys() - {"pods"}
    if "BestEffort" in scopes and others:
        message = "must not hold BestEffort unless hard counts pods alone"
        yield Problem(node.field("scopes"), message, "Remove the other resources from hard.")


def _scope(node: Node) -> Iterator[Problem]:
    """validateScopedResourceSelectorRequirement."""
    operator, values = node.text("operator"), node.list("values")
    if node.text("scopeName") in _PLAIN_SCOPES and operator and operator != "Exists":
        yield Problem(node.field("operator"), "must be Exists for this scope", "Use Exists.")
    elif operator in ("In", "NotIn") and not values:
        yield Problem(node.field("values"), f"is required for the operator {operator}", "List the values.")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield Problem(node.field("values"), f"must not be there for the operator {operator}", "Remove them.")


def _claim(node: Node) -> Iterator[Problem]:
    """ValidatePersistentVolumeClaimSpec."""
    modes = node.list("accessModes")
    if "ReadWriteOncePod" in modes and any(mode != "ReadWriteOncePod" for mode in modes):
        message = "must not hold ReadWriteOncePod beside other modes"
        yield Problem(node.field("accessModes"), message, "Keep it or the others.")


def _data_source(node: Node) -> Iterator[Problem]:
    """validateDataSourceRef: of the core group only a claim can be copied; dataSource is then ignored."""
    core = node.path.endswith("dataSourceRef") and not node.text("apiGroup")
    if core and node.text("kind") not in ("", "PersistentVolumeClaim"):
        message = "must be PersistentVolumeClaim without an apiGroup"
        yield Problem(node.field("kind"), message, "Name the apiGroup.")


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
    if node.list("matchLabelKeys") and node.body.get("labelSelector") is None:
        yield Problem(node.field("matchLabelKeys"), "needs a labelSelector", "Add the labelSelector.")


def _profile(node: Node) -> Iterator[Problem]:
    """validateSeccompProfileField, ValidateAppArmorProfileField."""
    local = node.text("type") == "Localhost"
    if local and not node.text("localhostProfile"):
        yield Problem(
            node.field("localhostProfile"), "is required for the type Localhost", "Name the profile."
        )
    elif not local and node.body.get("localhostProfile") is not None:
        yield Problem(node.field("localhostProfile"), "must not be there for this type", "Remove it.")


def _security(node: Node) -> Iterator[Problem]:
    """ValidateSecurityContext."""
    if node.body.get("allowPrivilegeEscalation") is not False:
        return
    added = node.map("capabilities").get("add")
    if node.body.get("privileged") is True:
        yield Problem(
            node.path, "allowPrivilegeEscalation is false, and privileged is true", "Remove one of them."
        )
    elif isinstance(added, list) and "CAP_SYS_ADMIN" in added:
        message = "allowPrivilegeEscalation is false, and CAP_SYS_ADMIN is added"
        yield Problem(node.path, message, "Remove one of them.")


def _mount(node: Node) -> Iterator[Problem]:
    """validateMountRecursiveReadOnly."""
    if node.text("recursiveReadOnly") in ("Enabled", "IfPossible") and node.body.get("readOnly") is not True:
        yield Problem(node.field("recursiveReadOnly"), "needs readOnly: true", "Set readOnly, or remove it.")


def _container(node: Node) -> Iterator[Problem]:
    """What an init container that does not stay must not have; claims of resources that the pod has."""
    for name in sorted(node.names("volumeMounts") & node.names("volumeDevices")):
        message = f"has the volume {name}, which volumeMounts has too"
        yield Problem(node.field("volumeDevices"), message, "Use it once.")
    claims = node.map("resources").get("claims")
    known = node.above.names("resourceClaims") if node.above is not None else set()
    for index, claim in enumerate(claims if isinstance(claims, list) else ()):
        if isinstance(claim, dict) and claim.get("name") not in known:
            field = node.field("resources", "claims", index, "name")
            yield Problem(field, "is not one of the pod's resourceClaims", "Add it there.")
    place = node.path.rpartition(".")[2]
    if not place.startswith("initContainers") or node.text("restartPolicy") == "Always":
        return
    for field in ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle"):
        if node.body.get(field) is not None:
            message = "must not be there for an init container without restartPolicy Always"
            yield Problem(node.field(field), message, "Remove it.")


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
    "DeploymentStrategy": _deployment_strategy,
    "StatefulSetStrategy": _on_delete,
    "RollingUpdate": _rolling,
    "BudgetSpec": _budget,
    "JobSpec": _job,
    "Toleration": _toleration,
    "TopologySpread": _spread,
    "Seccomp": _profile,
    "AppArmor": _profile,
    "VolumeMount": _mount,
    "ExitCodes": _exit_codes,
    "SuccessRule": _success_rule,
    "Partition": _partition,
    "QuotaSpec": _quota,
    "ScopeRequirement": _scope,
    "ClaimSpec": _claim,
    "DataSource": _data_source,
    "SecurityContext": _security,
    "Container": _container,
    "FieldRef": _field_reference,
    "PolicyRule": _access_rule,
    "RoleRef": _role_reference,
    "Subject": _subject,
    "ScaleTarget": _scale_target,
}
