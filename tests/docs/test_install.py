"""`make install`: an environment, both commands, completion, manual pages; and all of it gone again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import ROOT


def run(action: str, prefix: Path, *words: str, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts/install.py"), action, "--prefix", str(prefix), *words]
    environment = {**os.environ, "PATH": path, "HOME": str(prefix.parent)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def files(folder: Path) -> list[str]:
    """All but what is inside of the environment."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return sorted(name for name in found if not name.startswith("share/mlops-cmp/"))


@pytest.mark.slow
def test_install_and_uninstall(tmp_path: Path) -> None:
    prefix = tmp_path / "home/.local"
    (prefix / "bin").mkdir(parents=True)
    (prefix / "bin/other").write_text("kept")
    done = run("install", prefix, "--extras", "")
    if "No matching distribution found" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    assert f'export PATH="{prefix}/bin:$PATH"' in done.stdout
    assert files(prefix) == [
        "bin/cmp-generate",
        "bin/cmpctl",
        "bin/other",
        "share/bash-completion/completions/cmp-generate",
        "share/bash-completion/completions/cmpctl",
        "share/fish/vendor_completions.d/cmp-generate.fish",
        "share/fish/vendor_completions.d/cmpctl.fish",
        "share/man/man1/cmp-generate.1",
        "share/man/man1/cmpctl.1",
        "share/zsh/site-functions/_cmp-generate",
        "share/zsh/site-functions/_cmpctl",
    ]
    assert not list((tmp_path / "home").glob(".*rc")), "no start-up file of a shell is touched"
    told = subprocess.run([prefix / "bin/cmp-generate", "--help"], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("usage: cmp-generate")
    page = subprocess.run([prefix / "bin/cmpctl", "docs", "secrets"], capture_output=True, check=True)
    assert page.stdout == (ROOT / "docs/secrets.md").read_bytes()
    assert run("uninstall", prefix).returncode == 0
    left = sorted(path.relative_to(prefix).as_posix() for path in prefix.rglob("*"))
    assert left == ["bin", "bin/other"], "no file and no empty folder stays"


def test_a_program_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cmpctl").write_text("theirs")
    done = run("install", tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path}/bin/cmpctl exists already" in done.stderr
    assert run("uninstall", tmp_path).returncode == 0
    assert (tmp_path / "bin/cmpctl").read_text() == "theirs"
