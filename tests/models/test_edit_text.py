"""Edits of YAML texts: only what was asked changes, and what reads back is what was meant."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.models.edit.text import Editor, scalar
from cmp.models.errors import ModelError

TEXT = """\
# head
apiVersion: v1   # core
kind: ConfigMap
data:
  # Replace with actual URIs
  one: "s3://bucket/x"   # first
  two: 's3://bucket/y'

  weight: "80"
  plain: abc
  empty:
  long: |
    a
    b

  flow: {a: "1", b: '2'}
  list:
  - a
  - b   # last
# tail
---
a: 1
"""


def edited(*edits, text=TEXT):
    editor = Editor(text)
    for name, *args in edits:
        getattr(editor, name)(*args)
    return editor.result()


def test_nothing_asked_nothing_changed():
    assert edited(("set", ("data", "one"), "s3://bucket/x")) == TEXT


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        (("set", ("data", "one"), "s3://new/x"), '"s3://bucket/x"   # first', '"s3://new/x"   # first'),
        (("set", ("data", "two"), "it's"), "'s3://bucket/y'", "'it''s'"),
        (("set", ("data", "weight"), "5"), '"80"', '"5"'),
        (("set", ("data", "plain"), "50"), "plain: abc", 'plain: "50"'),
        (("set", ("data", "plain"), "a: b"), "plain: abc", 'plain: "a: b"'),
        (("set", ("data", "plain"), 50), "plain: abc", "plain: 50"),
        (("set", ("data", "empty"), "x"), "empty:\n", "empty: x\n"),
        (("set", ("data", "empty", "a"), "x"), "empty:\n", "empty:\n    a: x\n"),
        (("set", ("data", "flow", "a"), "2"), '{a: "1"', '{a: "2"'),
        (("set", ("data", "flow", "c"), "x,y"), "b: '2'}", "b: '2', c: \"x,y\"}"),
        (("set", ("data", "new"), "x"), "- b   # last\n", "- b   # last\n  new: x\n"),
        (("set", ("meta", "deep", "er"), "x"), "# last\n", "# last\nmeta:\n  deep:\n    er: x\n"),
        (("set", ("data", "long"), "s3://a/b"), "|\n    a\n    b\n", "s3://a/b\n"),
        (("set", ("data", "list", 1), "c"), "- b   #", "- c   #"),
        (("append", ("data", "list"), "c"), "- b   # last\n", "- b   # last\n  - c\n"),
        (("append", ("data", "fresh"), "c"), "- b   # last\n", "- b   # last\n  fresh:\n    - c\n"),
        (("remove", ("data", "plain")), "  plain: abc\n", ""),
        (("remove", ("data", "flow", "b")), ", b: '2'", ""),
        (("remove", ("data", "flow", "a")), 'a: "1", ', ""),
        (("remove", ("data", "nothing")), "", ""),
        (("set", ("a",), 2, 1), "a: 1\n", "a: 2\n"),
        (("merge", ("data", "flow"), {"b": "2", "c": "3"}), "{a: \"1\", b: '2'}", "{b: '2', c: \"3\"}"),
    ],
)  # fmt: skip
def test_one_edit(edit, old, new):
    assert old in TEXT
    assert edited(edit) == TEXT.replace(old, new, 1)


def test_several_edits_at_once():
    text = edited(
        ("set", ("data", "one"), "a"),
        ("set", ("data", "x"), "1"),
        ("set", ("data", "z"), "2"),
        ("remove", ("data", "two")),
    )
    assert next(iter(yaml.safe_load_all(text)))["data"]["z"] == "2"
    assert '  x: "1"\n  z: "2"\n' in text


def test_new_entries_of_an_empty_mapping():
    text = "spec:\n  entries: {}   # none yet\n  other: 1\n"
    edits = [("merge", ("spec", "entries", name), {"ref": "r", "tags": {"k": "v"}}) for name in "ab"]
    assert edited(*edits, ("set", ("spec", "entries", "a", "uri"), "u"), text=text) == (
        "spec:\n  entries:\n    a:\n      ref: r\n      tags:\n        k: v\n      uri: u\n"
        "    b:\n      ref: r\n      tags:\n        k: v   # none yet\n  other: 1\n"
    )


def test_line_ends_and_a_missing_last_one():
    crlf = TEXT.replace("\n", "\r\n")
    assert edited(("set", ("data", "new"), "x"), text=crlf) == edited(("set", ("data", "new"), "x")).replace(
        "\n", "\r\n"
    )
    assert edited(("set", ("b",), "x"), text="a: 1") == "a: 1\nb: x"
    assert edited(("remove", ("a",)), text="a: 1\n") == "{}\n"


def test_an_alias_is_refused():
    with pytest.raises(ModelError, match="cannot be edited here"):
        edited(("set", ("b",), "y"), text="a: &x v\nb: *x\n")


def test_broken_text_is_named_with_its_line():
    with pytest.raises(ModelError) as caught:
        Editor("a: [\n")
    assert caught.value.where.line


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
names = st.text("abcxyz-.", min_size=1, max_size=6).filter(lambda text: text[0].isalpha())
values = st.recursive(
    texts | st.integers(0, 100) | st.booleans() | st.none(),
    lambda inner: st.dictionaries(names, inner, max_size=3),
)


@examples(150)
@given(st.dictionaries(names, values, min_size=1, max_size=5), names, texts, st.booleans())
def test_any_document_any_value(document, key, value, flow):
    text = yaml.safe_dump(document, sort_keys=False, default_flow_style=flow, allow_unicode=True, width=10**6)
    editor = Editor(text)
    if key in document and isinstance(document[key], dict):
        return
    editor.set((key,), value)
    assert yaml.safe_load(editor.result()) == {**document, key: value}


@examples(200)
@given(texts, st.sampled_from(["", "'", '"']), st.booleans())
def test_any_scalar_reads_back(value, style, in_flow):
    text = f"[{scalar(value, style, True)}, 1]" if in_flow else f"- {scalar(value, style, False)}\n- 1"
    assert yaml.safe_load(text) == [value, 1]
