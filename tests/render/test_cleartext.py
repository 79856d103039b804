"""Decrypted values that would leave in clear, by whatever way they go."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.render import decrypting
from cmp.render.cleartext import _add_plain, _add_texts, needles
from cmp.render.errors import GateError
from cmp.yaml.taint import Origin, taint
from cmp.yaml.value import Quoted

VALUE = "hunter2-and-more"
SECRET = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{p: {VALUE}, short: abcd}}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
ON_DATA = "^(data|stringData)$"


def copying(field, target="data.k", options=""):
    return (
        "resources: [s.yaml, c.yaml]\nreplacements:\n"
        f"- source: {{kind: Secret, name: s, fieldPath: {field}}}\n"
        f"  targets: [{{select: {{kind: ConfigMap}}, fieldPaths: [{target}]{options}}}]\n"
    )


def leak(run, seal, kustomization, **files):
    tree = {
        "kustomization.yaml": kustomization,
        "s.yaml": seal(SECRET, regex=ON_DATA),
        "c.yaml": CONFIG,
        **files,
    }
    with pytest.raises(GateError) as info:
        run({name.replace("__", "."): data for name, data in tree.items()})
    text = " ".join([str(info.value), info.value.hint, *map(str, info.value.others)])
    assert VALUE not in text
    assert "abcd" not in text
    return info.value


def test_a_replacement_into_a_config_map(run, seal):
    error = leak(run, seal, copying("stringData.p"))
    assert (error.where.object, error.where.field) == ("ConfigMap/c", "data.k")
    assert "s.yaml, stringData.p" in error.message
    assert "allow-cleartext" in error.hint


def test_a_short_value_as_a_whole_field(run, seal):
    assert leak(run, seal, copying("stringData.short")).where.field == "data.k"


def test_a_part_of_a_longer_text(run, seal):
    config = CONFIG.replace("k: v", "k: 'postgres://user:X:host'")
    error = leak(
        run,
        seal,
        copying("stringData.p", options=", options: {delimiter: ':', index: 2}"),
        **{"c.yaml": config},
    )
    assert error.where.field == "data.k"


def test_a_generator_of_a_config_map(run, seal):
    kustomization = "configMapGenerator: [{name: g, envs: [e.env]}]\n"
    error = leak(run, seal, kustomization, **{"e.env": seal(f"A={VALUE}\n", "dotenv")})
    assert error.where.field == "data.A"


def test_a_whole_file_in_a_config_map(run, seal):
    kustomization = "configMapGenerator: [{name: g, files: [e.yaml]}]\n"
    error = leak(run, seal, kustomization, **{"e.yaml": seal(f"deep: {{er: {VALUE}}}\n")})
    assert error.where.field == "data[e.yaml]"


def test_a_key_file_in_a_config_map(run, seal):
    kustomization = "configMapGenerator: [{name: g, files: [e.pem]}]\n"
    pem = "-----BEGIN THING-----\n" + "QUJD" * 16 + "\n" + "REVG" * 16 + "\n-----END THING-----\n"
    error = leak(run, seal, kustomization, **{"e.pem": seal(pem, "binary")})
    assert error.where.field == "data[e.pem]"


def test_an_argument_of_a_workload_through_a_patch(run, seal):
    patch = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{q: {VALUE}}}\n"
    kustomization = "resources: [c.yaml]\npatches: [{path: p.yaml}]\n"
    assert leak(run, seal, kustomization, **{"p.yaml": seal(patch, regex="^data$")}).where.field == "data.q"


def test_ksops_output_counts_too(run, seal):
    ksops = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\nfiles: [e.yaml]\n"
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: d}}\ndata: {{k: {VALUE}}}\n"
    kustomization = "generators: [g.yaml]\n"
    error = leak(run, seal, kustomization, **{"g.yaml": ksops, "e.yaml": seal(config, regex="^data$")})
    assert error.where.object == "ConfigMap/d"


@pytest.mark.parametrize(
    ("config", "allowed"),
    [
        (
            CONFIG.replace(
                "{name: c}", '{name: c, annotations: {cmp.mlops/allow-cleartext: "the client needs it"}}'
            ),
            True,
        ),
        (CONFIG.replace("{name: c}", '{name: c, annotations: {cmp.mlops/allow-cleartext: " "}}'), False),
        (CONFIG + f"# {VALUE}\n", False),  # a comment does not make it public
    ],
)
def test_what_is_allowed(run, seal, config, allowed):
    files = {
        "kustomization.yaml": copying("stringData.p"),
        "s.yaml": seal(SECRET, regex=ON_DATA),
        "c.yaml": config,
    }
    if allowed:
        assert VALUE in run(files).text
    else:
        with pytest.raises(GateError) as info:
            run(files)
        assert "cmp.mlops/allow-cleartext" in info.value.hint


def test_from_secret_to_secret_is_fine(run, seal):
    other = "apiVersion: v1\nkind: Secret\nmetadata: {name: t}\nstringData: {k: v}\n"
    kustomization = (
        copying("stringData.p")
        .replace("kind: ConfigMap", "kind: Secret, name: t")
        .replace("data.k", "stringData.k")
    )
    text = run(
        {"kustomization.yaml": kustomization, "s.yaml": seal(SECRET, regex=ON_DATA), "c.yaml": other}
    ).text
    assert text.count(VALUE) == 2


def test_needles_are_the_value_its_lines_and_its_base64():
    found = set(needles("first line of it\nthe longest line of them all\n"))
    assert {"first line of it", "the longest line of them all"} <= found
    assert list(needles("abc")) == []
    assert list(needles("abcd")) == ["abcd"]
    assert "aHVudGVyMi1hbmQtbW9yZQ" in set(needles(VALUE))


LINES = "first line of the key\nsecond line of the key\n"
BASE64 = b64encode(VALUE.encode()).decode()


SEARCHED = {"p": VALUE, "short": "abcd", "k": LINES, "public": "published-value", "c": "only-in-a-comment"}


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("stringData.p", True),
        ("stringData.short", True),  # short, and the whole field
        ("stringData.k", True),
        ("stringData.public", False),  # a clear file has it as a whole field
        ("stringData.c", True),
        (f"postgres://user:{VALUE}@host", True),
        (f"x {BASE64} y", True),
        ("abcd and more", False),  # short, inside of another text
        ("the second line of the key is here", True),
        ("harmless", False),
    ],
)
def test_the_second_net_searches_for_what_was_not_followed(run, seal, monkeypatch, said, refused):
    """As if the engine had lost every origin. said: a field that is copied, or the text of a clear file."""
    monkeypatch.setattr(decrypting, "TaintedBytes", lambda data, marks: data)
    secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {json.dumps(SEARCHED)}\n"
    kustomization = "resources: [s.yaml, c.yaml, d.yaml]\nconfigMapGenerator: [{name: g, files: [f]}]\n"
    if said in [f"stringData.{key}" for key in SEARCHED]:
        kustomization += copying(said).partition("\n")[2].replace("{kind: ConfigMap}", "{name: c}")
    files = {
        "kustomization.yaml": kustomization,
        "s.yaml": seal(secret, regex=ON_DATA),
        "c.yaml": CONFIG,
        "d.yaml": "# only-in-a-comment\n"
        + CONFIG.replace("name: c", "name: d").replace("k: v", "k: published-value"),
        "f": f"text: {said}\n",
    }
    if not refused:
        assert run(files).text
        return
    with pytest.raises(GateError) as info:
        run(files)
    assert "s.yaml, stringData" in info.value.message


texts = st.text("abc d", max_size=8)
scalars = st.one_of(texts, st.integers(), st.booleans(), st.none(), st.just(Quoted("quoted")))
tainted = texts.map(lambda text: taint(text, (Origin("f", 0, ()),)))
values = st.recursive(
    st.one_of(scalars, tainted),
    lambda below: st.one_of(st.lists(below), st.dictionaries(st.one_of(texts, tainted), below)),
)


@examples(300)
@given(values)
def test_the_first_look_sees_every_text(value):
    """It decides whether an object is looked at again with the paths of its texts."""
    with_paths: list[tuple[tuple[str | int, ...], str]] = []
    plain: list[str] = []
    _add_texts(value, (), with_paths)
    _add_plain(value, plain)
    assert sorted(plain) == sorted(text for _, text in with_paths)
