"""Every example folder beside the real kustomize: same bytes plain, same objects after a full render."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from example_overlays import (
    GENERATE,
    KEY,
    documents,
    environment,
    kustomizations,
    label,
    objects,
    overlays,
    rendered,
    run,
    tool,
)

FOLDERS = pytest.mark.parametrize("folder", kustomizations(), ids=label)
OVERLAYS = pytest.mark.parametrize("folder", overlays(), ids=label)


@pytest.mark.oracle
@FOLDERS
def test_plain_is_what_kustomize_prints(folder: Path) -> None:
    """kustomize itself, and the one inside kubectl: `kubectl kustomize` still builds every folder."""
    programs = [found for found in (shutil.which("kustomize"), shutil.which("kubectl")) if found]
    if not programs:
        pytest.skip("neither kustomize nor kubectl is on PATH")
    ours = run("--plain", str(folder), key=False)
    assert ours.returncode == 0, ours.stderr.decode()
    for program in programs:
        verb = "build" if program.endswith("kustomize") else "kustomize"
        upstream = subprocess.run([program, verb, str(folder)], capture_output=True, check=False)
        assert upstream.returncode == 0, upstream.stderr.decode()
        assert ours.stdout == upstream.stdout, program


@pytest.mark.oracle
@OVERLAYS
def test_render_comes_back_from_kustomize_unchanged(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "all.yaml").write_bytes(rendered(folder))
    (tmp_path / "kustomization.yaml").write_text("resources: [all.yaml]\n")
    again = subprocess.run([tool("kustomize"), "build", str(tmp_path)], capture_output=True, check=False)
    assert again.returncode == 0, again.stderr.decode()
    key = lambda item: (item["apiVersion"], item["kind"], item["metadata"]["name"])  # noqa: E731
    assert sorted(documents(again.stdout), key=key) == sorted(objects(folder), key=key)


@OVERLAYS
def test_render_is_the_same_anywhere(folder: Path) -> None:
    """From the folder itself, as the sidecar calls it, with another hash seed, locale and time zone."""
    given = {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Kathmandu", "HOME": "/nonexistent"}
    there = subprocess.run(
        [GENERATE],
        cwd=folder,
        env=environment(SOPS_AGE_KEY_FILE=str(KEY), **given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert there.stdout == rendered(folder), there.stderr.decode()


@OVERLAYS
def test_nothing_is_left_encrypted(folder: Path) -> None:
    assert b"ENC[" not in rendered(folder)
    assert not [item for item in objects(folder) if "sops" in item]


def test_without_the_key_nothing_is_printed() -> None:
    for folder in overlays():
        if "ai-how" in folder.parts and folder.name == "mlflow":
            continue  # reads the Secrets of two other applications and has none itself
        refused = run(str(folder), key=False, HOME="/nonexistent", XDG_CONFIG_HOME="/nonexistent")
        assert (refused.returncode, refused.stdout) == (1, b""), label(folder)
        lines = refused.stderr.decode().splitlines()
        assert [line.partition(":")[0] for line in lines if not line.startswith(" ")][:2] == ["error", "hint"]
