"""The path grammar: splitting, looking up, finding, creating, and documents inside scalars."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import pytest

from cmp.errors import CmpError, LimitError
from cmp.kustomize.fieldmatch import find
from cmp.kustomize.fieldpath import FieldPathError, lookup, split
from cmp.limits import Limits
from cmp.yaml import dump
from cmp.yaml.value import Value

SPLITS = {
    "a.b.c": ["a", "b", "c"],
    "a\\.b.c": ["a.b", "c"],
    "a.[b.c/d].e": ["a", "b.c/d", "e"],
    "a.[name=b.c].d": ["a", "[name=b.c]", "d"],
    "a.[name=b].d": ["a", "[name=b]", "d"],
    "a.0.*": ["a", "0", "*"],
    ".a.b": ["a", "b"],
    "a.": ["a", ""],
    "": [""],
    "a.[b.c": ["a", "b.c"],
    "[a]": ["[a]"],
}

BODY = """\
    metadata: {name: web, annotations: {a.b/c: x}}
    spec:
      replicas: 3
      containers:
      - {name: web, image: "nginx:1"}
      - {name: side, image: "side:1", args: [a, bb, "3"]}
      empty: []
      nothing: null
"""


@pytest.mark.parametrize("path", SPLITS)
def test_split(path: str) -> None:
    assert split(path) == SPLITS[path]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata.name", "web"),
        ("metadata.annotations.[a.b/c]", "x"),
        ("spec.containers.1.name", "side"),
        ("spec.containers.-.name", "side"),
        ("spec.containers.[name=side].image", "side:1"),
        ("spec.containers.[name=side].args.[=bb]", "bb"),
        ("spec.containers.[name=si].image", None),
        ("spec.containers.5", None),
        ("spec.missing.deeper", None),
        ("spec.nothing.deeper", None),
        (" spec . replicas ", 3),
    ],
)
def test_lookup(value, path: str, expected: object) -> None:
    slot = lookup(value(BODY), split(path))
    assert (None if slot is None else slot.get()) == expected


@pytest.mark.parametrize("path", ["spec.*", "spec.containers.-1", "spec.replicas.x", "spec.0", "spec.containers.x", "spec.containers.[x]", "spec.empty.-"])  # fmt: skip
def test_lookup_refuses(value, path: str) -> None:
    with pytest.raises(FieldPathError):
        lookup(value(BODY), split(path))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.containers.*.name", ["web", "side"]),
        ("spec.containers.[name=e].name", ["web", "side"]),
        ("spec.containers.[name=^web$].name", ["web"]),
        ("spec.containers.1.args.[=^.$]", ["a"]),
        ("spec.containers.[image=^nginx].name", []),
        ("spec.containers.[image=nginx].name", ["web"]),
        ("spec.containers.1.args.[=3]", ["3"]),
        ("spec.containers.*.args.0", ["a"]),
        ("spec.containers.*.missing", []),
        ("spec.missing", []),
        ("spec.containers.7", None),
        ("spec.containers.[name", None),
        ("spec.replicas.x", None),
        ("spec.containers.[name=(].x", None),
    ],
)
def test_find(value, path: str, expected: list[object] | None) -> None:
    if expected is None:
        with pytest.raises(CmpError):
            find(value(BODY), path)
    else:
        assert [slot.get() for slot in find(value(BODY), path)] == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.b", "x", "a: {b: x}"),
        ("a.b", "5", "a: {b: 5}"),
        ("a.0", "x", "a: [x]"),
        ("a.[name=b].c", "x", "a: [{name: b, c: x}]"),
        ("a.[=b]", "x", "a: [x]"),
        ("a.0.b", "true", "a: [{b: true}]"),
    ],
)
def test_create(value, path: str, text: str, expected: str) -> None:
    body: dict = {}
    for slot in find(body, path, "scalar"):
        slot.set_text(text)
    assert dump(body) == dump(value(expected))


def test_an_item_that_would_not_match_its_own_pattern() -> None:
    with pytest.raises(FieldPathError, match="its own pattern"):
        find({"a": []}, "a.[name=^b$].c", "scalar")


def test_indices_are_bounded() -> None:
    with pytest.raises(LimitError):
        find({"a": []}, "a.11", "scalar", Limits(patch_index=10))


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("a: 5", "6", "a: 6"),
        ('a: "5"', "6", 'a: "6"'),
        ("a: x", "6", 'a: "6"'),
        ("a: true", "false", "a: false"),
    ],
)
def test_a_scalar_keeps_its_type(value, before: str, text: str, after: str) -> None:
    body = value(before)
    (slot,) = find(body, "a")
    slot.set_text(text)
    assert dump(body) == dump(value(after))


def test_a_text_that_does_not_fit_the_type_cannot_be_printed(value) -> None:
    body = value("a: 5")
    (slot,) = find(body, "a")
    slot.set_text("x")
    with pytest.raises(CmpError):
        dump(body)


# -- documents inside scalars

DOCUMENTS = {
    "compact JSON": ('{"b": {"c": 1, "d": "x"}}', "b.d", '{"b":{"c":1,"d":"new"}}'),
    "JSON keeps types": ('{"b": 1}', "b", None),
    "indented JSON": (
        '{\n  "b": {\n    "c": []\n  },\n  "d": "x"\n}\n',
        "d",
        '{\n  "b": {\n    "c": []\n  },\n  "d": "new"\n}',
    ),
    "JSON list": ('[{"b": "x"}]', "0.b", '[{"b":"new"}]'),
    "YAML": ("b:\n  c: x\n  d: 1\na: 2\n", "b.c", "b:\n  c: new\n  d: 1\na: 2"),
    "YAML list": ("b:\n  - c: x\n    e: 1\n  - 5\n", "b.0.c", "b:\n- c: new\n  e: 1\n- 5"),
    "YAML block": ("b: |\n  l1\n  l2\nc: x\n", "c", "b: |\n  l1\n  l2\nc: new"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_inside_scalars(name: str) -> None:
    text, path, expected = DOCUMENTS[name]
    body: dict[str, Value] = {"data": {"a": text}}
    for slot in find(body, f"data.a.{path}"):
        slot.set_text("new")
    assert body == {"data": {"a": expected if expected is not None else text}}


@pytest.mark.parametrize("text", ["plain", "", "# comment", "{", "5"])
def test_scalars_that_hold_no_document(text: str) -> None:
    with pytest.raises(CmpError):
        find({"data": {"a": text}}, "data.a.b")
