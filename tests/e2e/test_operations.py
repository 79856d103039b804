"""What the plugin meets later: teams, monorepos, upgrades, pods that get ready, a sidecar that dies."""

from __future__ import annotations

import json
from typing import Any

import argocd_cluster
import pytest
from argocd_cluster import Cluster, Repository
from argocd_processes import wait_for
from container_engine import python_version

STAGED = "fraud-detection-staging"
SERVICES, FILES = 100, 19


def application(name: str, repository: Repository, path: str, **more: Any) -> dict[str, Any]:
    """An Application of a project, `default` unless `project` says so; manual unless `automated` is true."""
    plugin = {"name": "mlops-cmp", "parameters": more.get("parameters", [])}
    policy: dict[str, Any] = {"syncOptions": ["CreateNamespace=true"]}
    if more.get("automated"):
        policy["automated"] = {"prune": True, "selfHeal": True}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": more.get("project", "default"),
            "source": {"repoURL": repository.url, "targetRevision": "main", "path": path, "plugin": plugin},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
            "syncPolicy": policy,
        },
    }


def conditions(cluster: Cluster, name: str) -> str:
    """The messages that Argo CD shows at an Application."""
    found = cluster.application(name).get("status", {}).get("conditions") or []
    return "\n".join(each["message"] for each in found)


# --- keys by project


@pytest.fixture(scope="module")
def locked(argocd: Cluster, gitops: Repository) -> str:
    """An Application whose project has a key that opens nothing, over files that the default key opens."""
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "locked", "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]},
    }
    path = "examples/fraud-detection/k8s/overlays/staging"
    argocd.apply(project, application("locked-out", gitops, path, project="locked"))
    return "locked-out"


def test_a_project_with_its_own_key_opens_no_other_projects_files(argocd: Cluster, locked: str) -> None:
    def answer() -> str:
        # The controller may see the Application before its project, and looks again when it is asked to.
        argocd.argocd("app", "get", locked, "--refresh", check=False)
        shown = conditions(argocd, locked)
        return "" if "which does not exist" in shown else shown

    shown = wait_for(answer, "the reason of the sidecar", 120)
    assert argocd.sync_status(locked) == "Unknown"
    assert "no key opens" in shown or "age1" in shown
    assert "AGE-SECRET-KEY" not in shown


def test_the_same_files_open_for_a_project_without_a_key_of_its_own(argocd: Cluster) -> None:
    argocd.wait_for_status(STAGED, "Synced")


# --- a large repository


@pytest.fixture(scope="module")
def monorepo(cluster: Cluster) -> Repository:
    """1,900 files; each of 100 services has an overlay on a base that all share."""
    repository = Repository(cluster.folder("git"), "monorepo")
    base = repository.tree / "base"
    base.mkdir()
    (base / "kustomization.yaml").write_text("configMapGenerator: [{name: shared, literals: [base=yes]}]\n")
    for service in range(SERVICES):
        folder = repository.tree / f"services/service-{service}"
        folder.mkdir(parents=True)
        files = [f"part-{number}.yaml" for number in range(FILES - 1)]
        for file in files:
            head = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {file[:-5]}}}\n"
            (folder / file).write_text(f"{head}data: {{service: '{service}'}}\n")
        (folder / "kustomization.yaml").write_text(f"resources: [../../base, {', '.join(files)}]\n")
    repository.push()
    return repository


def config_maps(cluster: Cluster, namespace: str) -> dict[str, Any]:
    """ConfigMaps of a namespace by name, but the one that Kubernetes puts into each."""
    done = cluster.kubectl("get", "configmaps", "--namespace", namespace, "--output=json")
    found = {each["metadata"]["name"]: each.get("data") for each in json.loads(done.stdout)["items"]}
    found.pop("kube-root-ca.crt", None)
    return found


def test_one_service_of_a_monorepo(argocd: Cluster, monorepo: Repository) -> None:
    argocd.apply(application("service-7", monorepo, "services/service-7", automated=True))
    argocd.wait_for_status("service-7", "Synced")
    found = config_maps(argocd, "service-7")
    assert len(found) == FILES
    assert found["part-0"] == {"service": "7"}


def test_two_applications_of_one_commit_and_folder(argocd: Cluster, monorepo: Repository) -> None:
    """Their renders have cache entries of their own: each gets its own parameters."""
    for name in ("left", "right"):
        suffix = [{"name": "name-suffix", "string": f"-{name}"}]
        argocd.apply(application(name, monorepo, "services/service-8", parameters=suffix, automated=True))
    for name in ("left", "right"):
        argocd.wait_for_status(name, "Synced")
        found = config_maps(argocd, name)
        assert len(found) == FILES
        assert all(f"-{name}" in each for each in found)  # a generated name ends with its hash


# --- a new version of the plugin


