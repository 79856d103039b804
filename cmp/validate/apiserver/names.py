"""Fields whose strings have a form of their own: names, keys, paths, ports by name."""

from __future__ import annotations

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.validate.apiserver.shape import Node

    Format = Callable[[str], str]

# type -> field -> form; the upstream functions stand in `formats`
FORMS: dict[str, dict[str, Format]] = {
    "PodSpec": {
        "serviceAccountName": formats.dns_subdomain,
        "priorityClassName": formats.dns_subdomain,
        "runtimeClassName": formats.dns_subdomain,
        "hostname": formats.dns_label,
        "hostnameOverride": formats.dns_subdomain,
        "subdomain": formats.dns_label,
        "nodeName": formats.dns_subdomain,
    },
    "Container": {"name": formats.dns_label},
    "ContainerPort": {"name": formats.port_name},
    "EnvVar": {"name": formats.environment_name},
    "EnvFrom": {"prefix": formats.environment_name},
    "FileKeyRef": {
        "volumeName": formats.dns_label,
        "path": formats.no_backstep,
        "key": formats.environment_name,
    },
    "ContainerClaim": {"request": formats.dns_label},
    "KeyRef": {"key": formats.config_key, "name": formats.dns_subdomain},
    "ObjectRef": {"name": formats.dns_subdomain},
    "VolumeMount": {"subPath": formats.inner_path, "subPathExpr": formats.inner_path},
    "HTTPHeader": {"name": formats.header_name},
    "Volume": {"name": formats.dns_label},
    "VolumeDevice": {"devicePath": formats.no_backstep},
    "KeyToPath": {"path": formats.file_path},
    "DownwardItem": {"path": formats.file_path},
    "TokenProjection": {"path": formats.file_path},
    "TrustBundle": {"path": formats.file_path},
    "HostPath": {"path": formats.no_backstep},
    "NFS": {"path": formats.absolute_path},
    "CSI": {"driver": formats.driver_name},
    "Seccomp": {"localhostProfile": formats.inner_path},
    "AppArmor": {"localhostProfile": formats.unpadded},
    "PodAffinityTerm": {"topologyKey": formats.qualified_name},
    "Toleration": {"key": formats.qualified_name},
    "LabelRequirement": {"key": formats.qualified_name},
    "NodeRequirement": {"key": formats.qualified_name},
    "SchedulingGate": {"name": formats.qualified_name},
    "ReadinessGate": {"conditionType": formats.qualified_name},
    "PodResourceClaim": {
        "name": formats.dns_label,
        "resourceClaimName": formats.dns_subdomain,
        "resourceClaimTemplateName": formats.dns_subdomain,
    },
    "Sysctl": {"name": formats.sysctl},
    "WindowsOptions": {
        "gmsaCredentialSpecName": formats.dns_subdomain,
        "gmsaCredentialSpec": formats.not_empty,
    },
    "StatefulSetSpec": {"serviceName": formats.dns_label},
    "ServicePort": {"name": formats.dns_label, "appProtocol": formats.qualified_name},
    "ServiceSpec": {"loadBalancerClass": formats.qualified_name},
    "IngressSpec": {"ingressClassName": formats.dns_subdomain},
    "IngressService": {"name": formats.dns_label},
    "IngressPort": {"name": formats.port_name},
    "ContainerMetric": {"container": formats.dns_label},
    "IngressTLS": {"secretName": formats.dns_subdomain},
    "ScaleTarget": {"kind": formats.path_segment, "name": formats.path_segment},
    "MetricName": {"name": formats.path_segment},
    "ClaimSpec": {
        "storageClassName": formats.dns_subdomain,
        "volumeAttributesClassName": formats.dns_subdomain,
    },
    "JobSpec": {"managedBy": formats.domain_prefixed_path},
    "VolumeSpec": {"storageClassName": formats.dns_subdomain},
    "VolumeCSI": {"driver": formats.driver_name},
    "LocalVolume": {"path": formats.no_backstep},
    "StorageClass": {"provisioner": formats.caseless_qualified_name},
    "TopologyRequirement": {"key": formats.qualified_name},
    "IngressClassSpec": {"controller": formats.domain_prefixed_path},
    "ClassParameters": {
        "apiGroup": formats.dns_subdomain,
        "kind": formats.path_segment,
        "name": formats.path_segment,
        "namespace": formats.dns_label,
    },
    "Webhook": {"name": formats.fully_qualified_name},
    "MatchCondition": {"name": formats.qualified_name},
    "PodConditionPattern": {"type": formats.qualified_name},
    "LocalRef": {
        "apiGroup": formats.dns_subdomain,
        "kind": formats.path_segment,
        "name": formats.path_segment,
    },
    "LimitItem": {"type": formats.qualified_name},
}
# type -> field that is a number from 1 to 65535, or a port's name: ValidatePortNumOrName
PORTS = {"HTTPGet": "port", "TCPSocket": "port", "ServicePort": "targetPort", "NetworkPolicyPort": "port"}
# type -> fields that are mappings of labels: ValidateLabels
LABELS = {"PodSpec": ("nodeSelector",), "LabelSelector": ("matchLabels",), "ServiceSpec": ("selector",)}
# type -> field that lists names -> their form
LISTS: dict[str, dict[str, Format]] = {
    "HostAlias": {"hostnames": formats.dns_subdomain},
    "DNSConfig": {"searches": formats.search_domain},
    "TopologySpread": {"matchLabelKeys": formats.qualified_name},
    "PodAffinityTerm": {
        "namespaces": formats.dns_label,
        "matchLabelKeys": formats.qualified_name,
        "mismatchLabelKeys": formats.qualified_name,
    },
    "Webhook": {"admissionReviewVersions": formats.dns_1035_label},
}
# Pointers in upstream's types, for which an empty string is not an absent one: type, field
POINTERS = frozenset(
    (
        ("PodSpec", "runtimeClassName"),
        ("ServicePort", "appProtocol"),
        ("ServiceSpec", "loadBalancerClass"),
        ("IngressSpec", "ingressClassName"),
        ("PodResourceClaim", "resourceClaimName"),
        ("PodResourceClaim", "resourceClaimTemplateName"),
        ("WindowsOptions", "gmsaCredentialSpecName"),
        ("WindowsOptions", "gmsaCredentialSpec"),
        ("ClassParameters", "apiGroup"),
        ("ClassParameters", "namespace"),
        ("JobSpec", "managedBy"),
        ("NetworkPolicyPort", "port"),
        ("LocalRef", "apiGroup"),
    )
)


def check(node: Node) -> Iterator[Problem]:
    """A problem per string that does not have its form."""
    for field, form in FORMS.get(node.type, {}).items():
        if node.text(field) or (node.body.get(field) == "" and (node.type, field) in POINTERS):
            yield from _said(node.field(field), form(node.text(field)))
    port = PORTS.get(node.type, "")
    if node.text(port) or (node.body.get(port) == "" and (node.type, port) in POINTERS):
        yield from _said(node.field(port), formats.port_name(node.text(port)))
    for field in LABELS.get(node.type, ()):
        yield from labels(node, field)
    for field, form in LISTS.get(node.type, {}).items():
        for index, text in node.strings(field):
            yield from _said(node.field(field, index), form(text))


def labels(node: Node, field: str) -> Iterator[Problem]:
    """The keys and values of a mapping of labels."""
    for key, value in node.map(field).items():
        wrong = formats.qualified_name(key)
        if wrong:
            yield Problem(node.field(field), f"the key {key!r} {wrong}", "Correct the key.")
        elif isinstance(value, str):
            yield from _said(node.field(field, key), formats.label_value(value))


def _said(field: str, wrong: str) -> Iterator[Problem]:
    if wrong:
        yield Problem(field, wrong, "Correct the string.")
