"""What network policies let a Pod reach, as far as those of the component go: labels and ports."""

from __future__ import annotations

from typing import Any


def _selects(policy: dict[str, Any], labels: dict[str, str]) -> bool:
    selector = policy["spec"]["podSelector"]
    assert "matchExpressions" not in selector, "not known here"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def allows_egress(policies: list[dict[str, Any]], labels: dict[str, str], port: int) -> bool:
    """Whether a Pod with these labels may open TCP connections to a port of any address.

    policies: of its namespace. One without policyTypes restricts egress only if it has egress rules.
    """
    restricting = []
    for policy in policies:
        spec = policy["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
        if _selects(policy, labels) and "Egress" in types:
            restricting.append(spec)
    if not restricting:
        return True
    rules = [rule for spec in restricting for rule in spec.get("egress") or []]
    return any(not rule.get("to") and _has(rule.get("ports"), port) for rule in rules)


def _has(ports: list[dict[str, Any]] | None, port: int) -> bool:
    if not ports:
        return True
    return any(
        each.get("protocol", "TCP") == "TCP"
        and ("port" not in each or each["port"] <= port <= each.get("endPort", each["port"]))
        for each in ports
    )
