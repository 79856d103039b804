"""A small repository with a base and two overlays, for tests of the commands."""

from __future__ import annotations

MODEL = """\
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata:
  name: {name}
spec:
  storageUri: s3://placeholder/x
"""
CONFIG = """\
# which model is served where
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: fraud
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  models:
    baseline:
      ref: models:/fraud detector@champion   # the one that earns money
      targets:
        model: {kind: Model, name: a}
    candidate:
      ref: "models:/fraud detector@challenger"
      targets:
        model: {kind: Model, name: b}
  traffic:
    weights: {baseline: 80, candidate: 20}
    targets:
      weights: {kind: ConfigMap, name: weights, keys: {baseline: a, candidate: b}}
"""
WEIGHTS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: weights\ndata: {a: '0', b: '0'}\n"
PATCH = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: fraud
spec:
  policy:
    allowedPrefixes:
      - s3://%s/
"""


def repository(top):
    """Files below `top`; returns the paths of staging and production."""
    overlays = []
    write(top / "k8s/base/kustomization.yaml", "resources: [models.yaml, weights.yaml, config.yaml]\n")
    write(top / "k8s/base/models.yaml", "---\n".join(MODEL.format(name=name) for name in "ab"))
    write(top / "k8s/base/weights.yaml", WEIGHTS)
    write(top / "k8s/base/config.yaml", CONFIG)
    for name, bucket in (("staging", "bkt-staging"), ("production", "bkt-prod")):
        overlay = top / "k8s/overlays" / name
        lines = ["# " + name, "resources:", "  - ../../base", "patches:", "  - path: model-config.yaml", ""]
        write(overlay / "kustomization.yaml", "\n".join(lines))
        patch = PATCH % bucket
        if name == "production":
            patch += "    mapPrefixes: [{from: s3://bkt-staging/, to: s3://bkt-prod/}]\n"
            patch += "    requireTags: {approved: 'true'}\n"
        write(overlay / "model-config.yaml", patch)
        overlays.append(overlay)
    return overlays


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
