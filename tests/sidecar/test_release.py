"""The workflows, and what a release takes from one place only: the version, the notes, the Pythons."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from container_engine import python_version
from example_overlays import ROOT, tool

import cmp

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def script(name: str) -> ModuleType:
    """A program of scripts/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def jobs(name: str) -> dict[str, Any]:
    """The jobs of a workflow."""
    return yaml.safe_load((ROOT / ".github/workflows" / f"{name}.yml").read_text())["jobs"]


@pytest.mark.oracle
@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_finds_nothing(workflow: Path) -> None:
    done = subprocess.run([tool("actionlint"), workflow], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_has_an_end_and_few_rights(workflow: Path) -> None:
    text = yaml.safe_load(workflow.read_text())
    assert text["permissions"] == {"contents": "read"}
    for name, job in text["jobs"].items():
        assert 0 < job["timeout-minutes"] <= 60, name


def test_the_pythons_are_those_of_the_lock() -> None:
    pythons = tuple(jobs("ci")["python"]["strategy"]["matrix"]["python"])
    assert pythons == script("lock").PYTHONS
    assert python_version() in pythons


def test_release_signs_what_it_pushes() -> None:
    job = jobs("release")["image"]
    used = [step.get("uses", "").partition("@")[0] for step in job["steps"]]
    assert {"actions/attest-build-provenance", "actions/attest-sbom", "sigstore/cosign-installer"} <= set(
        used
    )
    commands = "\n".join(step.get("run", "") for step in job["steps"])
    assert "--provenance mode=max" in commands
    assert "cosign sign --yes" in commands
    assert "linux/amd64,linux/arm64" in commands


def test_package_is_published_without_a_password() -> None:
    job = jobs("release")["package"]
    assert job["permissions"] == {"id-token": "write"}
    assert job["needs"] == ["artefacts", "image"]
    assert "with" not in job["steps"][-1]


CHANGELOG = "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-01-02\n\n### Added\n- One.\n\n## 1.2.2\n- Two.\n"


def test_notes_are_the_section_of_the_version() -> None:
    assert script("release_notes").notes("v1.2.3", "1.2.3", CHANGELOG) == "### Added\n- One.\n"
    assert script("release_notes").notes("v1.2.2", "1.2.2", CHANGELOG) == "- Two.\n"


@pytest.mark.parametrize(
    ("tag", "version", "reason"),
    [
        ("v1.2.4", "1.2.3", "the tag is v1.2.4, but"),
        ("1.2.3", "1.2.3", "the tag is 1.2.3, but"),
        ("v1.2", "1.2", "no section 1.2:"),
        ("v1.2.30", "1.2.30", "no section 1.2.30:"),
    ],
)
def test_a_tag_that_does_not_agree_is_refused(tag: str, version: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        script("release_notes").notes(tag, version, CHANGELOG)


def test_the_version_is_stated_once() -> None:
    """Not by the Dockerfile, the workflows, the component, the pages or the scripts as well."""
    stated = ROOT / "cmp/__init__.py"
    assert f'__version__ = "{cmp.__version__}"' in stated.read_text()
    places = [ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "README.md", *WORKFLOWS]
    places += [path for folder in ("sidecar", "docs", "scripts") for path in (ROOT / folder).rglob("*")]
    word = re.compile(rf"(?<![\d.])v?{re.escape(cmp.__version__)}(?![\d.])")
    found = [
        str(path.relative_to(ROOT))
        for path in places
        if path.suffix in {".md", ".yaml", ".yml", ".toml", ".py", ".sh", ""}
        and path.is_file()
        and word.search(path.read_text())
    ]
    # The page on upgrading says since when a rule refuses.
    assert found == ["docs/upgrading.md"]
