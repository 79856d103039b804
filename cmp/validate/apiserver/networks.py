"""Addresses, blocks of addresses, hosts of Ingresses, and what a Service's type asks for."""

from __future__ import annotations

import ipaddress

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_ADDRESS_CURE = "Write an address such as 10.1.2.3."
_BLOCK_CURE = "Write a block such as 10.1.0.0/16."
# Fields that only a Service of the type LoadBalancer has.
_BALANCER = ("loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts")
_HOST_CURE = "Write a host such as models.example.com or *.example.com."


def check(node: Node) -> Iterator[Problem]:
    """A problem per address, host, or field that does not go with the rest."""
    if node.type == "IPBlock":
        yield from _block(node)
    elif node.type == "ServiceSpec":
        yield from _service(node)
    elif node.type == "IngressRule" and node.text("host"):
        yield from _host(node.field("host"), node.text("host"))
    elif node.type == "IngressTLS":
        for index, host in enumerate(node.list("hosts")):
            if isinstance(host, str):
                yield from _host(node.field("hosts", index), host)
    elif node.type == "IngressPath":
        yield from _path(node)
    elif node.type == "HostAlias" and not _is_address(node.text("ip")):
        yield Problem(node.field("ip"), "is not an IP address", _ADDRESS_CURE)
    elif node.type == "DNSConfig":
        for index, address in enumerate(node.list("nameservers")):
            if isinstance(address, str) and not _is_address(address):
                yield Problem(node.field("nameservers", index), "is not an IP address", _ADDRESS_CURE)
        for field, most in (("nameservers", 3), ("searches", 32)):
            if len(node.list(field)) > most:
                yield Problem(node.field(field), f"must have {most} items at most", "Remove some.")


def _block(node: Node) -> Iterator[Problem]:
    """ValidateIPBlock: every exception lies inside of the block and is smaller."""
    whole = _network(node.text("cidr"))
    if node.text("cidr") and whole is None:
        yield Problem(node.field("cidr"), "is not a block of addresses", _BLOCK_CURE)
    elif whole is not None and _has_rest(node.text("cidr")):
        yield Problem(node.field("cidr"), f"must be {whole}: bits behind the length are set", _BLOCK_CURE)
    for index, text in enumerate(node.list("except")):
        part = _network(text) if isinstance(text, str) else None
        place = node.field("except", index)
        if part is None or _has_rest(text):
            yield Problem(place, "is not a block of addresses", _BLOCK_CURE)
        elif whole is not None and not _inside(part, whole):
            yield Problem(place, "must lie inside of cidr and be smaller", "Correct one of them.")


