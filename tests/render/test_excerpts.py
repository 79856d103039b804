"""Which lines an error shows, where it points to, and which file it names."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.render.showable import may_show

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  k: planted\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: v\n  api_token: x\n  next: y\n"
GENERATOR = "namePrefix: p-\nresources: [r.yaml]\nsecretGenerator:\n- name: g\n  literals:\n  - k=planted\npatches:\n- path: p\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: 1\n"

# file name, text, the lines that may be shown
SHOWN = [
    ("r.yaml", CONFIG, {1, 2, 3, 4, 5}),
    ("r.yaml", DEPLOYMENT, {1, 2, 3, 4, 5}),
    ("r.yml", DEPLOYMENT, {1, 2, 3, 4, 5}),
    ("r.yaml", SECRET, set()),
    ("r.yaml", CONFIG + "---\n" + SECRET, set()),
    ("r.yaml", CONFIG.replace("ConfigMap", "Secrte"), {1, 2, 3}),
    ("r.yaml", CONFIG.replace("ConfigMap", "SealedSecret"), set()),
    ("r.yaml", CONFIG.replace("kind: ConfigMap\n", ""), {1, 2}),
    ("r.yaml", "k: v\n", set()),
    ("r.yaml", "kind: List\nitems:\n- kind: ConfigMap\n  data: {k: v}\n", set()),
    ("r.yaml", "kind: List\nitems:\n- kind: Pod\n", {1, 2, 3}),
    ("r.yaml", "- op: add\n  path: /a\n  value: v\n", {1, 2}),
    ("r.yaml", "sops:\n  mac: x\nkind: ConfigMap\n", set()),
    ("m.yaml", "kind: ModelConfig\nspec:\n  models:\n    a: {uri: s3://x}\n    b: {ref: y}\n", {1, 2, 3, 5}),
    ("s.env", "A=planted\n", set()),
    ("r.json", '{"kind": "ConfigMap"}\n', set()),
    ("keys.txt", "AGE-SECRET-KEY-1\n", set()),
    ("kustomization.yaml", GENERATOR, {1, 2, 7, 8}),
    ("kustomization.yaml", GENERATOR.replace("secretGenerator", "configMapGenerator"), set(range(1, 9))),
    ("Kustomization", GENERATOR.replace("secretGenerator", "literalGenerator"), {1, 2, 3, 7, 8}),
    ("kustomization.yaml", "{resources: [a], secretGenerator: [{literals: [k=v]}]}\n", set()),
    ("kustomization.yaml", "resources:\n- https://u:p@h/x\n- https://h/x?token=t\n- https://h/x?ref=v1\n", {1, 4}),
    ("kustomization.yaml", "patches:\n- patch: |\n    kind: Secret\n    data: {k: v}\nresources: [a]\n", {5}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "shown"), SHOWN)
def test_the_rule(name, text, shown):
    count = text.count("\n")
    assert {line for line in range(-1, count + 5) if may_show(text, name, line) and line <= count} == shown


BASE = {
    "base/kustomization.yaml": "resources: [r.yaml, c.yaml]\n",
    "base/r.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  good: x\n  k: text\n",
    "base/c.yaml": DEPLOYMENT,
}
OVERLAY = "resources: [base]\npatches: [{path: p.yaml}]\n"

# files, file, (line, column), the excerpt
TABLE = {
    "a field that a patch wrote": (
        {
            **BASE,
            "kustomization.yaml": OVERLAY,
            "p.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  k: 5\n",
        },
        "p.yaml",
        (5, 3),
        "",
    ),
    "a field that a patch in the kustomization wrote": (
        {
            **BASE,
            "kustomization.yaml": "resources: [base]\npatches:\n- target: {kind: Secret}\n  patch: |\n"
            "    apiVersion: v1\n    kind: Secret\n    metadata: {name: a}\n    stringData: {k: 5}\n",
        },
        "kustomization.yaml",
        (4, 3),
        "",
    ),
    "a field that a patch of the other field left alone": (
        {
            **BASE,
            "base/r.yaml": BASE["base/r.yaml"].replace("k: text", "k: 5"),
            "kustomization.yaml": OVERLAY,
            "p.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  good: y\n",
        },
        "base/r.yaml",
        (6, 3),
        "",
    ),
    "an object that a prefix was added to": (
        {
            **BASE,
            "base/r.yaml": BASE["base/r.yaml"].replace("k: text", "k: 5"),
            "kustomization.yaml": "namePrefix: p-\nresources: [base]\n",
        },
        "base/r.yaml",
        (6, 3),
        "",
    ),
    "a wrong line of a config map": (
        {"kustomization.yaml": "resources: [c.yaml]\n", "c.yaml": CONFIG.replace("k: v", "k: @v")},
        "c.yaml",
        (5, 6),
        "5 |   k: @v\n  |      ^",
    ),
    "the second of two": (
        {"kustomization.yaml": "resources: [c.yaml]\n", "c.yaml": DEPLOYMENT + "---\n" + DEPLOYMENT},
        "c.yaml",
        (9, 12),
        "9 | metadata: {name: d}\n  |            ^",
    ),
    "a missing file": (
        {"kustomization.yaml": "resources:\n- d.yml\n", "d.yaml": DEPLOYMENT},
        "d.yml",
        (0, 0),
        "kustomization.yaml:2:3\n2 | - d.yml\n  |   ^",
    ),
    "a missing file of a secret": (
        {"kustomization.yaml": "secretGenerator:\n- name: g\n  files: [none]\n"},
        "none",
        (0, 0),
        "kustomization.yaml:3:11",
    ),
    "an inline patch": (
        {
            "kustomization.yaml": "resources: [c.yaml]\npatches:\n- target: {kind: Deployment}\n"
            "  patch: |\n\n    spec:\n      a: b: c\n",
            "c.yaml": DEPLOYMENT,
        },
        "kustomization.yaml",
        (7, 11),
        "7 |       a: b: c\n  |           ^",
    ),
    "an inline transformer": (
        {"kustomization.yaml": "transformers:\n- |\n  kind: A\n  metadata: b: c\n"},
        "kustomization.yaml",
        (4, 14),
        "4 |   metadata: b: c\n  |              ^",
    ),
    "no objects": ({"kustomization.yaml": "resources: []\n"}, "kustomization.yaml", (0, 0), ""),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_place(run, name):
    files, file, place, excerpt = TABLE[name]
    with pytest.raises(CmpError) as caught:
        run(files)
    err = caught.value
    assert (err.where.file, (err.where.line, err.where.column), err.excerpt) == (file, place, excerpt)


def test_plain_renders_show_lines_too(run):
    with pytest.raises(CmpError) as caught:
        run({"kustomization.yaml": "resource: []\n"}, plain=True)
    assert caught.value.excerpt == "1 | resource: []\n  | ^"


def test_an_encrypted_file_is_located_and_never_shown(run, seal):
    sealed = seal(CONFIG.replace("ConfigMap", "Pod") + "spec: {}\n", regex="^next$")
    files = {"kustomization.yaml": "resources: [c.yaml, c.yaml]\n", "c.yaml": sealed}
    with pytest.raises(CmpError) as caught:
        run(files)
    assert caught.value.where.file == "c.yaml"
    assert caught.value.where.line > 0
    assert caught.value.excerpt == ""
