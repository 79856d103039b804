"""Findings, and the annotation that waives a rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cmp.findings import Finding, waiver


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({"a/x": "because"}, "because"),
        ({"a/x": "  because "}, "because"),
        ({"a/x": ""}, ""),
        ({"a/x": "  "}, ""),
        ({"a/x": 5}, ""),
        ({"a/x": None}, None),
        ({"a/y": "because"}, None),
        (None, None),
        ([], None),
        ("a/x", None),
    ],
)
def test_waiver(annotations: object, reason: str | None) -> None:
    assert waiver({"metadata": {"annotations": annotations}}, "a/x") == reason


@pytest.mark.parametrize("body", [None, [], "x", {}, {"metadata": []}])
def test_waiver_of_anything(body: object) -> None:
    assert waiver(body, "a/x") is None


def test_a_finding_says_where() -> None:
    assert (
        str(Finding("r", "error", "A/b", "spec.c", "is wrong", file="f.yaml"))
        == "f.yaml, A/b, spec.c: is wrong"
    )
    assert str(Finding("r", "error", "", "", "is wrong")) == "is wrong"


@pytest.mark.parametrize("misspelt", ["chekc", "check"])
def test_mypy_sees_a_misspelt_check(tmp_path: Path, misspelt: str) -> None:
    """A rule is a module: the registries' tuples of `Rule` are what makes its names checked."""
    pytest.importorskip("mypy")
    rule = (
        "from collections.abc import Iterator\nfrom cmp.findings import Hit\n"
        'ID = TITLE = WHY = CURE = ""\n'
        f"def {misspelt}(context: int) -> Iterator[Hit[str]]:\n    yield Hit('', '', '')\n"
    )
    (tmp_path / "made_up.py").write_text(rule)
    (tmp_path / "registry.py").write_text(
        "import made_up\nfrom cmp.findings import Rule\nRULES: tuple[Rule[int, str], ...] = (made_up,)\n"
    )
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--cache-dir",
        str(tmp_path / "cache"),
        "--follow-imports=silent",
    ]
    root = Path(__file__).parents[2]
    result = subprocess.run(
        [*command, "registry.py"],
        cwd=tmp_path,
        env={"MYPYPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode == 0) == (misspelt == "check"), result.stdout
    if misspelt != "check":
        assert "check" in result.stdout
