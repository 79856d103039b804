"""The one reader of go-yaml: a sink for comments changes nothing, and both of its callers follow upstream."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tries import examples

from cmp.errors import CmpError
from cmp.yaml.errors import YamlError
from cmp.yaml.go.comments import Comments
from cmp.yaml.go.emitter import emit
from cmp.yaml.go.node import ALIAS_NODE, Node
from cmp.yaml.go.parser import Parser, compose, first_document
from cmp.yaml.go.resolve import tag_of, value_of
from cmp.yaml.go.scanner import END, Scanner
from cmp.yaml.go.timestamp import parse, rfc3339
from cmp.yaml.go.tokens import STREAM_END
from tests.yaml.test_properties import near_documents

COMMENTED = st.lists(
    st.sampled_from(
        ["# a\n", "  # b\n", "\t# c\n", "\n", "\r\n", "k: v # d\n", "- # e\n", "  - x\n", "- y: z\n",
         "  w: |\n    t\n",
         "[", "]", "{", "}", ", ", " # f", ": ", "? ", "'q'", "\u2028", "\x85", "...\n", "---\n", "#", " "]
    ),
    max_size=14,
).map("".join)  # fmt: skip


def tokens(text, sink=None):
    """Kind, place, value and style of each token, and the error that ended them."""
    scanner = Scanner(text + END, sink=sink)
    found: list[Any] = []
    try:
        while not found or found[-1][0] != STREAM_END:
            found.append(scanner.peek()[:5])
            scanner.skip()
    except YamlError as error:
        return found, str(error)
    return found, ""


@examples(600)
@given(st.one_of(near_documents(), COMMENTED))
@example("a: 1\n# x\n\t# y\nb: 2\n")
@example("- # a\n  # b\n  - c\n# d\n\n# e\n")
@example("a: [b, # c\n  # d\n] # e\n")
def test_a_sink_for_comments_changes_no_token(text):
    assert tokens(text) == tokens(text, Comments())


def shape(node):
    if node.kind == ALIAS_NODE:
        return (node.value,)
    return node.kind, node.tag, node.value, node.style, node.line, node.column, [*map(shape, node.content)]


@examples(400)
@given(st.one_of(near_documents(), COMMENTED))
@example("[? : ]")
def test_the_first_document_is_the_same_with_and_without_comments(text):
    try:
        documents = compose(text)
    except CmpError:
        return  # a later document may be the broken one
    root = Parser(text).document()
    assert (root is None) == (not documents)
    if root is not None:
        assert shape(documents[0].content[0]) == shape(root)


@examples(300)
@given(COMMENTED)
def test_no_comment_is_given_to_two_nodes(text):
    try:
        documents = compose(text)
    except CmpError:
        return
    given_away: list[str] = []

    def walk(node):
        for comment in (node.head_comment, node.line_comment, node.foot_comment):
            given_away.extend(line for line in comment.split("\n") if line)
        for child in node.content:
            walk(child)

    for document in documents:
        walk(document)
    assert len(given_away) <= text.count("#")
    assert all(line.startswith("#") for line in given_away)


def test_where_comments_go():
    (document,) = compose("# file\n\n# head\na: # beside\n  - 1 # one\n  # foot\n\nb: 2\n# end\n")
    key, items, other, _ = document.content[0].content
    assert document.head_comment == "# file"
    assert key.head_comment == "# head"
    assert [items.content[0].line_comment, items.content[0].foot_comment] == ["# one", "# foot"]
    assert other.foot_comment == "# end"


def test_a_reader_without_comments_gives_none():
    root = Parser("# head\na: 1 # beside\n").document()
    assert root is not None
    assert {(node.head_comment, node.line_comment) for node in root.content} == {("", "")}


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("0o-7", "!!int", -7),
        ("0b-101", "!!int", -5),
        ("0b+1", "!!int", 1),
        ("0o8", "!!str", "0o8"),
        ("True", "!!bool", True),
        ("No", "!!str", "No"),
        ("-.INF", "!!float", float("-inf")),
        ("NULL", "!!null", None),
        ("2001-1-2   3:4:5", "!!timestamp", "2001-1-2   3:4:5"),
    ],
)
def test_what_a_plain_scalar_is(text, tag, value):
    assert tag_of(text) == tag
    assert value_of(tag, text) == value


def test_a_timestamp_is_looked_for_only_where_the_tag_allows_one():
    assert tag_of("2001-01-02", dates=False) == "!!str"


def test_an_offset_of_a_whole_day_is_a_time_that_go_cannot_print():
    stamp = parse("2001-01-02T03:04:05+24:00")
    assert stamp is not None
    assert stamp.text() == "2001-01-02T03:04:05+24:00"
    assert rfc3339("2001-01-02T03:04:05+24:00") == ""


def test_a_node_shows_no_value():
    assert not re.search("secret", repr(Node(0, 1, 1, "!!str", "secret")))


@pytest.mark.parametrize("style", ["|", ">"])
@pytest.mark.parametrize(
    ("value", "header"), [("[x]", "-"), ("[a]\n[b]", "-"), ("]\n", ""), ("[\n\n", "+"), (" ]", "2-")]
)
def test_the_header_of_a_block_says_how_it_starts_and_ends(style, value, header):
    document = first_document("a: x\nb: 1\n")
    assert document is not None
    document.content[0].content[1].value, document.content[0].content[1].style = value, style
    text = emit([document])
    assert text.startswith(f"a: {style}{header}\n")
    if style == "|":  # upstream folds some line breaks into others
        again = first_document(text)
        assert again is not None
        assert again.content[0].content[1].value == value
