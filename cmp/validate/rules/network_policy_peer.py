"""Network policies that select nothing, or half of DNS."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "network-policy-peer"
SEVERITY: Severity = "warning"
TITLE = "A network policy that blocks what it should allow"
WHY = (
    "No namespace has a label `name` unless somebody sets it, and a DNS answer that does not fit into a"
    " datagram comes by TCP: the traffic is dropped in silence."
)
CURE = "kubernetes.io/metadata.name in namespaceSelectors; port 53 with UDP and TCP."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per selector and per egress rule."""
    for body in context.objects:
        if body.get("kind") == "NetworkPolicy":
            for side, peers in (("ingress", "from"), ("egress", "to")):
                for number, rule in enumerate(spec(body).get(side) or ()):
                    for index, peer in enumerate(rule.get(peers) or ()):
                        if _by_name(peer):
                            field = f"spec.{side}[{number}].{peers}[{index}].namespaceSelector"
                            yield Hit(body, field, "namespaces have no label `name` of their own")
                    if side == "egress" and _is_half_dns(rule):
                        yield Hit(
                            body, f"spec.egress[{number}].ports", "port 53 is open for UDP and not for TCP"
                        )


def _by_name(peer: dict[str, Any]) -> bool:
    selector = peer.get("namespaceSelector")
    return isinstance(selector, dict) and "name" in (selector.get("matchLabels") or {})


def _is_half_dns(rule: dict[str, Any]) -> bool:
    protocols = {
        port.get("protocol", "TCP") for port in rule.get("ports") or () if port.get("port") in (53, "dns")
    }
    return protocols == {"UDP"}
