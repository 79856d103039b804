"""What SECURITY.md promises: the tests it names, the pinned list, the list of what is installed."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hostile_data import load

import cmp

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
    lines = [line for line in SECURITY.splitlines() if line.startswith("| ") and line.count("|") >= 6]
    rows = [line for line in lines if not line.endswith(("| test |", "--- |"))]
    assert len(rows) >= 15
    for row in rows:
        named = re.findall(r"`([^`]+)`", row.rstrip(" |").rpartition("|")[2])
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


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """What scripts/sbom.py writes, twice."""
    folder = tmp_path_factory.mktemp("sbom")
    for number in range(2):
        command = [sys.executable, "scripts/sbom.py", str(folder / f"{number}.json")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if "No matching distribution found" in done.stderr:
            pytest.skip(f"the package index cannot be reached: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr
    return [path.read_bytes() for path in sorted(folder.iterdir())]


@pytest.mark.slow
def test_the_same_lock_gives_the_same_list(listed: list[bytes]) -> None:
    assert listed[0] == listed[1]


@pytest.mark.slow
def test_the_list_holds_what_the_image_installs_and_nothing_else(listed: list[bytes]) -> None:
    """cyclonedx-py checks its own output against CycloneDX's schema."""
    found = json.loads(listed[0])
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    lock = (ROOT / "sidecar" / "requirements.lock").read_text().splitlines()
    pinned = {line.split()[0] for line in lock if "==" in line}
    entries = {re.sub(r"[._]", "-", part["name"]) + "==" + part["version"] for part in found["components"]}
    assert entries == pinned
    root = found["metadata"]["component"]
    assert (root["type"], root["name"], root["version"]) == ("application", "mlops-cmp", cmp.__version__)
    assert root["licenses"] == [{"license": {"acknowledgement": "declared", "id": "Apache-2.0"}}]
    needs = {entry["ref"]: entry.get("dependsOn", []) for entry in found["dependencies"]}
    assert set(needs) == {part["bom-ref"] for part in [*found["components"], root]}
    assert len(needs[root["bom-ref"]]) == 6


@pytest.mark.slow
def test_the_same_commit_gives_the_same_wheel(tmp_path: Path) -> None:
    """Built twice, under two umasks: one SOURCE_DATE_EPOCH, one hash."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the wheel")
    wheels: list[Path] = []
    for mask in ("022", "077"):
        script = f'umask {mask} && exec "$0" scripts/wheel.py "$1"'
        command = ["sh", "-c", script, sys.executable, str(tmp_path / mask)]
        environment = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if "No matching distribution found" in done.stderr:
            pytest.skip("the package index cannot be reached")
        assert done.returncode == 0, done.stderr
        wheels += (tmp_path / mask).iterdir()
    assert {wheel.name for wheel in wheels} == {f"mlops_cmp-{cmp.__version__}-py3-none-any.whl"}
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    with zipfile.ZipFile(wheels[0]) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}
        names = set(archive.namelist())
        assert "cmp/kustomize/schema/kubernetes-1.21.2.txt" in names
        pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
        assert {f"cmp/pages/{page}" for page in pages} <= names
        assert {"cmp/diff/web/page.css", "cmp/diff/web/page.js"} <= names
