"""The sidecar component, rendered onto a Deployment such as Argo CD ships."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from example_overlays import ROOT, documents, run, tool
from network_policies import allows_egress

REPO_SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: argocd-repo-server
  labels: {app.kubernetes.io/name: argocd-repo-server}
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: argocd-repo-server}
  template:
    metadata:
      labels: {app.kubernetes.io/name: argocd-repo-server}
    spec:
      containers:
        - name: argocd-repo-server
          image: quay.io/argoproj/argocd:v3.5.1
          args: [/usr/local/bin/argocd-repo-server]
          resources: {limits: {cpu: "1", memory: 1Gi}}
          volumeMounts:
            - {name: plugins, mountPath: /home/argocd/cmp-server/plugins}
            - {name: tmp, mountPath: /tmp}
      volumes:
        - {name: tmp, emptyDir: {}}
        - {name: var-files, emptyDir: {}}
        - {name: plugins, emptyDir: {}}
"""
KUSTOMIZATION = """\
namespace: argocd
resources: [repo-server.yaml]
components: [../component, ../project-keys]
images:
  - {name: mlops-cmp, newName: registry.company.com/platform/mlops-cmp, newTag: 0.1.0}
"""


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """A kustomization as docs/install.md writes it."""
    for name in ("component", "project-keys"):
        (tmp_path / name).mkdir()
        for file in (ROOT / "sidecar" / name).iterdir():
            (tmp_path / name / file.name).write_bytes(file.read_bytes())
    folder = tmp_path / "argocd"
    folder.mkdir()
    (folder / "repo-server.yaml").write_text(REPO_SERVER)
    (folder / "kustomization.yaml").write_text(KUSTOMIZATION)
    return folder


def pod(folder: Path) -> dict[str, Any]:
    """The rendered pod of repo-server."""
    done = run(str(folder))
    assert done.returncode == 0, done.stderr.decode()
    deployment = next(item for item in documents(done.stdout) if item["kind"] == "Deployment")
    return deployment["spec"]["template"]["spec"]


