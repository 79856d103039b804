"""Each fixture in a small repository: the command finds what its second line says, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from argocd_repository import lay
from click.testing import CliRunner

pytest.importorskip("celpy", reason="the extra 'validate' is not installed")

from cmp.cli.ctl import command
from cmp.fleet.registry import RULES

HERE = Path(__file__).parent
FIXTURES = sorted((HERE / "fixtures").glob("*.yaml"))
ROOT = HERE.parents[1]


def report(folder: Path) -> dict[str, Any]:
    done = CliRunner().invoke(command, ["validate", str(folder), "--output", "json"], catch_exceptions=False)
    found: dict[str, Any] = json.loads(done.output)
    return found


def expected(path: Path) -> set[str]:
    line = path.read_text().splitlines()[1]
    found = set(line.removeprefix("# finds: ").split(", "))
    return found - {"nothing"}


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_finds(path: Path, tmp_path: Path) -> None:
    apps = lay(tmp_path, path)
    found = report(apps)
    assert {each["rule"] for each in found["findings"]} == expected(path), found["findings"]
    assert all(each["file"] for each in found["findings"] if each["rule"] != "schema")
    assert all(each["cure"] for each in found["findings"])
    assert bool(found["waived"]) is (path.stem == "waived")


def test_every_rule_has_a_fixture() -> None:
    shown = {rule for path in FIXTURES for rule in expected(path)} - {"schema"}
    assert shown == {rule.ID for rule in RULES}
    assert all(rule.WHY and rule.CURE and rule.SEVERITY for rule in RULES)


def test_our_own_folder_passes() -> None:
    found = report(ROOT / "argocd-apps")
    assert found["findings"] == []
    assert found["waived"] == []
    assert found["unchecked"] == {}
    assert found["checked"] >= 14


def test_our_own_plugin_passes() -> None:
    assert report(ROOT / "plugin.yaml")["findings"] == []
