"""`cmpctl diff` on small overlays: its sides, forms, exit codes, and that nothing secret shows."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from cmp.cli.ctl import command

BASE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: one}\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with one overlay, committed, then changed in the work tree."""
    overlay = tmp_path / "k8s"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text("resources: [r.yaml]\n")
    (overlay / "r.yaml").write_text(BASE)
    monkeypatch.setenv("HOME", str(tmp_path))
    for args in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *args], cwd=tmp_path, check=True)
    (overlay / "r.yaml").write_text(BASE.replace("one", "two"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(command, ["diff", *args], input=stdin, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.return_value, result.output


def test_the_work_tree_against_a_revision(repository: Path) -> None:
    assert run("k8s@HEAD", "k8s") == (
        0,
        "other\n  ~ ConfigMap a\n      data.k: one -> two\n1 changed, 0 added, 0 removed, 0 unchanged\n",
    )


def test_exit_code_only_when_asked(repository: Path) -> None:
    assert run("k8s@HEAD", "k8s", "--exit-code")[0] == 1
    assert run("k8s", "k8s", "--exit-code")[0] == 0


def test_a_file_and_standard_input(repository: Path) -> None:
    listed = "apiVersion: v1\nkind: List\nitems:\n- " + BASE.replace("\n", "\n  ").rstrip() + "\n"
    assert run("-", "k8s/r.yaml", stdin=listed)[1].startswith("other\n  ~ ConfigMap a\n")


def test_json_is_a_document(repository: Path) -> None:
    data = json.loads(run("k8s@HEAD", "k8s", "--output", "json")[1])
    assert data["changes"][0]["fields"] == [
        {"path": "data.k", "group": "other", "before": "one", "after": "two"}
    ]


def test_a_revision_that_is_not_there(repository: Path) -> None:
    from cmp.cli.revision import RevisionError

    with pytest.raises(RevisionError, match="rev-parse"):
        run("k8s@nowhere", "k8s")
