"""QnA's canary: each step moves v2's pods and its share of the traffic together; step-00 is the way back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, documents, run, select

WEIGHT = "nginx.ingress.kubernetes.io/canary-weight"


@pytest.mark.parametrize(
    ("step", "pods", "weight"), [("00", 0, "0"), ("10", 1, "10"), ("50", 1, "50"), ("100", 3, "100")]
)
def test_step(tmp_path: Path, step: str, pods: int, weight: str) -> None:
    tree = Path(shutil.copytree(EXAMPLES / "qna", tmp_path / "qna"))
    file = tree / "overlays/production/kustomization.yaml"
    text = file.read_text()
    assert "components/canary/step-00\n" in text
    file.write_text(text.replace("components/canary/step-00\n", f"components/canary/step-{step}\n"))
    done = run(str(file.parent), CMP_STRICT="true")
    assert done.returncode == 0, done.stderr.decode()
    items = tuple(documents(done.stdout))
    (second,) = select(items, "Deployment/qna-v2")
    (ingress,) = select(items, "Ingress/mlops-ingress-canary")
    assert (second["spec"]["replicas"], ingress["metadata"]["annotations"][WEIGHT]) == (pods, weight)
    (first,) = select(items, "Deployment/qna-v1")
    assert "replicas" not in first["spec"], "the autoscaler's, at every step"
    (scaler,) = select(items, "HorizontalPodAutoscaler/*")
    assert scaler["spec"]["minReplicas"] == 2


def test_every_step_is_tested() -> None:
    steps = sorted(path.name for path in (EXAMPLES / "qna/components/canary").iterdir())
    assert steps == ["step-00", "step-10", "step-100", "step-50"]
