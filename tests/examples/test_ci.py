"""The CI files for users: their scripts run on a scratch repository that holds a change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from example_overlays import EXAMPLES, KEY, changed_repository, environment, needs_validate

BIN = str(Path(sys.executable).parent)


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    return changed_repository(tmp_path)


def steps(name: str) -> str:
    """The shell text of a CI file, without what talks to the forge."""
    content = yaml.safe_load((EXAMPLES / "ci" / name).read_text())
    if name == "gitlab-ci.yml":
        return "\n".join(content["render"]["script"])
    runs = [step["run"] for step in content["jobs"]["render"]["steps"] if "run" in step]
    return "\n".join(run for run in runs if "pip install" not in run and "gh pr" not in run)


@pytest.mark.parametrize("key", [True, False], ids=["with-key", "masked"])
@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_scripts_render_validate_and_compare(
    repository: tuple[Path, str], tmp_path: Path, name: str, key: bool
) -> None:
    needs_validate()
    folder, base = repository
    secret = next(line for line in KEY.read_text().splitlines() if line.startswith("AGE-SECRET-KEY"))
    env = environment(
        SOPS_AGE_KEY=secret if key else "",
        HOME=str(tmp_path),
        BASE=base,
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        RUNNER_TEMP=str(tmp_path),
        GITHUB_STEP_SUMMARY=str(tmp_path / "diff.md.summary"),
    )
    env["PATH"] = f"{BIN}:{env['PATH']}"
    done = subprocess.run(
        ["bash", "-c", steps(name)], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "diff.md.summary") if name == "github-actions.yml" else folder / "diff.md"
    text = report.read_text()
    assert "k8s/overlays/staging" in text
    assert "50" in text
    assert "90" in text
    assert secret not in text + done.stdout + done.stderr
