"""Which kinds have no namespace: the table behind effective namespaces (kyaml/openapi/openapi.go).

Upstream derives it from Kubernetes 1.21 by exact apiVersion and kind; every other kind counts as namespaced.
"""

from __future__ import annotations

CLUSTER_SCOPED: frozenset[tuple[str, str, str]] = frozenset(
    (group, version, kind)
    for group, versions, kinds in (
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
    for version in versions.split()
    for kind in kinds.split()
)