def test_sidecar_can_do_nothing_but_render(install: Path) -> None:
    spec = pod(install)
    assert spec["automountServiceAccountToken"] is False
    sidecar = next(item for item in spec["containers"] if item["name"] == "mlops-cmp")
    assert sidecar["image"] == "registry.company.com/platform/mlops-cmp:0.1.0"
    assert sidecar["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "runAsGroup": 999,
        "runAsNonRoot": True,
        "runAsUser": 999,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert set(sidecar["resources"]["limits"]) >= {"cpu", "memory"}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert sidecar[probe]["exec"]["command"] == ["/opt/mlops-cmp/bin/cmp-socket-probe"]


def test_sidecar_shares_the_plugin_folder_and_not_tmp(install: Path) -> None:
    spec = pod(install)
    sidecar = next(item for item in spec["containers"] if item["name"] == "mlops-cmp")
    server = next(item for item in spec["containers"] if item["name"] == "argocd-repo-server")
    mounts = {mount["mountPath"]: mount["name"] for mount in sidecar["volumeMounts"]}
    theirs = {mount["mountPath"]: mount["name"] for mount in server["volumeMounts"]}
    assert mounts["/home/argocd/cmp-server/plugins"] == theirs["/home/argocd/cmp-server/plugins"]
    assert mounts["/tmp"] != theirs["/tmp"]
    writable = {mount["mountPath"] for mount in sidecar["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/tmp", "/home/argocd/cmp-server/plugins"}
    assert {mount["name"] for mount in sidecar["volumeMounts"]} <= {
        volume["name"] for volume in spec["volumes"]
    }


def test_project_keys_are_mounted_and_named(install: Path) -> None:
    sidecar = next(item for item in pod(install)["containers"] if item["name"] == "mlops-cmp")
    environment = {entry["name"]: entry["value"] for entry in sidecar["env"]}
    folder = environment["CMP_PROJECT_KEYS"]
    assert folder in {mount["mountPath"] for mount in sidecar["volumeMounts"] if mount.get("readOnly")}
    assert float(environment["CMP_DEADLINE"]) < 60


def test_network_policies_name_redis_and_repo_server(install: Path) -> None:
    done = run(str(install))
    policies = [item for item in documents(done.stdout) if item["kind"] == "NetworkPolicy"]
    selected = {item["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for item in policies}
    assert selected == {"argocd-redis", "argocd-repo-server"}
    assert all("Ingress" in item["spec"]["policyTypes"] for item in policies)


def test_redis_may_ask_the_api_server_and_repo_server_may_not(install: Path) -> None:
    """Redis' init container asks it, at whatever port it has: a Pod's policies hold for that one too."""
    policies = [item for item in documents(run(str(install)).stdout) if item["kind"] == "NetworkPolicy"]
    redis, repo_server = ({"app.kubernetes.io/name": name} for name in ("argocd-redis", "argocd-repo-server"))
    assert all(allows_egress(policies, redis, port) for port in (443, 6443, 8443))
    assert [port for port in (22, 53, 443, 6443) if allows_egress(policies, repo_server, port)] == [
        22,
        53,
        443,
    ]


def test_logs_mean_repo_server_as_before(install: Path) -> None:
    done = run(str(install))
    deployment = next(item for item in documents(done.stdout) if item["kind"] == "Deployment")
    annotations = deployment["spec"]["template"]["metadata"]["annotations"]
    assert annotations["kubectl.kubernetes.io/default-container"] == "argocd-repo-server"


@pytest.mark.oracle
def test_plain_is_what_kustomize_prints(install: Path) -> None:
    upstream = subprocess.run([tool("kustomize"), "build", str(install)], capture_output=True, check=True)
    assert run("--plain", str(install), key=False).stdout == upstream.stdout


def test_each_render_has_its_share_of_the_memory(install: Path) -> None:
    """What the default would be in this container; here it is seen, and changed with the two others."""
    from cmp.cli.memory import share

    [sidecar] = [each for each in pod(install)["containers"] if each["name"] == "mlops-cmp"]
    environment = {entry["name"]: entry.get("value") for entry in sidecar["env"]}
    assert sidecar["resources"]["limits"]["memory"] == "2Gi"
    slots = int(environment["CMP_CONCURRENCY"])
    assert int(environment["CMP_MAX_MEMORY_BYTES"]) == share(slots, container=2 << 30)


def test_the_page_about_scaling_says_what_the_component_has(install: Path) -> None:
    [sidecar] = [each for each in pod(install)["containers"] if each["name"] == "mlops-cmp"]
    page = " ".join((ROOT / "docs/scaling.md").read_text().split())
    memory = sidecar["resources"]["limits"]["memory"].replace("Gi", " GiB")
    slots = next(each["value"] for each in sidecar["env"] if each["name"] == "CMP_CONCURRENCY")
    assert f"The component's memory limit of {memory} " in page
    assert f"The component sets it to {slots}, for the sidecar's two cores." in page


def test_warm_runs_our_server_and_everything_at_once_fits(install: Path) -> None:
    from cmp.server.settings import OWN_BYTES

    warm = install.parent / "warm"
    warm.mkdir()
    for file in (ROOT / "sidecar/warm").iterdir():
        (warm / file.name).write_bytes(file.read_bytes())
    path = install / "kustomization.yaml"
    path.write_text(path.read_text().replace("../component,", "../component, ../warm,"))
    containers = {each["name"]: each for each in pod(install)["containers"]}
    sidecar, server = containers["mlops-cmp"], containers["argocd-repo-server"]
    assert sidecar["command"][-1] == "/opt/mlops-cmp/bin/cmp-server"
    assert {"name": "ARGOCD_CMP_CHUNK_SIZE", "value": "65536"} in server["env"]
    environment = {entry["name"]: entry["value"] for entry in sidecar["env"]}
    renders = int(environment["CMP_CONCURRENCY"]) * int(environment["CMP_MAX_MEMORY_BYTES"])
    assert sidecar["resources"]["limits"]["memory"] == "2Gi"
    assert OWN_BYTES + int(environment["CMP_SPOOL_BYTES"]) + renders <= 2 << 30
    assert int(environment["CMP_GRACE"]) < 30
