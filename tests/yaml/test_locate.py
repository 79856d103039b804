"""Where fields are, and the line that a message shows."""

import pytest

from cmp.yaml.go.parser import Parser
from cmp.yaml.locate import Positions, excerpt, locate

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


def test_the_nearest_place_above():
    positions = Positions(FILE)
    assert positions.of(1, ("spec", "containers", 1, "env", 0), nearest=True) == (11, 5)
    assert positions.of(1, ("spec", "containers", 7), nearest=True) == (8, 3)
    assert positions.of(1, ("again", "x"), nearest=True) == (14, 1)
    assert positions.of(1, ("again", "x"), nearest=True, value=True) == (14, 8)
    assert positions.of(0, ("x",), nearest=True) == (2, 1)
    assert positions.of(2, ("x",), nearest=True) is None


def test_questions_in_any_order_have_the_answers_of_one():
    broken = b"a: 1\n---\nb: 2\n---\n: [\n---\nc: 3\n"
    for data, count in ((FILE, 4), (broken, 5), (b"", 1), (b"a: 1\n---" + b"\n---\nb: 1\n" * 40, 45)):
        for order in (range(count), reversed(range(count)), [0, 2, 1, 0, 1]):
            positions = Positions(data)
            for document in order:
                for path in ((), ("a",), ("b",), ("kind",)):
                    assert positions.of(document, path) == locate(data, document, path)


def test_no_document_is_read_for_each_question(monkeypatch):
    read = []
    real = Parser.document

    def counted(parser):
        read.append(0)
        return real(parser)

    monkeypatch.setattr(Parser, "document", counted)
    positions = Positions(b"a: 1\n---\n" * 200)
    for _ in range(5):
        for number in range(200):
            for _ in range(3):
                assert positions.of(number, ("a",)) == (1 + 2 * number, 1)
    assert len(read) <= 5 * 201
