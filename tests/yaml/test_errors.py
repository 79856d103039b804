"""Common mistakes: the position, a phrase of the message or hint, and that no value of the file is in it."""

import pytest

from cmp.errors import CmpError
from cmp.yaml import Scalar, YamlError, dump, load_all, load_config, resolve

# name -> (text, line, column, phrase of message and hint)
MISTAKES = {
    "tab": ("a:\n\tpassword: s3cret\n", 2, 1, "tab"),
    "tab below a value": ("a: s3cret\n\tb: s3cret\n", 2, 1, "tab"),
    "indentation of a key": ("a:\n  b: s3cret\n c: s3cret\n", 3, 2, "starts on line 1"),
    "indentation of an item": ("a:\n  - s3cret\n - s3cret\n", 3, 2, "starts on line 1"),
    "item at a wrong place": ("a: s3cret\n- b\n", 2, 1, "key"),
    "no space after a colon": ("a: 1\npassword:s3cret\nb: 2\n", 2, 10, "space after"),
    "two colons": ("a: s3cret: s3cret\n", 1, 10, "quote"),
    "conflict": ("a: 1\n<<<<<<< HEAD\nb: s3cret\n=======\nb: 1\n>>>>>>> x\n", 2, 1, "merge conflict"),
    "byte order mark inside": ("a: 1\nb\ufeffs3cret\nc: 1\n", 2, 2, "byte order mark"),
    "open double quote": ('a: 1\nb: "s3cret\n', 2, 4, "not closed"),
    "open single quote": ("a: 1\nb: 's3cret\n", 2, 4, "not closed"),
    "text after a quote": ('a: "x" s3cret\nb: c\n', 1, 8, "mapping"),
    "open bracket": ("a: [s3cret, b\nc: d\n", 2, 2, "`]`"),
    "wrong bracket": ("a: {b: s3cret]\n", 1, 14, "`}`"),
    "at sign": ("a: @s3cret\n", 1, 4, "quotes"),
    "backtick": ("a: `s3cret`\n", 1, 4, "quotes"),
    "percent": ("a: %s3cret\n", 1, 4, "quotes"),
    "asterisk": ("a: *.s3cret\n", 1, 4, "alias"),
    "alias without anchor": ("a: *s3cret\n", 1, 4, "not defined"),
    "ampersand": ("a: & s3cret\n", 1, 4, "anchor"),
    "exclamation mark": ("a: !s3cret! x\n", 1, 12, "tag"),
    "backslash": ('a: "s3cret\\d"\n', 1, 11, "escape"),
    "template": ("a: 1\n{{- if .Values.s3cret }}\nb: 1\n", 2, 1, "templates"),
    "separator with text": ("a: 1\n--- s3cret\nb: 1\n", 2, 1, "---"),
    "certificate at column 0": ("a: |\n  x\n-----BEGIN s3cret-----\nx\n", 3, 1, "indent"),
    "control character": ("a: 1\nb: s3cret\x07\n", 2, 10, "U+0007"),
    "error in a later document": ("a: 1\n---\nb: 2\n---\nc:\n\td: s3cret\n", 6, 1, "tab"),
    "version directive": ("%YAML 1.2\n--- {a: s3cret}", 1, 1, "%YAML"),
    "block scalar": ("a: |s3cret\n  b\n", 1, 5, "block scalar"),
    "merge of a text": ("a:\n  <<: s3cret\n", 2, 7, "merge key"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_resources(name):
    text, line, column, phrase = MISTAKES[name]
    with pytest.raises(YamlError) as caught:
        load_all(text.encode())
    error = caught.value
    assert (error.where.line, error.where.column) == (line, column), error
    assert phrase in f"{error.message} {error.hint}"
    assert "s3cret" not in f"{error} {error.hint} {error.excerpt} {error!r}"


@pytest.mark.parametrize(
    "name",
    sorted(set(MISTAKES) - {"separator with text", "certificate at column 0", "error in a later document"}),
)
def test_configuration(name):
    text, line, column, _ = MISTAKES[name]
    with pytest.raises(YamlError) as caught:
        load_config(text.encode())
    assert (caught.value.where.line, caught.value.where.column) == (line, column)


def test_invalid_utf8():
    with pytest.raises(YamlError, match="UTF-8") as caught:
        load_all(b"a: 1\nb: \xff\n")
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_printing_errors_hold_no_value():
    for text in ("a: {s3cret: 1, s3cret: 2}", "a: {1: s3cret}", 'a: "s3cret\\x7f"', "a: !!int s3cret"):
        with pytest.raises(CmpError) as caught:
            dump(load_all(text.encode())[0])
        assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value!r}"


def test_resolve():
    assert resolve("") is None
    assert resolve("12") == 12
    assert resolve("true") is True
    assert resolve("yes") == "yes"
    number = resolve("1.20")
    assert isinstance(number, Scalar)
    assert (number.tag, number.text) == ("!!float", "1.20")
