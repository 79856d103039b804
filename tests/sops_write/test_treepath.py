"""Places in a document, as SOPS writes them and as people do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.sops.document import Branch, Comment, Item
from cmp.sops.write import treepath


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a.b[0].c[12]", ("a", "b", 0, "c", 12)),
        ("a[0][1]", ("a", 0, 1)),
        ('["a"]["b.c"][0]', ("a", "b.c", 0)),
        ("['a'][\"it's\"]", ("a", "it's")),
        ('["quo\\"te"]["back\\\\slash"]', ('quo"te', "back\\slash")),
        ('[""]', ("",)),
        ("with space.x-y_z/1", ("with space", "x-y_z/1")),
    ],
)
def test_parse(text, path):
    assert treepath.parse(text) == path


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a[01]", '["a"', '["a"].b', "[0"]
)
def test_parse_refused(text):
    with pytest.raises(treepath.PathError):
        treepath.parse(text)


@given(st.lists(st.text(st.characters(codec="utf-8")) | st.integers(0, 10**8), min_size=1, max_size=5))
def test_what_is_shown_parses_back(parts):
    path = ("top", *parts)
    shown = "".join(
        f"[{part}]" if isinstance(part, int) else '["' + part.replace("\\", "\\\\").replace('"', '\\"') + '"]'
        for part in path
    )
    assert treepath.parse(shown) == path


def sample() -> Branch:
    return Branch(
        [
            Item(Comment(" about a")),
            Item("a", Branch([Item("b", 1)])),
            Item(Comment(" behind", inline=True)),
            Item("list", [Comment(" first"), "x", Comment(" in", inline=True), "y"]),
        ]
    )


def test_get():
    assert treepath.get_value(sample(), ("a", "b")) == 1
    assert treepath.get_value(sample(), ("list", 1)) == "y"
    for path in (("c",), ("a", 0), ("list", "x"), ("list", 2), ("a", "b", "c")):
        with pytest.raises(treepath.PathError):
            treepath.get_value(sample(), path)


@pytest.mark.parametrize(
    "path", [("a", "b"), ("a", "new"), ("new",), ("n", "e", "w"), ("list", 0), ("list", 2)]
)
def test_set_then_get(path):
    branch = sample()
    treepath.set_value(branch, path, "value")
    assert treepath.get_value(branch, path) == "value"


@pytest.mark.parametrize(
    "path", [("a", 0), ("list", "x"), ("list", 3), ("new", 0), ("a", "b", "c"), ("list", 0, "z")]
)
def test_set_refused(path):
    branch = sample()
    with pytest.raises(treepath.PathError):
        treepath.set_value(branch, path, "value")
    assert branch == sample()


def test_unset_takes_the_comment_on_its_line_along():
    branch = sample()
    treepath.unset_value(branch, ("list", 1))
    assert branch[-1].value == [Comment(" first"), "x"]
    treepath.unset_value(branch, ("list",))
    assert [item.key for item in branch] == [Comment(" about a"), "a"]
    for path in (("list",), ("a", 0), ("a", "b", "c")):
        with pytest.raises(treepath.PathError):
            treepath.unset_value(branch, path)
