"""Models inside the pipeline: parameters, replacements in the way, gates over what came by other ways."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.render.errors import GateError

CONFIG = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {name: m, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
  models:
    a:
      uri: s3://prod-bucket/a
      targets: {model: {kind: Model, name: x}, config: {kind: ConfigMap, name: c, key: uri}}
  policy: {allowedPrefixes: [s3://prod-bucket/]}
"""
MODEL = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: %s}\nspec: {storageUri: %s}\n"
FILES = {
    "config.yaml": CONFIG,
    "model.yaml": MODEL % ("x", "s3://your-mlflow-bucket/x"),
    "kustomization.yaml": "namePrefix: p-\nresources: [config.yaml, model.yaml]\nconfigMapGenerator: [{name: c, literals: [uri=placeholder]}]\n",
}


def test_injection_before_hashes_and_after_renames(run):
    first = run(FILES)
    second = run({**FILES, "config.yaml": CONFIG.replace("bucket/a", "bucket/b")})
    assert first.text.count("s3://prod-bucket/a") == 2
    assert "ModelConfig" not in first.text
    assert "name: p-c-" in first.text

    def name_of(rendered):
        return next(resource.name for resource in rendered.resmap if resource.kind == "ConfigMap")

    assert name_of(first) != name_of(second)
    assert [line for line in first.explain if "Model/p-x spec.storageUri" in line]


def test_a_parameter_beats_the_literal_and_is_held_to_the_policy(run):
    assert "s3://prod-bucket/z" in run(FILES, parameters={"model_uris": {"a": "s3://prod-bucket/z"}}).text
    with pytest.raises(CmpError, match="allowedPrefixes"):
        run(FILES, parameters={"model_uris": {"a": "s3://other-bucket/z"}})


def test_a_replacement_from_an_injected_field_is_an_error_naming_both(run):
    replacement = (
        "replacements: [{source: {kind: Model, name: x, fieldPath: spec.storageUri}, "
        "targets: [{select: {kind: ConfigMap}, fieldPaths: [data.uri]}]}]\n"
    )
    with pytest.raises(CmpError) as info:
        run({**FILES, "kustomization.yaml": FILES["kustomization.yaml"] + replacement})
    assert "Model/p-x" in info.value.message
    assert info.value.where.field == "replacements[0]"


def test_a_uri_that_came_by_another_way_is_held_to_the_policy(run):
    other = MODEL % ("y", "s3://staging-bucket/y")
    kustomization = FILES["kustomization.yaml"].replace("model.yaml", "model.yaml, other.yaml")
    with pytest.raises(GateError, match="allowed prefixes") as info:
        run({**FILES, "kustomization.yaml": kustomization, "other.yaml": other})
    assert (info.value.where.file, info.value.where.object) == ("other.yaml", "Model/p-y")


@pytest.mark.parametrize(
    "uri",
    [
        "'https://models.example.com/prod/../staging/x'",
        "'https://models.example.com/prod/%2e%2e/staging/x'",
        "'https://models.example.com/prod/..?x'",
        "'s3:/staging-bucket/y'",
        "'s3:prod-bucket/y'",
        "'remote:prod-bucket/y'",
        "'/mnt/models/y'",
        "'prod-bucket/y'",
        "' s3://prod-bucket/y'",
        '"s3://prod-bucket/\\\\y"',
    ],
)
def test_a_uri_that_readers_may_take_apart_otherwise_lies_below_no_prefix(run, uri):
    kustomization = FILES["kustomization.yaml"].replace("model.yaml", "model.yaml, other.yaml")
    config = CONFIG.replace("[s3://prod-bucket/]", "[s3://prod-bucket/, 'https://models.example.com/prod/']")
    files = {**FILES, "config.yaml": config, "kustomization.yaml": kustomization}
    run({**files, "other.yaml": MODEL % ("y", "https://models.example.com/prod/x")})
    with pytest.raises(GateError, match="allowed prefixes"):
        run({**files, "other.yaml": MODEL % ("y", uri)})


@pytest.mark.parametrize("prefix", ["s3:/prod-bucket/", "s3://a/../b", "prod-bucket", "s3://a/%2e"])
@pytest.mark.parametrize("policy", ["allowedPrefixes: ['%s']", "mapPrefixes: [{from: 's3://a', to: '%s'}]"])
def test_a_prefix_that_nothing_can_lie_below_is_refused(run, policy, prefix):
    config = CONFIG.replace("allowedPrefixes: [s3://prod-bucket/]", policy % prefix)
    with pytest.raises(CmpError, match="nothing can lie below this prefix"):
        run({**FILES, "config.yaml": config})


AZURE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: x}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: "s3://a/b"}}}
"""


def test_a_prefix_counts_for_the_declared_uri_however_the_kind_writes_it(run):
    config = CONFIG.replace("s3://prod-bucket/", "wasbs://c@account.blob.core.windows.net/").replace(
        "{kind: Model, name: x}, config: {kind: ConfigMap, name: c, key: uri}",
        "{kind: InferenceService, name: x}",
    )
    files = {**FILES, "config.yaml": config, "model.yaml": AZURE}
    assert "https://account.blob.core.windows.net/c/a" in run(files).text


def test_a_dropped_target_is_an_error(run):
    dropped = MODEL.replace(
        "{name: %s}", '{name: %s, annotations: {config.kubernetes.io/local-config: "true"}}'
    )
    with pytest.raises(CmpError, match="not in the output"):
        run({**FILES, "model.yaml": dropped % ("x", "s3://your-mlflow-bucket/x")})


def test_masked_models(run, seal):
    sealed = seal(CONFIG, regex="^uri$")
    rendered = run({**FILES, "config.yaml": sealed}, masked=True, keys=None)
    assert "prod-bucket" not in rendered.text
    assert "prod-bucket/a" in run({**FILES, "config.yaml": sealed}).text
