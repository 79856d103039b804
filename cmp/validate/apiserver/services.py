"""What a Service's type asks for, and how its cluster addresses, families and policy go together.

What depends on the cluster is not looked at: its families, its ranges of addresses and node ports.
"""

from __future__ import annotations

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.addresses import (
    ADDRESS_CURE,
    BLOCK_CURE,
    address,
    block_problem,
    is_special,
)
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# Fields that only a Service of the type LoadBalancer has.
_BALANCER = ("loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts")
# Fields that a Service of the type ExternalName does not have.
_CLUSTER = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
_HOST_CURE = "Write a host such as models.example.com."


def check(node: Node) -> Iterator[Problem]:
    """ValidateService."""
    if node.type != "ServiceSpec":
        return
    kind = node.text("type") or "ClusterIP"
    if kind == "ExternalName":
        yield from _external_name(node)
    else:
        yield from _addresses(node)
        yield from _families(node)
    yield from _headless(node, kind)
    yield from _balancer(node, kind)
    yield from _traffic(node, kind)
    yield from _ports(node, kind)
    yield from _outside(node)


def _external_name(node: Node) -> Iterator[Problem]:
    name = node.text("externalName").removesuffix(".")
    if not name:
        yield Problem(node.field("externalName"), "is required for the type ExternalName", "Name a host.")
    elif formats.dns_subdomain(name):
        yield Problem(node.field("externalName"), formats.dns_subdomain(name), _HOST_CURE)
    for field in _CLUSTER:
        if node.body.get(field) not in (None, "", []):
            yield Problem(node.field(field), "must not be there for the type ExternalName", "Remove it.")


def _headless(node: Node, kind: str) -> Iterator[Problem]:
    headless = node.body.get("clusterIP") == "None"
    if not node.items("ports") and not headless and kind != "ExternalName":
        yield Problem(node.field("ports"), "is required", "List the ports.")
    if headless and kind in ("NodePort", "LoadBalancer"):
        message = f"must not be None for the type {kind}"
        yield Problem(node.field("clusterIP"), message, "Use the type ClusterIP.")


def _addresses(node: Node) -> Iterator[Problem]:
    """ValidateServiceClusterIPsRelatedFields; clusterIP alone stands for both (normalizeClusterIPs)."""
    first, listed = node.text("clusterIP"), node.list("clusterIPs")
    if listed and not first:
        message = "must not be there without clusterIP"
        yield Problem(
            node.field("clusterIPs"), message, "Set clusterIP to the first of them, or remove both."
        )
    elif listed and listed[0] != first:
        message = "must begin with the address of clusterIP"
        yield Problem(node.field("clusterIPs", 0), message, "Correct one of them.")
    elif not listed and first and first != "None" and address(first) is None:
        cure = "Remove it, or use None or an address."
        yield Problem(node.field("clusterIP"), "is not an IP address", cure)
    if listed[:1] == ["None"] and len(listed) > 1:
        yield Problem(node.field("clusterIPs"), "must not hold an address beside None", "Keep one of them.")
        return
    for index, text in node.strings("clusterIPs"):
        if not (text == "None" and index == 0) and address(text) is None:
            yield Problem(node.field("clusterIPs", index), "is not an IP address", ADDRESS_CURE)
    versions = [found.version for text in listed if (found := address(text)) is not None]
    if len(versions) == 2 and versions[0] == versions[1]:
        message = "must not hold two addresses of one family"
        yield Problem(node.field("clusterIPs", 1), message, "Keep one of each family.")


def _families(node: Node) -> Iterator[Problem]:
    """The same function, and initIPFamilyFields."""
    families = node.list("ipFamilies")
    listed = node.list("clusterIPs") or [node.body.get("clusterIP")]
    for index, (text, family) in enumerate(zip(listed, families, strict=False)):
        found = address(text)
        if found is not None and family in ("IPv4", "IPv6") and family != f"IPv{found.version}":
            place = node.field("clusterIPs", index) if node.list("clusterIPs") else node.field("clusterIP")
            yield Problem(place, f"is not an {family} address, as ipFamilies says", "Correct one of them.")
    # A headless Service without a selector has both families unless it says otherwise.
    free = node.body.get("clusterIP") == "None" and not node.map("selector")
    single = node.body.get("ipFamilyPolicy") == "SingleStack" or (
        node.body.get("ipFamilyPolicy") is None and not free
    )
    if single and (len(families) == 2 or len(listed) == 2):
        message = "must be PreferDualStack or RequireDualStack for two families"
        yield Problem(node.field("ipFamilyPolicy"), message, "Set it, or name one family.")


def _balancer(node: Node, kind: str) -> Iterator[Problem]:
    for field in _BALANCER if kind != "LoadBalancer" else ():
        if node.body.get(field) not in (None, []):
            message = "must not be there unless the type is LoadBalancer"
            yield Problem(node.field(field), message, "Remove it.")
    for index, text in node.strings("loadBalancerSourceRanges"):
        if block_problem(text.strip()):
            place = node.field("loadBalancerSourceRanges", index)
            yield Problem(place, block_problem(text.strip()), BLOCK_CURE)


def _traffic(node: Node, kind: str) -> Iterator[Problem]:
    """validateServiceExternalTrafficPolicy."""
    policy = node.text("externalTrafficPolicy")
    if node.number("healthCheckNodePort") and (kind != "LoadBalancer" or policy != "Local"):
        message = "must not be there unless the type is LoadBalancer and externalTrafficPolicy Local"
        yield Problem(node.field("healthCheckNodePort"), message, "Remove it.")
    reached = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and node.list("externalIPs"))
    if policy and not reached:
        field = node.field("externalTrafficPolicy")
        yield Problem(field, "must not be there for a Service that only the cluster reaches", "Remove it.")


def _ports(node: Node, kind: str) -> Iterator[Problem]:
    """validateServicePort; initNodePorts: one number serves one port, in all its protocols."""
    several = len(node.items("ports")) > 1
    behind: dict[object, object] = {}
    for index, port in enumerate(node.list("ports")):
        if not isinstance(port, dict):
            continue
        if kind == "ClusterIP" and port.get("nodePort"):
            place, message = (
                node.field("ports", index, "nodePort"),
                "must not be there for the type ClusterIP",
            )
            yield Problem(place, message, "Remove it, or use the type NodePort.")
        held = port.get("nodePort")
        if isinstance(held, int) and held and behind.setdefault(held, port.get("port")) != port.get("port"):
            place = node.field("ports", index, "nodePort")
            yield Problem(place, "is the node port of another port", "Use another one.")
        if several and not port.get("name"):
            place = node.field("ports", index, "name")
            yield Problem(place, "is required beside other ports", "Name each port.")


def _outside(node: Node) -> Iterator[Problem]:
    for index, text in node.strings("externalIPs"):
        place, found = node.field("externalIPs", index), address(text)
        if found is None:
            yield Problem(place, "is not an IP address", ADDRESS_CURE)
        elif is_special(found):
            message = "must not be a loopback, link-local or unspecified address"
            yield Problem(place, message, ADDRESS_CURE)
