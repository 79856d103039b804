"""Which types stand where in the objects of a serving repository: the concepts' tables name these types."""

from __future__ import annotations

from typing import NamedTuple

from cmp.manifest import group, mapping
from cmp.paths import child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body


class Problem(NamedTuple):
    """field: path in the object. message: never a value of a Secret. cure: what to write instead."""

    field: str
    message: str
    cure: str


class Node(NamedTuple):
    """A mapping with its type. path: "" for the object itself. above: the mapping that holds it."""

    type: str
    body: Body
    path: str
    above: Node | None

    def field(self, *steps: str | int) -> str:
        """The path of something below."""
        path = self.path
        for step in steps:
            path = f"{path}[{step}]" if isinstance(step, int) else child(path, step)
        return path

    def text(self, field: str) -> str:
        """A string, "" where there is none: Go's zero value, which upstream takes for absent."""
        value = self.body.get(field)
        return value if isinstance(value, str) else ""

    def number(self, field: str) -> int | None:
        """An integer, None where there is none."""
        value = self.body.get(field)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def map(self, field: str) -> Body:
        """A mapping, empty where there is none."""
        return mapping(self.body.get(field))

    def items(self, field: str) -> list[Body]:
        """The mappings of a list."""
        return [item for item in self.list(field) if isinstance(item, dict)]

    def names(self, field: str) -> set[str]:
        """The `name` of each mapping of a list."""
        return {item["name"] for item in self.items(field) if isinstance(item.get("name"), str)}

    def list(self, field: str) -> list[Any]:
        """A list, empty where there is none."""
        value = self.body.get(field)
        return value if isinstance(value, list) else []

    def strings(self, field: str) -> Iterator[tuple[int, str]]:
        """The strings of a list with their places; null is Go's empty string."""
        for index, item in enumerate(self.list(field)):
            if item is None or isinstance(item, str):
                yield index, item or ""

    def up(self, name: str) -> Node | None:
        """The nearest node above of a type."""
        node = self.above
        while node is not None and node.type != name:
            node = node.above
        return node

    @property
    def top(self) -> Node:
        """The object."""
        node = self
        while node.above is not None:
            node = node.above
        return node


# (group, kind) -> type; versions do not matter but for the autoscaler's.
KINDS = {
    ("", "Pod"): "Pod",
    ("", "Service"): "Service",
    ("", "ConfigMap"): "ConfigMap",
    ("", "Secret"): "Secret",
    ("", "Namespace"): "Namespace",
    ("", "ServiceAccount"): "ServiceAccount",
    ("", "PersistentVolume"): "PersistentVolume",
    ("", "PersistentVolumeClaim"): "PersistentVolumeClaim",
    ("", "ResourceQuota"): "ResourceQuota",
    ("", "LimitRange"): "LimitRange",
    ("apps", "Deployment"): "Deployment",
    ("apps", "StatefulSet"): "StatefulSet",
    ("apps", "DaemonSet"): "DaemonSet",
    ("apps", "ReplicaSet"): "ReplicaSet",
    ("batch", "Job"): "Job",
    ("batch", "CronJob"): "CronJob",
    ("networking.k8s.io", "Ingress"): "Ingress",
    ("networking.k8s.io", "IngressClass"): "IngressClass",
    ("networking.k8s.io", "NetworkPolicy"): "NetworkPolicy",
    ("autoscaling", "HorizontalPodAutoscaler"): "HorizontalPodAutoscaler",
    ("policy", "PodDisruptionBudget"): "PodDisruptionBudget",
    ("rbac.authorization.k8s.io", "Role"): "Role",
    ("rbac.authorization.k8s.io", "ClusterRole"): "ClusterRole",
    ("rbac.authorization.k8s.io", "RoleBinding"): "RoleBinding",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "ClusterRoleBinding",
    ("scheduling.k8s.io", "PriorityClass"): "PriorityClass",
    ("storage.k8s.io", "StorageClass"): "StorageClass",
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): "Webhooks",
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): "Webhooks",
}
# An object of any other kind: its metadata are checked all the same.
OTHER = "Other"

