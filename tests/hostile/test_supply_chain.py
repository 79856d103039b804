"""What SECURITY.md promises: the tests it names, the pinned list, the list of what is installed."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def _names() -> set[str]:
    """The names of all hostile trees."""
    names: set[str] = set()
    for file in ("corpus", "sealed"):
        spec = importlib.util.spec_from_file_location(
            f"names_of_{file}", Path(__file__).with_name(f"{file}.py")
        )
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        names |= {case.name for case in module.CASES} if file == "corpus" else set(module.cases("x" * 22))
    return names


def test_every_test_that_is_named_exists() -> None:
    corpus = _names()
    rows = [line for line in SECURITY.splitlines() if line.startswith("| ")][2:]
    assert len(rows) >= 10
    for row in rows:
        named = re.findall(r"`([^`]+)`", row.split("|")[5])
        assert named, row
        for name in named:
            if "/" not in name:  # hostile trees, the names of some by their beginning
                trees = [each for each in corpus if fnmatch.fnmatchcase(each, name)]
                assert trees, name
                continue
            path, _, function = name.partition("::")
            assert (ROOT / path).exists(), name
            if function:
                assert f"def {function}(" in (ROOT / path).read_text(), name


def test_the_image_pins_every_package_with_hashes() -> None:
    text = (ROOT / "sidecar" / "requirements.lock").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert "==" in line.split()[0], line[:80]
        assert "--hash=sha256:" in line, line[:80]


def test_the_list_of_what_is_installed() -> None:
    runs = [
        subprocess.run([sys.executable, "scripts/sbom.py"], cwd=ROOT, capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    found = json.loads(runs[0])
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.5")
    names = {entry["name"] for entry in found["components"]}
    assert {"cryptography", "google-re2", "jsonpatch", "jsonpointer", "click"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff"})
    references = {entry["bom-ref"] for entry in [*found["components"], found["metadata"]["component"]]}
    assert {entry["ref"] for entry in found["dependencies"]} == references
