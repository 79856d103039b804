"""No text of a repository meets a pattern of `re` that can take more than linear time.

Each pattern in `cmp` is proven linear from its structure, or stands in `EXCEPTIONS` with what bounds it and with the
text that would be slow without that bound.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from linear_patterns import problems
from processor_time import is_linear

ROOT = Path(__file__).parents[2]
ANCHORED = {"match", "fullmatch", "pattern"}


class Use(NamedTuple):
    """One call of a function of `re`; name: of the constant, or of the function of `re`."""

    file: str
    name: str
    call: ast.Call
    searched: bool


class Source:
    """A file, and how its names are used. loads: name -> times read. attributes: name -> what is read of it."""

    def __init__(self, path: Path) -> None:
        self.file = str(path.relative_to(ROOT))
        text = path.read_text()
        self.tree = ast.parse(text)
        self.calls: list[tuple[ast.Call, ast.AST]] = []
        self.loads: Counter[str] = Counter()
        self.attributes: dict[str, list[str]] = defaultdict(list)
        self.imports: set[tuple[str | None, str]] = set()
        for parent in ast.walk(self.tree):
            for node in ast.iter_child_nodes(parent):
                self._note(node, parent)

    def _note(self, node: ast.AST, parent: ast.AST) -> None:
        if isinstance(node, ast.ImportFrom):
            self.imports |= {(node.module, each.name) for each in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            self.loads[node.id] += 1
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            self.attributes[node.value.id].append(node.attr)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re."):
            self.calls.append((node, parent))


def _module(file: str) -> Any:
    return importlib.import_module(file.removesuffix(".py").replace("/", ".").removesuffix(".__init__"))


def _methods(sources: list[Source], file: str, name: str) -> set[str]:
    """What is called on the constant `name` of `file`, there and where it is imported; `?` if it is passed on."""
    module = file.removesuffix(".py").replace("/", ".")
    found: set[str] = set()
    for source in sources:
        if source.file == file or (module, name) in source.imports:
            found |= set(source.attributes[name])
            if source.loads[name] > len(source.attributes[name]):
                found.add("?")
    return found


def uses() -> Iterator[Use]:
    """Every pattern that `cmp` gives to `re`."""
    sources = [Source(path) for path in sorted((ROOT / "cmp").rglob("*.py"))]
    for source in sources:
        for call, parent in source.calls:
            method = call.func.attr  # type: ignore[attr-defined]
            if method == "escape":
                continue
            if method != "compile":
                yield Use(source.file, method, call, method not in ANCHORED)
            elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
                name = parent.targets[0].id
                yield Use(source.file, name, call, not _methods(sources, source.file, name) <= ANCHORED)
            else:
                yield Use(source.file, "compile", call, searched=True)


def _value(expression: ast.expr, file: str) -> Any:
    return eval(compile(ast.Expression(expression), file, "eval"), {**vars(_module(file)), "re": re})


def unproven(use: Use) -> list[str]:
    """Why the pattern is not known to be linear."""
    positional = {"compile": 1, "sub": 4}.get(use.call.func.attr, 2)  # type: ignore[attr-defined]
    flags = [each.value for each in use.call.keywords if each.arg == "flags"] + use.call.args[positional:]
    try:
        pattern = _value(use.call.args[0], use.file)
        found = sum(int(_value(each, use.file)) for each in flags)
    except NameError:
        return ["the pattern is made at run time"]
    return problems(pattern, found, searched=use.searched)


class Exempt(NamedTuple):
    """bound: what keeps it harmless. attack: does work for an input of size n."""

    bound: str
    attack: Callable[[int], object]


def _dotted(size: int) -> object:
    from cmp.regex import searcher

    return searcher("a" * min(size, 250) + ".b")("a" * size)


def _duration(size: int) -> object:
    from cmp.kustomize.remote.repospec import parse

    return parse(f"https://example.com/a?timeout={'1' * size}")


def _names(size: int) -> object:
    from cmp.errors import CmpError
    from cmp.kustomize.selector import parse_labels

    for text in ("a-" * size + "/x", "a" * size + "_", f"k={'a-' * size}"):
        with pytest.raises(CmpError):
            parse_labels(text)
    return None


def _variables(size: int) -> object:
    from cmp.kustomize.budget import Budget
    from cmp.kustomize.vars import replace

    return replace("$(" * size, {}, set(), Budget())


def _showable(size: int) -> object:
    from cmp.render.showable import may_show

    return may_show("namePrefix: " + "::" * size, "kustomization.yaml", 1)


def _own(module: str, function: str, text: str) -> Callable[[int], object]:
    def attack(size: int) -> object:
        from cmp.errors import CmpError

        try:
            return getattr(importlib.import_module(module), function)(text * size)
        except CmpError:
            return None

    return attack


def _subscript(size: int) -> object:
    from cmp.validate.apiserver.workloads import _SUBSCRIPT

    return _SUBSCRIPT.fullmatch("metadata.labels['" + "'" * size)


EXCEPTIONS = {
    ("cmp/kustomize/remote/repospec.py", "_PART"): Exempt(
        "the text is a duration already", _duration
    ),
    ("cmp/kustomize/schema/comments.py", "_BESIDE"): Exempt(
        "each `#` behind a blank is tried once", _own("cmp.kustomize.schema.comments", "_beside", " #####")
    ),
    ("cmp/kustomize/selector.py", "_NAME"): Exempt("63 characters", _names),
    ("cmp/kustomize/selector.py", "_SUBDOMAIN"): Exempt("253 characters", _names),
    ("cmp/kustomize/vars.py", "_VARIABLE"): Exempt("the text ends with `)`, so each `$(` matches", _variables),
    ("cmp/models/kinds/patterns.py", "_TOKEN"): Exempt("only for the table of kinds, which is ours", lambda size: None),
    ("cmp/paths.py", "finditer"): Exempt("the text ends with `]`, so each `[` matches", _own("cmp.paths", "steps_of", "[")),
    ("cmp/regex.py", "compile"): Exempt("patterns of dots and plain characters, 256 at most", _dotted),
    ("cmp/render/showable.py", "_CREDENTIAL"): Exempt("lines of 1000 characters", _showable),
    ("cmp/render/showable.py", "_USER_IN_ADDRESS"): Exempt("lines of 1000 characters", _showable),
    ("cmp/sops/write/treepath.py", "_BRACKET"): Exempt("tried in one place at a time", _own("cmp.sops.write.treepath", "parse", '["a')),
    ("cmp/sops/write/treepath.py", "_DOTTED"): Exempt("tried in one place at a time", _own("cmp.sops.write.treepath", "parse", "a.")),
    ("cmp/validate/apiserver/workloads.py", "_SUBSCRIPT"): Exempt("each quote is tried once", _subscript),
}  # fmt: skip


# Modules that search with patterns of `re` which this test would not see.
HIDING = {"fnmatch", "glob", "regex", "string", "textwrap"}


def _hidden(tree: ast.AST) -> Iterator[str]:
    """What of a module brings patterns of `re` in by another way than `re.` and a function's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in HIDING)
            yield from (f"re as {each.asname}" for each in node.names if each.name == "re" and each.asname)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module in {"re", *HIDING}:
            yield f"from {node.module}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "importlib.import_module":
            yield from (
                each.value for each in node.args if isinstance(each, ast.Constant) and each.value == "re"
            )


