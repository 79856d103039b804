"""Which objects of a render are one and the same to the cluster."""

from __future__ import annotations

from cmp.kustomize.scope import CLUSTER_SCOPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from cmp.kustomize.resource import Resource

    Kind = tuple[str, str]

# (group, kind) -> the group that keeps the objects too: kube-apiserver stores them once and serves them in
# both (kubernetes pkg/kubeapiserver/default_storage_factory_builder.go, AddCohabitatingResources). The kinds
# of `extensions` ended with Kubernetes 1.22 at the latest, and old clusters still have them.
_STORED_AS: dict[Kind, str] = {
    ("extensions", "Ingress"): "networking.k8s.io",
    ("extensions", "NetworkPolicy"): "networking.k8s.io",
    ("extensions", "Deployment"): "apps",
    ("extensions", "DaemonSet"): "apps",
    ("extensions", "ReplicaSet"): "apps",
    ("extensions", "PodSecurityPolicy"): "policy",
    ("", "Event"): "events.k8s.io",
}
# Kinds with `scope: Cluster` in the definition that their project publishes, at the path in its repository.
_CUSTOM: dict[str, str] = {
    # kserve config/crd/full
    "serving.kserve.io": "ClusterServingRuntime ClusterStorageContainer LocalModelCache LocalModelNode "
    "LocalModelNodeGroup",
    # cert-manager deploy/crds
    "cert-manager.io": "ClusterIssuer",
    # external-secrets config/crds/bases
    "external-secrets.io": "ClusterSecretStore ClusterExternalSecret ClusterPushSecret",
    "generators.external-secrets.io": "ClusterGenerator",
    # argo-workflows manifests/base/crds, argo-rollouts manifests/crds
    "argoproj.io": "ClusterWorkflowTemplate ClusterAnalysisTemplate",
    # gateway-api config/crd
    "gateway.networking.k8s.io": "GatewayClass",
    # kyverno config/crds
    "kyverno.io": "ClusterPolicy ClusterCleanupPolicy",
    # gatekeeper config/crd/bases
    "templates.gatekeeper.sh": "ConstraintTemplate",
    # kueue config/components/crd
    "kueue.x-k8s.io": "ClusterQueue ResourceFlavor AdmissionCheck Cohort Topology WorkloadPriorityClass",
    # kubeflow trainer manifests/base/crds
    "trainer.kubeflow.org": "ClusterTrainingRuntime",
    # nvidia gpu-operator config/crd
    "nvidia.com": "ClusterPolicy NVIDIADriver",
    # karpenter pkg/apis/crds
    "karpenter.sh": "NodePool NodeClaim",
    # keda config/crd
    "keda.sh": "ClusterTriggerAuthentication",
    # Kubernetes 1.26 and newer, which the table of kustomize does not know
    "admissionregistration.k8s.io": "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
    "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding",
    "resource.k8s.io": "DeviceClass ResourceSlice",
    # kubernetes-csi/external-snapshotter client/config/crd
    "snapshot.storage.k8s.io": "VolumeSnapshotClass VolumeSnapshotContent",
}
_WITHOUT_NAMESPACE: frozenset[Kind] = frozenset(
    [(group, kind) for group, _, kind in CLUSTER_SCOPED]
    + [(group, kind) for group, kinds in _CUSTOM.items() for kind in kinds.split()]
)


def identities(
    resources: Iterable[Resource], destination: str
) -> Iterator[tuple[Resource, tuple[str, str, str, str]]]:
    """Each object that has a name, with the group, kind, namespace and name under which a cluster keeps it.

    destination: the namespace of objects that name none. Definitions of custom resources in the render itself
    say which of their kinds have no namespace.
    """
    objects = list(resources)
    without = without_namespace(resource.body for resource in objects)
    for resource in objects:
        group, kind = resource.gvk.group, resource.gvk.kind
        namespace = "" if (group, kind) in without else resource.namespace or destination
        if resource.name:
            yield resource, (_STORED_AS.get((group, kind), group), kind, namespace, resource.name)


def without_namespace(bodies: Iterable[Mapping[str, Any]]) -> frozenset[Kind]:
    """The cluster-scoped kinds that are known, and those that a definition among `bodies` adds."""
    return _WITHOUT_NAMESPACE.union(_defined(bodies))


def _defined(bodies: Iterable[Mapping[str, Any]]) -> Iterator[Kind]:
    for body in bodies:
        spec = body.get("spec") if body.get("kind") == "CustomResourceDefinition" else None
        if isinstance(spec, dict) and spec.get("scope") == "Cluster":
            group, names = spec.get("group"), spec.get("names")
            kind = names.get("kind") if isinstance(names, dict) else None
            if isinstance(group, str) and isinstance(kind, str):
                yield group, kind
