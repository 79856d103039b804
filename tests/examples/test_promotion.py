"""The promotion walk-through, run as it stands, and what it leaves in its repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, documents, environment, needs_validate, run, select

SCRIPT = EXAMPLES / "promotion" / "walkthrough.sh"


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The scratch repository after the walk, and what the script printed."""
    needs_validate()
    scratch = tmp_path_factory.mktemp("promotion") / "repo"
    env = environment(HOME=str(scratch.parent))
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
    done = subprocess.run([str(SCRIPT), str(scratch)], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return scratch, done.stdout


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


def test_production_changes_only_with_the_tag(walked: tuple[Path, str]) -> None:
    folder, printed = walked
    assert git(folder, "tag").split() == ["v2.3.1", "v2.3.2"]
    assert "no difference in 27 objects" in printed.partition("== 3.")[0]
    after = printed.partition("== 6.")[2]
    assert "Model fraud-detection/fraud-v2-candidate" in after
    assert "fraud-v1-baseline" not in after


def test_what_was_tested_is_what_is_deployed(walked: tuple[Path, str]) -> None:
    folder, _ = walked
    uris = {}
    for overlay in ("staging", "production"):
        done = run(str(folder / "k8s/overlays" / overlay))
        assert done.returncode == 0, done.stderr.decode()
        (model,) = select(tuple(documents(done.stdout)), "Model/fraud-v2-candidate")
        uris[overlay] = model["spec"]["storageUri"]
    assert uris["production"] == uris["staging"].replace("-staging/", "-prod/")
    assert "/14/" in uris["production"]


def test_nothing_in_the_clear(walked: tuple[Path, str]) -> None:
    folder, printed = walked
    history = git(folder, "log", "--patch", "--all")
    page = (folder / "promotion.html").read_text()
    for text in (history, page, printed.replace("--uri s3://mlflow-artifacts-staging/14/5d0c6f8a", "")):
        assert "5d0c6f8a" not in text
    assert "<html" in page


def test_an_existing_folder_is_left_alone(tmp_path: Path) -> None:
    done = subprocess.run([str(SCRIPT), str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"error: {tmp_path} exists\n")
