"""What SECURITY.md promises: the tests it names, the pinned list, the list of what is installed."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_data import load

ROOT = Path(__file__).resolve().parents[2]
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def _names() -> set[str]:
    """The names of all hostile trees."""
    names = {case.name for case in load("corpus").CASES}
    for table in ("sealed", "planted"):
        names |= set(load(table).cases("x" * 22))
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


def _sbom() -> str:
    command = [sys.executable, "scripts/sbom.py"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout


def test_the_list_of_what_is_installed() -> None:
    runs = [_sbom() for _ in range(2)]
    assert runs[0] == runs[1]
    found = json.loads(runs[0])
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.5")
    names = {entry["name"] for entry in found["components"]}
    assert {"cryptography", "google-re2", "jsonpatch", "jsonpointer", "click"} <= names
    assert names.isdisjoint({"pytest", "mypy", "ruff"})
    references = {entry["bom-ref"] for entry in [*found["components"], found["metadata"]["component"]]}
    assert {entry["ref"] for entry in found["dependencies"]} == references


def test_the_list_has_the_shape_of_the_specification() -> None:
    """What CycloneDX 1.5's schema requires of the parts that we write."""
    text = _sbom()
    found = json.loads(text)
    assert set(found) <= {
        "$schema",
        "bomFormat",
        "specVersion",
        "version",
        "metadata",
        "components",
        "dependencies",
    }
    assert isinstance(found["version"], int)
    assert found["version"] >= 1
    parts = [*found["components"], found["metadata"]["component"]]
    references = [part["bom-ref"] for part in parts]
    assert len(set(references)) == len(references)
    for part in parts:
        assert part["type"] in ("application", "library")
        assert part["name"] == part["name"].strip() != ""
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}"
        for license_ in part.get("licenses", ()):
            assert len(set(license_) & {"license", "expression"}) == 1
            assert set(license_.get("license", {"id": ""})) <= {"id", "name"}
    for entry in found["dependencies"]:
        assert set(entry.get("dependsOn", ())) <= set(references)
        assert len(set(entry.get("dependsOn", ()))) == len(entry.get("dependsOn", ()))


def test_the_list_is_valid_by_the_schema() -> None:
    validation = pytest.importorskip("cyclonedx.validation.json", reason="cyclonedx-python-lib is not here")
    schema = pytest.importorskip("cyclonedx.schema")
    text = _sbom()
    assert validation.JsonStrictValidator(schema.SchemaVersion.V1_5).validate_str(text) is None
