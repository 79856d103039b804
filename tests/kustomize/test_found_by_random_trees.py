"""One small tree for each difference that random trees have shown; the outputs are kustomize v5.8.1's."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.kustomize.testing import render

OBJECTS = """\
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {ports: [{port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {a: b}}
"""
COPY_PORT = """\
replacements:
- source: {kind: Service, name: s, fieldPath: spec.ports.0.port}
  targets: [{select: {kind: Deployment}, fieldPaths: [%s], options: {create: true}}]
"""
LIST_OF_SECRETS = "".join(f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n" for name in "ab")

ADD = "- op: add\n  path: /data\n  value: {a: b}\n"
PATCH = "patches: [{path: p.yaml, target: {kind: ConfigMap}}]\n"
ANNOTATED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {count: 010}}\n"

TREES = {
    # A name that prefix or suffix wrote has no tag, so the number copied over it stays a number.
    "number-over-prefixed-name": (
        {"top/kustomization.yaml": "resources: [r.yaml]\nnamePrefix: x-\n" + COPY_PORT % "metadata.name"},
        ["  name: 8080"],
    ),
    "number-over-read-name": (
        {"top/kustomization.yaml": "resources: [r.yaml]\n" + COPY_PORT % "metadata.name"},
        ['  name: "8080"'],
    ),
    # A field that a replacement makes has no tag either: a number by itself, a text for vars.
    "created-number": (
        {"top/kustomization.yaml": "resources: [r.yaml]\n" + COPY_PORT % "metadata.labels.copied"},
        ["    copied: 8080"],
    ),
    "created-number-under-vars": (
        {
            "top/kustomization.yaml": "resources: [r.yaml]\n"
            "vars: [{name: H, objref: {apiVersion: v1, kind: Service, name: s}}]\n"
            + COPY_PORT
            % "metadata.labels.copied"
        },
        ['    copied: "8080"'],
    ),
    # That name stays a text for vars.
    "var-of-a-number-over-a-prefixed-name": (
        {
            "top/kustomization.yaml": "resources: [r.yaml, v.yaml]\nnamePrefix: x-\n"
            "vars: [{name: H, objref: {apiVersion: v1, kind: Service, name: s}}]\n"
            "replacements:\n- source: {kind: Service, name: s, fieldPath: spec.ports.0.port}\n"
            "  targets: [{select: {kind: Service}, fieldPaths: [metadata.name]}]\n",
            "top/v.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: v}\n"
            "spec: {template: {spec: {containers: [{name: c, args: [$(H)]}]}}}\n",
        },
        ['        - "8080"', "  name: 8080"],
    ),
    # Transformer annotations make texts of all others before a JSON patch sees them.
    "octal-annotation-after-transformations": (
        {
            "top/kustomization.yaml": "buildMetadata: [transformerAnnotations, originAnnotations]\n"
            "resources: [../base]\n" + PATCH,
            "top/p.yaml": ADD,
            "base/kustomization.yaml": "resources: [c.yaml]\nnamePrefix: x-\n",
            "base/c.yaml": ANNOTATED,
        },
        ['    count: "010"'],
    ),
    "octal-annotation-alone": (
        {
            "top/kustomization.yaml": "resources: [c.yaml]\n" + PATCH,
            "top/p.yaml": ADD,
            "top/c.yaml": ANNOTATED,
        },
        ['    count: "8"'],
    ),
    # The source is read anew for each target, and may be a target itself.
    "source-among-targets": (
        {
            "top/kustomization.yaml": "resources: [s.yaml]\n"
            "replacements:\n- source: {kind: Secret, name: a}\n"
            "  targets:\n  - select: {kind: Secret}\n    fieldPaths: [metadata.name]\n"
            "    options: {delimiter: ':', index: 1}\n",
            "top/s.yaml": LIST_OF_SECRETS,
        },
        ["  name: a:a", "  name: b:a:a"],
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_tree(name: str, tmp_path: Path) -> None:
    files, expected = TREES[name]
    for path, text in {"top/r.yaml": OBJECTS, **files}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    lines = render(str(tmp_path), "top").splitlines()
    for line in expected:
        assert line in lines
