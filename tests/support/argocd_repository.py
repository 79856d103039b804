"""A small repository around one Argo CD manifest: two overlays, folders to share, a project, plugin.yaml."""

from __future__ import annotations

import shutil
from pathlib import Path

FIXTURES = Path(__file__).parents[1] / "fleet" / "fixtures"

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


def lay(root: Path, manifest: Path | None = None) -> Path:
    """The repository in `root`; its folder argocd-apps, with the manifest and the project it may lack."""
    (root / ".git").mkdir()
    for name in ("staging", "production"):
        folder = root / "k8s" / "overlays" / name
        folder.mkdir(parents=True)
        (folder / "kustomization.yaml").write_text(OVERLAY)
    for name, text in SHARED.items():
        folder = root / "shared" / name
        folder.mkdir(parents=True)
        (folder / "manifest.yaml").write_text(text)
    (root / "plugin.yaml").write_text(PLUGIN)
    apps = root / "argocd-apps"
    apps.mkdir()
    children = root / "children"
    (children / "automatic").mkdir(parents=True)
    shutil.copy(FIXTURES / "good-set.yaml", children)
    shutil.copy(FIXTURES / "automated-empty.yaml", children / "automatic")
    if manifest is not None:
        shutil.copy(manifest, apps)
        text = manifest.read_text()
        if "kind: AppProject" not in text:
            (apps / "project.yaml").write_text(PROJECT)
        if "kind: ConfigManagementPlugin" in text:
            (root / "plugin.yaml").unlink()
    return apps
