"""`replacements` in builds: sources, targets, options, messages."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import json

import pytest

from cmp.errors import CmpError
from cmp.yaml.plain import plain_values

SOURCE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: src, labels: {app: a}}
data: {url: "http://host:80/path", port: "8080", name: new}
"""
TARGET = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: web, image: "nginx:1", args: [x]}
      - {name: nginx-tagged, image: "nginx:2"}
"""


def replaced(render, entry: str, resources: str = SOURCE + "---\n" + TARGET, **files: str):
    kustomization = f"resources: [r.yaml]\nreplacements:\n- {entry}\n"
    text = render({"kustomization.yaml": kustomization, "r.yaml": resources, **files})
    return {body["metadata"]["name"]: body for body in plain_values(text)}


def test_a_field(render) -> None:
    entry = "{source: {kind: ConfigMap, fieldPath: data.port}, targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]}"
    assert replaced(render, entry)["web"]["spec"]["replicas"] == 8080


def test_the_default_path_is_the_name(render) -> None:
    entry = (
        "{source: {kind: ConfigMap}, targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]}"
    )
    assert sorted(replaced(render, entry)) == ["src"]


def test_a_given_text(render) -> None:
    entry = "{sourceValue: 'x', targets: [{select: {name: web}, fieldPaths: ['spec.template.spec.containers.*.image']}]}"
    containers = replaced(render, entry)["web"]["spec"]["template"]["spec"]["containers"]
    assert [container["image"] for container in containers] == ["x", "x"]


def test_list_values_are_patterns(render) -> None:
    entry = (
        "{sourceValue: x, targets: [{select: {name: web}, "
        "fieldPaths: ['spec.template.spec.containers.[name=nginx].image']}]}"
    )
    containers = replaced(render, entry)["web"]["spec"]["template"]["spec"]["containers"]
    assert [container["image"] for container in containers] == ["nginx:1", "x"]


@pytest.mark.parametrize(
    ("source", "target", "image"),
    [
        ("{delimiter: ':', index: 1}", "{}", "//host"),
        ("{delimiter: ':'}", "{}", "http"),
        ("{delimiter: '/', index: 2}", "{delimiter: ':', index: 0}", "host:80:1"),
        ("{delimiter: '/', index: 3}", "{delimiter: ':', index: 1}", "nginx:path"),
        ("{delimiter: '/', index: 3}", "{delimiter: ':', index: 9}", "nginx:1:path"),
        ("{delimiter: '/', index: 3}", "{delimiter: ':', index: -1}", "path:nginx:1"),
    ],
)
def test_delimiters(render, source: str, target: str, image: str) -> None:
    entry = (
        f"{{source: {{name: src, fieldPath: data.url, options: {source}}}, targets: [{{select: {{name: web}}, "
        f"options: {target}, fieldPaths: [spec.template.spec.containers.0.image]}}]}}"
    )
    assert replaced(render, entry)["web"]["spec"]["template"]["spec"]["containers"][0]["image"] == image


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("metadata.annotations.[a.b/c]", lambda body: body["metadata"]["annotations"]["a.b/c"]),
        ("spec.x.y.z", lambda body: body["spec"]["x"]["y"]["z"]),
        ("spec.template.spec.containers.[name=new].image", lambda body: body["spec"]["template"]["spec"]["containers"][2]["image"]),
        ("spec.template.spec.containers.0.args.1", lambda body: body["spec"]["template"]["spec"]["containers"][0]["args"][1]),
    ],
)  # fmt: skip
def test_create(render, path: str, where) -> None:
    entry = f"{{sourceValue: v, targets: [{{select: {{name: web}}, fieldPaths: ['{path}'], options: {{create: true}}}}]}}"
    assert where(replaced(render, entry)["web"]) == "v"


def test_a_mapping_replaces_a_mapping(render) -> None:
    entry = "{source: {name: src, fieldPath: data}, targets: [{select: {name: web}, fieldPaths: [spec.template]}]}"
    assert replaced(render, entry)["web"]["spec"]["template"]["name"] == "new"


def test_reject(render) -> None:
    entry = "{sourceValue: v, targets: [{select: {}, reject: [{kind: Deployment}], fieldPaths: [metadata.labels.app]}]}"
    assert replaced(render, entry)["src"]["metadata"]["labels"]["app"] == "v"
    entry = "{sourceValue: v, targets: [{select: {}, reject: [{labelSelector: app}], fieldPaths: [spec.replicas]}]}"
    with pytest.raises(CmpError):
        replaced(render, entry)


def test_several_in_files(render) -> None:
    one = "source: {name: src, fieldPath: data.port}\ntargets: [{select: {name: web}, fieldPaths: [spec.replicas]}]\n"
    many = "- sourceValue: '7'\n  targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]\n- sourceValue: '8'\n  targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]\n"
    assert replaced(render, "{path: one.yaml}", **{"one.yaml": one})["web"]["spec"]["replicas"] == 8080
    assert replaced(render, "{path: many.yaml}", **{"many.yaml": many})["web"]["spec"]["replicas"] == 8


def test_earlier_names_select(render) -> None:
    files = {
        "kustomization.yaml": """\
            resources: [base]
            replacements:
            - source: {kind: ConfigMap, name: src}
              targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]
            """,
        "base/kustomization.yaml": "resources: [r.yaml]\nnamePrefix: '5'\n",
        "base/r.yaml": SOURCE.replace("name: src", "name: src")
        + "---\n"
        + TARGET.replace("replicas: 1", "replicas: x"),
    }
    assert "replicas: 5src" in render(files)


def test_documents_inside_scalars(render) -> None:
    resources = (
        SOURCE
        + '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {c: \'{"a": {"b": "x"}}\'}\n'
    )
    entry = "{source: {name: src, fieldPath: data.name}, targets: [{select: {name: web}, fieldPaths: [data.c.a.b]}]}"
    assert replaced(render, entry, resources)["web"]["data"]["c"] == '{"a":{"b":"new"}}'


@pytest.mark.parametrize(
    "text",
    [
        "a: {<<: {b: x}}",
        "{a: {<<: {b: x}}, 5: z}",
        "x: &x {b: 1}\na: *x",
        "x: &x {b: 1}\na: {<<: *x, c: y}",
        "a: '{<<: {b: x}}'",
    ],
)
def test_what_an_alias_or_a_merge_key_brings_is_not_there(render, text: str) -> None:
    """Upstream looks at the document as it is written; a value found there would be written nowhere."""
    resources = f"{SOURCE}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: web}}\ndata:\n  c: {json.dumps(text)}\n"
    entry = "{sourceValue: v, targets: [{select: {name: web}, fieldPaths: [data.c.a.b]}]}"
    with pytest.raises(CmpError, match=r"the target has no field data\.c\.a\.b"):
        replaced(render, entry, resources)


@pytest.mark.parametrize(
    "entry",
    [
        "{targets: [{select: {}}]}",
        "{sourceValue: v}",
        "{sourceValue: v, targets: []}",
        "{sourceValue: v, source: {name: src}, targets: [{select: {}}]}",
        "{sourceValue: v, targets: [{fieldPaths: [a]}]}",
        "{source: {name: missing}, targets: [{select: {}}]}",
        "{source: {version: v1}, targets: [{select: {kind: '('}}]}",
        "{source: {}, targets: [{select: {}}]}",
        "{source: {name: src, fieldPath: data.missing}, targets: [{select: {name: web}}]}",
        "{source: {name: src, fieldPath: data.*}, targets: [{select: {name: web}}]}",
        "{source: {name: src, fieldPath: data, options: {delimiter: x}}, targets: [{select: {name: web}}]}",
        "{source: {name: src, fieldPath: data.port, options: {delimiter: x, index: 1}}, targets: [{select: {name: web}}]}",
        "{sourceValue: v, targets: [{select: {name: web}, fieldPaths: [spec.missing]}]}",
        "{sourceValue: v, targets: [{select: {name: web}, fieldPaths: [spec.template], options: {delimiter: x}}]}",
        "{sourceValue: v, targets: [{select: {name: web}, fieldPaths: [spec.template.spec.containers.9.image]}]}",
        "{sourceValue: v, targets: [{select: {name: web, labelSelector: '='}}]}",
        "{path: one.yaml, source: {name: src}}",
        "{path: missing.yaml}",
        "{path: text.yaml}",
        "{sourceValue: v, targets: [{select: {name: web}, fieldPaths: [spec.replicas]}]}",
    ],
)
def test_replacements_that_are_refused(render, entry: str) -> None:
    with pytest.raises(CmpError) as caught:
        replaced(
            render, entry, **{"one.yaml": "sourceValue: v\ntargets: [{select: {}}]\n", "text.yaml": "5\n"}
        )
    assert caught.value.where.file


def test_a_target_that_selects_nothing_is_noticed(render, rules) -> None:
    replaced(render, "{sourceValue: v, targets: [{select: {name: nobody}}]}")
    assert rules() == ["replacement-selected-nothing"]


def test_the_error_names_object_and_field(render) -> None:
    with pytest.raises(CmpError) as caught:
        replaced(render, "{sourceValue: v, targets: [{select: {name: web}, fieldPaths: [spec.missing]}]}")
    assert caught.value.where.object == "Deployment/web"
    assert caught.value.where.field == "spec.missing"
    assert caught.value.where.line == 3
