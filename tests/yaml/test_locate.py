"""Where fields are, and the line that a message shows."""

import pytest

from cmp.yaml import excerpt, locate

FILE = b"""# first
a: 1
---
# nothing here
---
kind: Pod
spec:
  containers:
  - name: x
    image: y
  - {name: z, image: w}
more: &m
  k: v
again: *m
"""


@pytest.mark.parametrize(
    ("document", "path", "place"),
    [
        (0, ("a",), (2, 1)),
        (0, (), (2, 1)),
        (1, ("kind",), (6, 1)),
        (1, ("spec", "containers", 0), (9, 5)),
        (1, ("spec", "containers", 0, "image"), (10, 5)),
        (1, ("spec", "containers", 1, "image"), (11, 15)),
        (1, ("again", "k"), (13, 3)),
        (1, ("spec", "containers", 2), None),
        (1, ("spec", "nothing"), None),
        (1, ("kind", "x"), None),
        (2, ("a",), None),
    ],
)
def test_locate(document, path, place):
    assert locate(FILE, document, path) == place


def test_locate_in_a_broken_file():
    assert locate(b"a: [", 0, ("a",)) is None


def test_excerpt():
    assert excerpt(b"a: 1\nb: [x\n", 2, 4) == "2 | b: [x\n  |    ^"
    assert excerpt(b"a\x1b[31m\tb", 1, 1) == "1 | a\ufffd[31m b\n  | ^"
    assert excerpt(b"a", 5, 1) == ""
    shown, caret = excerpt(b"x" * 1000 + b"!" + b"y" * 1000, 1, 1001).split("\n")
    assert len(shown) <= 130
    assert shown.startswith("1 | ...x")
    assert shown.endswith("y...")
    assert shown[caret.index("^")] == "!"


def test_an_excerpts_caret_stands_below_wide_and_combined_characters():
    assert excerpt("模型: [x\n".encode(), 1, 5) == "1 | 模型: [x\n  |       ^"
    assert excerpt("e\u0301: [x\n".encode(), 1, 5).split("\n")[1] == "  |    ^"
    assert excerpt("a\u202eb: [\n".encode(), 1, 1).startswith("1 | a\ufffdb")


def test_the_value_of_a_field():
    assert locate(b"a:\n  b: c\n", 0, ("a", "b")) == (2, 3)
    assert locate(b"a:\n  b: c\n", 0, ("a", "b"), value=True) == (2, 6)
