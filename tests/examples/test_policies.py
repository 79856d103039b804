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


GATEKEEPER = {
    path.stem: documents(path.read_text()) for path in sorted((FOLDER / "gatekeeper").glob("*-*.yaml"))
}


def test_gatekeeper_has_the_same_four() -> None:
    assert set(GATEKEEPER) == set(POLICIES)
    for template, constraint in GATEKEEPER.values():
        kind = template["spec"]["crd"]["spec"]["names"]["kind"]
        assert template["kind"] == "ConstraintTemplate"
        assert template["metadata"]["name"] == kind.lower()
        assert (constraint["apiVersion"], constraint["kind"]) == ("constraints.gatekeeper.sh/v1beta1", kind)
        parameters = template["spec"]["crd"]["spec"]["validation"]["openAPIV3Schema"]["properties"]
        assert parameters.keys() == constraint["spec"]["parameters"].keys()
        assert constraint["spec"]["enforcementAction"] in ("deny", "warn", "dryrun")


def constrained(policy: str, item: dict[str, Any]) -> list[bool]:
    """What a constraint says of an object, by Gatekeeper's variables anyObject and params."""
    template, constraint = GATEKEEPER[policy]
    (code,) = template["spec"]["targets"][0]["code"]
    assert code["engine"] == "K8sNativeValidation"
    environment = celpy.Environment()
    given = {"anyObject": item, "params": constraint["spec"]["parameters"]}

    def value(expression: str) -> Any:
        program = environment.program(environment.compile(expression))
        return program.evaluate({"variables": celpy.json_to_cel(given)})

    for variable in code["source"].get("variables", []):
        given[variable["name"]] = [str(each) for each in value(variable["expression"])]
    return [bool(value(each["expression"])) for each in code["source"]["validations"]]


@pytest.mark.parametrize("overlay", ["development", "staging", "production"])
@pytest.mark.parametrize("policy", ["audit-logging", "data-residency", "model-approval"])
def test_gatekeeper_says_what_the_admission_policy_says(policy: str, overlay: str) -> None:
    item = served(overlay)
    assert constrained(policy, item) == holds(policy, object=item)


@pytest.mark.parametrize("image", ["ghcr.io/jtayl222/iris:v1", "ghcr.io/jtayl222/iris", "evil/iris:latest"])
def test_gatekeeper_on_images(image: str) -> None:
    pod = {"spec": {"containers": [{"name": "c", "image": image}]}}
    assert constrained("security-scanning", pod) == holds(
        "security-scanning", object=pod, variables={"images": [image]}
    )
