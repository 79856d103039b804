"""The iris policies: schemas, and what their expressions say of the rendered environments."""

from __future__ import annotations

from typing import Any

import pytest
from example_overlays import EXAMPLES, documents, objects, select

celpy = pytest.importorskip("celpy", reason="the extra 'validate' is not installed")
kubernetes_validate = pytest.importorskip(
    "kubernetes_validate", reason="the extra 'validate' is not installed"
)

FOLDER = EXAMPLES / "iris" / "policies"
POLICIES = {
    item["metadata"]["name"].partition(".")[0]: item
    for path in sorted(FOLDER.glob("*.yaml"))
    for item in documents(path.read_text())
    if item["kind"] == "ValidatingAdmissionPolicy"
}


def holds(policy: str, **given: Any) -> list[bool]:
    """What each expression of a policy says; `given` are its variables."""
    environment = celpy.Environment()
    variables = {name: celpy.json_to_cel(value) for name, value in given.items()}
    results = []
    for validation in POLICIES[policy]["spec"]["validations"]:
        program = environment.program(environment.compile(validation["expression"]))
        results.append(bool(program.evaluate(variables)))
    return results


def served(overlay: str) -> dict[str, Any]:
    return select(objects(EXAMPLES / "iris/k8s/overlays" / overlay), "SeldonDeployment/*")[0]


def test_the_four_of_the_roadmap() -> None:
    assert set(POLICIES) == {"audit-logging", "data-residency", "model-approval", "security-scanning"}
    for path in FOLDER.glob("*.yaml"):
        for item in documents(path.read_text()):
            if item["kind"].startswith("Validating"):
                kubernetes_validate.validate(item, "1.33", strict=True)


@pytest.mark.parametrize(
    ("policy", "overlay", "expected"),
    [
        ("audit-logging", "development", True),
        ("audit-logging", "production", True),
        ("data-residency", "staging", True),
        ("data-residency", "production", True),
        ("model-approval", "staging", False),
        ("model-approval", "production", True),
    ],
)
def test_environments(policy: str, overlay: str, expected: bool) -> None:
    assert holds(policy, object=served(overlay)) == [expected]


def test_a_model_from_elsewhere() -> None:
    item = {"spec": {"predictors": [{"graph": {"modelUri": "s3://somewhere-else/iris"}}]}}
    assert holds("data-residency", object=item) == [False]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("ghcr.io/jtayl222/iris:v1.1.5-prod", [True, True]),
        ("ghcr.io/jtayl222/iris:latest", [True, False]),
        ("ghcr.io/jtayl222/iris", [True, False]),
        ("registry:5000/iris", [False, False]),
        ("docker.io/evil/iris@sha256:" + "0" * 64, [False, True]),
    ],
)
def test_images(image: str, expected: list[bool]) -> None:
    assert holds("security-scanning", object={}, variables={"images": [image]}) == expected
