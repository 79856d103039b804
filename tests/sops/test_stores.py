"""The table of stores: every row has its module, and no other file knows a format by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cmp.sops
from cmp.sops.document import Branch, Comment, Item, Time
from cmp.sops.errors import EmitError
from cmp.sops.formats import FORMATS, TABLE, format_of_path
from cmp.sops.stores import store
from cmp.sops.write.printing import PRINTERS, printer

PACKAGE = Path(cmp.sops.__file__).parent


@pytest.mark.parametrize("name", FORMATS)
def test_each_row_has_its_store(name):
    assert store(name).name == name
    assert printer(name).name == name
    assert store(name).wider in ("", *FORMATS)


def test_each_store_has_its_row():
    modules = {path.stem for path in (PACKAGE / "stores").glob("*.py")}
    assert modules == {*FORMATS, "__init__", "base", "texts"}
    assert set(PRINTERS) <= set(FORMATS)
    with pytest.raises(KeyError):
        store("toml")


def test_endings():
    endings = [ending for found in TABLE.values() for ending in found]
    assert len(endings) == len(set(endings))
    assert [format_of_path(name) for name in ("a.yml", "d/b.json", ".env", "x.ini", "b.enc", "c", "")] == [
        "yaml", "json", "dotenv", "ini", "binary", "binary", "binary",
    ]  # fmt: skip


def test_no_other_file_compares_a_format_by_name():
    """A comparison outside of the stores is a place that a new format would have to be added to."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name == "stores":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare):
                texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
                if texts & set(FORMATS):
                    found.append(f"{path.name}:{node.lineno}")
    assert found == []


LIST = [Comment(" c"), "a", 1, Branch([Item("b", "y")])]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("yaml", True, b"true\n"),
        ("yaml", None, b"null\n"),
        ("yaml", 12, b"12\n"),
        ("yaml", 1.5, b"1.5\n"),
        ("yaml", Time("2020-01-02T03:04:05Z"), b"2020-01-02T03:04:05Z\n"),
        ("yaml", LIST, b'# c\n- a\n- 1\n- b: "y"\n'),
        ("yaml", [], b"[]\n"),
        ("json", True, b"true"),
        ("json", None, b"null"),
        ("json", Time("2020-01-02T03:04:05Z"), b'"2020-01-02T03:04:05Z"'),
        ("json", LIST, b'[\n\t"a",\n\t1,\n\t{\n\t\t"b": "y"\n\t}\n]'),
        ("json", [], b"[]"),
        ("ini", True, b"true"),
        ("ini", None, b"null"),
    ],
)
def test_a_value_alone(name, value, text):
    """As `sops decrypt --extract` of 3.13.3 prints it."""
    assert store(name).emit_value(value) == text


@pytest.mark.parametrize(
    ("name", "value"), [("dotenv", 1), ("dotenv", None), ("binary", True), ("ini", ["a"]), ("dotenv", ["a"])]
)
def test_a_value_that_cannot_stand_alone(name, value):
    with pytest.raises(EmitError, match=f"cannot be printed as {name}"):
        store(name).emit_value(value)
