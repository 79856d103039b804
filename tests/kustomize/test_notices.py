"""What a build tells about things that kustomize lets pass in silence, and where."""

from __future__ import annotations

import pytest

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"

# rule, kustomization, line of the notice, part of its message
TABLE = [
    ("deprecated-field", "bases: [b]\nresources: [a.yaml]\n", 1, "'bases' is deprecated, use 'resources'"),
    ("deprecated-field", "resources: [a.yaml]\ncommonLabels: {x: z}\n", 2, "use 'labels'"),
    (
        "duplicate-key",
        "namePrefix: a-\nresources: [a.yaml]\nnamePrefix: b-\n",
        3,
        "namePrefix is given twice",
    ),
    ("unused-image", "resources: [a.yaml]\nimages:\n- name: x\n  newTag: z\n", 3, "no image is named x"),
    (
        "unused-var",
        "resources: [a.yaml]\nvars:\n- name: V\n  objref: {kind: ConfigMap, name: a, apiVersion: v1}\n",
        3,
        "the var V is never used",
    ),
    (
        "patch-selected-nothing",
        "resources: [a.yaml]\npatches:\n- target: {kind: Pod}\n  patch: '[]'\n",
        3,
        "selects nothing",
    ),
]


@pytest.mark.parametrize(("rule", "text", "line", "message"), TABLE)
def test_notice(run, rule, text, line, message):
    files = {"kustomization.yaml": text, "a.yaml": CONFIG_MAP, "b/kustomization.yaml": "resources: []\n"}
    found = [notice for notice in run(files).notices if notice.rule == rule]
    assert len(found) == 1
    assert message in found[0].message
    assert found[0].where.file.endswith("kustomization.yaml")
    assert found[0].where.line == line


def test_a_build_without_traps_tells_nothing(run):
    built = run({"kustomization.yaml": "resources: [a.yaml]\nnamespace: ns\n", "a.yaml": CONFIG_MAP})
    assert built.rules() == []
