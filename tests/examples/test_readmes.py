"""The READMEs of the examples: each command that needs neither a cluster nor a registry runs as it is printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY, ROOT, environment, needs_validate, tool

BIN = Path(sys.executable).parent
OURS = ("cmp-generate", "cmpctl", "make", "scripts/", "examples/")
# What needs a registry, a cluster, an editor or a repository of one's own.
ELSEWHERE = re.compile(r"kubectl|argocd|sops |git |EDITOR|MLFLOW_TRACKING_URI|/RUN/|gitops-|-manual")
SYSTEMS = sorted(path.parent for path in EXAMPLES.glob("*/README.md"))


def commands(page: Path) -> list[str]:
    """The indented lines of a page that call our programs."""
    lines = [line.strip() for line in page.read_text().splitlines() if line.startswith("    ")]
    lines = [line.partition("   #")[0].strip() for line in lines]
    return [line for line in lines if line.startswith(OURS) and not ELSEWHERE.search(line)]


CASES = [(folder, command) for folder in SYSTEMS for command in commands(folder / "README.md")]


def test_every_system_shows_commands_that_run_here() -> None:
    shown = {folder.name for folder, _ in CASES}
    assert shown >= {"ai-how", "fraud-detection", "iris", "mlflow", "multi-cluster", "promotion", "qna"}
    assert len(CASES) >= 20


@pytest.mark.parametrize(("folder", "command"), CASES, ids=lambda each: getattr(each, "name", each))
def test_command_runs(folder: Path, command: str, tmp_path: Path) -> None:
    needs_validate()
    # In a copy of the whole tree, as some of them write; the examples' pages count from the project's root or their own.
    copy = tmp_path / "repo"
    shutil.copytree(EXAMPLES, copy / "examples")
    shutil.copytree(ROOT / "argocd-apps", copy / "argocd-apps")
    shutil.copy(ROOT / "plugin.yaml", copy)
    tool("git")
    subprocess.run(["git", "init", "-q", str(copy)], check=True)
    here = copy if " examples/" in f" {command}" else copy / "examples" / folder.name
    env = environment(SOPS_AGE_KEY_FILE=str(KEY), HOME=str(tmp_path), KUBECONFIG="/nonexistent")
    env["PATH"] = f"{BIN}:{os.environ['PATH']}"
    command = command.replace("/tmp/promotion", str(tmp_path / "promotion"))
    done = subprocess.run(
        ["bash", "-c", command], cwd=here, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


# What a reader who knows one of the five systems looks for, by folder.
TREE = {
    "iris/k8s/base": "kustomization.yaml iris-workflow.yaml seldon-deployment.yaml mlflow-config.yaml rbac.yaml "
    "storage.yaml crd-fields.yaml src/train.py src/serve.py src/requirements.txt",
    **{
        f"iris/k8s/overlays/{name}": "kustomization.yaml resource-limits.yaml replicas.yaml secrets.enc.yaml"
        for name in ("development", "staging", "production")
    },
    "iris/k8s/components": "monitoring monitoring-full monitoring-sla backup security",
    "iris/scripts": "validate-deployment.sh integration-tests.sh",
    "iris/policies": "data-residency.yaml model-approval.yaml security-scanning.yaml audit-logging.yaml gatekeeper",
    "fraud-detection/k8s/base": "models.yaml experiment.yaml server.yaml deployment.yaml flagger-canary.yaml "
    "network-policy.yaml model-config.yaml.example model-config.yaml service.yaml servicemonitor.yaml",
    "fraud-detection/k8s/overlays/staging": "kustomization.yaml model-config.yaml staging-experiment-patch.yaml "
    "registry.enc.yaml quota.yaml",
    "fraud-detection/k8s/overlays/production": "kustomization.yaml model-config.yaml registry.enc.yaml quota.yaml "
    "production-experiment-patch.yaml alerts.yaml dashboard.json hpa.yaml pdb.yaml",
    "fraud-detection/scripts": "update-model-config.py",
    "mlflow/base": "kustomization.yml mlflow-deployment.yml mlflow-service.yml postgres.yml secrets.yml",
    **{
        f"mlflow/overlays/{name}": "kustomization.yml mlflow-patch.yml secrets.enc.yml"
        for name in ("development", "staging", "production")
    },
    "qna/base": "deployment.yaml service.yaml hpa.yaml configmap.yaml ingress.yaml networkpolicy.yaml "
    "servicemonitor.yaml pvc.yaml secrets.template.yaml.example",
    "qna/overlays": "staging/kustomization.yaml production/kustomization.yaml production/issuer.yaml",
    "qna/components": "canary vpa",
    "ai-how": "Makefile",
    "ai-how/k8s-manifests/base/mlops": "minio postgresql mlflow kserve",
    "ai-how/k8s-manifests/overlays": "dev/mlops/minio dev/mlops/postgresql prod/mlops/minio prod/mlops/postgresql",
    "../argocd-apps": "fraud-detection-staging.yaml fraud-detection-production.yaml iris-environments.yaml "
    "mlflow-environments.yaml qna-environments.yaml ai-how-environments.yaml minio-app.yaml postgresql-app.yaml "
    "mlflow-app.yaml mlops-stack-app.yaml model-clusters.yaml",
    "../argocd-apps/projects": "mlops-fraud-detection.yaml mlops-platform.yaml ai-how.yaml model-serving.yaml",
}


@pytest.mark.parametrize("folder", TREE)
def test_what_a_reader_looks_for_is_there(folder: str) -> None:
    assert [name for name in TREE[folder].split() if not (EXAMPLES / folder / name).exists()] == []


def test_an_edit_of_a_source_renames_the_config_map_and_every_reference(tmp_path: Path) -> None:
    tree = Path(shutil.copytree(EXAMPLES / "iris", tmp_path / "iris"))

    def names() -> set[str]:
        done = subprocess.run(
            [str(BIN / "cmp-generate"), str(tree / "k8s/overlays/development")],
            env=environment(SOPS_AGE_KEY_FILE=str(KEY)),
            capture_output=True,
            text=True,
            check=True,
        )
        return set(re.findall(r"iris-config-[a-z0-9]{10}", done.stdout))

    (before,) = names()
    with (tree / "k8s/base/src/train.py").open("a") as file:
        file.write("# changed\n")
    (after,) = names()
    assert before != after
