"""docs/migration/first-switch.md on a running Application: its proof is empty, Argo CD's own diff too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from argocd_cluster import KUSTOMIZE, Cluster, Repository
from example_overlays import documents, environment, run

NAME = "first-switch"
PATH = "overlay"
# No namespace, a cluster-scoped object with one, a hook, both fields of a Secret, generated names.
FILES = {
    "base/kustomization.yaml": "resources: [workload.yaml, secret.yaml, role.yaml, hook.yaml]\n",
    "base/workload.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, envFrom: [{configMapRef: {name: settings}}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, annotations: {note: "a: b"}}
spec: {selector: {app: web}, ports: [{port: 80}]}
""",
    "base/secret.yaml": """\
apiVersion: v1
kind: Secret
metadata: {name: login}
data: {user: bWU=}
stringData: {password: correct horse}
""",
    "base/role.yaml": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: first-switch, namespace: nowhere}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
""",
    "base/hook.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: hook, annotations: {argocd.argoproj.io/hook: PreSync}}
data: {a: b}
""",
    "overlay/kustomization.yaml": """\
resources: [../base]
images: [{name: web, newName: example.com/web, newTag: "1"}]
labels: [{pairs: {stage: first}}]
configMapGenerator: [{name: settings, literals: [A=1, B=yes]}]
secretGenerator: [{name: token, literals: [t=from-a-generator]}]
""",
}


@pytest.fixture(scope="module")
def tree(cluster: Cluster) -> Repository:
    """A repository with one overlay."""
    repository = Repository(cluster.folder("git"), NAME)
    for name, text in FILES.items():
        path = repository.tree / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    repository.push()
    return repository


@pytest.fixture(scope="module")
def running(argocd: Cluster, tree: Repository) -> Cluster:
    """The overlay as an Application of Argo CD's own kustomize, synced."""
    if not KUSTOMIZE.exists():
        pytest.skip("not on this machine: kustomize (scripts/oracles.py)")
    source = {"repoURL": tree.url, "targetRevision": "main", "path": PATH, "kustomize": {}}
    argocd.apply(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": NAME, "namespace": "argocd"},
            "spec": {
                "project": "default",
                "source": source,
                "destination": {"server": "https://kubernetes.default.svc", "namespace": NAME},
                "syncPolicy": {"syncOptions": ["CreateNamespace=true"]},
            },
        }
    )
    argocd.wait_for_status(NAME, "OutOfSync")
    argocd.argocd("app", "sync", NAME)
    argocd.wait_for_status(NAME, "Synced")
    return argocd


def compared(old: str, new: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """`cmpctl diff OLD NEW --exit-code`."""
    (folder / "old.yaml").write_text(old)
    (folder / "new.yaml").write_bytes(new)
    command = [sys.executable, "-m", "cmp.cli.ctl", "diff", "old.yaml", "new.yaml", "--exit-code"]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


def rendered(tree: Repository) -> bytes:
    """What the plugin prints for the overlay."""
    done = run(str(tree.tree / PATH))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_proof_of_the_first_switch_is_empty(running: Cluster, tree: Repository, tmp_path: Path) -> None:
    old = running.argocd("app", "manifests", NAME, "--revision", "main").stdout
    assert "argocd.argoproj.io/tracking-id" in old
    assert "password: ++++++++" in old
    assert "stringData" not in old
    done = compared(old, rendered(tree), tmp_path)
    assert (done.returncode, done.stdout) == (0, "no difference in 7 objects\n"), done.stderr


def test_without_a_revision_argo_cd_shows_where_objects_go(
    running: Cluster, tree: Repository, tmp_path: Path
) -> None:
    """The page says so: the destination's namespace is filled in, and hooks are left out."""
    old = running.argocd("app", "manifests", NAME, "--source", "git").stdout
    names = {each["metadata"]["name"] for each in documents(old)}
    assert "hook" not in names
    done = compared(old, rendered(tree), tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("metadata.namespace: first-switch removed") == 5, done.stdout


def test_a_change_is_no_empty_proof(running: Cluster, tree: Repository, tmp_path: Path) -> None:
    old = running.argocd("app", "manifests", NAME, "--revision", "main").stdout
    changed = rendered(tree).replace(b"example.com/web:1", b"example.com/web:2")
    done = compared(old, changed, tmp_path)
    assert done.returncode == 1
    assert "example.com/web:2" in done.stdout


def test_argo_cd_itself_shows_no_difference_after_the_switch(running: Cluster) -> None:
    source = {"kustomize": None, "plugin": {"name": "mlops-cmp"}}
    patch = json.dumps({"spec": {"source": source}})
    running.kubectl("patch", "applications.argoproj.io", NAME, "--type=merge", "--patch", patch)
    running.argocd("app", "get", NAME, "--hard-refresh")
    done = running.argocd("app", "diff", NAME, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    running.wait_for_status(NAME, "Synced")


@pytest.mark.parametrize("name", ["fraud-detection-staging", "fraud-detection-production"])
def test_the_proof_of_what_the_plugin_renders_already_is_empty(
    argocd: Cluster, gitops: Repository, tmp_path: Path, name: str
) -> None:
    live = argocd.application(name)
    file = gitops.tree / f"argocd-apps/proof-{name}.yaml"
    file.write_text(json.dumps({key: live[key] for key in ("apiVersion", "kind", "metadata", "spec")}))
    here = run("--app", str(file))
    file.unlink()
    assert here.returncode == 0, here.stderr
    for arguments in (("--source", "git"), ("--revision", live["spec"]["source"]["targetRevision"])):
        old = argocd.argocd("app", "manifests", name, *arguments).stdout
        done = compared(old, here.stdout, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith("no difference")
