"""Values from YAML texts, and builds of small trees in memory."""

from __future__ import annotations

from textwrap import dedent

import pytest
from kustomize_trees import RecordingHooks

from cmp.kustomize import Options, build, emit
from cmp.tree import MemoryTree
from cmp.yaml import load_all


@pytest.fixture
def value():
    """The value of a YAML text."""

    def call(text: str):
        return load_all(dedent(text).encode())[0]

    return call


@pytest.fixture
def render():
    """Build `files` (path to text) and return the output; the last hooks are kept in `render.hooks`."""

    def call(files: dict[str, str], **options) -> str:
        data = {f"/{path}": dedent(text).encode() for path, text in files.items()}
        call.hooks = RecordingHooks()
        return emit(build(MemoryTree(data), "/", Options(**options), call.hooks))

    return call


@pytest.fixture
def rules(render):
    """The rule ids of the notices of the last build."""
    return lambda: [notice.rule for notice in render.hooks.notices]