_PROBES = dict.fromkeys(("livenessProbe", "readinessProbe", "startupProbe"), "Probe")
_HANDLERS = {"exec": "Exec", "httpGet": "HTTPGet", "tcpSocket": "TCPSocket", "grpc": "GRPC"}
_PROFILES = {
    "seccompProfile": "Seccomp",
    "appArmorProfile": "AppArmor",
    "windowsOptions": "WindowsOptions",
}
_REPLICATED = {"selector": "LabelSelector", "template": "PodTemplate"}
_POD_TERM = {"labelSelector": "LabelSelector", "namespaceSelector": "LabelSelector"}
_POD_AFFINITY = {
    "requiredDuringSchedulingIgnoredDuringExecution": "[PodAffinityTerm]",
    "preferredDuringSchedulingIgnoredDuringExecution": "[WeightedPodAffinityTerm]",
}
_METRIC = {"target": "MetricTarget"}
_PEERS = {"ports": "[NetworkPolicyPort]"}
# type -> field -> type of the mapping there; [T] a list of them, {T} a mapping of them.
FIELDS: dict[str, dict[str, str]] = {
    "Pod": {"spec": "PodSpec"},
    "Deployment": {"spec": "DeploymentSpec"},
    "DeploymentSpec": {**_REPLICATED, "strategy": "DeploymentStrategy"},
    "DeploymentStrategy": {"rollingUpdate": "RollingUpdate"},
    "ReplicaSet": {"spec": "ReplicaSetSpec"},
    "ReplicaSetSpec": _REPLICATED,
    "StatefulSet": {"spec": "StatefulSetSpec"},
    "StatefulSetSpec": {
        **_REPLICATED,
        "updateStrategy": "StatefulSetStrategy",
        "volumeClaimTemplates": "[ClaimTemplate]",
        "persistentVolumeClaimRetentionPolicy": "ClaimRetention",
        "ordinals": "Ordinals",
    },
    "StatefulSetStrategy": {"rollingUpdate": "Partition"},
    "ClaimTemplate": {"spec": "ClaimSpec"},
    "DaemonSet": {"spec": "DaemonSetSpec"},
    "DaemonSetSpec": {**_REPLICATED, "updateStrategy": "DaemonSetStrategy"},
    "DaemonSetStrategy": {"rollingUpdate": "RollingUpdate"},
    "Job": {"spec": "JobSpec"},
    "JobSpec": {
        **_REPLICATED,
        "podFailurePolicy": "PodFailurePolicy",
        "successPolicy": "SuccessPolicy",
    },
    "PodFailurePolicy": {"rules": "[PodFailureRule]"},
    "PodFailureRule": {"onExitCodes": "ExitCodes", "onPodConditions": "[PodConditionPattern]"},
    "SuccessPolicy": {"rules": "[SuccessRule]"},
    "CronJob": {"spec": "CronJobSpec"},
    "CronJobSpec": {"jobTemplate": "JobTemplate"},
    "JobTemplate": {"spec": "JobSpec"},
    "PodTemplate": {"spec": "PodSpec"},
    "PodSpec": {
        "containers": "[Container]",
        "initContainers": "[Container]",
        "volumes": "[Volume]",
        "tolerations": "[Toleration]",
        "affinity": "Affinity",
        "hostAliases": "[HostAlias]",
        "dnsConfig": "DNSConfig",
        "topologySpreadConstraints": "[TopologySpread]",
        "securityContext": "PodSecurityContext",
        "os": "PodOS",
        "schedulingGates": "[SchedulingGate]",
        "readinessGates": "[ReadinessGate]",
        "resourceClaims": "[PodResourceClaim]",
        "resources": "PodResources",
    },
    "DNSConfig": {"options": "[DNSOption]"},
    "PodSecurityContext": {**_PROFILES, "sysctls": "[Sysctl]"},
    "SecurityContext": _PROFILES,
    "TopologySpread": {"labelSelector": "LabelSelector"},
    "Affinity": {
        "nodeAffinity": "NodeAffinity",
        "podAffinity": "PodAffinity",
        "podAntiAffinity": "PodAffinity",
    },
    "PodAffinity": _POD_AFFINITY,
    "WeightedPodAffinityTerm": {"podAffinityTerm": "PodAffinityTerm"},
    "PodAffinityTerm": _POD_TERM,
    "NodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": "NodeSelector",
        "preferredDuringSchedulingIgnoredDuringExecution": "[PreferredNodeTerm]",
    },
    "NodeSelector": {"nodeSelectorTerms": "[NodeTerm]"},
    "PreferredNodeTerm": {"preference": "NodeTerm"},
    "NodeTerm": {"matchExpressions": "[NodeRequirement]", "matchFields": "[FieldRequirement]"},
    "Container": {
        **_PROBES,
        "ports": "[ContainerPort]",
        "env": "[EnvVar]",
        "envFrom": "[EnvFrom]",
        "volumeMounts": "[VolumeMount]",
        "volumeDevices": "[VolumeDevice]",
        "resources": "Resources",
        "lifecycle": "Lifecycle",
        "securityContext": "SecurityContext",
        "resizePolicy": "[ResizePolicy]",
        "restartPolicyRules": "[RestartRule]",
    },
    "RestartRule": {"exitCodes": "RestartExitCodes"},
    "Resources": {"claims": "[ContainerClaim]"},
    "EnvVar": {"valueFrom": "EnvSource"},
    "EnvSource": {
        "fieldRef": "FieldRef",
        "resourceFieldRef": "ResourceFieldRef",
        "configMapKeyRef": "KeyRef",
        "secretKeyRef": "KeyRef",
        "fileKeyRef": "FileKeyRef",
    },
    "EnvFrom": {"configMapRef": "ObjectRef", "secretRef": "ObjectRef"},
    "Probe": _HANDLERS,
    "Lifecycle": {"postStart": "LifecycleHandler", "preStop": "LifecycleHandler"},
    "LifecycleHandler": {
        **{name: kind for name, kind in _HANDLERS.items() if name != "grpc"},
        "sleep": "Sleep",
    },
    "HTTPGet": {"httpHeaders": "[HTTPHeader]"},
    "Volume": {
        "configMap": "ConfigMapVolume",
        "secret": "SecretVolume",
        "persistentVolumeClaim": "ClaimVolume",
        "hostPath": "HostPath",
        "nfs": "NFS",
        "emptyDir": "EmptyDir",
        "projected": "Projected",
        "downwardAPI": "DownwardAPI",
        "csi": "CSI",
        "image": "ImageVolume",
        "ephemeral": "EphemeralVolume",
    },
    "CSI": {"nodePublishSecretRef": "ObjectRef"},
    "EphemeralVolume": {"volumeClaimTemplate": "EphemeralClaim"},
    "EphemeralClaim": {"spec": "ClaimSpec"},
    "ConfigMapVolume": {"items": "[KeyToPath]"},
    "SecretVolume": {"items": "[KeyToPath]"},
    "Projected": {"sources": "[Projection]"},
    "Projection": {
        "configMap": "ConfigMapVolume",
        "secret": "SecretProjection",
        "serviceAccountToken": "TokenProjection",
        "downwardAPI": "DownwardAPI",
        "clusterTrustBundle": "TrustBundle",
    },
    "SecretProjection": {"items": "[KeyToPath]"},
    "DownwardAPI": {"items": "[DownwardItem]"},
    "DownwardItem": {"fieldRef": "FieldRef", "resourceFieldRef": "ResourceFieldRef"},
    "LabelSelector": {"matchExpressions": "[LabelRequirement]"},
    "Service": {"spec": "ServiceSpec"},
    "ServiceSpec": {"ports": "[ServicePort]", "sessionAffinityConfig": "SessionAffinity"},
    "SessionAffinity": {"clientIP": "ClientIP"},
    "Ingress": {"spec": "IngressSpec"},
    "IngressSpec": {"rules": "[IngressRule]", "tls": "[IngressTLS]", "defaultBackend": "IngressBackend"},
    "IngressRule": {"http": "IngressHTTP"},
    "IngressHTTP": {"paths": "[IngressPath]"},
    "IngressPath": {"backend": "IngressBackend"},
    "IngressBackend": {"service": "IngressService", "resource": "LocalRef"},
    "IngressService": {"port": "IngressPort"},
    "HorizontalPodAutoscaler": {"spec": "AutoscalerSpec"},
    "AutoscalerSpec": {"scaleTargetRef": "ScaleTarget", "metrics": "[Metric]", "behavior": "ScalingBehavior"},
    "Metric": {
        "resource": "ResourceMetric",
        "containerResource": "ContainerMetric",
        "pods": "PodsMetric",
        "object": "ObjectMetric",
        "external": "ExternalMetric",
    },
    "ResourceMetric": _METRIC,
    "ContainerMetric": _METRIC,
    "PodsMetric": {**_METRIC, "metric": "MetricName"},
    "ObjectMetric": {**_METRIC, "metric": "MetricName", "describedObject": "ScaleTarget"},
    "ExternalMetric": {**_METRIC, "metric": "MetricName"},
    "ScalingBehavior": {"scaleUp": "ScalingRules", "scaleDown": "ScalingRules"},
    "ScalingRules": {"policies": "[ScalingPolicy]"},
    "PodDisruptionBudget": {"spec": "BudgetSpec"},
    "BudgetSpec": {"selector": "LabelSelector"},
    "IngressClass": {"spec": "IngressClassSpec"},
    "IngressClassSpec": {"parameters": "ClassParameters"},
    "StorageClass": {"allowedTopologies": "[TopologyTerm]"},
    "TopologyTerm": {"matchLabelExpressions": "[TopologyRequirement]"},
    "PersistentVolume": {"spec": "VolumeSpec"},
    "VolumeSpec": {
        "nfs": "NFS",
        "hostPath": "HostPath",
        "csi": "VolumeCSI",
        "local": "LocalVolume",
        "nodeAffinity": "VolumeAffinity",
    },
    "VolumeAffinity": {"required": "NodeSelector"},
    "PersistentVolumeClaim": {"spec": "ClaimSpec"},
    "ClaimSpec": {
        "resources": "ClaimResources",
        "selector": "LabelSelector",
    },
    "NetworkPolicy": {"spec": "NetworkPolicySpec"},
    "NetworkPolicySpec": {
        "podSelector": "LabelSelector",
        "ingress": "[IngressPeers]",
        "egress": "[EgressPeers]",
    },
    "IngressPeers": {**_PEERS, "from": "[NetworkPeer]"},
    "EgressPeers": {**_PEERS, "to": "[NetworkPeer]"},
    "NetworkPeer": {
        "ipBlock": "IPBlock",
        "podSelector": "LabelSelector",
        "namespaceSelector": "LabelSelector",
    },
    "Role": {"rules": "[PolicyRule]"},
    "ClusterRole": {"rules": "[PolicyRule]", "aggregationRule": "Aggregation"},
    "Aggregation": {"clusterRoleSelectors": "[LabelSelector]"},
    "RoleBinding": {"roleRef": "RoleRef", "subjects": "[Subject]"},
    "ClusterRoleBinding": {"roleRef": "RoleRef", "subjects": "[Subject]"},
    "ResourceQuota": {"spec": "QuotaSpec"},
    "QuotaSpec": {"scopeSelector": "ScopeSelector"},
    "ScopeSelector": {"matchExpressions": "[ScopeRequirement]"},
    "LimitRange": {"spec": "LimitRangeSpec"},
    "LimitRangeSpec": {"limits": "[LimitItem]"},
    "Webhooks": {"webhooks": "[Webhook]"},
    "Webhook": {
        "clientConfig": "WebhookClient",
        "rules": "[WebhookRule]",
        "namespaceSelector": "LabelSelector",
        "objectSelector": "LabelSelector",
        "matchConditions": "[MatchCondition]",
    },
    "WebhookClient": {"service": "WebhookService"},
}


def nodes(body: Body) -> Iterator[Node]:
    """The typed mappings of an object, from the object down."""
    kind = KINDS.get((group(body), str(body.get("kind"))), OTHER)
    yield from _below(Node(kind, body, "", None))


def _below(node: Node) -> Iterator[Node]:
    yield node
    for field, kind in FIELDS.get(node.type, {}).items():
        value = node.body.get(field)
        if kind.startswith("["):
            for index, item in enumerate(value if isinstance(value, list) else ()):
                if item is None or isinstance(item, dict):  # null is Go's zero value
                    yield from _below(Node(kind[1:-1], item or {}, node.field(field, index), node))
        elif isinstance(value, dict):
            yield from _below(Node(kind, value, node.field(field), node))
