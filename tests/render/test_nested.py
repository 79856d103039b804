"""Secrets whose `data` holds a whole SOPS file in base64: what opens, into which form, and what is refused."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from cmp.errors import CmpError
from cmp.render.errors import GateError
from cmp.sops.errors import MacError
from cmp.yaml.plain import plain_values


def secret(content: bytes, key="key", kind="Secret"):
    value = b64encode(content).decode()
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: s}}\ndata:\n  {key}: {value}\n"


FILES = {"kustomization.yaml": "resources: [s.yaml]\n"}


def value_of(rendered, key="key") -> str:
    (body,) = plain_values(rendered.text)
    return b64decode(body["data"][key]).decode()


@pytest.mark.parametrize(
    ("plain", "fmt", "key", "cleartext"),
    [
        ("correct-horse", "binary", "key", "correct-horse"),
        ("correct-horse", "binary", "key.txt", "correct-horse"),
        ("correct-horse", "binary", "key.json", '{\n\t"data": "correct-horse"\n}\n'),
        ("a: correct-horse\n", "yaml", "app.yaml", "a: correct-horse\n"),
        ("a: correct-horse\n", "yaml", "app", "a: correct-horse\n"),
        ("a: correct-horse # why\n", "yaml", ".dockerconfigjson", '{\n\t"a": "correct-horse"\n}\n'),
        ('{"a": "correct-horse"}', "json", ".dockerconfigjson", '{\n\t"a": "correct-horse"\n}\n'),
        ('{"a": "correct-horse"}', "json", "app.yml", "a: correct-horse\n"),
        ("A=correct-horse\n", "dotenv", "app.env", "A=correct-horse\n"),
        ("[s]\na = correct-horse\n", "ini", "app.ini", "[s]\na = correct-horse\n"),
    ],
)
def test_a_whole_sops_file_opens_into_the_form_that_its_key_names(run, seal, plain, fmt, key, cleartext):
    rendered = run({**FILES, "s.yaml": secret(seal(plain, fmt), key)})
    assert value_of(rendered, key) == cleartext
    assert rendered.explain == [f"decrypted: s.yaml, data{f'[{key}]' if '.' in key else '.' + key}"]


def test_a_value_that_a_patch_or_a_generator_brings_opens_too_and_the_hash_follows_it(run, seal):
    patch = secret(seal("correct-horse", "binary"))
    patched = run({"kustomization.yaml": "resources: [s.yaml]\npatches: [{path: p.yaml}]\n",
                   "s.yaml": secret(b"old", "other"), "p.yaml": patch})  # fmt: skip
    assert value_of(patched) == "correct-horse"
    names = set()
    for content in (seal("correct-horse", "binary"), seal("correct-horse", "binary"), b"correct-horse"):
        made = run({"kustomization.yaml": "secretGenerator: [{name: g, files: [key=f]}]\n",
                    "f": seal(content.decode(), "binary")})  # fmt: skip
        (body,) = plain_values(made.text)
        assert b64decode(body["data"]["key"]).rstrip() == b"correct-horse"
        names.add(body["metadata"]["name"])
    assert len(names) == 1


def test_the_rest_of_the_secret_stays_and_line_breaks_do_not_matter(run, seal):
    encoded = b64encode(seal("correct-horse", "binary")).decode()
    lines = "\n".join("    " + encoded[at : at + 70] for at in range(0, len(encoded), 70))
    text = (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata:\n  other: cGxhaW4=\n  key: |\n{lines}\n"
    )
    rendered = run({**FILES, "s.yaml": text})
    assert value_of(rendered) == "correct-horse"
    assert value_of(rendered, "other") == "plain"


def test_a_changed_value_is_refused_with_its_place(run, seal):
    sealed = seal("a: correct-horse\nb_unencrypted: plain\n").replace(b"plain", b"other")
    with pytest.raises(MacError) as caught:
        run({**FILES, "s.yaml": secret(sealed, "app.yaml")})
    assert str(caught.value.where) == "s.yaml:5:3, Secret/s, data[app.yaml]"
    assert "correct-horse" not in str(caught.value)


def test_a_value_inside_that_does_not_open_is_named(run, seal):
    sealed = seal("a: correct-horse\nb: other\n")
    first, second = (line.split(b" ", 1)[1] for line in sealed.splitlines()[:2])
    swapped = sealed.replace(first, b"@").replace(second, first).replace(b"@", second)
    with pytest.raises(CmpError) as caught:
        run({**FILES, "s.yaml": secret(swapped, "app.yaml")})
    assert str(caught.value.where) == "s.yaml:5:3, Secret/s, data[app.yaml]: a"


def test_without_a_key_nothing_is_rendered(run, seal):
    with pytest.raises(CmpError) as caught:
        run({**FILES, "s.yaml": secret(seal("correct-horse", "binary"))}, keys=None)
    assert str(caught.value.where) == "s.yaml:5:3, Secret/s, data.key"
    assert caught.value.hint


def test_several_documents_do_not_fit_into_json(run, seal):
    with pytest.raises(CmpError, match="several YAML documents"):
        run({**FILES, "s.yaml": secret(seal("a: x-secret\n---\nb: y-secret\n"), "app.json")})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda seal: secret(seal("a: x-secret\n").split(b"sops:")[0]), id="no metadata"),
        pytest.param(lambda seal: secret(seal(seal("x", "binary").decode(), "binary")), id="encrypted twice"),
        pytest.param(lambda seal: secret(b"text " + seal("x", "binary")), id="text before it"),
    ],
)
def test_what_is_no_whole_sops_file_stays_for_the_gate(run, seal, text):
    with pytest.raises(GateError, match="still encrypted"):
        run({**FILES, "s.yaml": text(seal)})


def test_only_secrets_are_opened(run, seal):
    content = seal("correct-horse", "binary")
    rendered = run({**FILES, "s.yaml": secret(content, kind="ConfigMap")})
    assert value_of(rendered) == content.decode()


def test_a_plain_build_opens_nothing(run, seal):
    content = seal("correct-horse", "binary")
    assert value_of(run({**FILES, "s.yaml": secret(content)}, plain=True)) == content.decode()


def test_a_masked_render_shows_the_token(run, seal):
    rendered = run({**FILES, "s.yaml": secret(seal("correct-horse", "binary"))}, masked=True, keys=None)
    assert value_of(rendered) == "encrypted/masked"


def test_a_value_from_inside_must_not_leave_a_secret(run, seal):
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
    rest = "vars: [{name: V, objref: {apiVersion: v1, kind: Secret, name: s}, fieldref: {fieldpath: data.key}}]\n"
    files = {"kustomization.yaml": "resources: [s.yaml, c.yaml]\n" + rest + "configurations: [v.yaml]\n",
             "v.yaml": "varReference: [{path: data/k, kind: ConfigMap}]\n",
             "c.yaml": config.replace("k: v", "k: $(V)"),
             "s.yaml": secret(seal("correct-horse", "binary"))}  # fmt: skip
    with pytest.raises(GateError, match="would be shown in clear"):
        run(files)
