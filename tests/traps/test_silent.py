"""What kustomize lets pass in silence: each trap is told, and its near twin is not; mistakes have a hint."""

# ruff: noqa: E501 - a tree reads best on one line

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.gates.context import Context
from cmp.gates.registry import STRICT_NOTICE_RULES
from cmp.gates.rules import stale_reference
from cmp.kustomize import Hooks, Notice, build
from cmp.tree.memory import MemoryTree

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
      - {name: c, image: &image 'nginx:1'}
      - {name: d, image: *image}
      volumes:
      - name: v
        emptyDir:
"""
SERVICE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: m}
spec:
  predictor:
    serviceAccountName: sa
    containers:
    - name: k
      env: [{name: A, value: '1'}, {name: B, value: '2'}]
      envFrom: [{configMapRef: {name: cfg}}]
"""
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a.b/c: x}}\ndata: {k: v}\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
MERGE = "patches: [{{patch: '{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, {}}}'}}]\n"
SPEC = "spec: {template: {spec: {containers: [%s]}}}"
SERVICE_PATCH = (
    "patches: [{patch: '{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: m}, "
    "spec: {predictor: {containers: [{name: k, env: [%s], envFrom: [{configMapRef: {name: cfg}}]}]}}}'}]\n"
)
REPLACE = "replacements: [{sourceValue: x, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.f.a]}]}]\n"
EMBEDDED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e}\ndata:\n  f: |\n    a: 1\n"
VARS = "vars: [{name: V, objref: {kind: ConfigMap, name: a, apiVersion: v1}}]\n"

ONE = "namespace: one\nconfigMapGenerator: [{name: cfg, literals: [a=b]}]\n"

