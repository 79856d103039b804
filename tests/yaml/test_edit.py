"""Edits of spans: applied at once, read back, and refused where they overlap or break the text."""

import pytest

from cmp.yaml import YamlError, load_all
from cmp.yaml.edit import TextEdits


def read(text):
    return load_all(text.encode())


def test_all_edits_are_applied_at_once():
    edits = TextEdits("a: 1 # one\nb: 2\n")
    edits.replace(14, 15, "3")
    edits.replace(3, 4, "22")
    edits.replace(11, 11, "x: y\n")
    assert edits.read_back(read, [(11, 11, "z: w\n")]) == (
        "a: 22 # one\nx: y\nz: w\nb: 3\n",
        [{"a": 22, "x": "y", "z": "w", "b": 3}],
    )


def test_edits_that_overlap_are_refused():
    edits = TextEdits("a: [b, c]\n")
    edits.replace(4, 7, "")
    edits.replace(5, 8, "")
    assert edits.read_back(read) is None


@pytest.mark.parametrize("broken", ["[", "a: b: c", "\ud800"])
def test_a_result_that_cannot_be_read_is_refused(broken):
    edits = TextEdits("a: 1\n")
    edits.replace(3, 4, broken)
    assert edits.read_back(read) is None


def test_edits_can_be_taken_back():
    edits = TextEdits("a: 1\nb: 2\n")
    edits.replace(3, 4, "5")
    mark = edits.mark()
    edits.replace(8, 9, "6")
    edits.back_to(mark)
    assert edits.read_back(read) == ("a: 5\nb: 2\n", [{"a": 5, "b": 2}])
    edits.forget(0, 5)
    assert edits.read_back(read) == ("a: 1\nb: 2\n", [{"a": 1, "b": 2}])


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a: b # c\n", 4),
        ("a: |\n  x\n\n\nb: 1\n", 8),
        ("a: |\r\n  x\r\n\r\nb: 1\r\n", 9),
        ("a:\n  b:\n    c: 'd'\n\n# e\n", 18),
        ("a: [b, {c: d}] # e\n", 14),
    ],
)
def test_where_a_value_ends(text, end):
    edits = TextEdits(text)
    assert edits.end_of(edits.roots[0].value[0][1]) == end


def test_what_stands_inside_of_brackets():
    edits = TextEdits("a: {b: [c]}\nd: e\n")
    (_, outer), (_, plain) = edits.roots[0].value
    inner = outer.value[0][1]
    assert [edits.in_flow(node) for node in (outer, inner, inner.value[0], plain)] == [
        False,
        True,
        True,
        False,
    ]


def test_lines():
    edits = TextEdits("ab\ncd")
    assert [edits.line_start(4), edits.line_end(0), edits.next_line(0), edits.next_line(4)] == [3, 2, 3, 5]


def test_a_broken_text_is_refused_before_any_edit():
    from cmp.yaml import marks

    with pytest.raises(marks.errors()):
        TextEdits("a: [\n")
    with pytest.raises(YamlError):
        read("a: [\n")
