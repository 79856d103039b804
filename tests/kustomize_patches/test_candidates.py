"""Indexes of names, kinds and labels find what a look at each resource finds, whatever was changed before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tries import examples

from cmp.errors import CmpError
from cmp.kustomize.transformers import patches, replacements

KINDS = ("ConfigMap", "Secret")
NAMES = ("web", "web-a", "web-b", "other")
RESOURCES = "---\n".join(
    f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, labels: {{app: {name}, kind: x}}}}\n"
    for kind in KINDS
    for name in NAMES
)
TARGETS = (
    "kind: ConfigMap",
    "name: web",
    "name: web-.*",
    "name: web(-a)?",
    "name: 'web|other'",
    "name: new-.*",
    "name: ne?w-web",
    "kind: Secret, labelSelector: app=web",
    "labelSelector: 'app in (web, web-b)'",
    "labelSelector: 'app=web, new=yes'",
    "labelSelector: new=yes",
    "labelSelector: '!new'",
    "labelSelector: app=",
    "kind: None, labelSelector: '(('",
    "labelSelector: '(('",
)
PATCHES = (
    "- {op: add, path: /metadata/labels/new, value: 'yes'}",
    "- {op: remove, path: /metadata/labels/app}",
    "- {op: add, path: /metadata/labels/app, value: web-b}",
    "- {op: add, path: /metadata/labels, value: {app: ''}}",
    "- {op: replace, path: /metadata/name, value: new-web}",
    "- {op: replace, path: /kind, value: Secret}",
    "{kind: A, metadata: {name: a, labels: {new: 'yes', app: web}}}",
    "{kind: A, metadata: {name: a, labels: null}}",
    "{kind: ConfigMap, metadata: {name: a}, $patch: delete}",
)
entries = st.builds(
    lambda target, patch: f"- target: {{{target}}}\n  patch: |-\n    {patch}\n",
    st.sampled_from(TARGETS),
    st.sampled_from(PATCHES),
)
copies = st.builds(
    lambda target, path: (
        f"- sourceValue: put\n  targets:\n  - select: {{{target}}}\n    fieldPaths: [{path}]\n"
        "    options: {create: true}\n"
    ),
    st.sampled_from(TARGETS),
    st.sampled_from(
        (
            "data.a",
            "metadata.annotations.a",
            "metadata.labels.app",
            "metadata.name",
            "kind",
            "data.list.0.a",
            "data.list.[name=x].a",
        )
    ),
)


def outcome(render, files):
    try:
        return render(files)
    except CmpError as error:
        return str(error)


def everything(resmap, *_):
    return resmap.resources()


@given(st.lists(entries, min_size=2, max_size=5), st.lists(copies, max_size=3))
@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_as_a_look_at_all_of_them(render, patched, copied):
    files = {
        "kustomization.yaml": "resources: [r.yaml]\n"
        + ("patches:\n" + "".join(patched))
        + ("replacements:\n" + "".join(copied) if copied else ""),
        "r.yaml": RESOURCES,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patches, "_candidates", everything)
        patch.setattr(replacements, "_candidates", lambda target, resmap: resmap.resources())
        patch.setattr(replacements, "direct", lambda body, steps, limits: None)
        expected = outcome(render, files)
    assert outcome(render, files) == expected


def test_a_label_that_a_transformer_of_a_file_adds_between_two_patches(render):
    patch = (
        "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {{name: p{0}}}\n"
        "target: {{labelSelector: {1}=web}}\npatch: '- {{op: add, path: /data, value: {{p{0}: x}}}}'\n"
    )
    label = (
        "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: l}\nlabels: {new: web}\n"
        "fieldSpecs: [{path: metadata/labels, create: true}]\n"
    )
    text = render(
        {
            "kustomization.yaml": "resources: [r.yaml]\ntransformers: [a.yaml, b.yaml, c.yaml]\n",
            "r.yaml": RESOURCES,
            "a.yaml": patch.format(1, "app"),
            "b.yaml": label,
            "c.yaml": patch.format(2, "new"),
        }
    )
    assert text.count("p2: x") == len(NAMES) * len(KINDS)
