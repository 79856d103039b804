"""How much of a kustomization may come from aliases: upstream's limit, to the very node."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.yaml import YamlError, load_all, load_config
from cmp.yaml.aliasing import allowed_share

RESOURCE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def labels(width: int, aliases: int) -> str:
    """A labels entry of `width` pairs and as many aliases of it."""
    pairs = ", ".join(f"k{number}: v" for number in range(width))
    return f"resources: [r.yaml]\nlabels:\n- &l {{pairs: {{{pairs}}}}}\n" + "- *l\n" * aliases


def refused(width: int, aliases: int) -> bool:
    try:
        load_config(labels(width, aliases).encode())
    except YamlError as error:
        assert "aliases" in error.message
        return True
    return False


def boundary(width: int) -> int:
    """The smallest number of aliases that is refused."""
    low, high = 1, 400
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if refused(width, middle) else (middle + 1, high)
    return low


def test_few_aliases_are_always_allowed():
    assert not refused(3, 1500)  # an alias is a node that does not count as one of its own
    assert not refused(4, 30)
    assert boundary(500) == 111


@pytest.mark.parametrize(
    ("nodes", "share"), [(1, 0.99), (400_000, 0.99), (2_200_000, 0.545), (4_000_000, 0.1), (9_000_000, 0.1)]
)
def test_the_share(nodes: int, share: float):
    assert allowed_share(nodes) == pytest.approx(share)


def test_resources_have_no_such_limit():
    """kyaml reads them as nodes; only `yaml_nodes` bounds them."""
    text = RESOURCE + "x: &x [" + "a, " * 500 + "]\ny:\n" + "- *x\n" * 400
    assert len(load_all(text.encode())[0]["y"]) == 400  # type: ignore[index,call-overload,arg-type]


@pytest.mark.oracle
@pytest.mark.parametrize("width", [300, 500])
def test_the_real_tool_agrees(width: int, kustomize, tmp_path: Path):
    first = boundary(width)
    (tmp_path / "r.yaml").write_text(RESOURCE)
    for aliases in (first - 1, first):
        (tmp_path / "kustomization.yaml").write_text(labels(width, aliases))
        assert (kustomize(tmp_path) is None) == (aliases == first)
