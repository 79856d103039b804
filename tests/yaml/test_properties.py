"""Laws: what is printed reads back; the quick way equals the exact one; only our errors escape."""

import json
import os
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tries import examples

from cmp.errors import CmpError
from cmp.limits import DEFAULT
from cmp.yaml import dump, gojson, load_all, load_config
from cmp.yaml.documents import decode, split
from cmp.yaml.fast import NOT_MINE, load
from cmp.yaml.reader import load_slow

with open(os.path.join(os.path.dirname(__file__), "data", "documents.json"), encoding="utf-8") as _file:
    SEEDS = [entry["input"] for entry in json.load(_file) if "input" in entry and len(entry["input"]) < 400]

PIECES = st.sampled_from(
    ["\n", " ", "  ", "    ", "- ", ": ", "a", "b: c\n", "key:\n", "  - x: 1\n", "|\n  t\n", ">-\n  f\n  g\n", "# c\n",  # noqa: E501
     "'q'", '"d\\n"', "'", '"', "{}", "[a, b]", "{a: b}", "[", "}", "&x ", "*x", "!t ", "<<: ", "---\n", "...\n", "\t",  # noqa: E501
     "~", "null", "12", "1.50", "2020-01-01", "yes", "é", "\ufeff", "\r\n", "?", "%", "@", "=", "\\"]
)  # fmt: skip
TEXTS = st.text(
    st.one_of(
        st.sampled_from(" \n:#-'\"\t,[]{}&*!|>%@`?\\.~0123456789eExXyn/<=_"),
        st.characters(
            codec="utf-8", exclude_characters=[chr(c) for c in (*range(0x7F, 0xA0), 0xFFFE, 0xFFFF)]
        ),
    ),
    max_size=120,
)
SCALARS = st.one_of(TEXTS, st.integers(-(2**63), 2**64 - 1), st.booleans(), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def near_documents(draw):
    """A known document with a few pieces put in, taken out or repeated; or pieces alone."""
    text = draw(st.sampled_from(["", *SEEDS]))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(PIECES) + text[at + draw(st.integers(0, 3)) :]
    return text


@examples(300)
@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5))
@example({"a": "\ttab first\nthen more"})
@example({"": {"<<": None}})
def test_printed_reads_back(value):
    text = dump(value)
    if "<<" in text:  # printed plain, as kustomize does, it is read as a merge key
        return
    (back,) = load_all(text.encode())
    assert gojson.dumps(back) == gojson.dumps(value) or "\t" in text
    assert text.endswith("\n")


@examples(500)
@given(near_documents())
def test_quick_way_is_exact_or_gives_up(text):
    try:
        pieces = [decode(piece, line) for piece, line in split(text.encode())]
    except CmpError:
        return
    for piece in pieces:
        quick = load(piece, DEFAULT)
        if quick is not NOT_MINE:
            exact = load_slow(piece)
            assert quick == exact
            assert dump_or_error(quick) == dump_or_error(exact)


def dump_or_error(value):
    try:
        return dump(value)
    except CmpError as error:
        return error.message


@examples(500)
@given(st.one_of(near_documents().map(str.encode), st.binary(max_size=200)))
def test_only_our_errors(data):
    for read in (load_all, lambda data: [load_config(data).value]):
        try:
            documents = read(data)
        except CmpError:
            continue
        for document in documents:
            dump_or_error(document)


def test_long_quoted_texts_are_read_in_linear_time():
    for text in (
        "a: 'x\n" + "  y''z\n" * 20_000,
        'a: "x\n' + '  y\\"z\n' * 20_000,
        "a: b\n" + "  c\n" * 20_000,
    ):
        found: Any = load(text, DEFAULT)
        assert found is NOT_MINE or len(found["a"]) > 20_000
