"""Modules that import each other have to be understood together, so their number is bounded."""

from __future__ import annotations

from pathlib import Path

from scripts.import_cycles import ROOT, cycles, imports

# The families of modules that still stand in a cycle may shrink. Nothing may join them.
BOUND = 15


def test_few_modules_stand_in_cycles() -> None:
    parts = cycles(imports())
    assert sum(map(len, parts)) <= BOUND, "\n".join(", ".join(sorted(part)) for part in parts)


def test_the_engine_has_no_cycle() -> None:
    inside = [sorted(part) for part in cycles(imports()) if any(".kustomize" in name for name in part)]
    assert inside == []


def test_imports_for_types_and_inside_of_functions_count(tmp_path: Path) -> None:
    package = tmp_path / "cmp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "types.py").write_text("if TYPE_CHECKING:\n    from cmp.late import make\n")
    (package / "late.py").write_text("def make():\n    from cmp import types\n")
    (package / "leaf.py").write_text("import cmp.types\n")
    assert cycles(imports(tmp_path)) == [{"cmp.types", "cmp.late"}]


def test_the_wheel_holds_no_test_support() -> None:
    files = [path.name for path in (ROOT / "cmp").rglob("*.py")]
    assert "testing.py" not in files
    assert "conformance.py" not in files
