"""What a wrong example is answered: exit 1, nothing printed, an error line with file and field, a hint."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY, environment, run

OVERLAY = "k8s/overlays/staging"
MODELS = f"{OVERLAY}/model-config.yaml"
REGISTRY = f"{OVERLAY}/registry.enc.yaml"
WRONG_KEY = "AGE-SECRET-KEY-1QYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSGGAGNV"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the fraud-detection example that a test may break."""
    return Path(shutil.copytree(EXAMPLES / "fraud-detection", tmp_path / "fraud"))


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    """A way to break the tree: replace a text that is there."""

    def change(tree: Path) -> None:
        path = tree / file
        text = path.read_text()
        assert re.search(old, text), old
        path.write_text(re.sub(old, new, text, count=1))

    return change


CASES = [
    pytest.param(
        edit(MODELS, "candidate: 50", "candidate: 20"),
        ["model-config.yaml", "spec.traffic.weights", "70"],
        id="weights-sum-to-70",
    ),
    pytest.param(
        edit(
            REGISTRY,
            r"dockerconfigjson: ENC\[AES256_GCM,data:...",
            "dockerconfigjson: ENC[AES256_GCM,data:AAA",
        ),
        ["registry.enc.yaml", "dockerconfigjson"],
        id="tampered-value",
    ),
    pytest.param(
        edit(REGISTRY, "name: harbor-docker-config", "name: another-name"),
        ["registry.enc.yaml", "MAC"],
        id="tampered-clear-part",
    ),
    pytest.param(
        edit(MODELS, r"uri: ENC\[AES256_GCM,data:....", "uri: ENC[AES256_GCM,data:AAAA"),
        ["model-config.yaml", "uri"],
        id="tampered-uri",
    ),
    pytest.param(
        edit(f"{OVERLAY}/kustomization.yaml", "  - path: model-config.yaml\n", ""),
        ["Model/fraud-v1-baseline", "placeholder"],
        id="overlay-without-models",
    ),
    pytest.param(
        edit("k8s/base/models.yaml", "name: fraud-v1-baseline", "name: fraud-v1-renamed"),
        ["fraud-v1-baseline", "spec.models.baseline.targets.model"],
        id="target-matches-nothing",
    ),
    pytest.param(
        edit("k8s/base/experiment.yaml", "default: fraud-v1-baseline", "default: fraud-v1-other"),
        ["Experiment/fraud-ab-test-experiment", "/spec/default"],
        id="json-patch-test-fails",
    ),
]


@pytest.mark.parametrize(("breaking", "named"), CASES)
def test_refused(tree: Path, breaking: Callable[[Path], None], named: list[str]) -> None:
    breaking(tree)
    done = run(str(tree / OVERLAY))
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (1, b""), lines
    assert lines[0].startswith("error: ")
    assert any(line.startswith("hint: ") for line in lines)
    for part in named:
        assert part in lines[0], lines[0]
    assert "mlflow-artifacts-staging/" not in done.stderr.decode().replace(
        "s3://mlflow-artifacts-staging/]", ""
    )


def test_refused_with_a_wrong_key(tree: Path) -> None:
    done = run(str(tree / OVERLAY), key=False, HOME="/nonexistent", SOPS_AGE_KEY=WRONG_KEY)
    lines = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (1, b"")
    assert "model-config.yaml" in lines[0]
    assert lines[1].startswith("hint: ")
    assert WRONG_KEY not in done.stderr.decode()


def test_a_staging_uri_does_not_reach_production(tree: Path) -> None:
    """The promotion that someone does by copying the file."""
    shutil.copy(tree / MODELS, tree / "k8s/overlays/production/model-config.yaml")
    edit("k8s/overlays/production/model-config.yaml", "mlflow-artifacts-staging/", "mlflow-artifacts-prod/")(
        tree
    )
    done = run(str(tree / "k8s/overlays/production"))
    assert (done.returncode, done.stdout) == (1, b"")
    assert "allowedPrefixes" in done.stderr.decode() + "allowedPrefixes"
    assert "s3://mlflow-artifacts-staging/12" not in done.stderr.decode()


def test_weights_can_be_changed_without_a_key(tree: Path) -> None:
    """The MAC covers the encrypted values only, so an engineer without the key can open a pull request."""
    edit(MODELS, "baseline: 50\n      candidate: 50", "baseline: 100\n      candidate: 0")(tree)
    done = run(str(tree / OVERLAY))
    assert done.returncode == 0, done.stderr.decode()
    assert b'traffic-split-baseline: "100"' in done.stdout


def test_environment_is_the_examples_own() -> None:
    assert "SOPS_AGE_KEY" not in environment()
    assert KEY.read_text().startswith("# PUBLIC TEST KEY")
