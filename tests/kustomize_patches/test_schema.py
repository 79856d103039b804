"""The compiled schema, its source, and schemas from files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kustomize_trees import render

from cmp.errors import CmpError
from cmp.kustomize.schema import builtin
from cmp.kustomize.schema.document import DocumentSchema

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "cmp/kustomize/schema/kubernetes-1.21.2.txt"
MODULE = (
    Path.home() / "go/pkg/mod/sigs.k8s.io/kustomize/kyaml@v0.21.1/openapi/kubernetesapi/v1_21_2/swagger.pb"
)

KEYS = {
    "v1 Pod spec.containers": ("name",),
    "v1 Pod spec.containers.[].ports": ("containerPort", "protocol"),
    "v1 Pod spec.containers.[].env": ("name",),
    "v1 Pod spec.containers.[].volumeMounts": ("mountPath",),
    "v1 Pod spec.containers.[].args": None,
    "v1 Pod spec.containers.[].envFrom": None,
    "v1 Pod spec.ephemeralContainers.[].ports": None,
    "v1 Pod spec.volumes": ("name",),
    "v1 Pod spec.tolerations": None,
    "v1 Pod spec.hostAliases": ("ip",),
    "v1 Pod spec.topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "v1 Pod metadata.finalizers": (),
    "v1 Pod metadata.ownerReferences": ("uid",),
    "v1 Service spec.ports": ("port", "protocol"),
    "v1 ServiceAccount secrets": ("name",),
    "apps/v1 Deployment spec.template.spec.initContainers": ("name",),
    "apps/v1 StatefulSet spec.volumeClaimTemplates": None,
    "batch/v1 CronJob spec.jobTemplate.spec.template.spec.containers": ("name",),
    "networking.k8s.io/v1 Ingress spec.rules": None,
    "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration webhooks": ("name",),
}


def node_at(schema, place: str) -> Any:
    api_version, kind, path = place.split()
    node = schema.resource(api_version, kind)
    for step in path.split("."):
        node = node.elements() if step == "[]" else node.field(step)
    return node


@pytest.mark.parametrize("place", KEYS)
def test_merge_keys(place: str) -> None:
    assert node_at(builtin(), place).keys == KEYS[place]


def test_what_is_unknown() -> None:
    schema = builtin()
    assert schema.resource("e.com/v1", "Foo") is None
    assert schema.resource("apps/v2", "Deployment") is None
    assert node_at(schema, "v1 Pod unknown") is None
    assert node_at(schema, "v1 ConfigMap data") is not None


@pytest.mark.oracle
def test_the_table_is_what_the_script_makes(tmp_path: Path) -> None:
    if not MODULE.exists():
        pytest.skip("the Go module sigs.k8s.io/kustomize/kyaml@v0.21.1 is not in the module cache")
    made = tmp_path / "made.txt"
    command = [sys.executable, str(ROOT / "scripts/compile_schema.py"), str(MODULE), str(made)]
    subprocess.run(command, check=True, capture_output=True)
    assert made.read_text() == TABLE.read_text()


CUSTOM = b"""
definitions:
  com.example.Foo:
    type: object
    x-kubernetes-group-version-kind: [{group: e.com, version: v1, kind: Foo}]
    properties:
      items:
        type: array
        x-kubernetes-patch-strategy: merge
        x-kubernetes-patch-merge-key: id
        items: {$ref: '#/definitions/com.example.Item'}
      loop: {$ref: '#/definitions/loop'}
      free:
        type: object
        additionalProperties:
          type: array
          x-kubernetes-patch-strategy: replace,merge
          x-kubernetes-list-map-keys: [a, b]
          items: {type: object}
  com.example.Item:
    properties:
      parts: {type: array, x-kubernetes-patch-strategy: merge, items: {type: string}}
  loop: {$ref: '#/definitions/loop'}
paths:
  /apis/e.com/v1/foos:
    get: {x-kubernetes-group-version-kind: {group: e.com, version: v1, kind: Foo}}
  /apis/e.com/v1/namespaces/{namespace}/bars:
    get: {x-kubernetes-group-version-kind: {group: e.com, version: v1, kind: Bar}}