def test_patterns_are_used_where_the_proof_sees_them() -> None:
    found = {
        str(path.relative_to(ROOT)): [*_hidden(ast.parse(path.read_text()))]
        for path in (ROOT / "cmp").rglob("*.py")
    }
    assert not {file: hidden for file, hidden in found.items() if hidden}


@pytest.mark.parametrize(
    "text",
    [
        "import fnmatch",
        "import re as r",
        "from re import sub",
        "import os, glob",
        "importlib.import_module('re')",
    ],
)
def test_what_would_hide_a_pattern_is_found(text: str) -> None:
    assert [*_hidden(ast.parse(text))]


def test_every_pattern_is_linear_or_an_exception() -> None:
    found = {}
    for use in uses():
        if why := unproven(use):
            found[use.file, use.name] = why
    wrong = {where: why for where, why in found.items() if where not in EXCEPTIONS}
    assert not wrong, "change the pattern (possessive repetitions, cmp.regex) or bound its text"
    assert not EXCEPTIONS.keys() - found.keys(), "these need no exception any more"


@pytest.mark.parametrize("where", EXCEPTIONS, ids=lambda where: f"{where[0].removeprefix('cmp/')}:{where[1]}")
def test_the_bound_of_an_exception_holds(where: tuple[str, str]) -> None:
    attack = EXCEPTIONS[where].attack
    attack(100)
    assert is_linear(attack, 50_000)


@pytest.mark.parametrize(
    ("pattern", "searched"),
    [
        (r"\s+x", True),
        (r"a*a*b", False),
        (r"(?:a|a)*+b(?:ab?|a)*c", False),
        (r"(?:a+)+b", False),
        (r'"((?:[^"\\]|\\.)*)"', False),
        (r"[a-z]+://x", True),
        (r"\$\(([^)]*)\)", True),
        (r"(\d*)(?:\.\d*)?[em]*\d*", False),
        (r" *\x85[ \x85]*", True),
    ],
)
def test_the_proof_refuses_patterns_that_are_slow(pattern: str, searched: bool) -> None:
    assert problems(pattern, 0, searched=searched)


@pytest.mark.parametrize(
    ("pattern", "searched"),
    [(r"[a-z]+", True), (r"a{1,40}b", True), (r'"(?:[^"\\]++|\\.)*+"', False), (r"[\x00-\x1f]", True), (r"<[^<>]*>", True)],
)  # fmt: skip
def test_the_proof_accepts_linear_patterns(pattern: str, searched: bool) -> None:
    assert problems(pattern, 0, searched=searched) == []
