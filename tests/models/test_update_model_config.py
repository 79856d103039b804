"""The customer's script: every call of their documents, what it refuses, and that nothing else changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cmp.cli.update_model_config import main

ROOT = Path(__file__).parents[2]
CONFIG_MAP = """\
# Template for sensitive values: filled in per environment.
apiVersion: v1
kind: ConfigMap
metadata:
  name: fraud-model-config
data:
  # Replace with actual S3 URIs from MLflow artifacts
  fraud-v1-storage-uri: "s3://your-mlflow-bucket/experiments/baseline/artifacts"
  fraud-v2-storage-uri: 's3://your-mlflow-bucket/experiments/candidate/artifacts'   # the new one

  # Traffic split configuration for A/B testing
  traffic-split-baseline: "80"
  traffic-split-candidate: "20"
  cpu-request: 250m
  memory-request: 1Gi
  cpu-limit: 500m
  memory-limit: 2Gi
"""
MODEL_CONFIG = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: fraud
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
  models:
    baseline:
      uri: "s3://mlflow-artifacts-staging/1/artifacts"   # since June
      targets: {config: {kind: ConfigMap, name: fraud-model-config, key: fraud-v1-storage-uri}}
    candidate:
      uri: s3://mlflow-artifacts-staging/2/artifacts
      targets: {config: {kind: ConfigMap, name: fraud-model-config, key: fraud-v2-storage-uri}}
  traffic:
    weights: {baseline: 80, candidate: 20}
    targets:
      config:
        kind: ConfigMap
        name: fraud-model-config
        keys: {baseline: traffic-split-baseline, candidate: traffic-split-candidate}
"""
V1, V2 = "s3://mlflow-prod/exp123/run456/artifacts", "s3://mlflow-prod/exp124/run789/artifacts"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A plain repository: a ConfigMap in the base, one of its own in staging."""
    monkeypatch.chdir(tmp_path)
    for name in ("SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".git").mkdir()
    base = tmp_path / "k8s/base"
    base.mkdir(parents=True)
    (base / "model-config.yaml").write_text(CONFIG_MAP)
    (base / "model-config.yaml.example").write_text(CONFIG_MAP)
    (base / "kustomization.yaml").write_text("resources: [model-config.yaml]\n")
    for name in ("staging", "production"):
        overlay = tmp_path / "k8s/overlays" / name
        overlay.mkdir(parents=True)
        (overlay / "kustomization.yaml").write_text("resources: [../../base]\n")
    staging = tmp_path / "k8s/overlays/staging"
    (staging / "model-config.yaml").write_text(
        CONFIG_MAP.replace("your-mlflow-bucket", "mlflow-artifacts-staging")
    )
    (staging / "kustomization.yaml").write_text("resources: [model-config.yaml]\n")
    return tmp_path


BASE = "k8s/base/model-config.yaml"
STAGING = "k8s/overlays/staging/model-config.yaml"


def changed(path, old=CONFIG_MAP):
    """The lines that differ, new ones only."""
    lines = Path(path).read_text().splitlines()
    before = old.splitlines()
    assert len(lines) == len(before), "no line comes or goes"
    return [new.strip() for new, was in zip(lines, before, strict=True) if new != was]


# -- the calls of the documents


def test_both_uris(tree, capsys):
    assert main(["--v1-uri", V1, "--v2-uri", V2]) == 0
    assert changed(BASE) == [f'fraud-v1-storage-uri: "{V1}"', f"fraud-v2-storage-uri: '{V2}'   # the new one"]
    out = capsys.readouterr().out
    assert f"wrote {BASE}" in out
    assert "k8s/overlays/production: 1 object changes" in out


def test_staging_weights(tree, capsys):
    assert main(["--config", STAGING, "--baseline-weight", "50", "--candidate-weight", "50"]) == 0
    before = CONFIG_MAP.replace("your-mlflow-bucket", "mlflow-artifacts-staging")
    assert changed(STAGING, before) == ['traffic-split-baseline: "50"', 'traffic-split-candidate: "50"']


def test_dry_run_with_a_bare_bucket(tree, capsys):
    call = [
        "--dry-run",
        "--v2-uri",
        "s3://new-model-uri",
        "--baseline-weight",
        "90",
        "--candidate-weight",
        "10",
    ]
    assert main(call) == 0
    assert Path(BASE).read_text() == CONFIG_MAP
    shown = capsys.readouterr()
    assert '+  traffic-split-baseline: "90"' in shown.out
    assert "+  fraud-v2-storage-uri: 's3://new-model-uri'   # the new one" in shown.out
    assert "names a bucket and nothing in it" in shown.err


def test_the_launcher_runs_from_a_checkout(tree):
    script = ROOT / "scripts/update-model-config.py"
    assert os.access(script, os.X_OK)
    done = subprocess.run(
        [sys.executable, script, "--baseline-weight", "70"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert changed(BASE) == ['traffic-split-baseline: "70"', 'traffic-split-candidate: "30"']


# -- only what was asked


def test_only_one_uri_keeps_the_weights(tree):
    Path(BASE).write_text(CONFIG_MAP.replace('"80"', '"50"').replace('"20"', '"50"'))
    main(["--v2-uri", V2])
    text = Path(BASE).read_text()
    assert text.count('"50"') == 2
    assert V2 in text


@pytest.mark.parametrize("option", ["--config", "--config-file", "-c"])
def test_one_weight_fills_in_the_other(tree, option):
    assert main([option, BASE, "--candidate-weight", "0"]) == 0
    assert changed(BASE) == ['traffic-split-baseline: "100"', 'traffic-split-candidate: "0"']


def test_nothing_asked_is_wrong_usage(tree, capsys):
    assert main([]) == 2
    assert "nothing to do" in capsys.readouterr().err


def test_no_change_leaves_the_file_alone(tree, capsys):
    before = os.stat(BASE)
    assert main(["--baseline-weight", "80"]) == 0
    assert "no change" in capsys.readouterr().out
    after = os.stat(BASE)
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_check(tree):
    assert main(["--check", "--baseline-weight", "80"]) == 0
    assert main(["--check", "--baseline-weight", "70"]) == 1
    assert Path(BASE).read_text() == CONFIG_MAP


def test_line_ends_and_mode_survive(tree):
    Path(BASE).write_bytes(CONFIG_MAP.replace("\n", "\r\n").encode())
    os.chmod(BASE, 0o640)
    main(["--baseline-weight", "70"])
    data = Path(BASE).read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n")
    assert os.stat(BASE).st_mode & 0o777 == 0o640


# -- what is refused, with exit code 1 and a reason

REFUSED = {
    ("--baseline-weight", "150"): "whole number from 0 to 100",
    ("--baseline-weight", "-50"): "whole number from 0 to 100",
    ("--baseline-weight", "60", "--candidate-weight", "20"): "must sum to 100, found 60 + 20 = 80",
    ("--v1-uri", "s3:////"): "bucket or host is missing",
    ("--v1-uri", "http://host/x"): "the scheme 'http' is not allowed",
    ("--v1-uri", "https://host/x"): "the scheme 'https' is not allowed",
    ("--v1-uri", "s3://UP!PER/x"): "not valid",
    ("--v1-uri", "s3://bucket//x"): "empty",
    ("--v1-uri", "s3://bucket/../x"): "`..` segments",
    ("--v1-uri", "s3://bucket/a b"): "blanks",
    ("--v1-uri", "s3://key:secret@bucket/x"): "must not hold credentials",
    ("--v1-uri", "https://host/x?sig=abc", "--allow-https"): "must not hold credentials",
    ("--v1-uri", "models:/fraud"): "neither version nor alias",
    ("--v1-uri", "not a uri"): "blanks",
    ("--v1-uri", V1, "--allow-prefix", "s3://mlflow-artifacts-prod/"): "below none of --allow-prefix",
    ("--cpu-limit", "100m"): "cpu request is above the cpu limit",
    ("--memory-request", "4Gi"): "memory request is above the memory limit",
    ("--memory-limit", "lots"): "is not a resource quantity",
    ("--config", "nope.yaml", "--baseline-weight", "60"): "no such file",
    ("--v1-uri-file", "nope.txt"): "cannot be read",
}


@pytest.mark.parametrize("call", REFUSED, ids=lambda call: " ".join(call)[:40])
def test_refused(tree, capsys, call):
    assert main(list(call)) == 1
    shown = capsys.readouterr()
    assert REFUSED[call] in shown.err
    assert shown.out == ""
    assert "secret" not in shown.err
    assert Path(BASE).read_text() == CONFIG_MAP


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n", "the ConfigMap has no data"),
        ("kind: Secret\napiVersion: v1\n", "neither a ConfigMap nor a ModelConfig, but Secret"),
        ("a: [\n", "not valid YAML"),
        ("", "but nothing"),
    ],
)
def test_odd_files(tree, capsys, text, words):
    Path(BASE).write_text(text)
    assert main(["--baseline-weight", "60"]) == 1
    assert words in capsys.readouterr().err


def test_placeholders_do_not_reach_production(tree, capsys):
    placeholder = "s3://your-mlflow-bucket/experiments/x"
    path = "k8s/overlays/production/model-config.yaml"
    Path(path).write_text(CONFIG_MAP)
    assert main(["--env", "production", "--v1-uri", placeholder]) == 1
    assert "placeholder" in capsys.readouterr().err
    assert main(["--v1-uri", placeholder]) == 0


# -- the improvements


def test_init_makes_the_file_from_its_example(tree, capsys):
    path = Path("k8s/overlays/production/model-config.yaml")
    assert main(["--env", "production", "--v1-uri", V1]) == 1
    assert "--init" in capsys.readouterr().err
    assert main(["--env", "production", "--v1-uri", V1, "--init"]) == 0
    assert V1 in path.read_text()
    assert "# Traffic split configuration" in path.read_text()


def test_uri_files(tree):
    Path("v1.txt").write_text(V1 + "\n")
    assert main(["--v1-uri-file", "v1.txt"]) == 0
    assert changed(BASE) == [f'fraud-v1-storage-uri: "{V1}"']


def test_resources(tree):
    assert main(["--cpu-limit", "750m", "--memory-limit", "3Gi"]) == 0
    assert changed(BASE) == ["cpu-limit: 750m", "memory-limit: 3Gi"]


def test_promote_from_staging(tree, capsys):
    path = "k8s/overlays/production/model-config.yaml"
    Path(path).write_text(CONFIG_MAP)
    assert main(["--env", "production", "--promote-from", "staging", "--dry-run"]) == 0
    expected = 'fraud-v1-storage-uri: "s3://mlflow-artifacts-prod/experiments/candidate/artifacts"'
    shown = capsys.readouterr().out
    assert "+  " + expected in shown
    assert "no artifact is copied" in shown
    assert main(["--env", "production", "--promote-from", "staging"]) == 0
    assert changed(path) == [expected]


def test_several_documents(tree):
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {a: b}\n---\n"
    Path(BASE).write_text(other + CONFIG_MAP)
    assert main(["--baseline-weight", "70"]) == 0
    assert Path(BASE).read_text() == other + CONFIG_MAP.replace('"80"', '"70"').replace('"20"', '"30"')


def test_json(tree, capsys):
    assert main(["--baseline-weight", "70", "--output", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["written"] is True
    assert told["files"] == [BASE]
    (overlay,) = told["overlays"]
    assert overlay["path"] == "k8s/overlays/production"
    assert overlay["changed"] == {
        "ConfigMap/fraud-model-config": ["data.traffic-split-baseline", "data.traffic-split-candidate"]
    }


def test_a_render_that_fails_is_a_warning(tree, capsys):
    Path("k8s/overlays/production/kustomization.yaml").write_text("resources: [../../base, nope.yaml]\n")
    assert main(["--baseline-weight", "70"]) == 0
    assert changed(BASE) == ['traffic-split-baseline: "70"', 'traffic-split-candidate: "30"']
    assert "does not render now" in capsys.readouterr().err


# -- ModelConfigs


@pytest.fixture
def declared(tree):
    """The same repository with a ModelConfig in model-config.yaml and the ConfigMap elsewhere."""
    Path("k8s/base/serving-config.yaml").write_text(CONFIG_MAP)
    Path(BASE).write_text(MODEL_CONFIG)
    Path("k8s/base/kustomization.yaml").write_text("resources: [serving-config.yaml, model-config.yaml]\n")
    return tree


def test_the_same_calls_on_a_model_config(declared):
    assert main(["--v1-uri", V1, "--baseline-weight", "90", "--candidate-weight", "10"]) == 0
    assert changed(BASE, MODEL_CONFIG) == [
        f'uri: "{V1}"   # since June',
        "weights: {baseline: 90, candidate: 10}",
    ]


def test_a_reference_takes_the_uris_place(declared, capsys):
    assert main(["--v1-uri", "models:/fraud-v1/3"]) == 0
    assert changed(BASE, MODEL_CONFIG) == ['ref: "models:/fraud-v1/3"   # since June']
    assert "run cmpctl models lock" in capsys.readouterr().err


def test_a_targeted_key_is_refused_with_the_right_file(declared, capsys):
    assert main(["--config", "k8s/base/serving-config.yaml", "--v1-uri", V1]) == 1
    assert f"edit {BASE} instead" in capsys.readouterr().err
    assert main(["--config", "k8s/base/serving-config.yaml", "--baseline-weight", "60"]) == 1
    assert main(["--config", "k8s/base/serving-config.yaml", "--cpu-limit", "600m"]) == 0


def test_figures_are_elsewhere(declared, capsys):
    assert main(["--cpu-limit", "600m"]) == 1
    assert "--config k8s/base/serving-config.yaml" in capsys.readouterr().err


def test_a_policy_of_the_overlay(declared, capsys):
    overlay = Path("k8s/overlays/production")
    (overlay / "kustomization.yaml").write_text(
        "resources: [../../base]\npatches: [{path: model-config.yaml}]\n"
    )
    (overlay / "model-config.yaml").write_text(
        "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\nmetadata: {name: fraud}\nspec:\n"
        "  models: {baseline: {uri: 's3://mlflow-artifacts-prod/1'}, candidate: {uri: 's3://mlflow-artifacts-prod/2'}}\n"
        "  policy: {allowedPrefixes: ['s3://mlflow-artifacts-prod/'], "
        "mapPrefixes: [{from: 's3://mlflow-artifacts-staging/', to: 's3://mlflow-artifacts-prod/'}]}\n"
    )
    Path("k8s/overlays/staging/kustomization.yaml").write_text("resources: [../../base]\n")
    assert main(["--env", "production", "--v1-uri", "s3://mlflow-artifacts-staging/9"]) == 1
    assert "allowedPrefixes" in capsys.readouterr().err
    assert main(["--env", "production", "--promote-from", "staging"]) == 0
    text = (overlay / "model-config.yaml").read_text()
    assert "baseline: {uri: 's3://mlflow-artifacts-prod/2/artifacts'}" in text


def test_an_encrypted_file(declared, capsys, monkeypatch):
    key = ROOT / "examples/keys/public-test-key.agekey"
    example = ROOT / "examples/fraud-detection/k8s/base/model-config.yaml"
    Path(BASE).write_bytes(example.read_bytes())
    Path("k8s/base/kustomization.yaml").write_text("resources: [model-config.yaml]\n")
    assert main(["--v1-uri", V1]) == 1
    assert "SOPS_AGE_KEY_FILE" in capsys.readouterr().err
    assert main(["--v1-uri", V1, "--dry-run"]) == 0
    assert V1 not in capsys.readouterr().out
    assert main(["--baseline-weight", "70"]) == 0  # readable values need no key
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(key))
    assert main(["--v1-uri", V1]) == 0
    assert V1 not in capsys.readouterr().out
    data = Path(BASE).read_bytes()
    assert V1.encode() not in data
    from cmp.cli.commands.models.overlay import keys_of_environment
    from cmp.sops import decrypt, detect

    found = detect(data, BASE)
    assert found is not None
    keys = keys_of_environment()
    assert keys is not None
    opened = decrypt(data, found, keys)
    assert V1.encode() in opened
    assert b"baseline: 70" in opened
