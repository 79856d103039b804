"""Each function that builds a new value of a tainted one by hand: what comes out is tainted, too."""

from __future__ import annotations

from typing import Any

import pytest

from cmp.kustomize import fieldmatch, generators, jsonpatch, scalars
from cmp.kustomize import vars as engine_vars
from cmp.kustomize.budget import Budget
from cmp.kustomize.merge.strategic import merge
from cmp.kustomize.plugins import arguments, iam, value_add
from cmp.kustomize.resource import Resource
from cmp.kustomize.schema import builtin
from cmp.kustomize.structs import STR
from cmp.yaml import jsonstage
from cmp.yaml.taint import Marks, Origin, TaintedBytes, joined, taint
from cmp.yaml.value import Folded, Quoted, Scalar, Tagged

SCHEMA = builtin()
ORIGIN = (Origin("e.yaml", 0, ("a",)),)


def dirty(value):
    return taint(value, ORIGIN)


def file_of(data):
    return TaintedBytes(data, Marks(ORIGIN))


def merged(body, patch):
    return merge(body, patch, SCHEMA)


def var(value):
    return Resource({"apiVersion": "v1", "kind": "A", "metadata": {"name": "a"}, "spec": {"x": value}})


def document(text, value=None, write="set"):
    """What a document in a scalar holds; with a value, the scalar after that was written into it."""
    body = {"j": text}
    (slot,) = fieldmatch.find(body, "j.a")
    if value is None:
        return slot.get()
    getattr(slot, write)(value)
    return body["j"]