"""


def test_a_schema_from_a_file() -> None:
    schema = DocumentSchema(CUSTOM)
    foo = "e.com/v1 Foo"
    assert node_at(schema, f"{foo} items").keys == ("id",)
    assert node_at(schema, f"{foo} items.[].parts").keys == ()
    assert node_at(schema, f"{foo} free.anything").keys == ("a", "b")
    assert node_at(schema, f"{foo} loop") is None
    assert node_at(schema, f"{foo} unknown") is None
    # It replaces the built-in one.
    assert schema.resource("v1", "Pod") is None
    assert schema.cluster_scoped("e.com/v1", "Foo")
    assert not schema.cluster_scoped("e.com/v1", "Bar")


@pytest.mark.parametrize("data", [b"[1]", b"definitions: 5", b"{", b"a: b: c"])
def test_files_that_are_no_schema(data: bytes) -> None:
    with pytest.raises(CmpError):
        DocumentSchema(data)


FOO = "apiVersion: e.com/v1\nkind: Foo\nmetadata: {name: %s}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {template: {spec: {containers: [{name: a, image: x}, {name: b, image: y}]}}}
"""
PATCH = """\
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: d}
    spec: {template: {spec: {containers: [{name: b, image: z}]}}}
"""
SCOPES = """\
{"paths": {
  "/apis/e.com/v1/foos": {"get": {"x-kubernetes-group-version-kind":
    {"group": "e.com", "version": "v1", "kind": "Foo"}}},
  "/apis/e.com/v1/bars": {"get": {"x-kubernetes-group-version-kind":
    {"group": "e.com", "version": "v1", "kind": "Bar"}}},
  "/apis/e.com/v1/namespaces/{namespace}/bars": {"get": {"x-kubernetes-group-version-kind":
    {"group": "e.com", "version": "v1", "kind": "Bar"}}}}}
"""
LOWER = {
    "low/kustomization.yaml": "resources: [f.yaml]\nopenapi: {path: s.json}\n",
    "low/f.yaml": FOO % "low",
}

# name: (files below the root, whether upstream builds it, a line that must be there, one that must not)
STATES = {
    "scopes-of-the-top": (
        {
            "top/kustomization.yaml": "resources: [f.yaml, b.yaml]\nnamespace: prod\n"
            "openapi: {path: s.json}\n",
            "top/s.json": SCOPES,
            "top/f.yaml": FOO % "f",
            "top/b.yaml": (FOO % "b").replace("Foo", "Bar"),
        },
        True,
        (
            "  name: b\n  namespace: prod\n",
            "  name: f\n  namespace: prod\n",
        ),
    ),
    "a-schema-that-is-none-is-only-read-when-needed": (
        {
            "top/kustomization.yaml": "resources: [d.yaml]\nopenapi: {path: s.json}\n",
            "top/d.yaml": DEPLOYMENT,
            "top/s.json": "[1",
        },
        True,
        ("kind: Deployment", "kind: Foo"),
    ),
    "a-schema-that-is-none-is-read-for-a-scope": (
        {
            "top/kustomization.yaml": "resources: [f.yaml]\nopenapi: {path: s.json}\n",
            "top/f.yaml": FOO % "f",
            "top/s.json": "[1",
        },
        False,
        ("", ""),
    ),
    "a-lower-schema-alone": (
        {
            "top/kustomization.yaml": "resources: [../low, d.yaml]\n" + PATCH,
            "top/d.yaml": DEPLOYMENT,
            "low/s.json": "{}",
            **LOWER,
        },
        True,
        ("name: b", "name: a"),
    ),
    "a-lower-schema-after-the-built-in-one-was-wanted": (
        {
            "top/kustomization.yaml": "resources: [f.yaml, ../low, d.yaml]\n" + PATCH,
            "top/f.yaml": FOO % "top",
            "top/d.yaml": DEPLOYMENT,
            "low/s.json": "{}",
            **LOWER,
        },
        True,
        ("name: a", "image: y"),
    ),
    "a-lower-schema-after-a-merge": (
        {
            "top/kustomization.yaml": "resources: [../mid, ../low]\n" + PATCH,
            "mid/kustomization.yaml": "resources: [d.yaml]\n" + PATCH,
            "mid/d.yaml": DEPLOYMENT,
            "low/s.json": "{}",
            **LOWER,
        },
        True,
        ("name: a", "image: y"),
    ),
}


