"""Building small trees in memory, and the real kustomize."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from kustomize_trees import RecordingHooks

from cmp.kustomize import Options, build, emit
from cmp.tree.memory import MemoryTree


class Built:
    """The output of a build and what it told on the way."""

    def __init__(self, text: str, hooks: RecordingHooks) -> None:
        self.text = text
        self.notices = hooks.notices

    def rules(self) -> list[str]:
        return [notice.rule for notice in self.notices]


@pytest.fixture
def run():
    """Build `files` (path to text or bytes) at `target`; hooks default to recording ones."""

    def call(files: dict[str, str | bytes], target: str = "/", hooks=None, **options) -> Built:
        data = {
            path if path.startswith("/") else f"/{path}": text.encode() if isinstance(text, str) else text
            for path, text in files.items()
        }
        hooks = hooks or RecordingHooks()
        return Built(emit(build(MemoryTree(data), target, Options(**options), hooks)), hooks)

    return call


@pytest.fixture(scope="session")
def kustomize():
    """Run the real kustomize on a directory: its output, or None when it refuses."""
    tool = shutil.which("kustomize")
    if tool is None:
        pytest.skip("the real kustomize is not on PATH")
    version = subprocess.run([tool, "version"], capture_output=True, text=True, check=True).stdout.strip()
    if version != "v5.8.1":
        pytest.skip(f"the kustomize on PATH is {version}, not v5.8.1")

    def call(directory: Path, *arguments: str) -> str | None:
        done = subprocess.run(
            [tool, "build", str(directory), *arguments],
            capture_output=True,
            check=False,
            timeout=60,
            env={**os.environ, "LC_ALL": "C"},
        )
        return done.stdout.decode() if done.returncode == 0 else None

    return call
