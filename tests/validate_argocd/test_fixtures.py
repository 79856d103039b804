"""Each fixture in a small repository: the command finds what its second line says, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

pytest.importorskip("kubernetes_validate", reason="the extra 'validate' is not installed")

from cmp.cli.commands.validate import command
from cmp.validate.argocd.registry import RULES

HERE = Path(__file__).parent
FIXTURES = sorted((HERE / "fixtures").glob("*.yaml"))
ROOT = HERE.parents[1]

PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: fraud, namespace: argocd}
spec:
  sourceRepos: [https://github.com/your-org/mlops-gitops]
  destinations:
    - {server: https://kubernetes.default.svc, namespace: fraud-*}
    - {server: https://kubernetes.default.svc, namespace: argocd}
  clusterResourceWhitelist:
    - {group: "", kind: Namespace}
  syncWindows:
    - {kind: deny, schedule: "* * * * *", duration: 1h, manualSync: true, applications: ["*-production"]}
"""
PLUGIN = """\
apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata: {name: mlops-cmp}
spec:
  generate: {command: [cmp-generate]}
"""
SHARED = {
    "one": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
    "two": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n",
    "deny": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: default-deny-all}\n"
    "spec: {podSelector: {}, policyTypes: [Ingress]}\n",
    "namespace": "apiVersion: v1\nkind: Namespace\nmetadata: {name: fraud-staging}\n",
    "volume": "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {}\n",
}
OVERLAY = "configMapGenerator:\n  - name: x\n    literals: [a=b]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for name in ("staging", "production"):
        folder = tmp_path / "k8s" / "overlays" / name
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(OVERLAY)
    for name, text in SHARED.items():
        folder = tmp_path / "shared" / name
        folder.mkdir(parents=True)
        (folder / "manifest.yaml").write_text(text)
    (tmp_path / "plugin.yaml").write_text(PLUGIN)
    (tmp_path / "argocd-apps").mkdir()
    children = tmp_path / "children"
    (children / "automatic").mkdir(parents=True)
    shutil.copy(HERE / "fixtures" / "good-set.yaml", children)
    shutil.copy(HERE / "fixtures" / "automated-empty.yaml", children / "automatic")
    return tmp_path


def report(folder: Path) -> dict[str, Any]:
    done = CliRunner().invoke(command, [str(folder), "--output", "json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.output)
    return found


def expected(path: Path) -> set[str]:
    line = path.read_text().splitlines()[1]
    found = set(line.removeprefix("# finds: ").split(", "))
    return found - {"nothing"}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_finds(path: Path, repository: Path) -> None:
    apps = repository / "argocd-apps"
    shutil.copy(path, apps)
    if "kind: AppProject" not in path.read_text():
        (apps / "project.yaml").write_text(PROJECT)
    if "kind: ConfigManagementPlugin" in path.read_text():
        (repository / "plugin.yaml").unlink()
    found = report(apps)
    assert {each["rule"] for each in found["findings"]} == expected(path), found["findings"]
    assert all(each["file"] for each in found["findings"] if each["rule"] != "schema")
    assert all(each["cure"] for each in found["findings"])
    assert bool(found["waived"]) is (path.stem == "waived")


def test_every_rule_has_a_fixture() -> None:
    shown = {rule for path in FIXTURES for rule in expected(path)} - {"schema"}
    assert shown == {rule.ID for rule in RULES}
    assert all(rule.WHY and rule.CURE and rule.SEVERITY for rule in RULES)


def test_our_own_folder_passes() -> None:
    found = report(ROOT / "argocd-apps")
    assert found["findings"] == []
    assert found["waived"] == []
    assert found["unchecked"] == {}
    assert found["checked"] >= 14


def test_our_own_plugin_passes() -> None:
    assert report(ROOT / "plugin.yaml")["findings"] == []
