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
    "KeyRef": {"key": formats.config_key, "name": formats.dns_subdomain},
    "ObjectRef": {"name": formats.dns_subdomain},
    "VolumeMount": {"subPath": formats.inner_path, "subPathExpr": formats.inner_path},
    "HTTPHeader": {"name": formats.header_name},
    "Volume": {"name": formats.dns_label},
    "KeyToPath": {"path": formats.inner_path},
    "DownwardItem": {"path": formats.inner_path},
    "TokenProjection": {"path": formats.inner_path},
    "NFS": {"path": formats.absolute_path},
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
    "WindowsOptions": {"gmsaCredentialSpecName": formats.dns_subdomain},
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
    "PodConditionPattern": {"type": formats.qualified_name},
    "LocalRef": {"apiGroup": formats.dns_subdomain},
    "LimitItem": {"type": formats.qualified_name},
}
# type -> field that is a number from 1 to 65535, or a port's name: ValidatePortNumOrName
PORTS = {"HTTPGet": "port", "TCPSocket": "port", "ServicePort": "targetPort", "NetworkPolicyPort": "port"}
# type -> fields that are mappings of labels: ValidateLabels
LABELS = {"PodSpec": ("nodeSelector",), "LabelSelector": ("matchLabels",), "ServiceSpec": ("selector",)}
# type -> field that lists names, with their form
LISTS: dict[str, tuple[str, Format]] = {
    "HostAlias": ("hostnames", formats.dns_subdomain),
    "DNSConfig": ("searches", formats.search_domain),
    "TopologySpread": ("matchLabelKeys", formats.qualified_name),
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
    )
)


def check(node: Node) -> Iterator[Problem]:
    """A problem per string that does not have its form."""
    for field, form in FORMS.get(node.type, {}).items():
        if node.text(field) or (node.body.get(field) == "" and (node.type, field) in POINTERS):
            yield from _said(node.field(field), form(node.text(field)))
    if node.type in PORTS and node.text(PORTS[node.type]):
        yield from _said(node.field(PORTS[node.type]), formats.port_name(node.text(PORTS[node.type])))
    for field in LABELS.get(node.type, ()):
        yield from labels(node, field)
    field, listed = LISTS.get(node.type, ("", formats.dns_subdomain))
    for index, text in enumerate(node.list(field) if field else ()):
        if isinstance(text, str):
            yield from _said(node.field(field, index), listed(text))


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
