"""Gates look at the final objects: the same wrong object is refused whatever path it came by."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cmp.age import X25519Identity
from cmp.errors import CmpError
from cmp.render import Settings, render
from cmp.sops.keys import KeySource
from cmp.sops.write.document import NewFile, encrypt
from cmp.tree.memory import MemoryTree

Body = dict[str, Any]

CIPHERTEXT = "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]"

# gate -> (kind, the fields of an object that it refuses, apiVersion)
BAD: dict[str, tuple[str, Body, str]] = {
    "undecrypted": ("ConfigMap", {"data": {"k": CIPHERTEXT}}, "v1"),
    "secret-data": ("Secret", {"data": {"k": "no base64!"}}, "v1"),
    "placeholder": ("Secret", {"stringData": {"k": "REPLACE_WITH_PASSWORD"}}, "v1"),
    "unresolved-reference": (
        "InferenceService",
        {"spec": {"predictor": {"model": {"storageUri": "models:/x@champion"}}}},
        "serving.kserve.io/v1beta1",
    ),
    "serving-rules": (
        "InferenceService",
        {"spec": {"predictor": {"canaryTrafficPercent": 150, "model": {"storageUri": "s3://models/x"}}}},
        "serving.kserve.io/v1beta1",
    ),
}


def whole(kind: str, fields: Body, version: str) -> Body:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, **fields}


def file_of(bad: Body) -> dict[str, str]:
    return {"kustomization.yaml": "resources: [r.yaml]\n", "r.yaml": json.dumps(bad)}


def list_of(bad: Body) -> dict[str, str]:
    items = {"apiVersion": "v1", "kind": "List", "items": [bad]}
    return {"kustomization.yaml": "resources: [r.yaml]\n", "r.yaml": json.dumps(items)}


def typed_list_of(bad: Body) -> dict[str, str]:
    items = {"apiVersion": bad["apiVersion"], "kind": bad["kind"] + "List", "items": [bad]}
    return {"kustomization.yaml": "resources: [r.yaml]\n", "r.yaml": json.dumps(items)}


def base_of(bad: Body) -> dict[str, str]:
    below = {f"base/{name}": text for name, text in file_of(bad).items()}
    return {"kustomization.yaml": "namePrefix: p-\nresources: [base]\n", **below}


def component_of(bad: Body) -> dict[str, str]:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [r.yaml]\n"
    return {
        "kustomization.yaml": "components: [c]\n",
        "c/kustomization.yaml": component,
        "c/r.yaml": json.dumps(bad),
    }


def inline_patch_of(bad: Body) -> dict[str, str]:
    plain = {key: bad[key] for key in ("apiVersion", "kind", "metadata")}
    patch = json.dumps({"resources": ["r.yaml"], "patches": [{"patch": json.dumps(bad)}]})
    return {"kustomization.yaml": patch, "r.yaml": json.dumps(plain)}


def json_patch_of(bad: Body) -> dict[str, str]:
    plain = {key: bad[key] for key in ("apiVersion", "kind", "metadata")}
    operations = [{"op": "add", "path": f"/{key}", "value": bad[key]} for key in bad if key not in plain]
    patch = {
        "resources": ["r.yaml"],
        "patches": [{"target": {"kind": bad["kind"]}, "patch": json.dumps(operations)}],
    }
    return {"kustomization.yaml": json.dumps(patch), "r.yaml": json.dumps(plain)}


def transformer_of(bad: Body) -> dict[str, str]:
    plain = {key: bad[key] for key in ("apiVersion", "kind", "metadata")}
    transformer = {"apiVersion": "builtin", "kind": "PatchTransformer", "metadata": {"name": "t"}}
    transformer["patch"] = json.dumps(bad)
    return {
        "kustomization.yaml": "resources: [r.yaml]\ntransformers: [t.yaml]\n",
        "r.yaml": json.dumps(plain),
        "t.yaml": json.dumps(transformer),
    }


IDENTITY = X25519Identity(bytes([41] * 32))


def ksops_of(bad: Body) -> dict[str, bytes | str]:
    new = NewFile(((str(IDENTITY.recipient()),),), ("encrypted_regex", "^nothing$"))
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in bad.items())
    sealed = encrypt(lines.encode(), "yaml", new, "2026-01-01T00:00:00Z").data
    generator = "apiVersion: x/v1\nkind: ksops\nmetadata: {name: g}\nfiles: [s.yaml]\n"
    return {"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": generator, "s.yaml": sealed}


WAYS: dict[str, Callable[[Body], Mapping[str, bytes | str]]] = {
    "a file": file_of,
    "a List": list_of,
    "a typed list": typed_list_of,
    "a base": base_of,
    "a component": component_of,
    "an inline patch": inline_patch_of,
    "a JSON patch": json_patch_of,
    "a transformer": transformer_of,
    "KSOPS": ksops_of,
}


def refusal(files: Mapping[str, bytes | str], **settings: Any) -> CmpError:
    tree = MemoryTree(
        {f"/r/{name}": text if isinstance(text, bytes) else text.encode() for name, text in files.items()},
        root="/r",
    )
    with pytest.raises(CmpError) as caught:
        keys = KeySource(lambda: [IDENTITY], "the tests' key")
        render(tree, "/r", Settings(keys=keys, **settings))
    return caught.value


EXPECTED = {
    "undecrypted": "still encrypted",
    "secret-data": "not base64",
    "placeholder": "placeholder",
    "unresolved-reference": "reference",
    "serving-rules": "",
}


# A file that holds sealed values in clear cannot be written, so KSOPS cannot give one.
@pytest.mark.parametrize(
    ("gate", "way"), [(g, w) for g in BAD for w in WAYS if (g, w) != ("undecrypted", "KSOPS")]
)
def test_whatever_path_it_came_by(gate: str, way: str):
    kind, fields, version = BAD[gate]
    error = refusal(WAYS[way](whole(kind, fields, version)))
    assert type(error).__name__ == "GateError"
    assert EXPECTED[gate] in error.message
    assert error.where.object.endswith("/a") or error.where.object.endswith("/p-a")
    assert error.where.field


GENERATED = {
    "undecrypted": f"configMapGenerator: [{{name: g, literals: ['k={CIPHERTEXT}']}}]\n",
    "placeholder": "secretGenerator: [{name: g, literals: [k=REPLACE_WITH_PASSWORD]}]\n",
    "duplicate-ids": "resources: [r.yaml]\nconfigMapGenerator: [{name: a, literals: [k=v], options: {disableNameSuffixHash: true}}]\n",
}


@pytest.mark.parametrize("gate", GENERATED)
def test_generated_objects(gate: str):
    given = whole("ConfigMap", {"data": {}}, "v1")
    given["metadata"]["namespace"] = "x"
    files = {"kustomization.yaml": GENERATED[gate], "r.yaml": json.dumps(given)}
    error = refusal(files, destination="x")
    assert type(error).__name__ == "GateError"
    assert gate != "undecrypted" or "encrypted" in error.message


def test_a_value_that_a_replacement_copied():
    source = json.dumps(whole("Secret", {"stringData": {"k": CIPHERTEXT}}, "v1"))
    target = json.dumps({**whole("ConfigMap", {"data": {"k": "v"}}, "v1"), "metadata": {"name": "b"}})
    replacement = (
        "resources: [s.yaml, c.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.k}\n"
        "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]\n"
    )
    error = refusal({"kustomization.yaml": replacement, "s.yaml": source, "c.yaml": target})
    told = [error, *error.others]
    assert {each.where.object for each in told} == {"Secret/a", "ConfigMap/b"}


# What cannot be waived, with the annotation that would do it if it could.
@pytest.mark.parametrize("gate", ["undecrypted", "no-objects", "incomplete"])
def test_some_gates_cannot_be_waived(gate: str):
    bad = whole("ConfigMap", {"data": {"k": CIPHERTEXT}}, "v1")
    bad["metadata"]["annotations"] = {f"cmp.mlops/allow-{gate}": "we are sure"}
    if gate == "incomplete":
        del bad["data"], bad["apiVersion"]
    if gate == "no-objects":
        bad["metadata"]["annotations"]["config.kubernetes.io/local-config"] = "true"
    assert type(refusal(file_of(bad))).__name__ == "GateError"


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
@pytest.mark.parametrize("gate", ["secret-data", "placeholder", "unresolved-reference"])
def test_a_waiver_needs_a_reason(gate: str, reason: str):
    kind, fields, version = BAD[gate]
    bad = whole(kind, fields, version)
    bad["metadata"]["annotations"] = {f"cmp.mlops/allow-{gate}": reason}
    assert "needs a reason" in refusal(file_of(bad)).hint
    bad["metadata"]["annotations"] = {f"cmp.mlops/allow-{gate}": "a reason"}
    files = {f"/r/{name}": text.encode() for name, text in file_of(bad).items()}
    assert "kind" in render(MemoryTree(files, root="/r"), "/r", Settings()).text
