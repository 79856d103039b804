"""JSON6902 patches: upstream's departures from RFC 6902, and agreement with the package elsewhere."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.errors import CmpError, LimitError
from cmp.kustomize.budget import Budget
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.jsonpatch import decode, from_json, to_json
from cmp.limits import Limits
from cmp.yaml.value import Value

DOC = {"a": {"b": 1, "n": None}, "l": ["x", "y", {"k": "v"}], "s": "t", "x/y": {"~": 1}}

# name: (operations in YAML, the document after them); None: refused
CASES = {
    "add": ("- {op: add, path: /a/c, value: 5}", {**DOC, "a": {"b": 1, "n": None, "c": 5}}),
    "add replaces": ("- {op: add, path: /s, value: u}", {**DOC, "s": "u"}),
    "add without value adds null": ("- {op: add, path: /s}", {**DOC, "s": None}),
    "append": ("- {op: add, path: /l/-, value: z}", {**DOC, "l": [*DOC["l"], "z"]}),
    "insert": ("- {op: add, path: /l/0, value: z}", {**DOC, "l": ["z", *DOC["l"]]}),
    "insert at the end": ("- {op: add, path: /l/3, value: z}", {**DOC, "l": [*DOC["l"], "z"]}),
    "insert beyond the end": ("- {op: add, path: /l/4, value: z}", None),
    "insert from the end": ("- {op: add, path: /l/-1, value: z}", {**DOC, "l": [*DOC["l"], "z"]}),
    "insert before the first, from the end": ("- {op: add, path: /l/-4, value: z}", {**DOC, "l": ["z", *DOC["l"]]}),
    "insert too far from the end": ("- {op: add, path: /l/-5, value: z}", None),
    "a sign before an index": ("- {op: replace, path: /l/+1, value: z}", {**DOC, "l": ["x", "z", {"k": "v"}]}),
    "a missing parent": ("- {op: add, path: /q/c, value: 5}", None),
    "a null is not a parent": ("- {op: add, path: /a/n/c, value: 5}", None),
    "a single value is not a parent": ("- {op: add, path: /s/c, value: 5}", None),
    "replace of a missing key adds it": ("- {op: replace, path: /q, value: 5}", {**DOC, "q": 5}),
    "replace beyond the end": ("- {op: replace, path: /l/3, value: 5}", None),
    "replace from the end": ("- {op: replace, path: /l/-3, value: 5}", {**DOC, "l": [5, "y", {"k": "v"}]}),
    "replace of -": ("- {op: replace, path: /l/-, value: 5}", None),
    "replace the whole": ('- {op: replace, path: "", value: {q: 1}}', {"q": 1}),
    "replace the whole by a text": ('- {op: replace, path: "", value: q}', None),
    "add to the whole": ('- {op: add, path: "", value: {q: 1}}', None),
    "remove": ("- {op: remove, path: /l/1}", {**DOC, "l": ["x", {"k": "v"}]}),
    "remove from the end": ("- {op: remove, path: /l/-1}", {**DOC, "l": ["x", "y"]}),
    "remove a missing key": ("- {op: remove, path: /q}", None),
    "remove beyond the end": ("- {op: remove, path: /l/3}", None),
    "remove -": ("- {op: remove, path: /l/-}", None),
    "escapes": ("- {op: replace, path: /x~1y/~0, value: 2}", {**DOC, "x/y": {"~": 2}}),
    "text before the first slash": ("- {op: replace, path: a/s, value: u}", {**DOC, "s": "u"}),
    "a path without slash": ("- {op: replace, path: s, value: u}", None),
    "move": ("- {op: move, from: /s, path: /a/s}", {k: v for k, v in DOC.items() if k != "s"} | {"a": {"b": 1, "n": None, "s": "t"}}),
    "move a missing key": ("- {op: move, from: /q, path: /r}", None),
    "move into itself": ("- {op: move, from: /a, path: /a/b}", None),
    "copy": ("- {op: copy, from: /l/2, path: /c}", {**DOC, "c": {"k": "v"}}),
    "copy of a missing key copies null": ("- {op: copy, from: /q, path: /c}", {**DOC, "c": None}),
    "test": ("- {op: test, path: /a/b, value: 1}", DOC),
    "test of a number in another form": ("- {op: test, path: /a/b, value: 1.0}", DOC),
    "test of another type": ('- {op: test, path: /a/b, value: "1"}', None),
    "test of a missing key for null": ("- {op: test, path: /q, value: null}", DOC),
    "test of null": ("- {op: test, path: /a/n, value: null}", DOC),
    "test of a mapping": ("- {op: test, path: /a, value: {b: 1, 'n': null}}", DOC),
    "test of a list": ("- {op: test, path: /l, value: [x, 'y', {k: v}]}", DOC),
    "test of a shorter list": ("- {op: test, path: /l, value: [x, 'y']}", None),
    "test of the JSON text": ('[{"op": "test", "path": "/a/b", "value": 1.0}]', None),
    "test of escapes in JSON": ('[{"op": "test", "path": "/s", "value": "\\u0074"}]', None),
    "test in JSON": ('[{"op": "test", "path": "/s", "value": "t"}]', DOC),
    "an unknown operation": ("- {op: merge, path: /a}", None),
    "no operation": ("- {path: /a}", None),
    "no path": ("- {op: add, value: 1}", None),
    "no from": ("- {op: move, path: /q}", None),
    "a null operation": ("- null", None),
}  # fmt: skip


def mapping(document: dict[str, Any]) -> dict[str, Value]:
    made = from_json(document)
    assert isinstance(made, dict)
    return made


@pytest.mark.parametrize("name", CASES)
def test_operations(name: str) -> None:
    text, expected = CASES[name]
    patch = decode(text)
    if expected is None:
        with pytest.raises(KustomizeError):
            patch.apply(mapping(DOC))
    else:
        assert to_json(patch.apply(mapping(DOC))) == expected


@pytest.mark.parametrize("text", ["", "{a: b}", "[1]", "- x", '[{"op": }]', "[NaN", "a: ["])
def test_no_patch(text: str) -> None:
    with pytest.raises(CmpError):
        decode(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "5"),
        (999999, "999999"),
        (1000000, "1e+06"),
        (123456789, "1.23456789e+08"),
        (1.5, "1.5"),
        (0.00001, "1e-05"),
    ],
)
def test_numbers_lose_their_form(number: float, text: str) -> None:
    from cmp.yaml.value import text_of

    assert text_of(from_json(number)) == text


def test_values_are_not_shared_between_targets() -> None:
    patch = decode("- {op: add, path: /q, value: {r: []}}\n- {op: add, path: /q/r/-, value: 1}")
    assert [to_json(patch.apply({}))["q"] for _ in range(2)] == [{"r": [1]}] * 2


def test_bounds() -> None:
    with pytest.raises(LimitError, match="operations"):
        decode("[" + ",".join(['{"op": "test"}'] * 11) + "]", Limits(patch_ops=10))
    doubling = "- {op: add, path: /a, value: [x]}\n" + "- {op: copy, from: /a, path: /a/-}\n" * 40
    with pytest.raises(LimitError):
        decode(doubling).apply({}, Budget(Limits(copied_bytes=1 << 20)))


def test_an_error_names_the_operation() -> None:
    with pytest.raises(KustomizeError, match=r"operation 2 \(remove /q\)"):
        decode("- {op: add, path: /r, value: 1}\n- {op: remove, path: /q}").apply({})


# -- where RFC 6902 and upstream agree, the package is the oracle

keys = st.sampled_from(["a", "b", "c"])
leaves = st.one_of(st.integers(-9, 9), st.booleans(), st.sampled_from(["x", "y"]))
documents = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)


@examples(200)
@given(st.dictionaries(keys, documents, max_size=3), st.dictionaries(keys, documents, max_size=3))
def test_patches_between_documents(before: dict, after: dict) -> None:
    operations = jsonpatch.make_patch(before, after).patch
    if any(not operation["path"] for operation in operations):
        return
    assert to_json(decode(json.dumps(operations) if operations else "[]").apply(mapping(before))) == after
