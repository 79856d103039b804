"""Scopes of resource quotas: which exclude each other, and which resources they can count."""

from __future__ import annotations

from cmp.validate.apiserver.quantities import is_standard_quota
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_OPPOSITES = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
# Scopes that only have or have not: validateScopedResourceSelectorRequirement.
_PLAIN = frozenset(
    ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
)
_OF_PODS = frozenset(
    ("pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory")
)
# Scope -> the standard resources that it can count; other names are not looked at:
# IsResourceQuotaScopeValidForResource
COUNTED = {
    **dict.fromkeys(("Terminating", "NotTerminating", "NotBestEffort"), _OF_PODS),
    **dict.fromkeys(("PriorityClass", "CrossNamespacePodAffinity"), _OF_PODS),
    "BestEffort": frozenset(("pods",)),
    "VolumeAttributesClass": frozenset(("persistentvolumeclaims", "requests.storage")),
}


def check(node: Node) -> Iterator[Problem]:
    """A problem per scope, or per pair of them."""
    if node.type == "QuotaSpec":
        scopes = [scope for scope in node.list("scopes") if isinstance(scope, str)]
        yield from _together(node.field("scopes"), scopes)
        yield from _counted(node, node.field("scopes"), scopes)
    elif node.type == "ScopeSelector":
        scopes = [str(each.get("scopeName")) for each in node.items("matchExpressions")]
        yield from _together(node.field("matchExpressions"), scopes)
        quota = node.up("QuotaSpec")
        yield from _counted(quota, node.field("matchExpressions"), scopes) if quota is not None else ()
    elif node.type == "ScopeRequirement":
        yield from _requirement(node)


def _together(place: str, scopes: list[str]) -> Iterator[Problem]:
    for pair in _OPPOSITES:
        if all(each in scopes for each in pair):
            yield Problem(place, f"must not hold both {' and '.join(pair)}", "Keep one.")


def _counted(quota: Node, place: str, scopes: list[str]) -> Iterator[Problem]:
    for scope in dict.fromkeys(scopes):
        known = COUNTED.get(scope)
        others = [
            name
            for name in quota.map("hard")
            if known is not None and is_standard_quota(name) and name not in known
        ]
        if known is not None and others:
            message = f"must not hold {scope} beside {', '.join(sorted(others))} in hard"
            yield Problem(place, message, f"Count {', '.join(sorted(known))} with it, and make two quotas.")


def _requirement(node: Node) -> Iterator[Problem]:
    """validateScopedResourceSelectorRequirement."""
    operator, values = node.text("operator"), node.list("values")
    if node.text("scopeName") in _PLAIN and operator and operator != "Exists":
        yield Problem(node.field("operator"), "must be Exists for this scope", "Use Exists.")
    elif operator in ("In", "NotIn") and not values:
        yield Problem(node.field("values"), f"is required for the operator {operator}", "List the values.")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield Problem(node.field("values"), f"must not be there for the operator {operator}", "Remove them.")
