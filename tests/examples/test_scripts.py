"""The iris example's two scripts: offline checks always run, what needs a cluster is said to be skipped."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY, environment, needs_validate

ENVIRONMENTS = ("iris-dev", "iris-staging", "iris-prod")
SCRIPTS = ("validate-deployment.sh", "integration-tests.sh")


def start(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A script of an iris tree, with this project's programs, no cluster and the examples' key."""
    env = environment(SOPS_AGE_KEY_FILE=str(KEY), KUBECONFIG="/nonexistent", HOME="/nonexistent")
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    return subprocess.run(
        [str(folder / "scripts" / script), *arguments], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_passes_offline_and_says_what_it_skipped(script: str, name: str) -> None:
    if script == "validate-deployment.sh":
        needs_validate()
    done = start(EXAMPLES / "iris", script, name)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("skipped  cluster checks: ") for line in lines)
    assert lines[-1].startswith(f"{sum(line.startswith('ok ') for line in lines)} passed, 0 failed, ")


@pytest.mark.parametrize("script", SCRIPTS)
def test_fails_when_the_overlay_does_not_render(tmp_path: Path, script: str) -> None:
    tree = Path(shutil.copytree(EXAMPLES / "iris", tmp_path / "iris"))
    (tree / "k8s/overlays/development/mlflow-config.yaml").unlink()
    done = start(tree, script, "iris-dev")
    assert done.returncode == 1
    assert "FAILED   renders" in done.stdout
    assert "mlflow-config.yaml" in done.stdout
    assert "1 failed" in done.stdout


def test_a_reference_without_an_object_is_found(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(EXAMPLES / "iris", tmp_path / "iris"))
    rbac = tree / "k8s/base/rbac.yaml"
    rbac.write_text(rbac.read_text().replace("  name: iris-serving", "  name: iris-service"))
    done = start(tree, "integration-tests.sh", "iris-dev")
    assert done.returncode == 1
    assert "ServiceAccount/iris-serving is referred to and not rendered" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("iris",), ("iris-dev", "iris-prod")])
@pytest.mark.parametrize("script", SCRIPTS)
def test_wrong_usage(script: str, arguments: tuple[str, ...]) -> None:
    done = start(EXAMPLES / "iris", script, *arguments)
    assert done.returncode == 2
    assert done.stderr == f"usage: {script} iris-dev|iris-staging|iris-prod\n"
