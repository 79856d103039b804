"""Fields with a fixed set of strings, which the published schemas do not hold."""

from __future__ import annotations

from cmp.nearest import nearest
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_PROTOCOLS = ("TCP", "UDP", "SCTP")
_RETAIN = ("Retain", "Delete")
_REQUIREMENTS = ("In", "NotIn", "Exists", "DoesNotExist")
_SELECT = ("Max", "Min", "Disabled")
_POLICIES = ("Honor", "Ignore")
_AMOUNTS = ("cpu", "memory", "ephemeral-storage")
# type -> field -> strings, in the order of upstream's message
ENUMERATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "PodSpec": {
        "restartPolicy": ("Always", "OnFailure", "Never"),
        "dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
        "preemptionPolicy": ("PreemptLowerPriority", "Never"),
    },
    # validateContainerResourceFieldSelector; those of huge pages have a size in their name.
    "ResourceFieldRef": {
        "resource": tuple(f"{side}.{name}" for side in ("limits", "requests") for name in _AMOUNTS),
    },
    "Container": {
        "imagePullPolicy": ("Always", "IfNotPresent", "Never"),
        "terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    },
    "ContainerPort": {"protocol": _PROTOCOLS},
    "HTTPGet": {"scheme": ("HTTP", "HTTPS")},
    "VolumeMount": {"mountPropagation": ("None", "HostToContainer", "Bidirectional")},
    "HostPath": {
        "type": (
            "DirectoryOrCreate",
            "Directory",
            "FileOrCreate",
            "File",
            "Socket",
            "CharDevice",
            "BlockDevice",
        ),
    },
    "Toleration": {"effect": ("NoSchedule", "PreferNoSchedule", "NoExecute")},
    "TopologySpread": {
        "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
        "nodeAffinityPolicy": _POLICIES,
        "nodeTaintsPolicy": _POLICIES,
    },
    "PodSecurityContext": {"fsGroupChangePolicy": ("OnRootMismatch", "Always")},
    "Seccomp": {"type": ("RuntimeDefault", "Unconfined", "Localhost")},
    "LabelRequirement": {"operator": _REQUIREMENTS},
    "NodeRequirement": {"operator": (*_REQUIREMENTS, "Gt", "Lt")},
    "DeploymentStrategy": {"type": ("RollingUpdate", "Recreate")},
    "StatefulSetSpec": {"podManagementPolicy": ("OrderedReady", "Parallel")},
    "StatefulSetStrategy": {"type": ("RollingUpdate", "OnDelete")},
    "DaemonSetStrategy": {"type": ("RollingUpdate", "OnDelete")},
    "ClaimRetention": {"whenDeleted": _RETAIN, "whenScaled": _RETAIN},
    "JobSpec": {
        "completionMode": ("NonIndexed", "Indexed"),
        "podReplacementPolicy": ("TerminatingOrFailed", "Failed"),
    },
    "CronJobSpec": {"concurrencyPolicy": ("Allow", "Forbid", "Replace")},
    "ServiceSpec": {
        "type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        "sessionAffinity": ("None", "ClientIP"),
        "externalTrafficPolicy": ("Cluster", "Local"),
        "internalTrafficPolicy": ("Cluster", "Local"),
        "ipFamilyPolicy": ("SingleStack", "PreferDualStack", "RequireDualStack"),
    },
    "ServicePort": {"protocol": _PROTOCOLS},
    "IngressPath": {"pathType": ("Exact", "Prefix", "ImplementationSpecific")},
    "Metric": {"type": ("Resource", "ContainerResource", "Pods", "Object", "External")},
    "MetricTarget": {"type": ("Utilization", "Value", "AverageValue")},
    "ScalingRules": {"selectPolicy": _SELECT},
    "ScalingPolicy": {"type": ("Pods", "Percent")},
    "BudgetSpec": {"unhealthyPodEvictionPolicy": ("IfHealthyBudget", "AlwaysAllow")},
    "ClaimSpec": {"volumeMode": ("Filesystem", "Block")},
    "NetworkPolicyPort": {"protocol": _PROTOCOLS},
    "Subject": {"kind": ("ServiceAccount", "User", "Group")},
}
# type -> field that lists such strings
LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ClaimSpec": ("accessModes", ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")),
    "NetworkPolicySpec": ("policyTypes", ("Ingress", "Egress")),
    "ServiceSpec": ("ipFamilies", ("IPv4", "IPv6")),
}
# Pointers in upstream's types, for which an empty string is not an absent one.
POINTERS = frozenset(
    (
        "completionMode",
        "fsGroupChangePolicy",
        "internalTrafficPolicy",
        "ipFamilyPolicy",
        "mountPropagation",
        "nodeAffinityPolicy",
        "nodeTaintsPolicy",
        "podReplacementPolicy",
        "preemptionPolicy",
        "selectPolicy",
        "unhealthyPodEvictionPolicy",
        "volumeMode",
    )
)


def check(node: Node) -> Iterator[Problem]:
    """A problem for each string that is not one of them."""
    for field, known in ENUMERATIONS.get(node.type, {}).items():
        value = node.text(field)
        if (
            "hugepages-" not in value
            and value not in known
            and (value or (field in POINTERS and node.body.get(field) == ""))
        ):
            yield _problem(node.field(field), value, known)
    field, known = LISTS.get(node.type, ("", ()))
    for index, value in enumerate(node.list(field) if field else ()):
        if isinstance(value, str) and value not in known:
            yield _problem(node.field(field, index), value, known)


def _problem(field: str, value: str, known: tuple[str, ...]) -> Problem:
    near = nearest(value, known)
    return Problem(
        field, f"must be one of {', '.join(known)}", f"Did you mean {near}?" if near else "Use one of them."
    )