# rule -> the tree that has the trap, and its twin that has not
TRAPS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "stale-reference": (
        {"k": "resources: [s]\nconfigMapGenerator: [{name: cfg, literals: [a=b]}]\n", "s": SERVICE},
        {
            "k": "resources: [s]\nconfigMapGenerator: [{name: cfg, literals: [a=b], options: "
            "{disableNameSuffixHash: true}}]\n",
            "s": SERVICE,
        },
    ),
    "stale-reference of an account": (
        {"k": "namePrefix: p-\nresources: [s, a]\n", "s": SERVICE, "a": ACCOUNT},
        {
            "k": "namePrefix: p-\nresources: [s, a]\nconfigurations: [c]\n",
            "s": SERVICE,
            "a": ACCOUNT,
            "c": "nameReference: [{kind: ServiceAccount, fieldSpecs: [{kind: InferenceService, "
            "path: spec/predictor/serviceAccountName}]}]\n",
        },
    ),
    "stale-reference in another namespace": (
        {"k": "resources: [b, s]\n", "s": SERVICE.replace("name: m", "name: m, namespace: one"), "b/": "one"},
        {"k": "resources: [b, s]\n", "s": SERVICE.replace("name: m", "name: m, namespace: two"), "b/": "one"},
    ),
    "merge-drops-list-items": (
        {"k": "resources: [s]\n" + SERVICE_PATCH % "{name: A, value: x}", "s": SERVICE},
        {"k": "resources: [s]\n" + SERVICE_PATCH % "{name: A, value: x}, {name: B, value: y}", "s": SERVICE},
    ),
    "component-misses-later": (
        {"k": "components: [b, c]\n", "b/": COMPONENT + "namePrefix: p-\n", "c/": COMPONENT + "resources: [a]\n"},
        {"k": "components: [c, b]\n", "b/": COMPONENT + "namePrefix: p-\n", "c/": COMPONENT + "resources: [a]\n"},
    ),
    "merge-loses-null": (
        {"k": "resources: [d]\n" + MERGE.format("spec: {replicas: 2}"), "d": DEPLOYMENT},
        {
            "k": "resources: [d]\n" + MERGE.format("spec: {replicas: 2}"),
            "d": DEPLOYMENT.replace("emptyDir:", "emptyDir: {}"),
        },
    ),
    "merge-loses-null in braces": (
        {
            "k": "resources: [d]\n" + MERGE.format("spec: {replicas: 2}"),
            "d": DEPLOYMENT.replace("- name: v\n        emptyDir:", "- {name: v, emptyDir: }"),
        },
        {
            "k": "resources: [d]\n" + MERGE.format("spec: {replicas: 2}"),
            "d": DEPLOYMENT.replace("- name: v\n        emptyDir:", "- {name: v, emptyDir: {}}"),
        },
    ),
    "alias-keeps-old-value": (
        {"k": "resources: [d]\n" + MERGE.format(SPEC % "{name: c, image: x}"), "d": DEPLOYMENT},
        {
            "k": "resources: [d]\n" + MERGE.format(SPEC % "{name: c, image: x}, {name: d, image: x}"),
            "d": DEPLOYMENT,
        },
    ),
    "unknown-behavior": (
        {"k": "configMapGenerator: [{name: g, behavior: Create, literals: [a=b]}]\n"},
        {"k": "configMapGenerator: [{name: g, behavior: create, literals: [a=b]}]\n"},
    ),
    "env-file-yaml": (
        {"k": "configMapGenerator: [{name: g, envs: [e]}]\n", "e": "A: b\n"},
        {"k": "configMapGenerator: [{name: g, envs: [e]}]\n", "e": "# A: b\nA=b: c\nFROM_OUTSIDE\n"},
    ),
    "env-file-quotes": (
        {"k": "configMapGenerator: [{name: g, envs: [e]}]\n", "e": "\nA='b'\n"},
        {"k": "configMapGenerator: [{name: g, envs: [e]}]\n", "e": "A=it's\nB={\"a\": \"b\"}\nC='\n#D='x'\n"},
    ),
    "env-file-export": (
        {"k": "configMapGenerator: [{name: g, envs: [e]}]\n", "e": "export A=b\n"},
        {"k": "configMapGenerator: [{name: g, envs: [e]}]\n", "e": "exported=b\n"},
    ),
    "unused-var": (
        {"k": "resources: [a]\n" + VARS, "a": CONFIG},
        {"k": "resources: [a, p]\n" + VARS, "a": CONFIG, "p": DEPLOYMENT.replace("name: c,", "name: c, args: [$(V)],")},
    ),
    "embedded-documents-dropped": (
        {"k": "resources: [e]\n" + REPLACE, "e": EMBEDDED + "    ---\n    b: 2\n"},
        {"k": "resources: [e]\n" + REPLACE, "e": EMBEDDED.replace("    a: 1", "    ---\n    a: 1")},
    ),
}  # fmt: skip


