"""An Application manifest read as repo-server would: environment, overrides, expansion, errors."""

from __future__ import annotations

import json

import pytest
from processor_time import is_linear

from cmp.argocd.application import environment, expand, load, merge
from cmp.argocd.errors import ContractError

APP = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: app, namespace: argocd}
spec:
  project: team
  source:
    repoURL: https://example.com/r
    path: over/lay
    targetRevision: v1
    plugin:
      name: mlops-cmp
      env: [{name: IMAGE_A, value: "a:$ARGOCD_APP_SOURCE_TARGET_REVISION"}]
      parameters: [{name: namespace, string: n}]
  destination: {namespace: dest, server: s}
"""


@pytest.fixture
def repository(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "over/lay").mkdir(parents=True)
    (tmp_path / "app.yaml").write_text(APP)
    return tmp_path


def test_environment_as_in_the_sidecar(repository):
    operator = {"CMP_STRICT": "true", "ARGOCD_ENV_X": "stale", "PARAM_X": "stale", "HOME": "/h"}
    found = load(str(repository / "app.yaml"), "", operator)
    assert (found.name, found.directory, found.root) == ("app", str(repository / "over/lay"), str(repository))
    env = found.environment
    assert env["ARGOCD_APP_NAME"] == "app"
    assert env["ARGOCD_APP_NAMESPACE"] == "dest"
    assert env["ARGOCD_APP_PROJECT_NAME"] == "team"
    assert env["ARGOCD_ENV_IMAGE_A"] == "a:v1"
    assert json.loads(env["ARGOCD_APP_PARAMETERS"]) == [{"name": "namespace", "string": "n"}]
    assert env["CMP_STRICT"] == "true"
    assert "ARGOCD_ENV_X" not in env
    assert "PARAM_X" not in env


def test_without_parameters_the_variable_is_the_text_null():
    assert environment({}, {}, {})["ARGOCD_APP_PARAMETERS"] == "null"


@pytest.mark.parametrize("name", [".argocd-source.yaml", ".argocd-source-app.yaml"])
def test_overrides_in_the_repository_are_merged_as_argocd_merges_them(repository, name):
    (repository / "over/lay" / name).write_text(
        "path: other\nplugin: {parameters: [{name: namespace, string: m}]}\n"
    )
    found = load(str(repository / "app.yaml"), "", {})
    assert json.loads(found.environment["ARGOCD_APP_PARAMETERS"]) == [{"name": "namespace", "string": "m"}]
    assert found.environment["ARGOCD_APP_SOURCE_PATH"] == "over/lay"
    assert found.environment["ARGOCD_ENV_IMAGE_A"] == "a:v1"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("$A-${A}", "1-1"), ("$B|${B}|", "||"), ("$$A", "$A"), ("a$", "a$"), ("$A_", ""), ("${A", "${A")],
)
def test_expansion_as_go_does_it(text, expanded):
    assert expand(text, {"A": "1"}) == expanded


@pytest.mark.parametrize("part", ["${A$B", "${", "$A", "${A}$B", "$$"])
def test_the_time_of_an_expansion_is_linear(part):
    assert is_linear(lambda size: expand(part * size, {}), 10_000)


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": 1}, {"a": None, "b": 2}, {"b": 2}),
        ({"a": [1]}, {"a": [2]}, {"a": [2]}),
        ({"a": {"b": 1, "c": 1}}, {"a": {"b": 2}}, {"a": {"b": 2, "c": 1}}),
        (1, {"a": {"b": None}}, {"a": {}}),
    ],
)
def test_merge_patch(target, patch, merged):
    assert merge(target, patch) == merged


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: ApplicationSet\n", "expected one Application"),
        (APP + "---\n" + APP, "found 2"),
        (APP.replace("over/lay", "missing"), "not a directory"),
        (APP.replace("over/lay", "../.."), "leaves the root"),
        (APP.replace("source:", "other:"), "expected one source"),
        ("a: [", ""),
    ],
)
def test_mistakes(repository, text, words):
    from cmp.errors import CmpError

    (repository / "app.yaml").write_text(text)
    with pytest.raises(CmpError) as info:
        load(str(repository / "app.yaml"), "", {})
    assert words in str(info.value)


def test_outside_of_a_checkout_the_root_has_to_be_named(tmp_path):
    (tmp_path / "app.yaml").write_text(APP)
    with pytest.raises(ContractError) as info:
        load(str(tmp_path / "app.yaml"), "", {})
    assert "--root" in info.value.hint


def test_an_application_set_is_told_how_to_become_applications(repository):
    (repository / "set.yaml").write_text("kind: ApplicationSet\n")
    with pytest.raises(ContractError) as info:
        load(str(repository / "set.yaml"), "", {})
    assert "argocd appset generate" in info.value.hint
