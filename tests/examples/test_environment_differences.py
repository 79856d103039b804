"""The customer's table of environment differences, row by row, over what cmp-generate prints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from example_overlays import ABSENT, EXAMPLES, ROOT, documents, images, look, objects, select, steps

Check = tuple[str, str, Any]


def at_least(number: int) -> Any:
    """An expectation: a number that is not smaller."""
    return lambda value: value is not ABSENT and int(value) >= number


def starts(prefix: str) -> Any:
    """An expectation: a text that begins so."""
    return lambda value: isinstance(value, str) and value.startswith(prefix)


def dashboard_uid(wanted: str) -> Any:
    """An expectation: a Grafana dashboard in JSON with this uid."""
    return lambda value: isinstance(value, str) and json.loads(value)["uid"] == wanted


def present(value: Any) -> bool:
    """An expectation: the field is there."""
    return value is not ABSENT


CONTAINER = "spec.template.spec.containers"

# (selector, path, expected) for each (system, overlay). A selector is Kind/name, wildcards allowed, and must
# match something; every match must fulfil the expectation: a value, or a function that says yes.
# A selector that begins with `!` must match nothing.
FRAUD: dict[str, list[Check]] = {
    "staging": [
        ("*/*", "metadata.namespace", "fraud-detection-staging"),
        ("Experiment/fraud-ab-test-experiment", "spec.candidates.[name=fraud-v1-baseline].weight", 50),
        ("Experiment/fraud-ab-test-experiment", "spec.candidates.[name=fraud-v2-candidate].weight", 50),
        ("Experiment/fraud-ab-test-experiment", "spec.mirror", {"name": "fraud-v2-candidate", "percent": 10}),
        ("ConfigMap/fraud-model-config", "data.traffic-split-baseline", "50"),
        ("ConfigMap/fraud-model-config", "data.traffic-split-candidate", "50"),
        ("Deployment/*", "spec.replicas", 1),
        ("Server/mlserver", "spec.replicas", 1),
        ("!PodDisruptionBudget/*", "", None),
        ("!HorizontalPodAutoscaler/*", "", None),
        ("Model/*", "spec.storageUri", starts("s3://mlflow-artifacts-staging/")),
        (
            "ConfigMap/fraud-model-config",
            "data.fraud-v1-storage-uri",
            starts("s3://mlflow-artifacts-staging/"),
        ),
        (
            "ConfigMap/fraud-model-config",
            "data.fraud-v2-storage-uri",
            starts("s3://mlflow-artifacts-staging/"),
        ),
        (
            "Deployment/*",
            f"{CONTAINER}.[name=model].env.[name=MODEL_URI].value",
            starts("s3://mlflow-artifacts-staging/"),
        ),
        ("ServiceMonitor/fraud-detection", "spec.endpoints.0.path", "/metrics"),
        ("!PrometheusRule/*", "", None),
        ("ConfigMap/*-dashboard", "data.dashboard\\.json", dashboard_uid("staging-ml-models")),
        ("Deployment/*", f"{CONTAINER}.[name=model].resources.limits", {"cpu": "250m", "memory": "1Gi"}),
        ("Deployment/*", f"{CONTAINER}.[name=model].resources.requests", {"cpu": "100m", "memory": "512Mi"}),
        ("ConfigMap/fraud-model-config", "data.cpu-limit", "250m"),
        ("ConfigMap/fraud-model-config", "data.memory-limit", "1Gi"),
        ("Deployment/*", f"{CONTAINER}.[name=model].image", "harbor.test/library/fraud-detector:v2.4.0-rc.1"),
        ("Secret/harbor-docker-config", "type", "kubernetes.io/dockerconfigjson"),
        ("Canary/fraud-v2-candidate-canary", "spec.targetRef.kind", "Deployment"),
        ("Canary/fraud-v2-candidate-canary", "spec.targetRef.name", "fraud-v2-candidate"),
        ("NetworkPolicy/fraud-default-deny", "spec.policyTypes", ["Ingress", "Egress"]),
        ("ResourceQuota/fraud-detection-quota", "spec.hard.limits\\.memory", "40Gi"),
    ],
    "production": [
        ("*/*", "metadata.namespace", "fraud-detection"),
        ("Experiment/fraud-ab-test-experiment", "spec.candidates.[name=fraud-v1-baseline].weight", 80),
        ("Experiment/fraud-ab-test-experiment", "spec.candidates.[name=fraud-v2-candidate].weight", 20),
        ("Experiment/fraud-ab-test-experiment", "spec.mirror", ABSENT),
        ("ConfigMap/fraud-model-config", "data.traffic-split-baseline", "80"),
        ("ConfigMap/fraud-model-config", "data.traffic-split-candidate", "20"),
        ("Deployment/*", "spec.replicas", ABSENT),
        ("HorizontalPodAutoscaler/*", "spec.minReplicas", at_least(2)),
        ("HorizontalPodAutoscaler/*", "spec.scaleTargetRef.kind", "Deployment"),
        ("Server/mlserver", "spec.replicas", at_least(2)),
        ("Model/*", "spec.replicas", at_least(2)),
        ("PodDisruptionBudget/*", "spec.minAvailable", 1),
        ("Model/*", "spec.storageUri", starts("s3://mlflow-artifacts-prod/")),
        ("ConfigMap/fraud-model-config", "data.fraud-v1-storage-uri", starts("s3://mlflow-artifacts-prod/")),
        ("ConfigMap/fraud-model-config", "data.fraud-v2-storage-uri", starts("s3://mlflow-artifacts-prod/")),
        (
            "Deployment/*",
            f"{CONTAINER}.[name=model].env.[name=MODEL_URI].value",
            starts("s3://mlflow-artifacts-prod/"),
        ),
        ("ServiceMonitor/fraud-detection", "spec.endpoints.0.path", "/metrics"),
        ("PrometheusRule/fraud-detection-alerts", "spec.groups.*.rules.*.alert", present),
        (
            "ConfigMap/fraud-ml-models-dashboard",
            "data.dashboard\\.json",
            dashboard_uid("production-ml-models"),
        ),
        ("Deployment/*", f"{CONTAINER}.[name=model].resources.limits", {"cpu": "500m", "memory": "2Gi"}),
        ("Deployment/*", f"{CONTAINER}.[name=model].resources.requests", {"cpu": "250m", "memory": "1Gi"}),
        ("ConfigMap/fraud-model-config", "data.cpu-request", "250m"),
        ("ConfigMap/fraud-model-config", "data.memory-request", "1Gi"),
        ("Deployment/*", f"{CONTAINER}.[name=model].image", "harbor.test/library/fraud-detector:v2.3.1"),
        ("Secret/harbor-docker-config", "type", "kubernetes.io/dockerconfigjson"),
        ("Canary/fraud-v2-candidate-canary", "spec.analysis.maxWeight", 50),
        ("Canary/fraud-v2-candidate-canary", "spec.analysis.stepWeight", 5),
        ("Canary/fraud-v2-candidate-canary", "spec.autoscalerRef.name", "fraud-v2-candidate"),
        ("NetworkPolicy/fraud-default-deny", "spec.policyTypes", ["Ingress", "Egress"]),
        ("ResourceQuota/fraud-detection-quota", "spec.hard.limits\\.memory", "80Gi"),
    ],
}

SYNC: dict[str, list[Check]] = {
    "fraud-detection-staging.yaml": [
        ("Application/*", "spec.syncPolicy.automated", {"prune": True, "selfHeal": True}),
        ("Application/*", "spec.source.path", "examples/fraud-detection/k8s/overlays/staging"),
        ("Application/*", "spec.destination.namespace", "fraud-detection-staging"),
    ],
    "fraud-detection-production.yaml": [
        ("Application/*", "spec.syncPolicy.automated", ABSENT),
        ("Application/*", "metadata.finalizers", ABSENT),
        ("Application/*", "operation", ABSENT),
        ("Application/*", "spec.source.plugin.parameters", [{"name": "strict", "string": "true"}]),
        ("Application/*", "spec.source.path", "examples/fraud-detection/k8s/overlays/production"),
        ("Application/*", "spec.destination.namespace", "fraud-detection"),
    ],
}

SYSTEMS: dict[str, dict[str, list[Check]]] = {
    "fraud-detection/k8s/overlays": FRAUD,
}

ROWS = [
    pytest.param(system, overlay, *check, id=f"{system.split('/')[0]}-{overlay}-{check[0]}-{check[1]}")
    for system, table in SYSTEMS.items()
    for overlay, checks in table.items()
    for check in checks
]


def verify(items: tuple[dict[str, Any], ...], selector: str, path: str, expected: Any) -> None:
    """One row of the table."""
    chosen = select(items, selector.removeprefix("!"))
    if selector.startswith("!"):
        assert chosen == []
        return
    assert chosen, f"{selector} matches nothing"
    for item in chosen:
        found = look(item, steps(path))
        assert found, f"{path} leads nowhere"
        for value in found:
            where = f"{item['kind']}/{item['metadata']['name']} {path}"
            if callable(expected):
                assert expected(value), f"{where} is {value!r}"
            else:
                assert value == expected, where


@pytest.mark.parametrize(("system", "overlay", "selector", "path", "expected"), ROWS)
def test_environment(system: str, overlay: str, selector: str, path: str, expected: Any) -> None:
    verify(objects(EXAMPLES / system / overlay), selector, path, expected)


@pytest.mark.parametrize(
    ("file", "selector", "path", "expected"),
    [pytest.param(file, *row, id=f"{file}-{row[1]}") for file, rows in SYNC.items() for row in rows],
)
def test_sync(file: str, selector: str, path: str, expected: Any) -> None:
    verify(tuple(documents((ROOT / "argocd-apps" / file).read_text())), selector, path, expected)


def test_fraud_production_alerts() -> None:
    rules = select(objects(EXAMPLES / "fraud-detection/k8s/overlays/production"), "PrometheusRule/*")
    assert len(look(rules[0], steps("spec.groups.*.rules.*.alert"))) >= 5


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_fraud_images_have_a_tag_that_stays(overlay: str) -> None:
    tags = {
        name.rpartition(":")[2]
        for name in images(objects(EXAMPLES / "fraud-detection/k8s/overlays" / overlay))
    }
    assert not tags & {"latest", "base", ""}
