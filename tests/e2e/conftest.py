"""One cluster for the whole run, each step a fixture: what a step breaks fails at the tests that need it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import argocd_cluster
import container_engine
import pytest
from argocd_cluster import PRODUCTION, Cluster, Repository, replace, run
from example_overlays import ROOT

TAGS = ("v1.1.5", "v2.3.1", "iris-v1.1.5", "fraud-v2.3.1", "recommendation-v1.8.2")
BRANCHES = ("release/ai-how", "release/mlflow", "release/qna")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Kubernetes' control plane and nothing else, or a skip that names what is missing."""
    if reason := container_engine.missing() or argocd_cluster.missing():
        pytest.skip(reason)
    # A tier that runs out of time is sent SIGTERM: what was started ends then too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Cluster() as made:
        try:
            made.start_kubernetes()
            yield made
        finally:
            if kept := os.environ.get("E2E_LOGS"):
                shutil.copytree(made.logs, kept, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def installed(cluster: Cluster) -> Cluster:
    """docs/install.md done: keys, Argo CD's manifests, the component (E2E_SIDECAR names another folder)."""
    cluster.install(Path(os.environ.get("E2E_SIDECAR") or ROOT / "sidecar"))
    return cluster


@pytest.fixture(scope="session")
def gitops(cluster: Cluster) -> Repository:
    """The examples and argocd-apps as one repository, its address put in as argocd-apps/README.md says."""
    repository = Repository(cluster.folder("git"), "gitops")
    for name in ("examples", "argocd-apps"):
        shutil.copytree(ROOT / name, repository.tree / name)
    run(
        ["make", "-s", "-C", "examples/ai-how", "gitops-update-repo-url", f"REPO={repository.url}"],
        cwd=repository.tree,
    )
    repository.push(tags=TAGS)
    for branch in BRANCHES:
        repository.git("branch", branch)
    repository.git("switch", "--quiet", "--create", "bad-weights")
    replace(repository, PRODUCTION, "baseline: 80", "baseline: 50")
    repository.push("bad weights")
    repository.git("switch", "--quiet", "main")
    return repository


@pytest.fixture(scope="session")
def repo_server(installed: Cluster) -> Cluster:
    """Redis, repo-server, and the plugin's image beside it as the component says."""
    installed.start_sidecar()
    installed.start_repo_server()
    return installed


@pytest.fixture(scope="session")
def argocd(repo_server: Cluster, gitops: Repository) -> Cluster:
    """All of Argo CD, with argocd-apps applied."""
    repo_server.start_argocd()
    apps = gitops.tree / "argocd-apps"
    repo_server.kubectl("apply", "--filename", str(apps / "projects"))
    repo_server.kubectl("apply", "--filename", str(apps))
    return repo_server


@pytest.fixture(scope="session")
def engineer(argocd: Cluster) -> str:
    """A token of the project role ml-engineer."""
    return role_token(argocd, "ml-engineer")


@pytest.fixture(scope="session")
def reviewer(argocd: Cluster) -> str:
    """A token of the project role ml-reviewer."""
    return role_token(argocd, "ml-reviewer")


def role_token(cluster: Cluster, role: str) -> str:
    """A token of a role of the project mlops-fraud-detection."""
    made = cluster.argocd("proj", "role", "create-token", "mlops-fraud-detection", role, "--token-only")
    return str(made.stdout.strip())
