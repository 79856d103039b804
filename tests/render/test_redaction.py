"""Errors and warnings about encrypted files never repeat what is in them."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError

VALUE = "hunter2-and-more"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
SECRET = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{p: {VALUE}}}\n"

# a file's clear content, its format, and the kustomization that makes the engine stumble over it
CASES = {
    "a dotenv file as a resource": (f"A={VALUE}: [\n", "dotenv", "resources: [e]\n"),
    "a text as a resource": (f"{VALUE}: [\n", "binary", "resources: [e]\n"),
    "a merge patch that selects nothing": (
        SECRET.replace("name: s", f"name: {VALUE}"),
        "yaml",
        "resources: [c.yaml]\npatches: [{path: e}]\n",
    ),
    "a resource without a kind": (f"a: {VALUE}\n", "yaml", "resources: [e]\n"),
    "a JSON patch of a wrong path": (
        f'data: ""\nx: [{{op: replace, path: /data/{VALUE}, value: {VALUE}}}]\n',
        "yaml",
        "resources: [c.yaml]\npatches: [{path: e, target: {kind: ConfigMap}}]\n",
    ),
    "an env file with a bad line": (
        f"not an assignment {VALUE}\n",
        "binary",
        "secretGenerator: [{name: g, envs: [e]}]\n",
    ),
    "a Secret whose data is not base64": (
        SECRET.replace("stringData", "data"),
        "yaml",
        "resources: [e]\n",
    ),
    "a replacement that cannot be made": (
        SECRET,
        "yaml",
        "resources: [c.yaml, e]\nreplacements: [{source: {kind: Secret, fieldPath: stringData.p}, "
        "targets: [{select: {kind: ConfigMap}, fieldPaths: [data.none.at.all]}]}]\n",
    ),
    "a model URI with a blank": (
        "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\n"
        'metadata: {name: m, annotations: {config.kubernetes.io/local-config: "true"}}\n'
        f"spec: {{models: {{a: {{uri: 's3://{VALUE}/a b'}}}}}}\n",
        "yaml",
        "resources: [c.yaml, e]\n",
    ),
    "an image name": (
        SECRET + f"image: {VALUE}\n",
        "yaml",
        "resources: [e]\nimages: [{name: n, newTag: '1'}]\n",
    ),
}


@pytest.mark.parametrize(("clear", "fmt", "kustomization"), CASES.values(), ids=CASES.keys())
def test_nothing_decrypted_is_in_a_message(run, seal, clear, fmt, kustomization):
    files = {"kustomization.yaml": kustomization, "c.yaml": CONFIG, "e": seal(clear, fmt)}
    told: list[str] = []
    try:
        rendered = run(files, strict=True)
        told += rendered.warnings + rendered.explain
    except CmpError as err:
        for each in (err, *getattr(err, "others", ())):
            told += [str(each), each.hint, each.excerpt]
    assert VALUE not in "\n".join(told)


def test_an_error_still_says_what_files_say_in_clear(run, seal):
    files = {
        "kustomization.yaml": "resources: [e.yaml, gone-missing.yaml]\n",
        "e.yaml": seal(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: gone-missing.yaml}\n",
            regex="^stringData$",
        ),
    }
    with pytest.raises(CmpError) as info:
        run(files)
    assert "gone-missing.yaml" in str(info.value)
