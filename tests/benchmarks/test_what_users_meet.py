"""The benchmarks of requests, of small trees and of a folder that the user names say what they measured."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import ROOT

from benchmarks import folders

OURS = str(Path(sys.executable).parent / "cmp-generate")
# The other side need not be kustomize to see what is written about both.
THEIRS = f"{OURS} --plain"
TREE = "configMapGenerator: [{name: a, literals: [k=v]}]\n"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_small_trees_without_a_patch():
    _, _, *rows = folders.small(OURS, THEIRS, 1)
    assert [_cells(row)[0] for row in rows] == list(folders.SMALL)
    for row in rows:
        _, ours, theirs, ratio = _cells(row)
        assert ours.endswith(" ms")
        assert theirs.endswith(" ms")
        assert float(ratio) > 0
    assert not any("patch" in text for files in folders.SMALL.values() for text in files.values())


def test_a_folder_of_trees(tmp_path):
    for name, text in (("one", TREE), ("two/overlay", TREE), ("wrong", "resources: [gone.yaml]\n")):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "kustomization.yaml").write_text(text)
    (tmp_path / "none").mkdir()
    first, *lines = folders.folder(OURS, THEIRS, str(tmp_path), 1)
    assert first == f"{tmp_path}: 2 trees, 1 more that one of the programs refuses"
    _, _, *rows = map(_cells, lines)
    assert [row[0] for row in rows] == ["median", "p90", "sum", "slower than the other in"]
    assert all(len(row) == 3 and all(row) for row in rows)


@pytest.mark.slow
def test_requests_through_the_servers(monkeypatch):
    """Both servers in turn where argocd-cmp-server is built; the table refuses answers that differ."""
    pytest.importorskip("grpc", reason="grpcio is not installed")
    listed = (
        subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=False)
        if shutil.which("git")
        else None
    )
    if listed is None or not listed.stdout:
        pytest.skip("the project is not a checkout of git")
    from benchmarks import requests

    monkeypatch.setattr(requests, "MANY", 20)
    header, _, *rest = "\n".join(requests.table(1)).split("\n")
    rows, tiny = [_cells(row) for row in rest if row.startswith("|")], rest[-1]
    assert _cells(header)[-3:] == ["argocd-cmp-server", "cmp-server", "ratio"]
    assert [(row[0], row[3]) for row in rows] == [
        (name, piece)
        for piece in ("1 KiB", "64 KiB")
        for name in ("the fraud-detection example", "this project", "20 files more")
    ]
    for row in rows:
        assert row[5].endswith(" ms")
        assert (row[4] == "not there") == (row[6] == "") == (not requests.program())
    assert tiny.startswith("A tiny overlay (one ConfigMap), warm: ")
