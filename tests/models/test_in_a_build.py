"""Injection inside real builds: hashes follow, bases used twice, replacements refused, masked renders."""

from __future__ import annotations

import re

import pytest

from cmp.errors import CmpError
from cmp.render.pipeline import render
from cmp.render.settings import Settings
from cmp.tree.memory import MemoryTree

HEAD = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {name: models, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
"""
CONFIG = (
    HEAD
    + """\
  models:
    main:
      uri: s3://bucket/ONE
      targets:
        config: {kind: ConfigMap, name: serving, key: uri}
        model: {kind: Model, name: iris}
"""
)
BASE = """\
configMapGenerator:
  - {name: serving, literals: [uri=placeholder, other=1]}
resources: [model.yaml, pod.yaml, config.yaml]
"""
MODEL = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: iris}\nspec: {storageUri: x}\n"
POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: iris}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: c, image: i, envFrom: [{configMapRef: {name: serving}}]}]}
"""


def built(files, path="/base", **settings):
    texts = {"/base/kustomization.yaml": BASE, "/base/model.yaml": MODEL, "/base/pod.yaml": POD}
    texts |= {"/base/config.yaml": CONFIG, **files}
    tree = MemoryTree({name: text.encode() for name, text in texts.items()})
    return render(tree, path, Settings(**settings))


def hash_of(text):
    (first, *others) = set(re.findall(r"serving-([a-z0-9]{10})", text))
    assert not others, "the reference follows the name"
    return first


def test_a_generated_config_maps_hash_follows_its_uri():
    one = built({}).text
    two = built({"/base/config.yaml": CONFIG.replace("ONE", "TWO")}).text
    assert "uri: s3://bucket/ONE" in one
    assert hash_of(one) != hash_of(two)
    assert hash_of(one) == hash_of(
        built({"/base/config.yaml": CONFIG + "  policy: {requireTags: {a: b}}\n"}).text
    )
    assert "ModelConfig" not in one


def test_an_overlay_patches_the_declaration():
    files = {
        "/top/kustomization.yaml": "resources: [../base]\nnamePrefix: prod-\nnamespace: prod\n"
        "patches: [{path: p.yaml}]\n",
        "/top/p.yaml": "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\nmetadata: {name: models}\n"
        "spec: {models: {main: {uri: s3://prod/1, targets: {config: null}}}}\n",
    }
    text = built(files, "/top").text
    assert "storageUri: s3://prod/1" in text
    assert "name: prod-iris" in text
    assert "uri: placeholder" in text


def test_a_base_used_twice():
    files = {"/top/kustomization.yaml": "resources: [../one, ../two]\n"}
    for name in ("one", "two"):
        files[f"/{name}/kustomization.yaml"] = (
            f"resources: [../base]\nnamePrefix: {name}-\npatches:\n"
            "  - target: {kind: ModelConfig}\n"
            f"    patch: '- {{op: replace, path: /spec/models/main/uri, value: s3://bucket/{name}}}'\n"
        )
    text = built(files, "/top").text
    for name in ("one", "two"):
        (document,) = [
            each for each in text.split("---\n") if "kind: Model\n" in each and f"name: {name}-iris" in each
        ]
        assert f"storageUri: s3://bucket/{name}" in document


def test_a_replacement_of_an_injected_field():
    replacement = (
        "replacements:\n  - source: {kind: ConfigMap, name: serving, fieldPath: data.uri}\n"
        "    targets: [{select: {kind: Model}, fieldPaths: [spec.storageUri]}]\n"
    )
    config = CONFIG.replace("        model: {kind: Model, name: iris}\n", "")
    with pytest.raises(CmpError, match="a replacement copies ConfigMap/serving") as caught:
        built({"/base/kustomization.yaml": BASE + replacement, "/base/config.yaml": config})
    assert caught.value.where.file.endswith("kustomization.yaml")


def test_weights_and_uris_as_parameters():
    from cmp.render.parameters import Parameters

    given = Parameters()
    given.model_uris = {"main": "s3://bucket/parameter"}
    result = built({}, parameters=given, explain=True)
    assert result.text.count("s3://bucket/parameter") == 2
    assert any("parameter" in line and "s3://***" in line for line in result.explain)


def test_a_model_that_is_not_locked_prints_nothing():
    with pytest.raises(CmpError, match="is not resolved"):
        built({"/base/config.yaml": CONFIG.replace("uri: s3://bucket/ONE", "ref: models:/iris@champion")})


def test_a_plain_build_ignores_models():
    assert "storageUri: x" in built({}, plain=True).text
