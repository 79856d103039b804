"""Fields without which an object is refused: a missing, null, empty or zero value counts as absent."""

from __future__ import annotations

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# type -> the fields, and the upstream function that asks for them
REQUIRED: dict[str, tuple[tuple[str, ...], str]] = {
    "Pod": (("spec",), "ValidatePodSpec"),
    "PodTemplate": (("spec",), "ValidatePodTemplateSpec"),
    "ClaimTemplate": (("spec",), "ValidatePersistentVolumeClaimTemplate"),
    "JobTemplate": (("spec",), "validateJobTemplateSpec"),
    "Deployment": (("spec",), "ValidateDeploymentSpec"),
    "ReplicaSet": (("spec",), "ValidateReplicaSetSpec"),
    "StatefulSet": (("spec",), "ValidateStatefulSetSpec"),
    "DaemonSet": (("spec",), "ValidateDaemonSetSpec"),
    "Job": (("spec",), "ValidateJobSpec"),
    "CronJob": (("spec",), "validateCronJobSpec"),
    "Service": (("spec",), "ValidateService"),
    "Ingress": (("spec",), "ValidateIngressSpec"),
    "PersistentVolumeClaim": (("spec",), "ValidatePersistentVolumeClaimSpec"),
    "HorizontalPodAutoscaler": (("spec",), "validateHorizontalPodAutoscalerSpec"),
    "DeploymentSpec": (("selector", "template"), "ValidateDeploymentSpec"),
    "ReplicaSetSpec": (("selector", "template"), "ValidateReplicaSetSpec"),
    "DaemonSetSpec": (("selector", "template"), "ValidateDaemonSetSpec"),
    "StatefulSetSpec": (("selector", "template"), "ValidateStatefulSetSpec"),
    "JobSpec": (("template",), "validateJobSpec"),
    "CronJobSpec": (("schedule", "jobTemplate"), "validateCronJobSpec"),
    "PodSpec": (("containers",), "validateContainers"),
    "Container": (("name", "image"), "validateContainerCommon"),
    "ContainerPort": (("containerPort",), "validateContainerPorts"),
    "EnvVar": (("name",), "ValidateEnv"),
    "KeyRef": (("key", "name"), "validateConfigMapKeySelector, validateSecretKeySelector"),
    "FieldRef": (("fieldPath",), "validateObjectFieldSelector"),
    "ResourceFieldRef": (("resource",), "validateContainerResourceFieldSelector"),
    "ObjectRef": (("name",), "validateConfigMapEnvSource, validateSecretEnvSource"),
    "VolumeMount": (("name", "mountPath"), "ValidateVolumeMounts"),
    "VolumeDevice": (("name", "devicePath"), "ValidateVolumeDevices"),
    "Exec": (("command",), "validateExecAction"),
    "HTTPGet": (("port",), "validateHTTPGetAction"),
    "TCPSocket": (("port",), "ValidatePortNumOrName"),
    "GRPC": (("port",), "ValidatePortNumOrName"),
    "HTTPHeader": (("name",), "validateHTTPGetAction"),
    "Volume": (("name",), "ValidateVolumes"),
    "ConfigMapVolume": (("name",), "validateConfigMapVolumeSource"),
    "SecretVolume": (("secretName",), "validateSecretVolumeSource"),
    "SecretProjection": (("name",), "validateProjectionSources"),
    "TokenProjection": (("path",), "validateProjectionSources"),
    "KeyToPath": (("key", "path"), "validateKeyToPath"),
    "DownwardItem": (("path",), "validateDownwardAPIVolumeFile"),
    "ClaimVolume": (("claimName",), "validatePersistentClaimVolumeSource"),
    "HostPath": (("path",), "validateHostPathVolumeSource"),
    "NFS": (("server", "path"), "validateNFSVolumeSource"),
    "CSI": (("driver",), "validateCSIVolumeSource"),
    "PodAffinityTerm": (("topologyKey",), "validatePodAffinityTerm"),
    "NodeSelector": (("nodeSelectorTerms",), "ValidateNodeSelector"),
    "TopologySpread": (("topologyKey", "whenUnsatisfiable"), "validateTopologySpreadConstraints"),
    "Seccomp": (("type",), "validateSeccompProfileField"),
    "AppArmor": (("type",), "ValidateAppArmorProfileField"),
    "PodOS": (("name",), "validateOS"),
    "DNSOption": (("name",), "ValidatePodDNSConfig"),
    "Sysctl": (("name",), "validateSysctls"),
    "SchedulingGate": (("name",), "validateSchedulingGates"),
    "ReadinessGate": (("conditionType",), "validateReadinessGates"),
    "PodResourceClaim": (("name",), "validatePodResourceClaim"),
    "FieldRequirement": (("key", "operator"), "ValidateNodeFieldSelectorRequirement"),
    "LabelRequirement": (("key", "operator"), "ValidateLabelSelectorRequirement"),
    "NodeRequirement": (("key", "operator"), "ValidateNodeSelectorRequirement"),
    "ServicePort": (("port",), "validateServicePort"),
    "IngressHTTP": (("paths",), "validateHTTPIngressRuleValue"),
    "IngressPath": (("pathType",), "validateHTTPIngressPath"),
    "IngressService": (("name", "port"), "validateIngressBackend"),
    "LocalRef": (("kind", "name"), "validateIngressTypedLocalObjectReference"),
    "AutoscalerSpec": (("scaleTargetRef", "maxReplicas"), "validateHorizontalPodAutoscalerSpec"),
    "ScaleTarget": (("kind", "name"), "ValidateCrossVersionObjectReference"),
    "Metric": (("type",), "validateMetricSpec"),
    "ResourceMetric": (("name", "target"), "validateResourceSource"),
    "ContainerMetric": (("name", "container", "target"), "validateContainerResourceSource"),
    "PodsMetric": (("metric", "target"), "validatePodsSource"),
    "ObjectMetric": (("metric", "target", "describedObject"), "validateObjectSource"),
    "ExternalMetric": (("metric", "target"), "validateExternalSource"),
    "MetricName": (("name",), "validateMetricIdentifier"),
    "MetricTarget": (("type",), "validateMetricTarget"),
    "ScalingPolicy": (("type", "value", "periodSeconds"), "validateScalingPolicy"),
    "ClaimSpec": (("accessModes",), "ValidatePersistentVolumeClaimSpec"),
    "DataSource": (("kind", "name"), "validateDataSource"),
    "ImageVolume": (("reference",), "validateImageVolumeSource"),
    "SuccessPolicy": (("rules",), "validateSuccessPolicy"),
    "ExitCodes": (("operator", "values"), "validatePodFailurePolicyRuleOnExitCodes"),
    "PodFailureRule": (("action",), "validatePodFailurePolicyRule"),
    "ScopeRequirement": (("scopeName", "operator"), "validateScopedResourceSelectorRequirement"),
    "Aggregation": (("clusterRoleSelectors",), "ValidateClusterRole"),
    "IPBlock": (("cidr",), "ValidateIPBlock"),
    "PolicyRule": (("verbs",), "ValidatePolicyRule"),
    "RoleRef": (("kind", "name"), "ValidateRoleBinding"),
    "Subject": (("kind", "name"), "ValidateRoleBindingSubject"),
    "LimitItem": (("type",), "ValidateLimitRange"),
}


def check(node: Node) -> Iterator[Problem]:
    """A problem per absent field."""
    fields, _ = REQUIRED.get(node.type, ((), ""))
    for field in fields:
        value = node.body.get(field)
        if value is None or value in ("", []) or (value == 0 and value is not False):
            yield Problem(node.field(field), "is required", f"Give {field} a value.")
