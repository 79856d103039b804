"""Where errors point to and what they advise; the verdicts themselves are in the trees."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError, LimitError
from cmp.limits import Limits

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

# files, file, line, part of the message, part of the hint
TABLE = [
    (
        {"kustomization.yaml": "resources: []\nnamePrefx: a-\n"},
        "kustomization.yaml",
        2,
        "namePrefx",
        "namePrefix",
    ),
    (
        {"kustomization.yaml": "resources:\n- a.yaml\nnamespace: y\n"},
        "kustomization.yaml",
        3,
        "a string",
        "quotes",
    ),
    ({"kustomization.yaml": "resources:\n- gone.yaml\n"}, "gone.yaml", 0, "does not exist", "resources[0]"),
    (
        {"kustomization.yaml": "resources:\n- sub\n", "sub/kustomization.yaml": "resourcs: []\n"},
        "sub/kustomization.yaml",
        1,
        "resourcs",
        "did you mean 'resources'?",
    ),
    (
        {
            "kustomization.yaml": "resources: [a.yaml]\nlabels:\n- pairs: {a: b}\n  field: []\n",
            "a.yaml": CONFIG_MAP,
        },
        "kustomization.yaml",
        4,
        "'field'",
        "'fields'",
    ),
    (
        {"kustomization.yaml": "resources: [a.yaml, b.yaml]\n", "a.yaml": CONFIG_MAP, "b.yaml": CONFIG_MAP},
        "b.yaml",
        0,
        "the first is in",
        "list it once",
    ),
    (
        {
            "kustomization.yaml": "resources: [a.yaml]\nreplicas:\n- name: b\n  count: 1\n",
            "a.yaml": CONFIG_MAP,
        },
        "kustomization.yaml",
        3,
        "named b",
        "name",
    ),
    (
        {"kustomization.yaml": "resources: []\nsecretGenerator:\n- name: s\n  literals: [topsecret]\n"},
        "kustomization.yaml",
        4,
        "must be key=value",
        "",
    ),
]


@pytest.mark.parametrize(("files", "file", "line", "message", "hint"), TABLE)
def test_error(run, files, file, line, message, hint):
    with pytest.raises(CmpError) as caught:
        run(files)
    error = caught.value
    assert error.where.file.lstrip("/") == file
    assert error.where.line == line
    assert message in error.message
    assert hint in error.hint


EMPTY = "resources: []\n"


@pytest.mark.parametrize(
    ("files", "folder", "hint"),
    [
        ({"Kustomization.yaml": EMPTY}, "/", "rename Kustomization.yaml to kustomization.yaml"),
        (
            {"k8s/base/kustomization.yaml": EMPTY, "k8s/overlays/staging/kustomization.yml": EMPTY},
            "/",
            "name a folder that has one: k8s/overlays/staging, k8s/base",
        ),
        ({"k8s/deployment.yaml": CONFIG_MAP}, "/k8s", "lists the folder's files under `resources:`"),
        ({"notes/readme.txt": ""}, "/notes", "name the folder of an overlay"),
        ({"overlays/staging/kustomization.yaml": EMPTY}, "/overlays/stagin", "did you mean staging?"),
        ({"app/kustomization.yaml": EMPTY}, "/app/kustomization.yaml", "name the folder that it is in"),
    ],
)
def test_the_folder_that_was_meant(run, files, folder, hint):
    with pytest.raises(CmpError) as caught:
        run(files, folder)
    assert hint in caught.value.hint.replace("/k8s", "k8s")


def test_no_value_of_a_generator_is_told(run):
    for literals in ("[topsecret]", '["=topsecret"]', '["k=topsecret", "k=topsecret"]'):
        with pytest.raises(CmpError) as caught:
            run({"kustomization.yaml": f"secretGenerator: [{{name: s, literals: {literals}}}]\n"})
        error = caught.value
        assert "topsecret" not in f"{error} {error.hint} {error.excerpt}"


def test_an_env_file_that_is_not_utf8(run):
    files = {"kustomization.yaml": "configMapGenerator: [{name: s, envs: [e]}]\n", "e": b"A=1\nB=\xff\n"}
    with pytest.raises(CmpError) as caught:
        run(files)
    assert caught.value.where.line == 2


def test_limits(run):
    files = {"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": CONFIG_MAP + "---\n" + CONFIG_MAP}
    with pytest.raises(LimitError):
        run(files, limits=Limits(objects=1))


def test_layers_are_limited(run):
    files = {f"{n}/kustomization.yaml": f"resources: [../{n + 1}]\n" for n in range(5)}
    files["5/kustomization.yaml"] = "resources: []\n"
    run(files, "/0")
    with pytest.raises(LimitError):
        run(files, "/0", limits=Limits(layers=3))
