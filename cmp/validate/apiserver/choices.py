"""Fields of which one must be there, or one at most."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
# type -> fields, whether one must be there
CHOICES: dict[str, tuple[tuple[str, ...], bool]] = {
    "Probe": (_HANDLERS, True),  # validateHandler
    "LifecycleHandler": (("exec", "httpGet", "tcpSocket", "sleep"), True),  # validateHandler
    "EnvSource": (  # validateEnvVarValueFrom
        ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"),
        True,
    ),
    "EnvFrom": (("configMapRef", "secretRef"), True),  # ValidateEnvFrom
    "VolumeMount": (("subPath", "subPathExpr"), False),  # ValidateVolumeMounts
    "Projection": (  # validateProjectionSources
        (
            "secret",
            "configMap",
            "downwardAPI",
            "serviceAccountToken",
            "clusterTrustBundle",
            "podCertificate",
        ),
        False,
    ),
    "TrustBundle": (("name", "signerName"), True),  # validateProjectionSources
    "WebhookClient": (("url", "service"), True),  # validateValidatingWebhook, validateMutatingWebhook
    "PodFailureRule": (("onExitCodes", "onPodConditions"), True),  # validatePodFailurePolicyRule
    "PodResourceClaim": (  # validatePodResourceClaim
        ("resourceClaimName", "resourceClaimTemplateName"),
        True,
    ),
    "DownwardItem": (("fieldRef", "resourceFieldRef"), True),  # validateDownwardAPIVolumeFile
    "IngressBackend": (("service", "resource"), True),  # validateIngressBackend
    "IngressPort": (("name", "number"), True),  # validateIngressBackend
    "BudgetSpec": (("minAvailable", "maxUnavailable"), False),  # ValidatePodDisruptionBudgetSpec
}
# type -> its fields that are not sources, and whether it needs one; a pod's volume without a source is an
# emptyDir (SetDefaults_Volume).
SOURCES: dict[str, tuple[frozenset[str], bool]] = {
    "Volume": (frozenset(("name",)), False),
    "VolumeSpec": (
        frozenset(
            (
                "accessModes",
                "capacity",
                "claimRef",
                "mountOptions",
                "nodeAffinity",
                "persistentVolumeReclaimPolicy",
                "storageClassName",
                "volumeAttributesClassName",
                "volumeMode",
            )
        ),
        True,
    ),
}
# A metric's source has the name of its type, with a small first letter: validateMetricSpec.
_METRICS = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


# The metric that holds a target -> the target's fields: validateResourceSource, validatePodsSource, ...
TARGETS = {
    "ResourceMetric": ("averageUtilization", "averageValue"),
    "ContainerMetric": ("averageUtilization", "averageValue"),
    "PodsMetric": ("averageValue",),
    "ObjectMetric": ("value", "averageValue"),
    "ExternalMetric": ("value", "averageValue"),
}


def check(node: Node) -> Iterator[Problem]:
    """A problem where there are too many, or none."""
    if node.type == "IngressSpec":
        if not node.list("rules") and not node.map("defaultBackend"):
            yield Problem(node.field("rules"), "needs rules or a defaultBackend", "Add one of them.")
    elif node.type in CHOICES or node.type == "MetricTarget":
        metric = node.above.type if node.above is not None else ""
        fields, needed = CHOICES.get(node.type) or (TARGETS[metric], True)
        present = [field for field in fields if node.body.get(field) not in (None, "", [])]
        if node.type == "IngressPort" and node.body.get("number") == 0:
            present = [field for field in present if field != "number"]
        if len(present) > 1:
            yield Problem(node.field(present[1]), f"must not stand beside {present[0]}", "Keep one of them.")
        elif needed and not present:
            yield Problem(node.path, f"needs one of {', '.join(fields)}", "Add one of them.")
    if node.type in SOURCES:
        yield from _sources(node)
    elif node.type == "Metric":
        yield from _metric(node)
    elif node.type == "ScalingRules" and node.body.get("policies") == []:
        yield Problem(node.field("policies"), "must not be empty", "Add a policy, or remove the list.")
    elif node.type == "EnvVar" and node.text("value") and node.body.get("valueFrom") is not None:
        yield Problem(node.field("valueFrom"), "must not stand beside value", "Keep one of them.")
    elif node.type == "NetworkPeer":
        yield from _peer(node)


def _sources(node: Node) -> Iterator[Problem]:
    """validateVolumeSource, ValidatePersistentVolumeSpec."""
    others, needed = SOURCES[node.type]
    sources = [key for key, value in node.body.items() if key not in others and value is not None]
    if len(sources) > 1:
        message = f"must not stand beside {sources[0]}: a volume has one source"
        yield Problem(node.field(sources[1]), message, "Keep one of them, or use a projected volume.")
    elif needed and not sources:
        yield Problem(node.path, "needs a source, such as csi or nfs", "Add one.")


def _metric(node: Node) -> Iterator[Problem]:
    wanted = _METRICS.get(node.text("type"))
    present = [field for field in _METRICS.values() if node.body.get(field) is not None]
    if wanted and wanted not in present:
        yield Problem(node.field(wanted), f"is required for the type {node.text('type')}", f"Add {wanted}.")
    for field in present:
        if wanted and field != wanted:
            yield Problem(
                node.field(field), f"must not stand beside the type {node.text('type')}", "Remove it."
            )


def _peer(node: Node) -> Iterator[Problem]:
    """ValidateNetworkPolicyPeer."""
    selectors = [field for field in ("podSelector", "namespaceSelector") if node.body.get(field) is not None]
    block = node.body.get("ipBlock") is not None
    if block and selectors:
        yield Problem(node.field("ipBlock"), f"must not stand beside {selectors[0]}", "Make two peers of it.")
    elif not block and not selectors:
        yield Problem(node.path, "needs podSelector, namespaceSelector or ipBlock", "Add one of them.")
