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
_SCOPES = (
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
)
_SELECT = ("Max", "Min", "Disabled")
_POLICIES = ("Honor", "Ignore")
_ACCESS_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
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
        "restartPolicy": ("Always", "Never", "OnFailure"),
    },
    "RestartRule": {"action": ("Restart", "RestartAllContainers")},
    "RestartExitCodes": {"operator": ("In", "NotIn")},
    "FieldRef": {"apiVersion": ("v1",)},
    "PodOS": {"name": ("linux", "windows")},
    "ContainerPort": {"protocol": _PROTOCOLS},
    "HTTPGet": {"scheme": ("HTTP", "HTTPS")},
    "VolumeMount": {
        "mountPropagation": ("None", "HostToContainer", "Bidirectional"),
        "recursiveReadOnly": ("Disabled", "Enabled", "IfPossible"),
    },
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
    "PodSecurityContext": {
        "fsGroupChangePolicy": ("OnRootMismatch", "Always"),
        "supplementalGroupsPolicy": ("Merge", "Strict"),
        "seLinuxChangePolicy": ("MountOption", "Recursive"),
    },
    "SecurityContext": {"procMount": ("Default", "Unmasked")},
    "ResizePolicy": {
        "resourceName": ("cpu", "memory"),
        "restartPolicy": ("NotRequired", "RestartContainer"),
    },
    "Seccomp": {"type": ("RuntimeDefault", "Unconfined", "Localhost")},
    "AppArmor": {"type": ("RuntimeDefault", "Unconfined", "Localhost")},
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
    "PodFailureRule": {"action": ("Count", "FailIndex", "FailJob", "Ignore")},
    "ExitCodes": {"operator": ("In", "NotIn")},
    "PodConditionPattern": {"status": ("False", "True", "Unknown")},
    "ImageVolume": {"pullPolicy": ("Always", "IfNotPresent", "Never")},
    "ScopeRequirement": {"operator": _REQUIREMENTS, "scopeName": _SCOPES},
    "CronJobSpec": {"concurrencyPolicy": ("Allow", "Forbid", "Replace")},
    "ServiceSpec": {
        "type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        "sessionAffinity": ("None", "ClientIP"),
        "externalTrafficPolicy": ("Cluster", "Local"),
        "internalTrafficPolicy": ("Cluster", "Local"),
        "ipFamilyPolicy": ("SingleStack", "PreferDualStack", "RequireDualStack"),
        "trafficDistribution": ("PreferClose", "PreferSameZone", "PreferSameNode"),
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
    "VolumeSpec": {
        "volumeMode": ("Filesystem", "Block"),
        "persistentVolumeReclaimPolicy": ("Retain", "Delete", "Recycle"),
    },
    "PriorityClass": {"preemptionPolicy": ("PreemptLowerPriority", "Never")},
    "StorageClass": {
        "reclaimPolicy": ("Delete", "Retain"),
        "volumeBindingMode": ("Immediate", "WaitForFirstConsumer"),
    },
    "ClassParameters": {"scope": ("Cluster", "Namespace")},
    "Webhook": {
        "failurePolicy": ("Fail", "Ignore"),
        "matchPolicy": ("Exact", "Equivalent"),
        "sideEffects": ("None", "NoneOnDryRun"),
        "reinvocationPolicy": ("Never", "IfNeeded"),
    },
    "WebhookRule": {"scope": ("*", "Cluster", "Namespaced")},
    "Subject": {"kind": ("ServiceAccount", "User", "Group")},
}
# type -> field that lists such strings
LISTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ClaimSpec": ("accessModes", _ACCESS_MODES),
    "VolumeSpec": ("accessModes", _ACCESS_MODES),
    "WebhookRule": ("operations", ("CREATE", "UPDATE", "DELETE", "CONNECT", "*")),
    "NetworkPolicySpec": ("policyTypes", ("Ingress", "Egress")),
    "ServiceSpec": ("ipFamilies", ("IPv4", "IPv6")),
    "QuotaSpec": ("scopes", _SCOPES),
}
# Pointers in upstream's types, for which an empty string is not an absent one.
POINTERS = frozenset(
    (
        "completionMode",
        "failurePolicy",
        "fsGroupChangePolicy",
        "internalTrafficPolicy",
        "ipFamilyPolicy",
        "matchPolicy",
        "mountPropagation",
        "nodeAffinityPolicy",
        "nodeTaintsPolicy",
        "podReplacementPolicy",
        "preemptionPolicy",
        "procMount",
        "recursiveReadOnly",
        "reinvocationPolicy",
        "seLinuxChangePolicy",
        "selectPolicy",
        "supplementalGroupsPolicy",
        "trafficDistribution",
        "unhealthyPodEvictionPolicy",
        "volumeBindingMode",
        "volumeMode",
    )
)
# The same for a field whose name another type has for a string: type, field.
_POINTERS_OF_TYPES = frozenset(
    (
        ("ClassParameters", "scope"),
        ("Container", "restartPolicy"),
        ("NetworkPolicyPort", "protocol"),
        ("WebhookRule", "scope"),
    )
)


def check(node: Node) -> Iterator[Problem]:
    """A problem for each string that is not one of them."""
    for field, known in ENUMERATIONS.get(node.type, {}).items():
        value = node.text(field)
        if (
            "hugepages-" not in value
            and value not in known
            and (value or (node.body.get(field) == "" and _is_pointer(node.type, field)))
        ):
            yield _problem(node.field(field), value, known)
    field, known = LISTS.get(node.type, ("", ()))
    for index, value in node.strings(field):
        if value not in known:
            yield _problem(node.field(field, index), value, known)


def _is_pointer(kind: str, field: str) -> bool:
    return field in POINTERS or (kind, field) in _POINTERS_OF_TYPES


def _problem(field: str, value: str, known: tuple[str, ...]) -> Problem:
    near = nearest(value, known)
    return Problem(
        field, f"must be one of {', '.join(known)}", f"Did you mean {near}?" if near else "Use one of them."
    )
