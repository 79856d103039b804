"""Blocks of network policies, hosts and paths of Ingresses, addresses of a pod's own names."""

from __future__ import annotations

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.addresses import (
    ADDRESS_CURE,
    BLOCK_CURE,
    address,
    block,
    block_problem,
    inside,
    looks_like_address,
)
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# MaxDNSSearchListChars
_MOST_SEARCHED = 2048
_HOST_CURE = "Write a host such as models.example.com or *.example.com."


def check(node: Node) -> Iterator[Problem]:
    """A problem per address, host or path that does not have its form."""
    if node.type == "IPBlock":
        yield from _block(node)
    elif node.type == "IngressRule" and node.text("host"):
        yield from _rule_host(node)
    elif node.type == "IngressTLS":
        for index, host in node.strings("hosts"):
            yield from _host(node.field("hosts", index), host)
    elif node.type == "IngressPath":
        yield from _path(node)
    elif node.type == "ClassParameters":
        yield from _parameters(node)
    elif node.type == "HostAlias" and address(node.text("ip")) is None:
        yield Problem(node.field("ip"), "is not an IP address", ADDRESS_CURE)
    elif node.type == "DNSConfig":
        yield from _resolver(node)


def _resolver(node: Node) -> Iterator[Problem]:
    """validatePodDNSConfig."""
    for index, text in node.strings("nameservers"):
        if address(text) is None:
            yield Problem(node.field("nameservers", index), "is not an IP address", ADDRESS_CURE)
    if len(" ".join(text for _, text in node.strings("searches"))) > _MOST_SEARCHED:
        message = f"must have {_MOST_SEARCHED} characters at most, all together"
        yield Problem(node.field("searches"), message, "Remove some.")


def _block(node: Node) -> Iterator[Problem]:
    """ValidateIPBlock: every exception lies inside of the block and is smaller."""
    text = node.text("cidr")
    if text and block_problem(text):
        yield Problem(node.field("cidr"), block_problem(text), BLOCK_CURE)
    whole = block(text)
    for index, each in enumerate(node.list("except")):
        part, place = block(each), node.field("except", index)
        if block_problem(each):
            yield Problem(place, block_problem(each), BLOCK_CURE)
        elif whole is not None and part is not None and not inside(part, whole):
            yield Problem(place, "must lie inside of cidr and be smaller", "Correct one of them.")


def _rule_host(node: Node) -> Iterator[Problem]:
    """validateIngressRules."""
    host = node.text("host")
    if looks_like_address(host):
        yield Problem(node.field("host"), "must be a name, not an address", _HOST_CURE)
    else:
        yield from _host(node.field("host"), host)


def _host(field: str, host: str) -> Iterator[Problem]:
    """validateIngressTLS, which takes an IPv4 address: it has the form of a name."""
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


def _parameters(node: Node) -> Iterator[Problem]:
    """validateIngressClassParametersReference."""
    scope, space = node.body.get("scope") or "Cluster", node.body.get("namespace")
    if scope == "Namespace" and space is None:
        yield Problem(node.field("namespace"), "is required for the scope Namespace", "Name the namespace.")
    elif scope == "Cluster" and space is not None:
        message = "must not be there for the scope Cluster"
        yield Problem(node.field("namespace"), message, "Remove it, or use the scope Namespace.")
