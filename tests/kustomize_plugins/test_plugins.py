"""Entries of `generators`, `transformers` and `validators`."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.kustomize import Hooks
from cmp.kustomize.errors import RefusedError
from cmp.kustomize.plugins.value_add import insert_part
from cmp.yaml.plain import plain_values

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 1, template: {spec: {containers: [{name: c, image: "nginx:1"}]}}}
"""


def transformed(render, kind: str, config: str, resource: str = WEB, field: str = "transformers"):
    files = {
        "kustomization.yaml": f"resources: [r.yaml]\n{field}: [t.yaml]\n",
        "t.yaml": f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: t, namespace: ns}}\n{config}\n",
        "r.yaml": resource,
        "p.yaml": "- {op: add, path: /spec/x, value: w}\n",
    }
    return plain_values(render(files))[0]


NAME = "fieldSpecs: [{path: metadata/name}]"
# kind and configuration: what of the result to look at, and what it is
TRANSFORMERS = {
    ("LabelTransformer", "labels: {a: b, n: 5}\nfieldSpecs: [{path: metadata/labels, create: true}]"): (
        "metadata.labels", {"a": "b", "n": "5"}),
    ("LabelTransformer", "labels: {a: b}"): ("metadata", {"name": "web"}),
    ("AnnotationsTransformer", "annotations: {a: true, b: 1.5}\nfieldSpecs: [{path: metadata/annotations, create: true}]"): (
        "metadata.annotations", {"a": "true", "b": "1.5"}),
    ("NamespaceTransformer", ""): ("metadata.namespace", "ns"),
    ("NamespaceTransformer", "unsetOnly: true\nsetRoleBindingSubjects: none"): ("metadata.namespace", "ns"),
    ("PrefixTransformer", f"prefix: a-\n{NAME}"): ("metadata.name", "a-web"),
    ("SuffixTransformer", f"suffix: -z\n{NAME}"): ("metadata.name", "web-z"),
    ("PrefixSuffixTransformer", f"prefix: a-\nsuffix: -z\n{NAME}"): ("metadata.name", "a-web-z"),
    ("ImageTagTransformer", "imageTag: {name: nginx, newTag: '2'}"): ("spec.template.spec.containers.0.image", "nginx:2"),
    ("ReplicaCountTransformer", "replica: {name: web, count: 4}\nfieldSpecs: [{path: spec/replicas}]"): ("spec.replicas", 4),
    ("PatchTransformer", "path: p.yaml\ntarget: {name: web}"): ("spec.x", "w"),
    ("PatchTransformer", "patch: '{\"apiVersion\": \"apps/v1\", \"kind\": \"Deployment\", \"metadata\": {\"name\": \"web\"}, \"spec\": {\"x\": 1}}'"): ("spec.x", 1),
    ("PatchJson6902Transformer", "path: p.yaml\ntarget: {name: web}"): ("spec.x", "w"),
    ("PatchStrategicMergeTransformer", "patches: 'apiVersion: apps/v1\n\n  kind: Deployment\n\n  metadata: {name: web}\n\n  spec: {x: 1}'"): ("spec.x", 1),
    ("ReplacementTransformer", "replacements: [{sourceValue: '7', targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]}]"): ("spec.replicas", 7),
    ("HashTransformer", ""): ("metadata.name", "web"),
    ("ValueAddTransformer", "value: v\ntargets: [{fieldPath: spec/a/b, selector: {kind: Deployment}}]"): ("spec.a.b", "v"),
    ("ValueAddTransformer", "value: v\ntargets: [{fieldPath: metadata/namespace}]"): ("metadata.namespace", "v"),
    ("ValueAddTransformer", "value: v\ntargets: [{fieldPath: 'spec/template/spec/containers/[name=c]/image', filePathPosition: 1}]"): (
        "spec.template.spec.containers.0.image", "v/nginx:1"),
}  # fmt: skip


@pytest.mark.parametrize("kind_and_config", TRANSFORMERS)
def test_transformers(render, kind_and_config: tuple[str, str]) -> None:
    path, expected = TRANSFORMERS[kind_and_config]
    found = transformed(render, *kind_and_config)
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert found == expected


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        ("PrefixTransformer", "prefix: a-"),
        ("SuffixTransformer", "suffix: a-"),
        ("NamespaceTransformer", "setRoleBindingSubjects: some"),
        ("PatchTransformer", ""),
        ("PatchTransformer", "patch: '- {op: remove, path: /spec}'"),
        ("PatchStrategicMergeTransformer", ""),
        ("PatchJson6902Transformer", "path: p.yaml"),
        ("ReplicaCountTransformer", "replica: {name: web, count: 4}"),
        ("ValueAddTransformer", "value: v"),
        ("ValueAddTransformer", "targets: [{fieldPath: ''}]"),
        ("ValueAddTransformer", "targets: [{fieldPath: a, filePathPosition: -1}]"),
        ("ValueAddTransformer", "targets: [{fieldPath: spec}]"),
        ("LabelTransformer", "labels: [a]"),
        ("SortOrderTransformer", ""),
        ("ConfigMapGenerator", ""),
        ("Unknown", ""),
    ],
)
def test_configurations_that_are_refused(render, kind: str, config: str) -> None:
    with pytest.raises(CmpError) as caught:
        transformed(render, kind, config)
    assert caught.value.where.file


