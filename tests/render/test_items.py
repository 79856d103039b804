"""Argo CD unpacks `items` of whatever kind: nothing hides in them, and nothing empties an application by them."""

from __future__ import annotations

import json

import pytest

from cmp.render.errors import GateError

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {k: v}\n"
HIDDEN = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"k": 5}}


def patch(*operations, options=""):
    text = json.dumps(list(operations))
    return f"resources: [a.yaml]\npatches: [{{target: {{kind: ConfigMap}}{options}, patch: '{text}'}}]\n"


def add(value, path="/items"):
    return {"op": "add", "path": path, "value": value}


TO_LIST = {"op": "replace", "path": "/kind", "value": "List"}
TO_SECRETS = {"op": "replace", "path": "/kind", "value": "SecretList"}
KINDS = ", options: {allowKindChange: true}"
EMPTY, HIDES = "no objects", "the entries of `items`"

# (kustomization, the file, what the first error says)
CASES = [
    ("resources: [a.yaml]\n", f"{CONFIG}items: null\n", EMPTY),
    ("resources: [a.yaml]\n", f"{CONFIG}items: ~\n", EMPTY),
    ("resources: [a.yaml]\n", f"{CONFIG}items:\n", EMPTY),
    ("resources: [a.yaml]\n", f"{CONFIG}items: []\n", EMPTY),
    ("resources: [a.yaml]\n", f'{CONFIG}"items": []\n', EMPTY),
    ("resources: [a.yaml]\n", f"{CONFIG}<<: {{items: []}}\n", EMPTY),
    ("resources: [a.yaml, b.yaml]\n", f"{CONFIG}items: []\n", HIDES),
    ("resources: [a.yaml, b.yaml]\n", f"{CONFIG}items: null\n", HIDES),
    ("resources: [a.yaml]\n", f"{CONFIG}items: [{json.dumps(HIDDEN)}]\n", HIDES),
    ("resources: [a.yaml]\n", f"{CONFIG}items: {{a: b}}\n", HIDES),
    (patch(TO_LIST, add([]), options=KINDS), CONFIG, EMPTY),
    (patch(add([])), CONFIG, EMPTY),
    (patch(add(None)), CONFIG, EMPTY),
    (patch(add({"items": []}, "/<<")), CONFIG, EMPTY),
    (patch(add([HIDDEN])), CONFIG, HIDES),
    (patch(TO_LIST, add([HIDDEN]), options=KINDS), CONFIG, "not a string"),
    (patch(TO_SECRETS, add([HIDDEN]), options=KINDS), CONFIG, "not a string"),
    (patch(TO_LIST, add([{"kind": "A"}]), options=KINDS), CONFIG, "no apiVersion"),
    (patch(TO_LIST, add(["text"]), options=KINDS), CONFIG, "no apiVersion"),
]  # fmt: skip


@pytest.mark.parametrize(("kustomization", "text", "said"), CASES)
def test_what_argo_cd_would_make_of_it_is_judged(run, kustomization, text, said):
    with pytest.raises(GateError) as info:
        run({"kustomization.yaml": kustomization, "a.yaml": text, "b.yaml": OTHER})
    assert said in info.value.message


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]\n",
        "apiVersion: v1\nkind: ConfigMapList\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]\n",
        f"{CONFIG}spec: {{items: []}}\n",
        CONFIG.replace("k: v", "items: '[]'"),
        f"{CONFIG}Items: []\n",
    ],
)
def test_lists_and_fields_below_render(run, text):
    assert "name: a" in run({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": text}).text
