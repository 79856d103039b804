"""Edits inside a YAML text: what changes changes, and every other character stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.sops.document import Branch, Comment, Item
from cmp.sops.stores import yaml as store
from cmp.sops.write import treepath
from cmp.sops.write.layout import append, indent_of, rewrite
from cmp.sops.write.seal import copy_branch

SEALED = "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]"


def changed(text: str, path: str, value) -> str | None:
    old = store.load(text.encode())
    new = [copy_branch(branch) for branch in old]
    treepath.set_value(new[0], treepath.parse(path), value)
    return rewrite(text, old, new, indent_of(text))


def without(text: str, path: str) -> str | None:
    old = store.load(text.encode())
    new = [copy_branch(branch) for branch in old]
    treepath.unset_value(new[0], treepath.parse(path))
    return rewrite(text, old, new, indent_of(text))


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: 1\nb: 2\n", "a", 5, "a: 5\nb: 2\n"),
        ("a:   1   # one\n", "a", 2, "a:   2   # one\n"),
        ("a: 'x'\n", "a", "it's", "a: 'it''s'\n"),
        ('a: "x"\n', "a", "y", 'a: "y"\n'),
        ("a: x\n", "a", SEALED, f"a: {SEALED}\n"),
        ('a: "x"\n', "a", SEALED, f'a: "{SEALED}"\n'),
        ("a: [x, y]\n", "a[1]", SEALED, f'a: [x, "{SEALED}"]\n'),
        ("a: {b: x}\n", "a.b", "p, q", 'a: {b: "p, q"}\n'),
        ("a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
        ("a: |\n  two\n  lines\nb: 1\n", "a", "one", "a: one\nb: 1\n"),
        ("a: | # why\n  two\n  lines\nb: 1\n", "a", "one", "a: one # why\nb: 1\n"),
        ("a: one # why\nb: 1\n", "a", "two\nlines\n", "a: | # why\n    two\n    lines\nb: 1\n"),
        ("a:\n  b: x\n\n  c: y\n", "a.b", "two\nlines", "a:\n  b: |-\n    two\n    lines\n\n  c: y\n"),
        ("a:\n- x\n- y # why\n", "a[1]", "z", "a:\n- x\n- z # why\n"),
        ("a: 1", "b", 2, "a: 1\nb: 2\n"),
        ("a: 1\n# end\n", "b", 2, "a: 1\n# end\nb: 2\n"),
        ("x:\n  a: 1\ny: 2\n", "x.b", "c", "x:\n  a: 1\n  b: c\ny: 2\n"),
        ("x:\n  a: 1\n\n\ny: 2\n", "x.b", "c", "x:\n  a: 1\n  b: c\n\n\ny: 2\n"),
        ("a: 1\n---\nb: 2\n", "c", 3, "a: 1\nc: 3\n---\nb: 2\n"),
        ("a: !!str 5\n", "a", 6, "a: 6\n"),
        ("a: &x 1\nb: *x\n", "a", 2, None),
        ("a: 1\r\nb: 2\r\n", "a", 2, None),
        ("{a: 1}\n", "a", 2, None),
    ],
)
def test_set(text, path, value, expected):
    assert changed(text, path, value) == expected


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: 1\nb: {c: 2}\n", "a", Branch([Item("x", 1)]), "a:\n    x: 1\nb: {c: 2}\n"),
        ("a:\n  b: [1, 2]\n  c: 3\n", "a.b", [3], "a:\n  b:\n    - 3\n  c: 3\n"),
        ("a:\n  b:\n    - 1 # one\n  c: 3\n", "a.b", "x", "a:\n  b: x\n  c: 3\n"),
    ],
)
def test_another_kind_of_value_prints_its_entry_anew(text, path, value, expected):
    assert changed(text, path, value) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a: 1\nb: 2\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a: 1\nb: 2 # two\n# about c\nc: 3\n", "b", "a: 1\n# about c\nc: 3\n"),
        ("a:\n  b: |\n    x\n    y\n\n  c: 1\n", "a.b", "a:\n\n  c: 1\n"),
        ("a: 1\nb:\n  c:\n  - 1\n  - 2\n", "b", "a: 1\n"),
        ("a:\n  b: 1\nc: 2\n", "a.b", "a: {}\nc: 2\n"),
        ("a:\n- b: 1\n  c: 2\n", "a[0].b", "a:\n    - c: 2\n"),
        ("a: {b: 1, c: 2}\nd:  3\n", "a.b", "a:\n    c: 2\nd:  3\n"),
    ],
)
def test_unset(text, path, expected):
    assert without(text, path) == expected


def test_comments_are_replaced_where_they_stand():
    text = "# one\na: 1 # two\n\n# one\nb:\n  # three\n  - x # '#' four\n# five\n"
    old = store.load(text.encode())

    def upper(value):
        if isinstance(value, Comment):
            return Comment(value.text.upper(), value.inline)
        if isinstance(value, Branch):
            return Branch(
                Item(upper(item.key) if isinstance(item.key, Comment) else item.key, upper(item.value))
                for item in value
            )
        return [upper(child) for child in value] if isinstance(value, list) else value

    assert rewrite(text, old, [upper(branch) for branch in old]) == (
        "# ONE\na: 1 # TWO\n\n# ONE\nb:\n  # THREE\n  - x # '#' FOUR\n# FIVE\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n", "a: 1\nz: 9\n"),
        ("a: 1\n\n# end\n\n", "a: 1\n\n# end\nz: 9\n\n"),
        ("a:\n  b: 1\n  # inner\n# outer\n", "a:\n  b: 1\n  # inner\n# outer\nz: 9\n"),
        ("---\na: 1\n---\nb: 2\n...\n", "---\na: 1\nz: 9\n---\nb: 2\nz: 9\n...\n"),
    ],
)
def test_append(text, expected):
    found = append(text, store.load(text.encode()), Item("z", 9))
    assert found is not None
    assert found[0] == expected


@pytest.mark.parametrize(
    ("text", "indent"),
    [("a: 1\n", 4), ("a:\n  b: 1\n", 2), ("a: 1\nb: # c\n# d\n\n   e:\n", 3), ("a:\n- b: 1\n", 4)],
)
def test_indent_of(text, indent):
    assert indent_of(text) == indent


_SCALARS = st.text(max_size=12) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none()


@examples(200)
@given(_SCALARS, st.sampled_from(["a", "b.c", "b.d[1]", "e"]))
def test_any_scalar_reads_back_or_is_left_to_the_printer(value, path):
    text = "a: 1 # one\nb:\n  c: 'x'\n  d:\n  - y\n  - \"z\"\n# last\ne: [1]\n"
    edited = changed(text, path, value)
    if edited is None:
        return
    (branch,) = store.load(edited.encode())
    assert treepath.get_value(branch, treepath.parse(path)) == value
    assert "# one" in edited
    assert "# last" in edited