# name, what is called
CASES = [
    ("quoted", lambda: scalars.quoted(dirty("ab"))),
    ("block, spoilt", lambda: scalars.block(dirty("\ta\nb"))),
    ("block", lambda: scalars.block(dirty("a\nb"))),
    ("new text", lambda: scalars.new_text(dirty("12"))),
    ("added text", lambda: scalars.added_text(dirty("12"))),
    ("untagged text", lambda: scalars.untagged(dirty("ab"))),
    ("untagged number", lambda: scalars.untagged(dirty("12"))),
    ("new untagged", lambda: scalars.new_untagged(dirty("12"))),
    ("overwritten text", lambda: scalars.overwrite_text(Quoted("x"), dirty("ab"))),
    ("overwritten", lambda: scalars.overwrite(Quoted("x"), dirty("ab"))),
    ("kept quotes", lambda: scalars.keep_quotes(Quoted("x"), dirty("ab"))),
    ("kept quotes of a number", lambda: scalars.keep_quotes(Quoted("x"), dirty(7))),
    ("kept no quotes", lambda: scalars.keep_quotes("x", dirty(Quoted("ab")))),
    ("kept a tag", lambda: scalars.keep_quotes(Tagged("x"), dirty("ab"))),
    ("a folded block in braces", lambda: scalars.in_braces(dirty(Folded("x y", ">-\n  x\n  y")))),
    ("a time in braces", lambda: scalars.in_braces(dirty(Scalar("!!timestamp", "2024-01-31T10:00:00Z")))),
    ("in a folded block", lambda: scalars.in_style(Folded("x y", ">-\n  x\n  y"), dirty("a b"))),
    ("in a folded block, spoilt", lambda: scalars.in_style(Folded("x y", ">-\n  x\n  y"), dirty("\ta\nb"))),
    ("another text", lambda: scalars.retext(Quoted("x"), dirty("ab"))),
    ("another number", lambda: scalars.retext(7, dirty("8"))),
    ("a merged string that reads as a number", lambda: merge({"k": "x"}, {"k": dirty("12")}, SCHEMA)["k"]),
    ("a string that a merge leaves", lambda: merge({"k": dirty("12")}, {"l": "x"}, SCHEMA)["k"]),
    ("a string below one that is merged", lambda: merged({"a": {"k": dirty("12")}}, {"a": {"l": "x"}})["a"]["k"]),
    ("base64", lambda: generators.wrap_base64(file_of(b"ab"))),
    ("base64 of several lines", lambda: generators.wrap_base64(file_of(b"ab" * 80))),
    ("a number into JSON", lambda: jsonpatch.to_json(dirty(Scalar("!!float", "0.5")))),
    ("a number out of JSON", lambda: jsonpatch.from_json(dirty(7))),
    ("a float out of JSON", lambda: jsonpatch.from_json(dirty(0.5))),
    ("a var's number", lambda: engine_vars._value(var(dirty(Scalar("!!float", "0.5"))), "spec.x", "v")),
    ("a var's integer", lambda: engine_vars._value(var(dirty(Scalar("!!int", "7"))), "spec.x", "v")),
    ("a var alone", lambda: engine_vars.replace("$(V)", {"V": dirty("ab")}, set(), Budget())),
    ("a var alone that is a number", lambda: engine_vars.replace("$(V)", {"V": dirty(Scalar("!!float", "0.5"))}, set(), Budget())),
    ("a var alone in a folded block", lambda: engine_vars.replace("$(V)", {"V": dirty(Folded("x y", ">-\n  x\n  y"))}, set(), Budget())),
    ("a var in a text", lambda: engine_vars.replace("a $(V)", {"V": dirty(7)}, set(), Budget())),
    ("a text around a var", lambda: engine_vars.replace(dirty("a $(V)"), {"V": "x"}, set(), Budget())),
    ("a value out of a document", lambda: document(dirty('{"a": "x"}'))),
    ("a value into a document", lambda: document('{"a": "x"}', dirty("ab"))),
    ("a mapping into a document", lambda: document("a: {b: x}", {"b": dirty(7)})),
    ("a text into a document", lambda: document('{"a": "x"}', dirty("ab"), "set_text")),
    ("a document into which is written", lambda: document(dirty('{"a": "x", "b": "y"}'), "z")),
    ("a document into which a text is written", lambda: document(dirty("{a: x, b: y}"), "z", "set_text")),
    ("through JSON", lambda: jsonstage.through_json(dirty("ab"))),
    ("a number through JSON", lambda: jsonstage.through_json(dirty(7))),
    ("a float through JSON", lambda: jsonstage.through_json(dirty(Scalar("!!float", "0.5")))),
    ("an argument", lambda: arguments.as_texts(dirty(7), STR)),
    ("a float argument", lambda: arguments.as_texts(dirty(0.5), STR)),
    ("a large argument", lambda: arguments.as_texts(dirty(2**60), STR)),
    ("a plain name", lambda: iam._plain(dirty("ab"))),
    ("a part of a path", lambda: value_add.insert_part("/a/b", 1, dirty("ab"))),
    ("a part of a relative path", lambda: value_add.insert_part("a/b", 1, dirty("ab"))),
]  # fmt: skip


@pytest.mark.parametrize("make", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_made_of_a_tainted_value_is_tainted(make):
    assert joined([make()]) == ORIGIN


def test_ksops_generators_and_values_in_base64_carry_on():
    from cmp.limits import DEFAULT
    from cmp.sops import ksops

    body: dict[str, Any] = {
        "apiVersion": "viaduct.ai/v1",
        "kind": "ksops",
        "metadata": {"name": "g"},
        "secretFrom": [{"metadata": {"name": "s"}, "binaryFiles": ["b"], "files": ["f"], "envs": ["e"]}],
    }
    made: Any
    (made,) = ksops.generate(body, lambda path: file_of(b"K=v"), DEFAULT)
    for section, key in (("data", "b"), ("stringData", "f"), ("stringData", "K")):
        assert joined([made[section][key]]) == ORIGIN


def test_a_sops_file_in_base64_carries_on():
    from cmp.render import nested

    class Tree:
        def open_bytes(self, *_):
            return file_of(b"cleartext")

    tree: Any = Tree()  # as much of a DecryptingTree as is called
    secret = Resource({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    assert joined([nested._opened(secret, "k", "YQ==", tree)]) == ORIGIN
