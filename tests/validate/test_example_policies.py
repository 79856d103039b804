"""The policies of examples/policies: what were rules once, as CEL; their old ids still waive."""

from __future__ import annotations

from typing import Any

import pytest
from example_overlays import EXAMPLES

pytest.importorskip("celpy", reason="the extra 'validate' is not installed")

from cmp.validate.policies import read

FOLDER = EXAMPLES / "policies"


def body(kind: str, api: str, spec: Any, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x", **metadata}, "spec": spec}


def model(uri: str, region: str = "eu", **more: Any) -> dict[str, Any]:
    return body(
        "Model", "mlops.seldon.io/v1alpha1", {"storageUri": uri}, labels={"data-residency": region}, **more
    )


def service(**predictor: Any) -> dict[str, Any]:
    return body(
        "InferenceService", "serving.kserve.io/v1beta1", {"predictor": predictor}, namespace="ml-production"
    )


def pods(**security: Any) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "c", "securityContext": security}]}}
    return body("Deployment", "apps/v1", {"template": template})


@pytest.mark.parametrize(
    ("policy", "objects", "severity", "found"),
    [
        ("data-residency", [model("s3://models-us-east-1/k")], "error", 1),
        ("data-residency", [model("s3://models-eu-west-1/k"), model("s3://b/k"), model("http://fraud-api.ml.svc/k", "us")], "error", 0),
        ("data-residency", [model("gs://asia-east1-models/k", "us"), model("s3://models-ap-south-1/k")], "error", 2),
        ("audit-logging", [service(model={})], "info", 1),
        ("audit-logging", [service(model={}, logger={"mode": "all"})], "info", 0),
        ("security-scanning", [pods(privileged=True), pods(allowPrivilegeEscalation=True)], "warning", 2),
        ("security-scanning", [pods(privileged=False), pods()], "warning", 0),
    ],
)  # fmt: skip
def test_policies(policy: str, objects: list[Any], severity: str, found: int) -> None:
    (compiled,) = read((FOLDER / f"{policy}.yaml").read_bytes())
    findings = [(finding, why) for each in objects for finding, why in compiled.check([each])]
    assert [finding.severity for finding, _ in findings] == [severity] * found
    waived = {"annotations": {f"cmp.mlops/waive-{policy}": "a test"}}
    for each in objects:
        each["metadata"] |= waived
    assert [why for each in objects for _, why in compiled.check([each])] == ["a test"] * found


def test_every_policy_is_tested() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == {
        "data-residency",
        "audit-logging",
        "security-scanning",
    }
