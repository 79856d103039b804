"""Which objects a ValidatingAdmissionPolicy and its binding are about (admission/plugin/policy/matching)."""

from __future__ import annotations

from cmp.manifest import group, labels, name, namespace, selects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Body = dict[str, Any]


def matches(constraints: Body, body: Body, namespaces: dict[str, Body]) -> bool:
    """Whether matchConstraints, or a binding's matchResources, let an object through.

    namespaces: the Namespace objects by name; a namespaceSelector over any other counts as matching.
    """
    rules = constraints.get("resourceRules")
    if rules is not None and not any(_rule(rule, body) for rule in rules):
        return False
    if any(_rule(rule, body) for rule in constraints.get("excludeResourceRules") or ()):
        return False
    if not selects(constraints.get("objectSelector"), labels(body)):
        return False
    space = namespaces.get(namespace(body))
    return space is None or selects(constraints.get("namespaceSelector"), labels(space))


def _rule(rule: Body, body: Body) -> bool:
    version = str(body.get("apiVersion", "")).rpartition("/")[2]
    return (
        _listed(rule.get("apiGroups"), group(body))
        and _listed(rule.get("apiVersions"), version)
        and _listed(rule.get("resources"), plural(str(body.get("kind", ""))))
        and (not rule.get("resourceNames") or name(body) in rule["resourceNames"])
        and bool({"CREATE", "UPDATE", "*"}.intersection(rule.get("operations") or ()))
    )


def _listed(names: list[str] | None, wanted: str) -> bool:
    return bool(names) and ("*" in (names or ()) or "*/*" in (names or ()) or wanted in (names or ()))


def plural(kind: str) -> str:
    """The resource name that belongs to a kind, by the rule that API conventions follow."""
    word = kind.lower()
    if word.endswith(("s", "x", "ch", "sh")):
        return word if word == "endpoints" else word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"
