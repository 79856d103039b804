"""KSOPS generator entries as the real plugin reads them: any case, coerced scalars, Lists, named mistakes."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError

HEAD = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData: {k: value}\n"


def built(run, seal, entry, text=SECRET % "s"):
    files = {"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": HEAD + entry}
    return run({**files, "m.yaml": seal(text), "a.txt": seal("x", "binary")}).text


@pytest.mark.parametrize("field", ["files", "Files", "FILES"])
def test_fields_match_in_any_case(run, seal, field):
    assert "name: s\n" in built(run, seal, f"{field}: [m.yaml]\n")


def test_fields_of_a_secret_match_in_any_case(run, seal):
    text = built(run, seal, "secretfrom: [{Metadata: {Name: t}, Files: [a.txt], Type: Opaque}]\n")
    assert "name: t\n" in text
    assert "a.txt: x\n" in text


@pytest.mark.parametrize(
    ("value", "printed"), [("1", '"1"'), ("true", '"true"'), ("0.5", '"0.5"'), ("x", "x")]
)
def test_scalars_become_strings(run, seal, value, printed):
    metadata = f"{{name: t, labels: {{b: {value}}}, annotations: {{c: {value}}}}}"
    text = built(run, seal, f"secretFrom: [{{metadata: {metadata}, files: [a.txt]}}]\n")
    assert f"b: {printed}\n" in text
    assert f"c: {printed}\n" in text


def test_a_list_is_its_items(run, seal):
    items = "".join("- " + (SECRET % name).replace("\n", "\n  ").rstrip(" ") for name in ("one", "two"))
    text = built(run, seal, "files: [m.yaml]\n", f"apiVersion: v1\nkind: List\nitems:\n{items}")
    assert [line for line in text.splitlines() if "name:" in line] == ["  name: one", "  name: two"]


def test_a_generated_object_may_ask_for_its_hash_by_the_internal_annotation(run, seal):
    annotations = '{internal.config.kubernetes.io/needsHashSuffix: "enabled"}'
    secret = SECRET % f"s, annotations: {annotations}"
    assert "name: s-" in built(run, seal, "files: [m.yaml]\n", secret)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("file: [m.yaml]\n", "did you mean 'files'?"),
        ("secretsFrom: []\n", "did you mean 'secretFrom'?"),
        ("files: m.yaml\n", "files"),
        ("secretFrom: [{metadata: {name: t}, files: {a: b}}]\n", "secretFrom[0].files"),
    ],
)
def test_a_mistake_names_file_and_entry(run, seal, entry, said):
    with pytest.raises(CmpError) as info:
        built(run, seal, entry)
    error = info.value
    assert (error.where.file, error.where.object) == ("g.yaml", "ksops/g")
    assert said in f"{error.where.field} {error.message} {error.hint}"
