"""Which kinds have no namespace: the tables behind effective namespaces (kyaml/openapi/openapi.go).

Upstream derives them from Kubernetes 1.21 by exact apiVersion and kind. Of every other kind it asks the
OpenAPI schema of the build, and one that the schema does not know counts as namespaced.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import ContextVar

    Kind = tuple[str, str, str]
else:
    from _contextvars import ContextVar  # all of `contextvars`, without a module in front


def _table(*rows: tuple[str, str, str]) -> frozenset[Kind]:
    """Rows of a group, its versions and its kinds, as single kinds."""
    return frozenset(
        (group, version, kind)
        for group, versions, kinds in rows
        for version in versions.split()
        for kind in kinds.split()
    )


CLUSTER_SCOPED = _table(
    ("", "v1", "ComponentStatus Namespace Node NodeProxyOptions PersistentVolume"),
    (
        "admissionregistration.k8s.io",
        "v1 v1beta1",
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    ),
    ("apiextensions.k8s.io", "v1 v1beta1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "v1 v1beta1", "APIService"),
    ("certificates.k8s.io", "v1 v1beta1", "CertificateSigningRequest"),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema PriorityLevelConfiguration"),
    ("networking.k8s.io", "v1 v1beta1", "IngressClass"),
    ("node.k8s.io", "v1 v1beta1", "RuntimeClass"),
    ("policy", "v1beta1", "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io", "v1 v1beta1", "ClusterRole ClusterRoleBinding"),
    ("scheduling.k8s.io", "v1 v1beta1", "PriorityClass"),
    ("storage.k8s.io", "v1", "CSIDriver CSINode StorageClass VolumeAttachment"),
    ("storage.k8s.io", "v1beta1", "CSIDriver StorageClass VolumeAttachment CSINode"),
)

NAMESPACED = _table(
    (
        "",
        "v1",
        "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodAttachOptions PodExecOptions "
        "PodPortForwardOptions PodProxyOptions PodTemplate ReplicationController ResourceQuota Secret "
        "Service ServiceAccount ServiceProxyOptions",
    ),
    ("apps", "v1", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"),
    ("autoscaling", "v1", "HorizontalPodAutoscaler Scale"),
    ("autoscaling", "v2beta1 v2beta2", "HorizontalPodAutoscaler"),
    ("batch", "v1", "CronJob Job"),
    ("batch", "v1beta1", "CronJob"),
    ("coordination.k8s.io", "v1 v1beta1", "Lease"),
    ("discovery.k8s.io", "v1 v1beta1", "EndpointSlice"),
    ("events.k8s.io", "v1 v1beta1", "Event"),
    ("extensions", "v1beta1", "Ingress"),
    ("networking.k8s.io", "v1", "Ingress NetworkPolicy"),
    ("networking.k8s.io", "v1beta1", "Ingress"),
    ("policy", "v1 v1beta1", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "v1 v1beta1", "Role RoleBinding"),
    ("storage.k8s.io", "v1beta1", "CSIStorageCapacity"),
)


def _unknown(kind: Kind) -> bool:
    return False


_schema_says: ContextVar[Callable[[Kind], bool]] = ContextVar("schema_says", default=_unknown)


def is_cluster_scoped(kind: Kind) -> bool:
    """Whether objects of this group, version and kind are certain to have no namespace."""
    return kind in CLUSTER_SCOPED or (kind not in NAMESPACED and _schema_says.get()(kind))


class asking:  # noqa: N801 - used as a statement's head
    """During a build: ask its schema about kinds that the tables do not have."""

    def __init__(self, schema_says: Callable[[Kind], bool]) -> None:
        self._token = _schema_says.set(schema_says)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        _schema_says.reset(self._token)