class Told(Hooks):
    """Collects what the engine notices."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)


def tree(files: dict[str, str]) -> MemoryTree:
    named = {"k": "kustomization.yaml"}
    found = {}
    for name, given in files.items():
        text = ONE if given == "one" else given
        found[f"/{name}kustomization.yaml" if name.endswith("/") else f"/{named.get(name, name)}"] = (
            text.encode()
        )
        if "resources: [a]" in text and name != "k":
            found[f"/{name}a"] = CONFIG.encode()
    return MemoryTree(found)


def told(files: dict[str, str]) -> tuple[list[Notice], list[str]]:
    """The notices of a build, and the fields of stale references."""
    hooks = Told()
    resmap = build(tree(files), "/", hooks=hooks)
    return hooks.notices, [f"{hit.field}: {hit.message}" for hit in stale_reference.check(Context(resmap))]


@pytest.mark.parametrize("name", TRAPS)
def test_the_trap_is_told_and_its_twin_is_not(name: str) -> None:
    rule = name.split(" ")[0]
    trap, twin = TRAPS[name]
    notices, stale = told(trap)
    if rule == "stale-reference":
        assert stale and "nameReference" in stale[0]
        assert told(twin)[1] == []
        return
    found = [notice for notice in notices if notice.rule == rule]
    assert found
    assert found[0].where.file and found[0].where.line
    assert found[0].hint or rule == "unused-var"
    assert found[0].hint in found[0].warning()
    assert [notice for notice in told(twin)[0] if notice.rule == rule] == []


def test_strict_refuses_each_of_them() -> None:
    refused = {notice for rule in STRICT_NOTICE_RULES for notice in rule.NOTICES}
    assert {name.split(" ")[0] for name in TRAPS if not name.startswith("stale-reference")} <= refused


def test_the_path_of_what_a_merge_drops_is_named_at_any_depth() -> None:
    notices, _ = told(TRAPS["merge-drops-list-items"][0])
    assert "k.env.B" in next(notice.message for notice in notices if notice.rule == "merge-drops-list-items")


def test_no_value_of_an_env_file_is_told() -> None:
    secret = "hunter2"
    for line in (f"A: {secret}\n", f"A='{secret}'\n", f"export {secret}=x\n"):
        notices, _ = told({"k": "secretGenerator: [{name: g, envs: [e]}]\n", "e": line})
        assert notices
        assert all(secret not in notice.warning() for notice in notices)


TARGET = "targets: [{select: {kind: Deployment}, fieldPaths: [%s]}]"
HINTS: dict[str, tuple[dict[str, str], str]] = {
    "patches as a list of files": ({"k": "resources: [a]\npatches: [p.yaml]\n"}, "write `- path: p.yaml`"),
    "labels as a mapping": ({"k": "resources: [a]\nlabels: {a: b}\n"}, "labels: [{pairs: {a: b}}]"),
    "a path through a list": (
        {"k": "resources: [d]\nreplacements: [{sourceValue: x, "
         + TARGET % "spec.template.spec.containers.image" + "}]\n", "d": DEPLOYMENT},
        "spec.template.spec.containers.[name=c].image",
    ),
    "a source of another kind": (
        {"k": "resources: [a]\nreplacements: [{source: {kind: Secret, name: a}, " + TARGET % "x" + "}]\n"},
        "there is ConfigMap/a",
    ),
    "a source of no kind there": (
        {"k": "resources: [a]\nreplacements: [{source: {kind: Secret, name: b}, " + TARGET % "x" + "}]\n"},
        "no resource is of this kind",
    ),
    "a source's misspelt field": (
        {"k": "resources: [a]\nreplacements: [{source: {kind: ConfigMap, fieldPath: data.kk}, "
         + TARGET % "x" + "}]\n"},
        "did you mean data.k?",
    ),
    "a key in brackets and quotes": (
        {"k": "resources: [a]\nreplacements: [{source: {kind: ConfigMap, fieldPath: 'metadata.labels[\"a.b/c\"]'}, "
         + TARGET % "x" + "}]\n"},
        "write metadata.labels.[a.b/c]:",
    ),
    "the wrong case": ({"Kustomization.yaml": "resources: []\n"}, "rename Kustomization.yaml"),
    "a JSON patch in YAML's brackets": (
        {"k": "resources: [a]\npatches: [{target: {kind: ConfigMap}, "
         "patch: '[{op: replace, path: /data/k, value: x}]'}]\n"},
        "double quotes",
    ),
    "one operation without a list": (
        {"k": "resources: [a]\npatches: [{target: {kind: ConfigMap}, patch: '{op: remove, path: /data/k}'}]\n"},
        "a JSON patch is a list",
    ),
    "a backslash in a path": ({"k": "resources: ['b\\a']\n"}, "b/a"),
    "a template in a patch": (
        {"k": "resources: [d]\n" + MERGE.format(SPEC % "{name: c, image: {{ x }}}"), "d": DEPLOYMENT},
        "templates such as `{{ x }}` are not rendered here",
    ),
    "a misspelt behavior": (
        {"k": "resources: [a]\nconfigMapGenerator: [{name: a, behavior: Merge, literals: [k=x]}]\n"},
        "write `behavior: merge`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HINTS)
def test_hint(name: str) -> None:
    files, hint = HINTS[name]
    with pytest.raises(CmpError) as caught:
        build(tree({"a": CONFIG, **files}), "/")
    assert hint in caught.value.hint
