"""The customer's table of environment differences, row by row, over what cmp-generate prints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from example_overlays import (
    ABSENT,
    EXAMPLES,
    ROOT,
    documents,
    images,
    look,
    objects,
    select,
    steps,
)

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
        ("namespaced", "metadata.namespace", "fraud-detection-staging"),
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
        ("namespaced", "metadata.namespace", "fraud-detection"),
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


def iris(
    namespace: str, tag: str, limits: tuple[str, str], tracking: str, bucket: str, storage: str, replicas: Any
) -> list[Check]:
    """The rows that every iris environment has."""
    pod = "spec.predictors.0.componentSpecs.0.spec.containers.[name=iris-classifier]"
    return [
        ("!Namespace/iris", "", None),
        ("namespaced", "metadata.namespace", namespace),
        ("SeldonDeployment/iris-classifier", f"{pod}.image", f"ghcr.io/jtayl222/iris:{tag}"),
        ("WorkflowTemplate/*", "spec.templates.0.container.image", f"ghcr.io/jtayl222/iris:{tag}"),
        (
            "SeldonDeployment/iris-classifier",
            f"{pod}.resources.limits",
            {"cpu": limits[0], "memory": limits[1]},
        ),
        ("SeldonDeployment/iris-classifier", "spec.predictors.0.replicas", replicas),
        (
            "SeldonDeployment/iris-classifier",
            "spec.predictors.0.graph.modelUri",
            starts(f"s3://{bucket}/"),
        ),
        ("PersistentVolumeClaim/iris-data", "spec.storageClassName", storage),
        ("ConfigMap/mlflow-config", "data.MLFLOW_TRACKING_URI", tracking),
        ("ConfigMap/mlflow-config", "data.S3_BUCKET", bucket),
        ("Secret/minio-credentials", "stringData.access-key", present),
        ("Secret/minio-credentials", "stringData.secret-key", present),
        ("RoleBinding/iris-workflow", "subjects.0.namespace", namespace),
        ("ServiceMonitor/iris-classifier", "spec.endpoints.0.path", "/prometheus"),
        ("WorkflowTemplate/*", "spec.templates.0.container.resources.limits.nvidia\\.com/gpu", "1"),
        ("*/*", "metadata.labels.team", "ml-platform"),
        ("*/*", "metadata.annotations.owner", "ml-platform-team@company.com"),
        ("*/*", "metadata.annotations.deployment\\.kubernetes\\.io/revision", ABSENT),
    ]


IRIS: dict[str, list[Check]] = {
    "development": [
        *iris(
            "iris-dev",
            "v1.2.0-dev",
            ("100m", "256Mi"),
            "http://mlflow-dev.mlflow.svc.cluster.local:5000",
            "ml-models-dev",
            "local-path",
            1,
        ),
        ("*/*", "metadata.labels.environment", "development"),
        ("!PrometheusRule/*", "", None),
        ("!CronJob/*", "", None),
        ("!NetworkPolicy/*", "", None),
        ("!Namespace/*", "", None),
    ],
    "staging": [
        *iris(
            "iris-staging",
            "v1.2.0-staging",
            ("500m", "1Gi"),
            "http://mlflow-staging.mlflow.svc.cluster.local:5000",
            "ml-models-staging",
            "nfs-shared",
            2,
        ),
        ("*/*", "metadata.labels.environment", "staging"),
        ("CronJob/iris-backup", "spec.schedule", present),
        ("CronJob/iris-restore", "spec.suspend", True),
        ("PrometheusRule/iris-alerts", "spec.groups", present),
        ("ConfigMap/iris-dashboard", "data.dashboard\\.json", dashboard_uid("iris-classifier")),
        ("!PrometheusRule/iris-slo", "", None),
        ("!NetworkPolicy/iris-default-deny", "", None),
        ("Namespace/iris-staging", "metadata.labels.pod-security\\.kubernetes\\.io/enforce", "baseline"),
        ("SeldonDeployment/*", "metadata.annotations.cmp\\.mlops/classifier\\.version", "12"),
        ("ResourceQuota/iris-quota", "spec.hard", present),
        ("LimitRange/iris-limits", "spec.limits.0.default", present),
    ],
    "production": [
        *iris(
            "iris-prod",
            "v1.1.5-prod",
            ("2", "4Gi"),
            "https://mlflow.company.com",
            "ml-models-prod",
            "iris-replicated",
            ABSENT,
        ),
        ("*/*", "metadata.labels.environment", "production"),
        ("*/*", "metadata.annotations.ml-platform\\.company\\.com/release", "42"),
        ("SeldonDeployment/*", "spec.predictors.0.componentSpecs.0.hpaSpec.minReplicas", 5),
        ("SeldonDeployment/*", "spec.predictors.0.componentSpecs.0.hpaSpec.maxReplicas", 15),
        (
            "SeldonDeployment/*",
            "spec.predictors.0.componentSpecs.0.hpaSpec.metricsv2.0.resource.target.averageUtilization",
            70,
        ),
        ("SeldonDeployment/*", "metadata.annotations.cmp\\.mlops/classifier\\.version", "11"),
        ("SeldonDeployment/*", "metadata.annotations.cmp\\.mlops/classifier\\.alias", "champion"),
        ("StorageClass/iris-replicated", "parameters.numberOfReplicas", "3"),
        ("CronJob/iris-backup", "spec.schedule", present),
        ("CronJob/iris-restore", "spec.suspend", True),
        ("PrometheusRule/iris-slo", "spec.groups", present),
        ("AlertmanagerConfig/iris-routing", "spec.route.receiver", present),
        ("NetworkPolicy/iris-default-deny", "spec.policyTypes", ["Ingress", "Egress"]),
        ("Namespace/iris-prod", "metadata.labels.pod-security\\.kubernetes\\.io/enforce", "restricted"),
        ("ResourceQuota/iris-quota", "spec.hard", present),
    ],
}


def mlflow(suffix: str, servers: int, limits: dict[str, str], host: str, artifacts: str) -> list[Check]:
    """The rows that every MLflow environment has."""
    selector = {"app": "mlflow", "app.kubernetes.io/instance": f"mlflow{suffix}"}
    return [
        ("namespaced", "metadata.namespace", "mlflow"),
        (f"Service/mlflow{suffix}", "spec.ports.0.port", 5000),
        (f"Service/mlflow{suffix}", "spec.selector", selector),
        (f"Deployment/mlflow-server{suffix}", "spec.replicas", servers),
        (f"Deployment/mlflow-server{suffix}", f"{CONTAINER}.0.resources.limits", limits),
        (f"ConfigMap/mlflow-config{suffix}", "data.PGHOST", host),
        (f"ConfigMap/mlflow-config{suffix}", "data.DEFAULT_ARTIFACT_ROOT", artifacts),
        (
            f"Deployment/mlflow-server{suffix}",
            f"{CONTAINER}.0.env.[name=PGPASSWORD].valueFrom.secretKeyRef.name",
            f"postgres-secret{suffix}",
        ),
        (f"Deployment/mlflow-server{suffix}", f"{CONTAINER}.0.env.[name=PGPASSWORD].value", ABSENT),
        (f"Secret/postgres-secret{suffix}", "stringData.password", present),
    ]


MLFLOW: dict[str, list[Check]] = {
    "development": [
        *mlflow("-dev", 1, {"cpu": "500m", "memory": "1Gi"}, "postgres-dev", "s3://mlflow-artifacts-dev"),
        ("StatefulSet/postgres-mlflow-dev", "spec.serviceName", "postgres-dev"),
        ("!Ingress/*", "", None),
    ],
    "staging": [
        *mlflow(
            "-staging", 1, {"cpu": "1", "memory": "2Gi"}, "postgres-staging", "s3://mlflow-artifacts-staging"
        ),
        ("StatefulSet/postgres-mlflow-staging", "spec.serviceName", "postgres-staging"),
        ("!Ingress/*", "", None),
    ],
    "production": [
        *mlflow("", 2, {"cpu": "2", "memory": "4Gi"}, "mlflow-db.company.com", "s3://mlflow-artifacts-prod"),
        ("!StatefulSet/*", "", None),
        ("!Service/postgres*", "", None),
        ("Ingress/mlflow", "spec.rules.0.host", "mlflow.company.com"),
        ("Ingress/mlflow", "spec.rules.0.http.paths.0.backend.service.name", "mlflow"),
    ],
}

QNA: dict[str, list[Check]] = {
    "staging": [
        ("namespaced", "metadata.namespace", "mlops-staging"),
        ("Deployment/qna-v1", "spec.replicas", 1),
        ("Deployment/qna-v2", "spec.replicas", 1),
        ("!HorizontalPodAutoscaler/*", "", None),
        (
            "Ingress/mlops-ingress-canary",
            "metadata.annotations.nginx\\.ingress\\.kubernetes\\.io/canary-weight",
            "50",
        ),
        ("Deployment/*", f"{CONTAINER}.0.resources.limits", {"cpu": "500m", "memory": "1Gi"}),
        ("PersistentVolumeClaim/mlops-model-storage", "spec.resources.requests.storage", "25Gi"),
        ("Ingress/*", "spec.rules.0.host", "mlops-staging.example.com"),
        ("!ClusterIssuer/*", "", None),
        ("Deployment/*", f"{CONTAINER}.0.env.[name=MODEL_URI].value", starts("s3://qna-models-staging/")),
        ("Secret/mlops-secrets", "stringData.WANDB_API_KEY", present),
    ],
    "production": [
        ("namespaced", "metadata.namespace", "mlops"),
        ("Deployment/qna-v1", "spec.replicas", ABSENT),
        ("Deployment/qna-v2", "spec.replicas", 0),
        ("HorizontalPodAutoscaler/mlops-deployment-hpa", "spec.minReplicas", 2),
        ("HorizontalPodAutoscaler/mlops-deployment-hpa", "spec.maxReplicas", 10),
        ("HorizontalPodAutoscaler/*", "spec.scaleTargetRef.name", "qna-v1"),
        ("HorizontalPodAutoscaler/*", "spec.metrics.0.resource.target.averageUtilization", 70),
        ("HorizontalPodAutoscaler/*", "spec.metrics.1.resource.target.averageUtilization", 80),
        ("HorizontalPodAutoscaler/*", "spec.metrics.2.pods.target.averageValue", "1000"),
        ("HorizontalPodAutoscaler/*", "spec.behavior.scaleDown.stabilizationWindowSeconds", 300),
        ("HorizontalPodAutoscaler/*", "spec.behavior.scaleUp.stabilizationWindowSeconds", 60),
        (
            "Ingress/mlops-ingress-canary",
            "metadata.annotations.nginx\\.ingress\\.kubernetes\\.io/canary-weight",
            "0",
        ),
        ("Deployment/*", f"{CONTAINER}.0.resources.limits", {"cpu": "1000m", "memory": "2Gi"}),
        ("Deployment/*", f"{CONTAINER}.0.livenessProbe.periodSeconds", 20),
        ("PersistentVolumeClaim/mlops-model-storage", "spec.resources.requests.storage", "50Gi"),
        ("PersistentVolumeClaim/mlops-data-cache", "spec.resources.requests.storage", "20Gi"),
        ("PersistentVolumeClaim/mlops-logs", "spec.resources.requests.storage", "10Gi"),
        ("Service/qna-svc", "spec.ports.0.port", 80),
        ("Service/qna-svc-canary", "spec.selector.version", "v2"),
        (
            "Ingress/mlops-ingress-canary",
            "spec.rules.0.http.paths.0.backend.service.name",
            "qna-svc-canary",
        ),
        ("Ingress/mlops-ingress", "spec.tls.0.secretName", "mlops-tls"),
        ("ClusterIssuer/letsencrypt-prod", "spec.acme.privateKeySecretRef.name", "letsencrypt-prod"),
        (
            "NetworkPolicy/default-deny-all",
            "spec.podSelector.matchLabels.app\\.kubernetes\\.io/part-of",
            "qna",
        ),
        ("VerticalPodAutoscaler/mlops-vpa", "spec.updatePolicy.updateMode", "Off"),
        ("PodMonitor/*", "spec.podMetricsEndpoints", present),
        ("PrometheusRule/mlops-alerts", "spec.groups.3.name", "qna.resources"),
        ("Deployment/*", f"{CONTAINER}.0.env.[name=MODEL_URI].value", starts("s3://qna-models-prod/")),
    ],
}

BUCKETS = "mlflow-artifacts models datasets experiments"


def minio(namespace: str, request: dict[str, str], limit: dict[str, str], storage: str) -> list[Check]:
    """The rows that every MinIO environment has."""
    return [
        ("namespaced", "metadata.namespace", namespace),
        ("Deployment/minio", "spec.replicas", 1),
        ("Deployment/minio", "spec.strategy.type", "Recreate"),
        ("Deployment/minio", f"{CONTAINER}.0.resources", {"requests": request, "limits": limit}),
        ("PersistentVolumeClaim/minio-storage", "spec.resources.requests.storage", storage),
        ("Service/minio", "spec.type", "ClusterIP"),
        ("Secret/minio-credentials", "stringData.accesskey", present),
        ("Secret/minio-credentials", "stringData.secretkey", present),
        ("Job/minio-create-buckets", f"{CONTAINER}.0.env.[name=BUCKETS].value", BUCKETS),
        ("Job/minio-create-buckets", "spec.ttlSecondsAfterFinished", ABSENT),
        ("Job/minio-create-buckets", "metadata.annotations.argocd\\.argoproj\\.io/hook", "PostSync"),
        ("!Namespace/*", "", None),
    ]


def postgresql(namespace: str, request: dict[str, str], limit: dict[str, str], storage: str) -> list[Check]:
    """The rows that every PostgreSQL environment has."""
    return [
        ("namespaced", "metadata.namespace", namespace),
        ("StatefulSet/postgresql", "spec.replicas", 1),
        ("StatefulSet/postgresql", f"{CONTAINER}.0.resources", {"requests": request, "limits": limit}),
        ("PersistentVolumeClaim/postgresql-storage", "spec.resources.requests.storage", storage),
        ("Service/postgresql", "spec.clusterIP", "None"),
        ("Service/postgresql-external", "spec.type", "ClusterIP"),
        ("ConfigMap/postgresql-config", "data.postgresql\\.conf", present),
        ("ConfigMap/postgresql-init-scripts", "data.01-extensions\\.sql", present),
        ("Secret/postgresql-credentials", "stringData.connection-string", present),
        ("!Namespace/*", "", None),
    ]


SMALL = ({"cpu": "250m", "memory": "512Mi"}, {"cpu": "500m", "memory": "1Gi"})
FULL = ({"cpu": "500m", "memory": "1Gi"}, {"cpu": "2", "memory": "4Gi"})
AI_HOW: dict[str, list[Check]] = {
    "base/mlops/minio": minio("mlops", *FULL, "100Gi"),
    "base/mlops/postgresql": postgresql("mlops", *FULL, "20Gi"),
    "base/mlops/mlflow": [
        ("namespaced", "metadata.namespace", "mlops"),
        ("Deployment/mlflow", "spec.replicas", 2),
        ("ConfigMap/mlflow-config", "data.MLFLOW_S3_ENDPOINT_URL", "http://minio:9000"),
    ],
    "overlays/dev/mlops/minio": minio("mlops-dev", *SMALL, "20Gi"),
    "overlays/dev/mlops/postgresql": postgresql("mlops-dev", *SMALL, "5Gi"),
    "overlays/dev/mlops/mlflow": [("Deployment/mlflow", "spec.replicas", 1)],
    "overlays/prod/mlops/minio": minio("mlops-prod", *FULL, "100Gi"),
    "overlays/prod/mlops/postgresql": postgresql("mlops-prod", *FULL, "20Gi"),
    "overlays/prod/mlops/mlflow": [
        ("namespaced", "metadata.namespace", "mlops-prod"),
        ("Deployment/mlflow", "spec.replicas", 2),
    ],
}


def kserve(namespace: str, least: int, version: str) -> list[Check]:
    """The rows that every environment of the model server has."""
    return [
        ("namespaced", "metadata.namespace", namespace),
        ("InferenceService/sentiment", "spec.predictor.minReplicas", least),
        ("InferenceService/sentiment", "spec.predictor.maxReplicas", 10),
        (
            "InferenceService/sentiment",
            "spec.predictor.model.storageUri",
            f"s3://models/sentiment/{version}/artifacts/model",
        ),
        ("Secret/kserve-storage", "stringData.AWS_SECRET_ACCESS_KEY", present),
    ]


AI_HOW |= {
    "base/mlops/kserve": kserve("mlops", 0, "1"),
    "overlays/dev/mlops/kserve": kserve("mlops-dev", 0, "2"),
    "overlays/prod/mlops/kserve": kserve("mlops-prod", 2, "1"),
}


def model(cluster: str, name: str, version: str, bucket: str, store: str) -> list[Check]:
    """The rows that every model has in every cluster."""
    return [
        ("namespaced", "metadata.namespace", f"serving-{name}"),
        ("*/*", "metadata.labels.cluster", cluster),
        ("*/*", "metadata.labels.environment", "production"),
        (f"InferenceService/{name}", "spec.predictor.model.storageUri", f"{bucket}/{name}/{version}"),
        (f"InferenceService/{name}", "metadata.labels.app\\.kubernetes\\.io/version", version),
        ("ServiceAccount/model-storage", "secrets.0.name", "model-storage"),
        (f"{store}/model-storage", "metadata.namespace", f"serving-{name}"),
        (f"!{'Secret' if store != 'Secret' else 'ExternalSecret'}/*", "", None),
    ]


CLUSTERS = {
    "aws-us-east-1": ("s3://models-us-east-1", "ExternalSecret"),
    "aws-eu-west-1": ("s3://models-eu-west-1", "ExternalSecret"),
    "gcp-us-central1": ("gs://models-us-central1", "ExternalSecret"),
    "on-premises": ("s3://models-on-premises", "Secret"),
}
VERSIONS = {"iris": "v1.1.5", "fraud": "v2.3.1", "recommendation": "v1.8.2"}
MULTI_CLUSTER = {
    f"{cluster}/{name}": model(cluster, name, version, *facts)
    for cluster, facts in CLUSTERS.items()
    for name, version in VERSIONS.items()
}

SYSTEMS: dict[str, dict[str, list[Check]]] = {
    "fraud-detection/k8s/overlays": FRAUD,
    "iris/k8s/overlays": IRIS,
    "mlflow/overlays": MLFLOW,
    "qna/overlays": QNA,
    "ai-how/k8s-manifests": AI_HOW,
    "multi-cluster/overlays": MULTI_CLUSTER,
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