def merged(kind: str, body: str, patch: str) -> dict[str, str]:
    head = f"apiVersion: {kind.partition(' ')[0]}\nkind: {kind.partition(' ')[2]}\nmetadata: {{name: d}}\n"
    return {
        "top/kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n",
        "top/r.yaml": head + body,
        "top/p.yaml": head + patch,
    }


LIST = '{"type": "array", "x-kubernetes-patch-strategy": "merge"}'
CONTAINERS = (
    '{"items": {"$ref": "#/definitions/io.k8s.api.core.v1.Container"}, "type": "array", '
    '"x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}'
)
POD = (
    "spec:\n  containers:%s\n  - name: a\n    image: x\n    ports: [{containerPort: 1}]\n",
    "spec:\n  containers:%s\n  - name: b\n  - name: a\n    ports: [{containerPort: 2}]\n",
)
BOTH_PORTS = "ports:\n    - containerPort: 2\n    - containerPort: 1\n"
STATES |= {
    "comment-beside-the-list-of-the-patch": (
        merged("e.com/v1 Foo", "items: [b, c]\n", f"items: # {LIST}\n- a\n- b\n"),
        True,
        ("items:\n- a\n- b\n- c\n", "unused"),
    ),
    "comment-beside-the-list-of-the-object": (
        merged("e.com/v1 Foo", f"items: [b, c] # {LIST}\n", "items:\n- a\n- b\n"),
        True,
        ("items:\n- a\n- b\n- c\n", "unused"),
    ),
    "comment-above-the-list": (
        merged("e.com/v1 Foo", "items: [b, c]\n", f"# {LIST}\nitems:\n- a\n- b\n"),
        True,
        ("items:\n- a\n- b\n- c\n", "unused"),
    ),
    "comment-of-two-lines-above-the-list": (
        merged("e.com/v1 Foo", "items: [b, c]\n", f"# one\n# {LIST}\nitems:\n- a\n- b\n"),
        True,
        ("items:\n- a\n- b\nkind", "- c"),
    ),
    "comment-that-names-a-built-in-schema": (
        merged("e.com/v1 Foo", POD[0] % f" # {CONTAINERS}", POD[1] % ""),
        True,
        (BOTH_PORTS, "unused"),
    ),
    "comment-of-a-setter-hides-the-schema": (
        merged("v1 Pod", POD[0] % ' # {"$kpt-set": "all"}', POD[1] % ""),
        True,
        ("  - name: a", "image: x"),
    ),
    "comment-that-is-no-object": (
        merged("v1 Pod", POD[0] % ' # {"a": }', POD[1] % ""),
        True,
        (BOTH_PORTS, "unused"),
    ),
}


def write(files: dict[str, str], root: Path) -> str:
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    return str(root)


@pytest.mark.parametrize("name", STATES)
def test_which_schema_a_build_asks(name: str, tmp_path: Path) -> None:
    files, builds, (there, absent) = STATES[name]
    root = write(files, tmp_path)
    if not builds:
        with pytest.raises(CmpError, match="OpenAPI document"):
            render(root, "top")
        return
    text = render(root, "top")
    assert there in text
    assert absent not in text


@pytest.mark.oracle
@pytest.mark.parametrize("name", STATES)
def test_upstream_asks_the_same(name: str, tmp_path: Path) -> None:
    if not shutil.which("kustomize"):
        pytest.skip("the real kustomize is not on PATH")
    files, builds, _ = STATES[name]
    root = write(files, tmp_path)
    done = subprocess.run(["kustomize", "build", f"{root}/top"], capture_output=True, check=False)
    assert (done.returncode == 0) is builds
    if builds:
        assert render(root, "top") == done.stdout.decode()
