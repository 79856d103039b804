"""Random patches, replacements and plugins, compared with the real kustomize."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TREES = 20


@pytest.mark.oracle
def test_random_patches() -> None:
    tool = shutil.which("kustomize")
    if tool is None:
        pytest.skip("kustomize v5.8.1 is not on PATH")
    version = subprocess.run([tool, "version"], capture_output=True, text=True, check=True).stdout.strip()
    if version != "v5.8.1":
        pytest.skip(f"kustomize on PATH is {version}, not v5.8.1")
    command = [sys.executable, "-m", "fuzzing.patches", "--count", str(TREES), "--tool", tool]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
