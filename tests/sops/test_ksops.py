"""KSOPS generator files: every field, every refusal, env files as its library reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.sops.errors import ParseError, SopsError
from cmp.sops.godotenv import parse
from cmp.sops.ksops import generate, is_generator

FILES = {
    "./a.yaml": b"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
    b"---\nkind: Secret\nmetadata: {name: b}\n---\n",
    "text": b"hunter2\n",
    "bytes": b"\xff\x00",
    "x.env": b"B=2\nA=1 # one\nexport C='$A'\nD=\"$A\\n\"\n",
}


def _open(path: str) -> bytes:
    return FILES[path]


def _generate(**fields):
    return generate({"apiVersion": "viaduct.ai/v1", "kind": "ksops", **fields}, _open)


def test_any_api_version_counts():
    assert is_generator({"apiVersion": "x/v9", "kind": "ksops"})
    assert not is_generator({"apiVersion": "viaduct.ai/v1", "kind": "Ksops"})


def test_files_are_manifests_in_order():
    assert [each["metadata"]["name"] for each in _generate(files=["./a.yaml"])] == ["a", "b"]
    assert _generate(files=[]) == []


def test_every_field_of_secret_from():
    (secret,) = _generate(
        secretFrom=[
            {
                "metadata": {
                    "name": "s",
                    "namespace": "n",
                    "labels": {"b": "x", "a": "y"},
                    "annotations": {"c": "z"},
                    "uid": "1",
                },
                "type": "kubernetes.io/tls",
                "files": ["text", "key=text"],
                "binaryFiles": ["bytes", "tls.crt=text"],
                "envs": ["x.env"],
            }
        ]
    )
    assert secret == {
        "apiVersion": "v1",
        "data": {"bytes": "/wA=", "tls.crt": "aHVudGVyMgo="},
        "kind": "Secret",
        "metadata": {
            "annotations": {"c": "z"},
            "labels": {"a": "y", "b": "x"},
            "name": "s",
            "namespace": "n",
        },
        "stringData": {"A": "1", "B": "2", "C": "$A", "D": "1\n", "key": "hunter2\n", "text": "hunter2\n"},
        "type": "kubernetes.io/tls",
    }
    assert list(secret) == sorted(secret)
    assert list(secret["stringData"]) == sorted(secret["stringData"])


def test_files_come_before_secrets_and_empty_parts_are_left_out():
    first, second, third = _generate(files=["./a.yaml"], secretFrom=[{"metadata": {"name": "s"}}])
    assert (first["metadata"]["name"], second["metadata"]["name"]) == ("a", "b")
    assert third == {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"files": "a"},
        {"files": [1]},
        {"secretFrom": {}},
        {"secretFrom": ["x"]},
        {"secretFrom": [{"files": ["a=b=c"]}]},
        {"secretFrom": [{"files": ["=text"]}]},
        {"secretFrom": [{"files": ["bytes"]}]},
        {"secretFrom": [{"type": 1}]},
        {"secretFrom": [{"metadata": "x"}]},
        {"secretFrom": [{"metadata": {"name": 1}}]},
        {"secretFrom": [{"metadata": {"labels": {"a": 1}}}]},
    ],
)
def test_what_is_refused(fields):
    with pytest.raises(SopsError):
        _generate(**fields)


def test_an_env_file_that_cannot_be_read_names_itself_and_nothing_else():
    FILES["bad.env"] = b"A=hunter2\nno equals hunter2\n"
    with pytest.raises(SopsError) as caught:
        _generate(secretFrom=[{"envs": ["bad.env"]}])
    assert caught.value.where.file == "bad.env"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1\nB: 2\n", {"A": "1", "B": "2"}),
        ("export A = x y \n", {"A": "x y"}),
        ("exported=1", {"exported": "1"}),
        ("A=a#b # c\nB=#x\n", {"A": "a#b", "B": "#x"}),
        ('A=\'a # b\'\nB="c\\nd \\" \\\\x"\n', {"A": "a # b", "B": 'c\nd " \\x'}),
        ("A=1\nB=$A${A}\\$A$MISSING\n", {"A": "1", "B": "11$A"}),
        ("A='two\nlines'\n", {"A": "two\nlines"}),
        ("# c\r\n\r\nA=1\r\n", {"A": "1"}),
        ("A=\nB=''\n", {"A": "", "B": ""}),
        ("A.B=é\n", {"A.B": "é"}),
        ("A=1\nA=2\n", {"A": "2"}),
        ("", {}),
    ],
)
def test_env_files(text, values):
    assert parse(text.encode()) == values


@pytest.mark.parametrize("text", ["A\n", "A", "A B=1\nC-D=1\n", "A='x\n", 'A="x\\"\n', "é=1\n"])
def test_env_files_that_are_refused(text):
    with pytest.raises(ParseError) as caught:
        parse(text.encode())
    assert caught.value.where.line > 0


@given(st.text(alphabet="AB=:#'\"\\$ {}()\n\r\texport", max_size=40))
def test_env_files_give_nothing_but_our_errors(text):
    try:
        values = parse(text.encode())
    except ParseError:
        return
    assert all(isinstance(value, str) for value in values.values())