def test_an_upgrade_shows_after_a_hard_refresh(argocd: Cluster, monorepo: Repository) -> None:
    """Argo CD's cache does not know the plugin's version: the runbook says to refresh hard."""
    name = "service-9"
    argocd.apply(application(name, monorepo, "services/service-9", automated=True))
    argocd.wait_for_status(name, "Synced")
    python = f"/usr/bin/python{python_version()}"
    read = "print(open('/opt/mlops-cmp/bin/cmp-generate').read(), end='')"
    launcher = argocd.in_sidecar(python, "-I", "-c", read)
    assert launcher.returncode == 0, launcher.stderr
    newer = argocd.folder("newer") / "cmp-generate"
    added = "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: of-the-new-version}\\n---"
    text = launcher.stdout.decode().replace("\nsys.exit(", f"\nprint('{added}', flush=True)\nsys.exit(")
    assert "of-the-new-version" in text
    newer.write_text(text)
    newer.chmod(0o755)
    argocd.stop_sidecar()
    argocd.start_sidecar(cmp_generate=newer)
    argocd.argocd("app", "get", name, "--refresh")
    argocd.wait_for_status(name, "Synced")
    assert "of-the-new-version" not in config_maps(argocd, name)
    argocd.argocd("app", "get", name, "--hard-refresh")
    wait_for(lambda: "of-the-new-version" in config_maps(argocd, name), "the new version's object", 60)
    argocd.stop_sidecar()
    argocd.start_sidecar()


# --- pods, waves and a sidecar that dies


def deployment(name: str, wave: int, zone: str) -> str:
    """A Deployment that can run on nodes with a label only."""
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  annotations: {{argocd.argoproj.io/sync-wave: "{wave}"}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      nodeSelector: {{zone: {zone}}}
      containers: [{{name: main, image: registry.test/main@sha256:{"0" * 64}}}]
"""


@pytest.fixture(scope="module")
def waves(argocd: Cluster) -> Repository:
    """An Application of two waves, whose pods run only where a node has the label zone=a."""
    if reason := argocd_cluster.missing_kubelet():
        pytest.skip(reason)
    repository = Repository(argocd.folder("git"), "waves")
    (repository.tree / "kustomization.yaml").write_text("resources: [first.yaml, second.yaml]\n")
    for wave, name in enumerate(("first", "second")):
        (repository.tree / f"{name}.yaml").write_text(deployment(name, wave, "a"))
    repository.push()
    argocd.start_pods()
    argocd.add_node("node-0")
    argocd.apply(application("waves", repository, "."))
    argocd.wait_for_status("waves", "OutOfSync")
    return repository


def operation(cluster: Cluster) -> dict[str, Any]:
    """The last sync of the Application waves."""
    state: dict[str, Any] = cluster.application("waves").get("status", {}).get("operationState") or {}
    return state


def live(cluster: Cluster, name: str) -> dict[str, Any]:
    """One of its Deployments."""
    return cluster.get("deployment", name, "waves")


def waits(cluster: Cluster) -> bool:
    """Whether the sync waits for the first wave's health."""
    return "waiting for healthy state of apps/Deployment/first" in operation(cluster).get("message", "")


def test_a_wave_waits_until_the_one_before_is_healthy(argocd: Cluster, waves: Repository) -> None:
    argocd.argocd("app", "sync", "waves", "--async")
    wait_for(lambda: waits(argocd), "the sync waits for the first wave", 60)
    assert live(argocd, "first")
    assert not live(argocd, "second")
    argocd.kubectl("label", "node", "node-0", "zone=a")
    wait_for(lambda: operation(argocd).get("phase") == "Succeeded", "the sync's end", 60)
    assert live(argocd, "second")


def test_app_wait_sees_the_health_of_pods(argocd: Cluster, waves: Repository) -> None:
    argocd.argocd("app", "wait", "waves", "--health", "--sync", "--timeout", "60")
    assert argocd.application("waves")["status"]["health"]["status"] == "Healthy"
    assert live(argocd, "second")["status"]["readyReplicas"] == 1


def test_a_sidecar_that_dies_in_the_middle_of_a_sync_loses_nothing(
    argocd: Cluster, waves: Repository
) -> None:
    """The sync goes on with what was rendered; a new render fails by name and removes nothing."""
    for wave, name in enumerate(("first", "second")):
        (waves.tree / f"{name}.yaml").write_text(deployment(name, wave, "b"))
    waves.push("another zone")
    argocd.argocd("app", "get", "waves", "--refresh")
    argocd.wait_for_status("waves", "OutOfSync")
    argocd.argocd("app", "sync", "waves", "--async")
    wait_for(lambda: waits(argocd), "the sync waits for the first wave", 60)
    argocd.stop_sidecar()
    argocd.kubectl("label", "node", "node-0", "zone=b", "--overwrite")
    wait_for(lambda: operation(argocd).get("phase") == "Succeeded", "the sync's end", 90)
    assert live(argocd, "second")["spec"]["template"]["spec"]["nodeSelector"] == {"zone": "b"}


def test_while_the_sidecar_is_gone_nothing_is_pruned(argocd: Cluster, waves: Repository) -> None:
    before = config_maps(argocd, "service-7")
    argocd.stop_sidecar()
    argocd.argocd("app", "get", "service-7", "--hard-refresh", check=False)
    argocd.wait_for_status("service-7", "Unknown")
    assert 'find cmp-server plugin with name "mlops-cmp"' in conditions(argocd, "service-7")
    assert config_maps(argocd, "service-7") == before


def test_a_new_sidecar_is_used_at_once(argocd: Cluster, waves: Repository) -> None:
    argocd.start_sidecar()
    argocd.argocd("app", "get", "service-7", "--hard-refresh")
    argocd.wait_for_status("service-7", "Synced")


def test_keys_never_show(argocd: Cluster) -> None:
    """In no server's log and no Application's state, after all of the above."""
    argocd.save_sidecar_log()
    shown = "".join(path.read_text(errors="replace") for path in argocd.logs.glob("*.log"))
    shown += argocd.kubectl("get", "applications.argoproj.io", "--output=json").stdout
    assert "AGE-SECRET-KEY" not in shown
