"""Every tree in tests/data/kustomize/trees gives the output, or the refusal, that is written in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from kustomize_trees import TreeCase

from cmp.errors import CmpError
from cmp.kustomize import build, emit
from cmp.tree.memory import MemoryTree

TREES = Path(__file__).parents[1] / "data" / "kustomize" / "trees"
FILES = sorted(TREES.glob("*.txt"))


def test_there_are_trees():
    assert len(FILES) > 100


def render(case: TreeCase) -> str:
    tree = MemoryTree({f"/{name}": data for name, data in case.files.items()})
    return emit(build(tree, "/" if case.target == "." else f"/{case.target}"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_tree(path: Path):
    case = TreeCase(path.read_text())
    if case.refused is None:
        assert case.expect is not None, "fill it with scripts/expected_trees.py"
        assert render(case) == case.expect
        return
    with pytest.raises(CmpError) as caught:
        render(case)
    assert str(caught.value).strip() == case.refused


@pytest.mark.oracle
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_real_tool_agrees(path: Path, kustomize, tmp_path: Path):
    case = TreeCase(path.read_text())
    for name, data in case.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert kustomize(tmp_path / case.target) == case.expect