def _service(node: Node) -> Iterator[Problem]:
    """ValidateService."""
    kind, ports = node.text("type") or "ClusterIP", node.items("ports")
    headless = node.body.get("clusterIP") == "None"
    if kind == "ExternalName":
        name = node.text("externalName").removesuffix(".")
        if not name:
            yield Problem(node.field("externalName"), "is required for the type ExternalName", "Name a host.")
        elif formats.dns_subdomain(name):
            yield Problem(node.field("externalName"), formats.dns_subdomain(name), _HOST_CURE)
        if node.text("clusterIP") and not headless:
            yield Problem(
                node.field("clusterIP"), "must not be there for the type ExternalName", "Remove it."
            )
    elif not ports and not headless:
        yield Problem(node.field("ports"), "is required", "List the ports.")
    if headless and kind in ("NodePort", "LoadBalancer"):
        yield Problem(
            node.field("clusterIP"), f"must not be None for the type {kind}", "Use the type ClusterIP."
        )
    for field in _BALANCER if kind != "LoadBalancer" else ():
        if node.body.get(field) not in (None, []):
            message = "must not be there unless the type is LoadBalancer"
            yield Problem(node.field(field), message, "Remove it.")
    if node.number("healthCheckNodePort") and (
        kind != "LoadBalancer" or node.text("externalTrafficPolicy") != "Local"
    ):
        message = "must not be there unless the type is LoadBalancer and externalTrafficPolicy Local"
        yield Problem(node.field("healthCheckNodePort"), message, "Remove it.")
    outside = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and node.list("externalIPs"))
    if node.text("externalTrafficPolicy") and not outside:
        field = node.field("externalTrafficPolicy")
        yield Problem(field, "must not be there for a Service that only the cluster reaches", "Remove it.")
    families = node.list("ipFamilies")
    if len(families) == 2 and families[0] == families[1]:
        yield Problem(node.field("ipFamilies", 1), "is the first one again", "Name each family once.")
    elif len(families) == 2 and node.text("ipFamilyPolicy") not in ("PreferDualStack", "RequireDualStack"):
        message = "must be PreferDualStack or RequireDualStack for two families"
        yield Problem(node.field("ipFamilyPolicy"), message, "Set it, or name one family.")
    if kind == "ClusterIP":
        for index, port in enumerate(node.list("ports")):
            if isinstance(port, dict) and port.get("nodePort"):
                message = "must not be there for the type ClusterIP"
                yield Problem(
                    node.field("ports", index, "nodePort"), message, "Remove it, or use the type NodePort."
                )
    if len(ports) > 1:
        for index, port in enumerate(node.list("ports")):
            if isinstance(port, dict) and not port.get("name"):
                yield Problem(
                    node.field("ports", index, "name"), "is required beside other ports", "Name each port."
                )
    for field in ("externalIPs", "loadBalancerSourceRanges"):
        for index, text in enumerate(node.list(field)):
            fits = _is_address(text) if field == "externalIPs" else _network(str(text).strip()) is not None
            if isinstance(text, str) and not fits:
                cure = _ADDRESS_CURE if field == "externalIPs" else _BLOCK_CURE
                yield Problem(node.field(field, index), "is not an address of the right form", cure)
            elif isinstance(text, str) and field == "externalIPs" and _is_special(text):
                message = "must not be a loopback, link-local or unspecified address"
                yield Problem(node.field(field, index), message, _ADDRESS_CURE)
    address = node.text("clusterIP")
    if address and not headless and not _is_address(address):
        yield Problem(
            node.field("clusterIP"), "is not an IP address", "Remove it, or use None or an address."
        )


def _host(field: str, host: str) -> Iterator[Problem]:
    """validateIngressRules, validateIngressTLS."""
    if _is_address(host):
        yield Problem(field, "must be a name, not an address", _HOST_CURE)
        return
    wrong = formats.wildcard_subdomain(host) if "*" in host else formats.dns_subdomain(host)
    if wrong:
        yield Problem(field, wrong, _HOST_CURE)


_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")


def _path(node: Node) -> Iterator[Problem]:
    """validateHTTPIngressPath."""
    if node.text("pathType") not in ("Exact", "Prefix", "ImplementationSpecific"):
        return
    path, field = node.text("path"), node.field("path")
    strict = node.text("pathType") != "ImplementationSpecific"
    if (strict or path) and not path.startswith("/"):
        yield Problem(field, "must be an absolute path", "Begin it with /.")
    elif strict and (any(part in path for part in _SEQUENCES) or path.endswith(("/..", "/."))):
        yield Problem(field, "must not hold //, /./, /../ or an encoded /", "Write the path without them.")


def _is_address(text: object) -> bool:
    try:
        ipaddress.ip_address(str(text))
    except ValueError:
        return False
    return True


def _is_special(text: str) -> bool:
    """ValidateNonSpecialIP."""
    address = ipaddress.ip_address(text)
    return (
        address.is_loopback
        or address.is_unspecified
        or address.is_link_local
        or (address.is_multicast and text.lower().startswith(("224.0.0.", "ff02:")))
    )


def _has_rest(text: str) -> bool:
    """IsValidCIDR: whether an address has bits behind the length of the block."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return True
    return False


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if "/" not in text:
        return None
    address, _, length = text.partition("/")
    if not (length.isascii() and length.isdecimal()):
        return None
    try:
        return ipaddress.ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        return None


def _inside(
    part: ipaddress.IPv4Network | ipaddress.IPv6Network, whole: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(part, ipaddress.IPv4Network):
        return isinstance(whole, ipaddress.IPv4Network) and part != whole and part.subnet_of(whole)
    return isinstance(whole, ipaddress.IPv6Network) and part != whole and part.subnet_of(whole)
