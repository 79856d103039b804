"""Mistakes that kustomizations of MLOps systems are seen to have: what upstream refuses, what it swallows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from example_overlays import run, tool

Files = dict[str, str]

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: minio}
spec:
  replicas: 1
  selector: {matchLabels: {app: minio}}
  template:
    metadata: {labels: {app: minio}}
    spec:
      containers:
        - {name: minio, image: "quay.io/minio/minio:base"}
"""
NAMESPACED = DEPLOYMENT.replace("{name: minio}", "{name: minio, namespace: mlops}", 1)
HPA = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: minio}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: minio}
  minReplicas: 2
  maxReplicas: 4
"""
SELDON = """\
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata: {name: iris-classifier}
spec:
  predictors:
    - name: default
      graph: {name: classifier}
      componentSpecs:
        - spec: {containers: [{name: classifier, image: "ghcr.io/jtayl222/iris:base"}]}
"""
SELDON_REPLICAS = """\
apiVersion: machinelearning.seldon.io/v1
kind: SeldonDeployment
metadata: {name: iris-classifier}
spec: {predictors: [{name: default, replicas: 2}]}
"""
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: minio}\nspec: {replicas: 2}\n"
QUOTAS = """\
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: staging}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: quota, namespace: production}
"""
WORKFLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: iris-train}
spec:
  templates:
    - {name: train, container: {image: "ghcr.io/jtayl222/iris:base"}}
"""


def base(kustomization: str, **files: str) -> Files:
    """A folder `overlay` with this kustomization and files; `__` in a name stands for a dot."""
    named = {f"overlay/{name.replace('__', '.')}": text for name, text in files.items()}
    return {"overlay/kustomization.yaml": kustomization, **named}


# Upstream refuses these as well; ours must name the file or key, so that the reader finds it.
REFUSED: list[tuple[str, Files, list[str]]] = [
    (
        "generator-reads-outside",
        {
            **base("configMapGenerator: [{name: iris-config, files: [train.py=../src/train.py]}]\n"),
            "src/train.py": "print()\n",
        },
        ["train.py", "overlay"],
    ),
    (
        "component-under-resources",
        {
            **base("resources: [deployment.yaml, ../component]\n", deployment__yaml=DEPLOYMENT),
            "component/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "namePrefix: x-\n",
        },
        ["component", "components"],
    ),
    (
        "new-object-as-a-patch",
        base(
            "resources: [deployment.yaml]\npatchesStrategicMerge: [replicas.yaml]\n",
            deployment__yaml=DEPLOYMENT,
            replicas__yaml=HPA,
        ),
        ["HorizontalPodAutoscaler", "minio"],
    ),
    (
        "resources-of-a-container-in-a-kustomization",
        base("resources: {requests: {cpu: 250m}}\n", deployment__yaml=DEPLOYMENT),
        ["kustomization.yaml", "resources"],
    ),
    (
        "patch-without-the-base's-namespace",
        base(
            "resources: [deployment.yaml]\npatches: [{path: patch.yaml}]\n",
            deployment__yaml=NAMESPACED,
            patch__yaml=PATCH,
        ),
        ["minio"],
    ),
    (
        "file-that-is-only-an-example",
        base("resources: [model-config.yaml]\n", x__example="a: b\n"),
        ["model-config.yaml"],
    ),
    (
        "two-namespaces-become-one",
        base("namespace: fraud\nresources: [quotas.yaml]\n", quotas__yaml=QUOTAS),
        ["ResourceQuota", "quota"],
    ),
    (
        "patch-with-another-extension",
        base(
            "resources: [deployment.yaml]\npatches: [{path: mlflow-patch.yaml}]\n",
            deployment__yaml=DEPLOYMENT,
            mlflow__patch__yml=PATCH,
        ),
        ["mlflow-patch.yaml"],
    ),
    ("empty-kustomization", base(""), ["kustomization.yaml", "empty"]),
    (
        "two-kustomizations",
        base("resources: [d.yaml]\n", d__yaml=DEPLOYMENT, kustomization__yml="resources: [d.yaml]\n"),
        ["kustomization.y"],
    ),
    (
        "replicas-of-an-absent-name",
        base("resources: [d.yaml]\nreplicas: [{name: minoi, count: 2}]\n", d__yaml=DEPLOYMENT),
        ["minoi"],
    ),
    (
        "number-as-annotation",
        base("resources: [d.yaml]\ncommonAnnotations: {revision: 42}\n", d__yaml=DEPLOYMENT),
        ["commonAnnotations"],
    ),
    ("old-truth-value", base("resources: [d.yaml]\nnamespace: yes\n", d__yaml=DEPLOYMENT), ["namespace"]),
    ("unknown-field", base("resources: [d.yaml]\nresoures: [x]\n", d__yaml=DEPLOYMENT), ["resoures"]),
    (
        "duplicate-key-in-a-resource",
        base("resources: [d.yaml]\n", d__yaml=DEPLOYMENT + "spec: {}\n"),
        ["d.yaml:12", "twice"],
    ),
]

