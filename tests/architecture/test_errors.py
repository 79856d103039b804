"""A class of exceptions is for code that catches it; all else is a message of its package's class."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from scripts.import_cycles import ROOT

VECTORS = "upstream's test vectors say which part of an age file is wrong, and our tests hold us to it"
OUTCOME = "operators count it: it is the `outcome` of a render in metrics and logs"

# Classes that no code of ours catches by name, with the reason why they are there.
NOT_CAUGHT = {
    "ArmorError": VECTORS,
    "HeaderError": VECTORS,
    "HeaderMacError": VECTORS,
    "PayloadError": VECTORS,
    "HeaderLimitError": "a HeaderError that is also a LimitError: the second name is caught",
    "ContractError": "the class of its package",
    "GateError": OUTCOME,
    "MacError": OUTCOME,
    "ParameterError": OUTCOME,
    "SecretError": OUTCOME,
}


def _modules(root: Path = ROOT / "cmp") -> Iterator[ast.Module]:
    for path in sorted(root.rglob("*.py")):
        yield ast.parse(path.read_text())


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def exception_classes(modules: list[ast.Module]) -> list[str]:
    """The names of all classes that are exceptions; a name twice, if two classes have it."""
    classes = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    known = {"Exception", "BaseException"}
    while more := {
        each.name for each in classes if each.name not in known and known & set(map(_name, each.bases))
    }:
        known |= more
    return sorted(each.name for each in classes if each.name in known)


def caught(modules: list[ast.Module]) -> set[str]:
    """The names in `except`, `isinstance` and `contextlib.suppress`."""
    found: list[ast.expr] = []
    for module in modules:
        for node in ast.walk(module):
            if isinstance(node, ast.ExceptHandler) and node.type:
                found.append(node.type)
            elif isinstance(node, ast.Call) and _name(node.func) in ("isinstance", "suppress"):
                found += node.args
    return {_name(part) for each in found for part in ast.walk(each) if isinstance(part, ast.expr)}


def test_no_two_classes_have_one_name() -> None:
    names = exception_classes(list(_modules()))
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_each_class_is_caught_by_name_or_has_a_reason() -> None:
    modules = list(_modules())
    idle = set(exception_classes(modules)) - caught(modules)
    assert sorted(idle) == sorted(NOT_CAUGHT)


def test_a_class_that_nobody_catches_is_found() -> None:
    text = (
        "class A(Exception): ...\nclass B(A): ...\nclass C(x.B): ...\nclass D: ...\n"
        "try: ...\nexcept (A, y.B): ...\n"
    )
    modules = [ast.parse(text)]
    assert exception_classes(modules) == ["A", "B", "C"]
    assert set(exception_classes(modules)) - caught(modules) == {"C"}
