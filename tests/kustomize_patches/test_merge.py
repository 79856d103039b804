"""Strategic merges as pure functions: directives, keyed lists, nulls, styles."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.merge import Report, merge
from cmp.kustomize.schema import builtin
from cmp.yaml import dump

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
CUSTOM = "apiVersion: e.com/v1\nkind: Foo\nmetadata: {name: a}\n"

# name: (head, spec, spec of the patch, resulting spec as YAML); None: deleted
CASES = {
    "maps merge": (CUSTOM, "{a: 1, b: {c: 2}}", "{b: {d: 3}}", "{a: 1, b: {c: 2, d: 3}}"),
    "null removes": (CUSTOM, "{a: 1, b: 2}", "{b: null}", "{a: 1}"),
    "an explicit null stays where the patch is silent": (CUSTOM, "{a: null, b: ~}", "{c: 1}", "{a: null, b: null, c: 1}"),
    "an empty null goes": (CUSTOM, "\n  a:\n  b: 1", "{c: 1}", "{b: 1, c: 1}"),
    "a null in what is added goes": (CUSTOM, "{}", "{a: {b: null, c: 1}}", "{a: {c: 1}}"),
    "a custom list is replaced": (CUSTOM, "{l: [{name: a}, {name: b}]}", "{l: [{name: b, x: 1}]}", "{l: [{name: b, x: 1}]}"),
    "$patch in a custom list stays": (CUSTOM, "{l: [a]}", "{l: [{$patch: replace}, b]}", "{l: [{$patch: replace}, b]}"),
    "$patch: replace in a map": (CUSTOM, "{m: {a: 1}}", "{m: {$patch: replace, b: 2}}", "{m: {b: 2}}"),
    "$patch: delete in a map": (CUSTOM, "{m: {a: 1}, n: 1}", "{m: {$patch: delete}}", "{n: 1}"),
    "$patch: merge in a map": (CUSTOM, "{m: {a: 1}}", "{m: {$patch: merge, b: 2}}", "{m: {a: 1, b: 2}}"),
    "$patch: delete in a map that is not there": (CUSTOM, "{n: 1}", "{m: {$patch: delete, a: 1}}", "{n: 1}"),
    "an unknown directive where nothing is there": (CUSTOM, "{}", "{m: {$patch: what}}", "{m: {$patch: what}}"),
    "patch order first": (
        POD,
        "{containers: [{name: a}, {name: b}, {name: c}]}",
        "{containers: [{name: d}, {name: b, image: x}]}",
        "{containers: [{name: d}, {name: b, image: x}, {name: a}, {name: c}]}",
    ),
    "$patch: delete of an item": (
        POD,
        "{containers: [{name: a}, {name: b}]}",
        "{containers: [{name: a, $patch: delete}]}",
        "{containers: [{name: b}]}",
    ),
    "$patch: replace of an item has no effect": (
        POD,
        "{containers: [{name: a, image: x}]}",
        "{containers: [{name: a, $patch: replace, tty: true}]}",
        "{containers: [{name: a, image: x}]}",
    ),
    "$patch: replace of a list": (
        POD,
        "{containers: [{name: a}]}",
        "{containers: [{$patch: replace}, {name: b}]}",
        "{containers: [{name: b}]}",
    ),
    "$patch: delete of a list": (POD, "{containers: [{name: a}], x: 1}", "{containers: [{$patch: delete}]}", "{x: 1}"),
    "an item without its key empties the list": (POD, "{containers: [{name: a}]}", "{containers: [{image: x}]}", "{containers: []}"),
    "an empty list changes nothing": (POD, "{containers: [{name: a}]}", "{containers: []}", "{containers: [{name: a}]}"),
    "repeated items become one": (POD, "{containers: [{name: a, image: x}, {name: a}]}", "{x: 1}", "{containers: [{name: a}], x: 1}"),
    "args are replaced": (
        POD,
        "{containers: [{name: a, args: [x, y]}]}",
        "{containers: [{name: a, args: [z]}]}",
        "{containers: [{name: a, args: [z]}]}",
    ),
    "ports with two keys": (
        SERVICE,
        "{ports: [{port: 80, protocol: TCP}, {port: 80, protocol: UDP}]}",
        "{ports: [{port: 80, protocol: UDP, name: u}, {port: 81, protocol: TCP}]}",
        "{ports: [{port: 81, protocol: TCP}, {port: 80, protocol: TCP}, {port: 80, protocol: UDP, name: u}]}",
    ),
    "ports without protocol": (
        SERVICE,
        "{ports: [{port: 80}, {port: 81}]}",
        "{ports: [{port: 81, name: x}]}",
        "{ports: [{port: 81, name: x}, {port: 80}]}",
    ),
    "a number over a quoted text is a text": (CUSTOM, '{a: "x", b: x}', "{a: 5, b: 5}", '{a: "5", b: 5}'),
    "a text over a number stays a text": (CUSTOM, "{a: 5}", '{a: "6"}', '{a: "6"}'),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_merge(value, name: str) -> None:
    head, spec, patch, expected = CASES[name]
    merged = merge(value(f"{head}spec: {spec}\n"), value(f"{head}spec: {patch}\n"), builtin())
    assert dump(merged) == dump(value(f"{head}spec: {expected}\n"))


def test_finalizers_are_a_set(value) -> None:
    body = value("apiVersion: v1\nkind: Pod\nmetadata: {name: a, finalizers: [x, y]}")
    patch = value("apiVersion: v1\nkind: Pod\nmetadata: {name: a, finalizers: [z, x]}")
    metadata = merge(body, patch, builtin())["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["finalizers"] == ["z", "x", "y"]


def test_the_whole_object(value) -> None:
    body, delete, replace = (
        value(f"{CUSTOM}{more}") for more in ("a: 1", "$patch: delete", "$patch: replace")
    )
    assert merge(dict(body), delete, builtin()) == {}
    assert merge(dict(body), replace, builtin()) == body


@pytest.mark.parametrize(
    ("spec", "patch"),
    [
        ("{a: {b: 1}}", "{a: 5}"),
        ("{a: {b: 1}}", "{a: [1]}"),
        ("{a: [1]}", "{a: {b: 1}}"),
        ("{a: x}", "{a: {b: 1}}"),
        ("{a: {b: 1}}", "{a: {$patch: what}}"),
    ],
)
def test_shapes_that_do_not_fit(value, spec: str, patch: str) -> None:
    with pytest.raises(CmpError):
        merge(value(f"{CUSTOM}spec: {spec}"), value(f"{CUSTOM}spec: {patch}"), builtin())


def test_an_error_names_the_field(value) -> None:
    with pytest.raises(KustomizeError) as caught:
        merge(value(f"{CUSTOM}spec: {{a: {{b: 1}}}}"), value(f"{CUSTOM}spec: {{a: {{b: [1]}}}}"), builtin())
    assert caught.value.where.field == "spec.a.b"
    assert "list" in caught.value.message


def test_dropped_items_are_reported(value) -> None:
    report = Report()
    body = value(f"{CUSTOM}spec: {{l: [{{name: a, x: 1}}, {{name: b}}], n: [1]}}")
    merge(body, value(f"{CUSTOM}spec: {{l: [{{name: a}}], n: [2]}}"), builtin(), report)
    assert report.dropped == [("spec.l", ["a.x", "b"])]


def test_keyed_lists_drop_nothing(value) -> None:
    report = Report()
    body = value(f"{POD}spec: {{containers: [{{name: a}}, {{name: b}}]}}")
    merge(body, value(f"{POD}spec: {{containers: [{{name: a}}]}}"), builtin(), report)
    assert report.dropped == []