# Upstream swallows these: a warning here, an error with strict.
SWALLOWED: list[tuple[str, Files, list[str]]] = [
    (
        "two-patches-keys",
        base(
            "resources: [d.yaml]\npatches: [{path: one.yaml}]\npatches: [{path: two.yaml}]\n",
            d__yaml=DEPLOYMENT,
            one__yaml=PATCH,
            two__yaml=PATCH.replace("2", "3"),
        ),
        ["kustomization.yaml", "patches"],
    ),
    (
        "image-inside-a-workflow-template",
        base(
            "resources: [w.yaml]\nimages: [{name: ghcr.io/jtayl222/iris, newTag: v1.2.0}]\n", w__yaml=WORKFLOW
        ),
        ["ghcr.io/jtayl222/iris"],
    ),
    (
        "merge-patch-erases-a-list",
        base(
            "resources: [s.yaml]\npatches: [{path: replicas.yaml}]\n",
            s__yaml=SELDON,
            replicas__yaml=SELDON_REPLICAS,
        ),
        ["SeldonDeployment/iris-classifier", "predictors"],
    ),
    (
        "autoscaler-beside-replicas",
        base("resources: [d.yaml, hpa.yaml]\n", d__yaml=DEPLOYMENT, hpa__yaml=HPA),
        ["Deployment/minio", "replicas"],
    ),
    (
        "image-that-nobody-uses",
        base("resources: [d.yaml]\nimages: [{name: quay.io/minio/minoi, newTag: x}]\n", d__yaml=DEPLOYMENT),
        ["quay.io/minio/minoi"],
    ),
    (
        "json-patch-without-a-target",
        base(
            "resources: [d.yaml]\npatches:\n  - target: {kind: Deployment, name: minoi}\n"
            '    patch: \'[{"op": "remove", "path": "/spec/replicas"}]\'\n',
            d__yaml=DEPLOYMENT,
        ),
        ["minoi"],
    ),
]

# Upstream prints these and the cluster would take them; here they never leave.
NEVER: list[tuple[str, Files, list[str]]] = [
    (
        "ciphertext-without-metadata",
        base(
            "resources: [s.yaml]\n",
            s__yaml="apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
            "stringData: {password: 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]'}\n",
        ),
        ["Secret/s", "password"],
    ),
    (
        "secret-template",
        base(
            "resources: [secrets.template.yaml]\n",
            secrets__template__yaml="apiVersion: v1\nkind: Secret\nmetadata: {name: mlops-secrets}\n"
            "stringData: {WANDB_API_KEY: REPLACE_WITH_WANDB_API_KEY}\n",
        ),
        ["Secret/mlops-secrets", "WANDB_API_KEY"],
    ),
    (
        "registry-reference-where-a-uri-belongs",
        base(
            "resources: [m.yaml]\n",
            m__yaml="apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: m}\n"
            'spec: {storageUri: "models:/fraud-v1-baseline/1"}\n',
        ),
        ["Model/m", "storageUri"],
    ),
    ("nothing-at-all", base("resources: []\nnamespace: x\n"), ["no objects"]),
]


def named(cases: list[tuple[str, Files, list[str]]]) -> list[object]:
    return [pytest.param(files, words, id=title) for title, files, words in cases]


def lay(tmp_path: Path, files: Files) -> str:
    """The files on disk; the folder to build."""
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(tmp_path / "overlay")


def builds_upstream(folder: str) -> bool | None:
    """Whether the real kustomize builds it; None where there is none."""
    try:
        program = tool("kustomize")
    except pytest.skip.Exception:
        return None
    return subprocess.run([program, "build", folder], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("files", "words"), named(REFUSED))
def test_refused_as_upstream_does(tmp_path: Path, files: Files, words: list[str]) -> None:
    folder = lay(tmp_path, files)
    for flags in ((), ("--plain",)):
        done = run(*flags, folder)
        first = done.stderr.decode().partition("\n")[0]
        assert (done.returncode, done.stdout) == (1, b""), first
        assert first.startswith("error: ")
        for word in words:
            assert word in done.stderr.decode(), done.stderr.decode()
    assert builds_upstream(folder) in (False, None)


@pytest.mark.parametrize(("files", "words"), named(SWALLOWED))
def test_swallowed_upstream(tmp_path: Path, files: Files, words: list[str]) -> None:
    folder = lay(tmp_path, files)
    assert builds_upstream(folder) in (True, None)
    mild = run(folder)
    assert mild.returncode == 0, mild.stderr.decode()
    warnings = [line for line in mild.stderr.decode().splitlines() if line.startswith("warning: ")]
    assert any(all(word in line for word in words) for line in warnings), mild.stderr.decode()
    strict = run(folder, CMP_STRICT="true")
    assert (strict.returncode, strict.stdout) == (1, b""), strict.stderr.decode()
    errors = [line for line in strict.stderr.decode().splitlines() if line.startswith("error: ")]
    assert any(all(word in line for word in words) for line in errors), strict.stderr.decode()


@pytest.mark.parametrize(("files", "words"), named(NEVER))
def test_never_printed(tmp_path: Path, files: Files, words: list[str]) -> None:
    folder = lay(tmp_path, files)
    assert builds_upstream(folder) in (True, None)
    done = run(folder)
    assert (done.returncode, done.stdout) == (1, b"")
    first = done.stderr.decode().partition("\n")[0]
    for word in words:
        assert word in first, first
