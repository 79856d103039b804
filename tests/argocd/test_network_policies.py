"""The small reading of network policies that the component's tests lean on."""

from __future__ import annotations

import pytest
from network_policies import allows_egress

LABELS = {"app": "redis"}


def policy(**spec):
    return {"spec": {"podSelector": {"matchLabels": LABELS}, **spec}}


@pytest.mark.parametrize(
    ("policies", "allowed"),
    [
        ([], True),
        ([policy(policyTypes=["Ingress"])], True),
        ([policy(policyTypes=["Ingress", "Egress"], egress=[])], False),
        ([policy(policyTypes=["Egress"])], False),
        ([policy(egress=[])], False),
        ([policy(ingress=[])], True),
        ([policy(egress=[{}])], True),
        ([policy(egress=[{"ports": [{"port": 443}]}])], True),
        ([policy(egress=[{"ports": [{"port": 6443}]}])], False),
        ([policy(egress=[{"ports": [{"port": 1, "endPort": 500}]}])], True),
        ([policy(egress=[{"ports": [{"port": 443, "protocol": "UDP"}]}])], False),
        ([policy(egress=[{"to": [{"podSelector": {}}]}])], False),
        ([policy(egress=[]), policy(egress=[{}])], True),
        ([{"spec": {"podSelector": {"matchLabels": {"app": "other"}}, "egress": []}}], True),
        ([{"spec": {"podSelector": {}, "policyTypes": ["Egress"]}}], False),
    ],
)
def test_whether_a_pod_may_open_port_443(policies, allowed):
    assert allows_egress(policies, LABELS, 443) is allowed