@pytest.mark.parametrize(
    "config",
    [
        "apiVersion: v1\nkind: Exec\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n",
        "apiVersion: v1\nkind: C\nmetadata: {name: x, annotations: {config.kubernetes.io/function: 'container: {image: x}'}}\n",
        "apiVersion: someteam.example.com/v1\nkind: SedTransformer\nmetadata: {name: x}\n",
        "apiVersion: builtin/v1\nkind: LabelTransformer\nmetadata: {name: x}\n",
    ],
)
@pytest.mark.parametrize("field", ["generators", "transformers", "validators"])
def test_programs_are_never_run(render, config: str, field: str) -> None:
    with pytest.raises(RefusedError, match="never run") as caught:
        render(
            {
                "kustomization.yaml": f"resources: [r.yaml]\n{field}: [t.yaml]\n",
                "t.yaml": config,
                "r.yaml": WEB,
            }
        )
    assert caught.value.where.file == "/t.yaml"


def test_entries_may_be_inline_files_or_directories(render) -> None:
    label = "apiVersion: builtin\nkind: LabelTransformer\nmetadata: {{name: {0}}}\nlabels: {{{0}: x}}\nfieldSpecs: [{{path: metadata/labels, create: true}}]\n"
    inline = label.format("a").replace("\n", "\n  ")
    files = {
        "kustomization.yaml": f"resources: [r.yaml]\ntransformers:\n- t.yaml\n- dir\n- |-\n  {inline}\n",
        "t.yaml": label.format("b"),
        "dir/kustomization.yaml": "resources: [c.yaml]\npatches: [{target: {}, patch: '- {op: add, path: /labels/d, value: x}'}]\n",
        "dir/c.yaml": label.format("c"),
        "r.yaml": WEB,
    }
    assert sorted(plain_values(render(files))[0]["metadata"]["labels"]) == ["a", "b", "c", "d"]


def test_generators(render) -> None:
    files = {
        "kustomization.yaml": "generators: [g.yaml]\n",
        "g.yaml": """\
            apiVersion: builtin
            kind: ConfigMapGenerator
            metadata: {name: cm, namespace: ns}
            literals: [a=b]
            env: ignored
            ---
            apiVersion: builtin
            kind: SecretGenerator
            metadata: {name: ignored}
            name: s
            literals: [a=b]
            options: {disableNameSuffixHash: true}
            ---
            apiVersion: builtin
            kind: IAMPolicyGenerator
            metadata: {name: ignored}
            cloud: gke
            kubernetesService: {name: ksa, namespace: kns}
            serviceAccount: {name: gsa, projectId: p}
            """,
    }
    config_map, secret, account = sorted(plain_values(render(files)), key=lambda body: body["kind"])
    assert config_map["metadata"]["name"].startswith("cm-")
    assert config_map["metadata"]["namespace"] == "ns"
    assert secret["metadata"] == {"name": "s"}
    assert account["metadata"] == {
        "annotations": {"iam.gke.io/gcp-service-account": "gsa@p.iam.gserviceaccount.com"},
        "name": "ksa",
        "namespace": "kns",
    }


@pytest.mark.parametrize("config", ["cloud: aws", "", "cloud: [gke]"])
def test_other_clouds_are_refused(render, config: str) -> None:
    text = f"apiVersion: builtin\nkind: IAMPolicyGenerator\nmetadata: {{name: x}}\n{config}\n"
    with pytest.raises(CmpError):
        render({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": text})


class Generating(Hooks):
    """Makes one object for every generator that is not built in."""

    def __init__(self, body: dict) -> None:
        self.body = body

    def generator(self, config, path_of):
        return [self.body]


def made(annotations: dict[str, str]) -> Generating:
    return Generating(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "s", "annotations": annotations},
            "data": {"a": "Yg=="},
        }
    )


def test_objects_from_a_hook(render) -> None:
    files = {
        "kustomization.yaml": "generators: [g.yaml]\n",
        "g.yaml": "apiVersion: x/v1\nkind: ksops\nmetadata: {name: g}\n",
    }
    (body,) = plain_values(render(files, made({"kustomize.config.k8s.io/needs-hash": "true", "a": "b"})))
    assert body["metadata"]["name"].startswith("s-")
    assert body["metadata"]["annotations"] == {"a": "b"}
    (body,) = plain_values(render(files, made({})))
    assert body["metadata"] == {"name": "s"}
    for unfit in (
        {"kustomize.config.k8s.io/behavior": "merge"},
        {"kustomize.config.k8s.io/needs-hash": "so"},
    ):
        with pytest.raises(CmpError):
            render(files, made(unfit))


def test_validators_may_change_nothing(render) -> None:
    same = "target: {name: web}\npatch: '- {op: test, path: /kind, value: Deployment}'"
    transformed(render, "PatchTransformer", same, field="validators")
    with pytest.raises(CmpError):
        transformed(render, "PatchTransformer", "path: p.yaml\ntarget: {name: web}", field="validators")


@pytest.mark.parametrize(
    ("path", "position", "expected"),
    [
        ("", 0, "P"),
        ("/", 0, "/P"),
        ("pie", 0, "P/pie"),
        ("/pie", 0, "/P/pie"),
        ("raw", 1, "raw/P"),
        ("/raw", 1, "/raw/P"),
        ("a/nice/warm/pie", 3, "a/nice/warm/P/pie"),
        ("/a/nice/warm/pie", 3, "/a/nice/warm/P/pie"),
        ("a/b", 99, "a/b/P"),
    ],
)
def test_parts_of_paths(path: str, position: int, expected: str) -> None:
    assert insert_part(path, position, "P") == expected
