"""Every example renders to the same bytes whatever surrounds the render: hash seed, locale, zone, place."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, GENERATE, KEY, environment, kustomizations, label, run


def _run(folder: str, cwd: Path, root: Path, flags: list[str], **extra: str) -> bytes:
    done = subprocess.run(
        [GENERATE, *flags, "--root", str(root), folder],
        cwd=cwd,
        env=environment(SOPS_AGE_KEY_FILE=str(KEY), **extra),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _copy_backwards(source: Path, target: Path) -> None:
    """A copy whose directory entries were made in the reverse order."""
    target.mkdir()
    for entry in sorted(source.iterdir(), reverse=True):
        if entry.is_dir() and not entry.is_symlink():
            _copy_backwards(entry, target / entry.name)
        else:
            shutil.copy2(entry, target / entry.name, follow_symlinks=False)


@pytest.fixture(scope="module")
def reversed_examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples in another place, their files made in reverse order."""
    root = tmp_path_factory.mktemp("elsewhere")
    _copy_backwards(EXAMPLES, root / "examples")
    (root / ".git").mkdir()
    return root


@pytest.mark.parametrize("folder", kustomizations(), ids=label)
def test_surroundings_change_nothing(folder: Path, reversed_examples: Path, tmp_path: Path) -> None:
    root = EXAMPLES.parent
    # A base has placeholders that its overlays fill in, and gates refuse it: its plain build is compared.
    flags = [] if "overlays" in folder.parts or run(str(folder)).returncode == 0 else ["--plain"]
    expected = _run(str(folder), root, root, flags, PYTHONHASHSEED="0")
    assert expected
    home = tmp_path / "home"
    home.mkdir()
    c_locale = {"LANG": "C", "LC_ALL": "C", "TZ": "Asia/Kathmandu"}
    assert _run(str(folder), tmp_path, root, flags, PYTHONHASHSEED="1", **c_locale) == expected
    other = {"LC_ALL": "C.UTF-8", "TZ": "America/Lima", "HOME": str(home)}
    assert _run(".", folder, root, flags, PYTHONHASHSEED="4242", **other) == expected
    elsewhere = reversed_examples / "examples" / label(folder)
    xdg = {name: str(home) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    assert _run(str(elsewhere), Path("/"), reversed_examples, flags, PYTHONHASHSEED="77", **xdg) == expected
    assert os.listdir(home) == []
