"""Bounds of numbers, of two numbers together, of lists, and of strings."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_MOST32 = 2**31 - 1
_PORT = (1, 65535)
_ID = (0, _MOST32)
_COUNT = (0, None)
_POSITIVE = (1, None)
_MODE = (0, 0o777)
# type -> field -> (least, most); the upstream functions are ValidateNonnegativeField, IsValidPortNum,
# IsValidUserID and the spec's own function
BOUNDS: dict[str, dict[str, tuple[int, int | None]]] = {
    "ContainerPort": {"containerPort": _PORT, "hostPort": (0, 65535)},
    "HTTPGet": {"port": _PORT},
    "TCPSocket": {"port": _PORT},
    "GRPC": {"port": _PORT},
    "ServiceSpec": {"healthCheckNodePort": (0, 65535)},
    "ServicePort": {"port": _PORT, "targetPort": (0, 65535)},
    "WebhookService": {"port": _PORT},
    "Webhook": {"timeoutSeconds": (1, 30)},
    "IngressPort": {"number": _PORT},
    "NetworkPolicyPort": {"port": _PORT},
    "Probe": {
        "initialDelaySeconds": _COUNT,
        "timeoutSeconds": _COUNT,
        "periodSeconds": _COUNT,
        "successThreshold": _COUNT,
        "failureThreshold": _COUNT,
        "terminationGracePeriodSeconds": _POSITIVE,
    },
    "PodSpec": {"activeDeadlineSeconds": (1, _MOST32)},
    "ClientIP": {"timeoutSeconds": (1, 86400)},
    "PodSecurityContext": {"runAsUser": _ID, "runAsGroup": _ID, "fsGroup": _ID},
    "SecurityContext": {"runAsUser": _ID, "runAsGroup": _ID},
    "TopologySpread": {"maxSkew": _POSITIVE, "minDomains": _POSITIVE},
    "WeightedPodAffinityTerm": {"weight": (1, 100)},
    "PreferredNodeTerm": {"weight": (1, 100)},
    "ConfigMapVolume": {"defaultMode": _MODE},
    "SecretVolume": {"defaultMode": _MODE},
    "Projected": {"defaultMode": _MODE},
    "DownwardAPI": {"defaultMode": _MODE},
    "KeyToPath": {"mode": _MODE},
    "TokenProjection": {"expirationSeconds": (600, 2**32)},
    "DeploymentSpec": {
        "replicas": _COUNT,
        "minReadySeconds": _COUNT,
        "revisionHistoryLimit": _COUNT,
        "progressDeadlineSeconds": _COUNT,
    },
    "ReplicaSetSpec": {"replicas": _COUNT, "minReadySeconds": _COUNT},
    "StatefulSetSpec": {"replicas": _COUNT, "minReadySeconds": _COUNT},
    "Partition": {"partition": _COUNT},
    "Ordinals": {"start": _COUNT},
    "DaemonSetSpec": {"minReadySeconds": _COUNT, "revisionHistoryLimit": _COUNT},
    "JobSpec": {
        "parallelism": _COUNT,
        "completions": _COUNT,
        "activeDeadlineSeconds": _COUNT,
        "backoffLimit": _COUNT,
        "backoffLimitPerIndex": _COUNT,
        "maxFailedIndexes": _COUNT,
        "ttlSecondsAfterFinished": _COUNT,
    },
    "SuccessRule": {"succeededCount": _COUNT},
    "CronJobSpec": {
        "startingDeadlineSeconds": _COUNT,
        "successfulJobsHistoryLimit": _COUNT,
        "failedJobsHistoryLimit": _COUNT,
    },
    "AutoscalerSpec": {
        "minReplicas": _COUNT,
        "maxReplicas": _POSITIVE,
        "targetCPUUtilizationPercentage": _POSITIVE,
    },
    "MetricTarget": {"averageUtilization": _POSITIVE},
    "ScalingRules": {"stabilizationWindowSeconds": (0, 3600)},
    "ScalingPolicy": {"value": _POSITIVE, "periodSeconds": (1, 1800)},
}
# type -> field that lists numbers, with their bounds
LISTS: dict[str, tuple[str, tuple[int, int]]] = {"PodSecurityContext": ("supplementalGroups", _ID)}
# type -> (lesser field, greater field): the first must not be above the second
PAIRS: dict[str, tuple[tuple[str, str], ...]] = {
    "AutoscalerSpec": (("minReplicas", "maxReplicas"),),
    "JobSpec": (("maxFailedIndexes", "completions"),),
    "NetworkPolicyPort": (("port", "endPort"),),
}
# type -> list -> how many items it may have
LENGTHS: dict[str, dict[str, int]] = {
    "DNSConfig": {"nameservers": 3, "searches": 32},  # validatePodDNSConfig
    "NetworkPolicySpec": {"policyTypes": 2},  # ValidateNetworkPolicySpec
    "ServiceSpec": {"clusterIPs": 2},  # ValidateServiceClusterIPsRelatedFields
    "Container": {"restartPolicyRules": 20},  # validateContainerRestartPolicy
    "RestartExitCodes": {"values": 255},
    "PodFailurePolicy": {"rules": 20},  # validatePodFailurePolicy
    "PodFailureRule": {"onPodConditions": 20},
    "ExitCodes": {"values": 255},
    "SuccessPolicy": {"rules": 20},  # validateSuccessPolicy
    "Webhook": {"matchConditions": 64},  # validateMatchConditions
}
# type -> string -> how many bytes it may have
SIZES: dict[str, dict[str, int]] = {
    "PodSpec": {"hostnameOverride": 64},  # validatePodHostName
    "AppArmor": {"localhostProfile": 4095},  # ValidateAppArmorProfileField
    "WindowsOptions": {"gmsaCredentialSpec": 64 * 1024},  # validateWindowsSecurityContextOptions
    "CSI": {"driver": 63},  # ValidateCSIDriverName
    "VolumeCSI": {"driver": 63},
    "JobSpec": {"managedBy": 63},  # validateJobSpec
    "SuccessRule": {"succeededIndexes": 64 * 1024},  # validateSuccessPolicyRule
    "IngressClassSpec": {"controller": 250},  # validateIngressClassSpec
}
# Absent and zero are one to these, and `required` or a default answers for both.
_ZERO_IS_ABSENT = frozenset(
    ("containerPort", "port", "maxReplicas", "value", "periodSeconds", "maxSkew", "weight")
)
# `port` of these is a pointer, or an int-or-string that `required` does not ask for.
_ZERO_COUNTS = frozenset(("NetworkPolicyPort", "WebhookService"))


def check(node: Node) -> Iterator[Problem]:
    """A problem per number, list or string out of its bounds."""
    for field, (least, most) in BOUNDS.get(node.type, {}).items():
        value = node.number(field)
        if value is None or (value == 0 and field in _ZERO_IS_ABSENT and node.type not in _ZERO_COUNTS):
            continue
        if value < least or (most is not None and value > most):
            bound = f"must be {least} at least" if most is None else f"must be from {least} to {most}"
            yield Problem(node.field(field), bound, "Use a number within the bounds.")
    listed, (first, last) = LISTS.get(node.type, ("", _ID))
    for index, item in enumerate(node.list(listed) if listed else ()):
        if isinstance(item, int) and not first <= item <= last:
            yield Problem(
                node.field(listed, index),
                f"must be from {first} to {last}",
                "Use a number within the bounds.",
            )
    for lesser, greater in PAIRS.get(node.type, ()):
        low, high = node.number(lesser), node.number(greater)
        if low is not None and high is not None and low > high:
            yield Problem(
                node.field(greater), f"must not be below {lesser}", f"Raise {greater} or lower {lesser}."
            )
    yield from _lengths(node)
    yield from _others(node)


def _lengths(node: Node) -> Iterator[Problem]:
    for field, most in LENGTHS.get(node.type, {}).items():
        if len(node.list(field)) > most:
            yield Problem(node.field(field), f"must have {most} items at most", "Remove some.")
    for field, most in SIZES.get(node.type, {}).items():
        if len(node.text(field).encode("utf-8", "replace")) > most:
            yield Problem(node.field(field), f"must have {most} bytes at most", "Shorten it.")


def _others(node: Node) -> Iterator[Problem]:
    if node.type == "Probe":
        threshold = node.number("successThreshold")
        above = node.path.rpartition(".")[2]
        if threshold is not None and threshold > 1 and above in ("livenessProbe", "startupProbe"):
            yield Problem(node.field("successThreshold"), "must be 1 for this probe", "Remove it.")
        if above == "readinessProbe" and node.number("terminationGracePeriodSeconds") is not None:
            field = node.field("terminationGracePeriodSeconds")
            yield Problem(field, "must not be set for a readiness probe", "Remove it.")
    if node.type == "AutoscalerSpec" and node.number("minReplicas") == 0:
        # validateHorizontalPodAutoscalerSpec; clusters without HPAScaleToZero ask for 1.
        kinds = {
            metric.get("type") for metric in node.items("metrics") if isinstance(metric.get("type"), str)
        }
        if not kinds & {"Object", "External"}:
            field = node.field("minReplicas")
            yield Problem(field, "must be 1 at least without an Object or External metric", "Raise it.")
    if node.type == "Sleep":
        yield from _sleep(node)
    if node.type == "DeploymentSpec":
        deadline, ready = node.number("progressDeadlineSeconds"), node.number("minReadySeconds") or 0
        if deadline is not None and deadline <= ready:
            field = node.field("progressDeadlineSeconds")
            yield Problem(field, "must be greater than minReadySeconds", "Raise it.")
    if node.type == "NetworkPolicyPort" and node.number("endPort") is not None:
        if node.body.get("port") is None or isinstance(node.body.get("port"), str):
            yield Problem(
                node.field("endPort"), "needs a port that is a number", "Give port the first number."
            )
        elif not 1 <= (node.number("endPort") or 0) <= 65535:
            yield Problem(node.field("endPort"), "must be from 1 to 65535", "Use a number within the bounds.")


def _sleep(node: Node) -> Iterator[Problem]:
    """validateSleepAction: a container that stops must have time left."""
    pod = node.up("PodSpec")
    period = 30 if pod is None else pod.number("terminationGracePeriodSeconds")
    most = 30 if period is None else period
    if not 0 <= (node.number("seconds") or 0) <= most:
        message = f"must be from 0 to {most}, the terminationGracePeriodSeconds of the pod"
        yield Problem(node.field("seconds"), message, "Sleep less, or raise the grace period.")
