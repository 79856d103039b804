"""Every trap has its proofs: a fixture with our message, an example without it, a page, or a test."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from example_overlays import ABSENT, EXAMPLES, ROOT, documents, look, objects, select, steps, tool

pytest.importorskip("celpy", reason="the extra 'validate' is not installed")

_spec = importlib.util.spec_from_file_location("traps", ROOT / "scripts" / "traps.py")
assert _spec is not None and _spec.loader is not None
traps = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(traps)

TRAPS: dict[str, dict[str, Any]] = traps.traps()
MESSAGES = ("error", "warning", "info")
KEYS = {"title", "what", "instead", "fixtures", "argocd", "resolved", "pages", "tests"}


def each(part: str) -> Any:
    """A parameter per entry of one part of all traps."""
    return pytest.mark.parametrize(
        "entry",
        [
            pytest.param(entry, id=f"{number}-{_label(entry)}")
            for number, trap in TRAPS.items()
            for entry in trap.get(part, ())
        ],
    )


def _label(entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    return str(entry.get("name") or entry.get("file") or f"{entry['tree']}-{entry['select']}")


def test_no_number_is_missing_and_each_has_a_proof() -> None:
    assert list(TRAPS) == [f"T{number:02}" for number in range(1, 49)]
    for number, trap in TRAPS.items():
        assert trap.keys() <= KEYS, number
        assert all(isinstance(trap[key], str) and trap[key] for key in ("title", "what", "instead")), number
        assert any(trap.get(part) for part in ("fixtures", "argocd", "pages", "tests")), number


def test_a_trap_that_fails_or_is_silent_has_a_fixture() -> None:
    """All but those that are about what people type, or about formats that have a suite of their own."""
    without = {
        number for number, trap in TRAPS.items() if not trap.get("fixtures") and not trap.get("argocd")
    }
    assert without == {"T02", "T07", "T16"}
    for number in without:
        assert TRAPS[number].get("pages"), number


def test_every_rule_and_every_file_of_a_trap_is_used() -> None:
    used = {
        name
        for trap in TRAPS.values()
        for fixture in trap.get("fixtures", ())
        for name in fixture.get("uses", ())
    }
    text = "".join(path.read_text() for path in (ROOT / "tests" / "traps").glob("T*.yaml"))
    for path in (ROOT / "tests" / "traps" / "common").iterdir():
        assert path.name in used or f"common/{path.name}" in text, path.name


def test_the_page_is_current() -> None:
    """The page holds the exact messages: a change of one is a change of the page."""
    assert (ROOT / "docs" / "traps.md").read_text() == traps.page()


@each("fixtures")
def test_fixture(entry: dict[str, Any], tmp_path: Path) -> None:
    folder = traps.lay(entry, tmp_path)
    refused = entry["upstream"] == "refuses"
    for kind in entry["runs"]:
        done = traps.run(kind, tmp_path)
        mild = kind == "generate" and not refused and entry["runs"] != ["generate"]
        assert done.code == (0 if mild else 1), done
        wanted = "warning" if mild else MESSAGES if kind.startswith("validate") else "error"
        assert any(line.startswith(wanted) for line in done.lines), done
    built = _builds_upstream(folder)
    assert built is None or built is not refused


def _builds_upstream(folder: Path) -> bool | None:
    try:
        program = tool("kustomize")
    except pytest.skip.Exception:
        return None
    return subprocess.run([program, "build", str(folder)], capture_output=True, check=False).returncode == 0


@each("argocd")
def test_argocd(entry: dict[str, str], tmp_path: Path) -> None:
    done = traps.run_argocd(entry["file"], tmp_path)
    assert done.code == 1
    assert any(
        re.match(rf"(error|warning) \[.*argocd-apps/{re.escape(entry['file'])}", line) for line in done.lines
    )


@each("resolved")
def test_our_example_has_it_not(entry: dict[str, Any]) -> None:
    tree = entry["tree"]
    if tree.startswith("argocd-apps"):
        items = tuple(documents((ROOT / tree).read_text()))
    else:
        items = objects(EXAMPLES / tree)
    chosen = select(items, entry["select"])
    assert chosen
    for item in chosen:
        found = look(item, steps(entry["path"]))
        assert found
        for value in found:
            if entry["is"] in ("absent", "present"):
                assert (value is ABSENT) is (entry["is"] == "absent")
            else:
                assert value == entry["is"]


@each("pages")
def test_page(entry: dict[str, str]) -> None:
    text = " ".join((ROOT / entry["file"]).read_text().split())
    assert " ".join(entry["says"].split()) in text


@each("tests")
def test_test_exists(entry: str) -> None:
    file, _, name = entry.partition("::")
    text = (ROOT / file).read_text()
    assert f"def {name}(" in text if name else "def test_" in text
