"""`cmp-generate -o PATH`: a file, or a folder with one file per object; all or nothing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY

from cmp.cli.generate import main

OBJECTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: Upper, namespace: one}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: two}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:x"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: nowhere}
"""
NAMES = [
    "default_v1_configmap_nowhere.yaml",
    "one_v1_configmap_upper.yaml",
    "rbac.authorization.k8s.io_v1_clusterrole_system:x.yaml",
    "two_apps_v1_deployment_web.yaml",
]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("staging", "production"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kustomization.yaml").write_text("resources: [objects.yaml]\n")
        (tmp_path / name / "objects.yaml").write_text(OBJECTS)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_holds_what_would_be_printed(tree: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["staging"], {}) == 0
    printed = capfdbinary.readouterr().out
    for words in (["-o", "out.yaml"], ["-oout.yaml"], ["--output=out.yaml"]):
        assert main(["staging", *words], {}) == 0
        assert capfdbinary.readouterr() == (b"", b"")
        assert (tree / "out.yaml").read_bytes() == printed
        assert mode(tree / "out.yaml") == 0o600
        (tree / "out.yaml").unlink()


@pytest.mark.parametrize("output", ["out/", "out", "out/new/"])
def test_a_folder_has_a_file_for_each_object(tree: Path, output: str) -> None:
    if output == "out":
        (tree / "out").mkdir()
    assert main(["staging", "-o", output], {}) == 0
    assert names(tree / output) == NAMES
    assert all(mode(path) == 0o600 for path in (tree / output).iterdir())
    assert output == "out" or mode(tree / output) == 0o700


@pytest.mark.oracle
def test_names_and_texts_are_those_of_kustomize(tree: Path) -> None:
    if shutil.which("kustomize") is None:
        pytest.skip("kustomize is not on PATH")
    (tree / "theirs").mkdir()
    subprocess.run(["kustomize", "build", "staging", "-o", "theirs"], cwd=tree, check=True)
    assert main(["--plain", "staging", "-o", "ours/"], {}) == 0
    assert names(tree / "ours") == names(tree / "theirs")
    for name in NAMES:
        assert (tree / "ours" / name).read_bytes() == (tree / "theirs" / name).read_bytes()


def test_several_overlays_have_a_folder_each(tree: Path) -> None:
    assert main(["staging", "production/", "-o", "out/"], {}) == 0
    assert names(tree / "out") == ["production", "staging"]
    assert names(tree / "out/production") == NAMES


def test_paths_differ_where_folders_do(tree: Path) -> None:
    for system in ("a", "b"):
        shutil.copytree(tree / "staging", tree / system / "overlays/staging")
    assert main(["a/overlays/staging", "b/overlays/staging", "-o", "out/"], {}) == 0
    assert names(tree / "out/a/overlays/staging") == NAMES


def test_files_of_an_earlier_run_are_named_and_stay(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staging", "-o", "out/"], {}) == 0
    (tree / "staging/objects.yaml").write_text(OBJECTS.partition("---\n")[0])
    assert main(["staging", "-o", "out/"], {}) == 0
    assert names(tree / "out") == sorted([*NAMES, "v1_configmap_upper.yaml"])
    warning = capsys.readouterr().err
    assert warning.startswith("warning: not of this render, left as it was: out/default_v1_configmap_nowhere")
    assert "out/v1_configmap_upper.yaml" not in warning


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["staging", "production"], 2, "several directories can only be rendered into a folder"),
        (["staging", "production", "-o", "out.yaml"], 2, "out.yaml is not a folder"),
        (["staging", "staging/", "-o", "out/"], 2, "a directory is named twice"),
        (["staging", "missing", "-o", "out/"], 1, "missing: does not exist"),
        (["staging", "-o", "file/out.yaml"], 1, "file/out.yaml: the file cannot be written"),
        (["staging", "-o"], 2, "-o needs a value"),
    ],
)
def test_refusals_write_nothing(
    tree: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, error: str
) -> None:
    (tree / "file").write_text("")
    before = sorted(tree.rglob("*"))
    assert main(words, {}) == code
    assert f"error: {error}" in capsys.readouterr().err
    assert sorted(tree.rglob("*")) == before


def test_one_refused_overlay_leaves_all_unwritten(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "out").mkdir()
    (tree / "production/objects.yaml").write_text("kind: x\n")
    (tree / "staging/objects.yaml").unlink()
    assert main(["staging", "production", "-o", "out"], {}) == 1
    assert capsys.readouterr().err.count("error: ") == 2
    assert names(tree / "out") == []


@pytest.mark.parametrize("blocked", NAMES)
def test_a_file_that_cannot_be_written_leaves_all_as_they_were(
    tree: Path, capsys: pytest.CaptureFixture[str], blocked: str
) -> None:
    (tree / "out" / blocked).mkdir(parents=True)
    assert main(["staging", "-o", "out"], {}) == 1
    assert blocked in capsys.readouterr().err
    assert names(tree / "out") == [blocked]


@pytest.mark.parametrize(
    ("objects", "error"),
    [
        ("{apiVersion: v1, kind: A, metadata: {name: x}}\n---\n{apiVersion: v1, kind: a, metadata: {name: x}}", "same file, v1_a_x.yaml"),
        ("{apiVersion: v1, kind: A, metadata: {name: x/../../y}}", "no name that a file can have"),
        ("{apiVersion: .hidden/v1, kind: A, metadata: {name: x}}", "no name that a file can have"),
        ("{apiVersion: v1, kind: A, metadata: {name: %s}}" % ("x" * 300), "no name that a file can have"),
    ],
)  # fmt: skip
def test_objects_without_a_file_name_of_their_own(
    tree: Path, capsys: pytest.CaptureFixture[str], objects: str, error: str
) -> None:
    (tree / "staging/objects.yaml").write_text(objects)
    assert main(["--plain", "staging", "-o", "out/"], {}) == 1
    assert error in capsys.readouterr().err
    assert not (tree / "out").exists()


def test_a_link_is_replaced_and_what_it_points_to_stays(tree: Path) -> None:
    (tree / "other").write_text("kept")
    (tree / "out.yaml").symlink_to("other")
    assert main(["staging", "-o", "out.yaml"], {}) == 0
    assert (tree / "other").read_text() == "kept"
    assert not (tree / "out.yaml").is_symlink()


def test_renders_can_be_checked_and_thrown_away(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["staging", "production", "-o", "/dev/null"], {}) == 0
    assert capfdbinary.readouterr() == (b"", b"")
    assert Path("/dev/null").is_char_device()


def test_a_pipe_is_not_replaced(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tree / "pipe")
    assert main(["staging", "-o", "pipe"], {}) == 2
    assert "pipe is not a file or a folder" in capsys.readouterr().err
    assert (tree / "pipe").is_fifo()


def test_argo_cd_gets_manifests_on_standard_output_only(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["staging", "-o", "out.yaml"], {"ARGOCD_APP_NAME": "x"}) == 2
    assert "--output is refused when run by Argo CD" in capsys.readouterr().err
    assert not (tree / "out.yaml").exists()


def test_every_overlay_of_an_example(tmp_path: Path) -> None:
    overlays = EXAMPLES / "fraud-detection/k8s/overlays"
    words = [str(overlays / "staging"), str(overlays / "production"), "-o", str(tmp_path / "out")]
    (tmp_path / "out").mkdir()
    assert main(words, {"SOPS_AGE_KEY_FILE": str(KEY)}) == 0
    assert "v1_secret_harbor-docker-config.yaml" in names(tmp_path / "out/production")
