"""Values from YAML texts, and builds of small trees in memory."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest
from kustomize_trees import RecordingHooks

from cmp.kustomize import Options, build, emit
from cmp.tree.memory import MemoryTree
from cmp.yaml import load_all


@pytest.fixture
def value():
    """The value of a YAML text."""

    def call(text: str):
        return load_all(dedent(text).encode())[0]

    return call


class Render:
    """Builds trees in memory. hooks: those of the last build."""

    hooks: RecordingHooks

    def __call__(self, files: dict[str, str], **options: Any) -> str:
        data = {f"/{path}": dedent(text).encode() for path, text in files.items()}
        self.hooks = RecordingHooks()
        return emit(build(MemoryTree(data), "/", Options(**options), self.hooks))


@pytest.fixture
def render():
    """Build `files` (path to text) and return the output; the last hooks are kept in `render.hooks`."""

    return Render()


@pytest.fixture
def rules(render):
    """The rule ids of the notices of the last build."""
    return lambda: [notice.rule for notice in render.hooks.notices]
