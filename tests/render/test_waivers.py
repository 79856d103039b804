"""Who may let an object past a gate: only who writes the object, its generator entry, or a patch that names it."""

from __future__ import annotations

import pytest

from cmp.render.errors import GateError

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: CHANGEME}\n"
WAIVER = "cmp.mlops/allow-placeholder"
WAIVED = SECRET.replace("{name: s}", f"{{name: s, annotations: {{{WAIVER}: the chart wants it}}}}")
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
PATCH = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, annotations: {{{WAIVER}: because}}}}\n"
ADD = f'[{{"op": "add", "path": "/metadata/annotations", "value": {{"{WAIVER}": "because"}}}}]'
TRANSFORMER = "apiVersion: builtin\nkind: {}\nmetadata: {{name: t}}\n"

# (what, kustomization, other files, does it count)
CASES = [
    ("own document", "resources: [w.yaml]\n", {"w.yaml": WAIVED}, True),
    ("own document in a base", "resources: [b]\n", {"b/kustomization.yaml": "resources: [w.yaml]\n", "b/w.yaml": WAIVED}, True),
    ("own document in a List", "resources: [w.yaml]\n", {"w.yaml": "apiVersion: v1\nkind: List\nitems:\n- " + WAIVED.replace("\n", "\n  ")}, True),
    ("own generator entry", f"secretGenerator: [{{name: s, literals: [k=CHANGEME], options: {{annotations: {{{WAIVER}: because}}}}}}]\n", {}, True),
    ("entry that merges into another", f"resources: [b]\nsecretGenerator: [{{name: s, behavior: merge, literals: [k=CHANGEME], options: {{annotations: {{{WAIVER}: because}}}}}}]\n", {"b/kustomization.yaml": "secretGenerator: [{name: s, literals: [k=v]}]\n"}, True),
    ("generatorOptions", f"secretGenerator: [{{name: s, literals: [k=CHANGEME]}}]\ngeneratorOptions: {{annotations: {{{WAIVER}: because}}}}\n", {}, False),
    ("commonAnnotations", f"resources: [s.yaml]\ncommonAnnotations: {{{WAIVER}: because}}\n", {}, False),
    ("commonAnnotations of a base", "resources: [b]\n", {"b/kustomization.yaml": f"resources: [s.yaml]\ncommonAnnotations: {{{WAIVER}: because}}\n", "b/s.yaml": SECRET}, False),
    ("a patch by id", "resources: [s.yaml]\npatches: [{path: p.yaml}]\n", {"p.yaml": PATCH}, True),
    ("patchesStrategicMerge", "resources: [s.yaml]\npatchesStrategicMerge: [p.yaml]\n", {"p.yaml": PATCH}, True),
    ("patchesJson6902", f"resources: [s.yaml]\npatchesJson6902: [{{target: {{version: v1, kind: Secret, name: s}}, patch: '{ADD}'}}]\n", {}, True),
    ("a patch with a name as target", f"resources: [s.yaml]\npatches: [{{target: {{kind: Secret, name: s}}, patch: '{ADD}'}}]\n", {}, True),
    ("a merge patch with a name as target", "resources: [s.yaml]\npatches: [{target: {kind: Secret, name: s}, path: p.yaml}]\n", {"p.yaml": PATCH}, True),
    ("a component's patch by id", "resources: [s.yaml]\ncomponents: [c]\n", {"c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n", "c/p.yaml": PATCH}, True),
    ("a target without name", f"resources: [s.yaml]\npatches: [{{target: {{kind: Secret}}, patch: '{ADD}'}}]\n", {}, False),
    ("a target that is a pattern", f"resources: [s.yaml]\npatches: [{{target: {{kind: Secret, name: s.*}}, patch: '{ADD}'}}]\n", {}, False),
    ("a pattern in patchesJson6902", f"resources: [s.yaml]\npatchesJson6902: [{{target: {{version: v1, kind: Secret, name: '.'}}, patch: '{ADD}'}}]\n", {}, False),
    ("a label as target", f"resources: [s.yaml]\nlabels: [{{pairs: {{a: b}}}}]\npatches: [{{target: {{labelSelector: 'x!=y'}}, patch: '{ADD}'}}]\n", {}, False),
    ("a transformer for annotations", "resources: [s.yaml]\ntransformers: [t.yaml]\n", {"t.yaml": TRANSFORMER.format("AnnotationsTransformer") + f"annotations: {{{WAIVER}: because}}\nfieldSpecs: [{{path: metadata/annotations, create: true}}]\n"}, False),
    ("a patch transformer", "resources: [s.yaml]\ntransformers: [t.yaml]\n", {"t.yaml": TRANSFORMER.format("PatchTransformer") + f"target: {{kind: Secret, name: s}}\npatch: '{ADD}'\n"}, False),
    ("a replacement", f"resources: [s.yaml, c.yaml]\nreplacements: [{{source: {{kind: ConfigMap, fieldPath: data.k}}, targets: [{{select: {{kind: Secret}}, fieldPaths: ['metadata.annotations.[{WAIVER}]'], options: {{create: true}}}}]}}]\n", {}, False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kustomization", "files", "counts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_where_a_waiver_counts(run, kustomization, files, counts):
    tree = {"kustomization.yaml": kustomization, "s.yaml": SECRET, "c.yaml": OTHER, **files}
    if counts:
        assert run(tree).text
        return
    with pytest.raises(GateError) as info:
        run(tree)
    assert "does not count where it comes from" in info.value.hint


def test_an_encrypted_file_may_waive_for_itself(run, seal):
    secret = WAIVED.replace("stringData", "data: {a: YQ==}\nstringData")
    assert run({"kustomization.yaml": "resources: [s.yaml]\n", "s.yaml": seal(secret)}).text


def test_a_parameter_does_not_waive(run):
    with pytest.raises(GateError):
        run(
            {"kustomization.yaml": "resources: [s.yaml]\n", "s.yaml": SECRET},
            parameters={"common_annotations": {WAIVER: "because"}},
        )


@pytest.mark.parametrize(
    ("waivers", "counts"), [(None, True), ({"placeholder"}, True), ({"cleartext"}, False), (set(), False)]
)
def test_the_operator_decides_what_may_be_waived(run, waivers, counts):
    tree = {"kustomization.yaml": "resources: [s.yaml]\n", "s.yaml": WAIVED}
    allowed = None if waivers is None else frozenset(waivers)
    if counts:
        assert run(tree, waivers=allowed).text
        return
    with pytest.raises(GateError) as info:
        run(tree, waivers=allowed)
    assert "CMP_WAIVERS" in info.value.hint
