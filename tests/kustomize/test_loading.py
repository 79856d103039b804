"""Which files and directories a kustomization may read, on disk, links included."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.errors import CmpError
from cmp.kustomize import Options, build, emit
from cmp.tree import DiskTree

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
LIFT = ("--load-restrictor", "LoadRestrictionsNone")

# name -> files, links, arguments for the real tool, does it build
TABLE = {
    "a file of its own": (
        {"top/kustomization.yaml": "resources: [a.yaml]", "top/a.yaml": CONFIG_MAP},
        {},
        (),
        True,
    ),
    "a file below": (
        {"top/kustomization.yaml": "resources: [d/a.yaml]", "top/d/a.yaml": CONFIG_MAP},
        {},
        (),
        True,
    ),
    "a file beside": (
        {"top/kustomization.yaml": "resources: [../a.yaml]", "a.yaml": CONFIG_MAP},
        {},
        (),
        False,
    ),
    "a file beside, lifted": (
        {"top/kustomization.yaml": "resources: [../a.yaml]", "a.yaml": CONFIG_MAP},
        {},
        LIFT,
        True,
    ),
    "a link inside": (
        {"top/kustomization.yaml": "resources: [l.yaml]", "top/a.yaml": CONFIG_MAP},
        {"top/l.yaml": "a.yaml"},
        (),
        True,
    ),
    "a link out": (
        {"top/kustomization.yaml": "resources: [l.yaml]", "a.yaml": CONFIG_MAP},
        {"top/l.yaml": "../a.yaml"},
        (),
        False,
    ),
    "a link out, lifted": (
        {"top/kustomization.yaml": "resources: [l.yaml]", "a.yaml": CONFIG_MAP},
        {"top/l.yaml": "../a.yaml"},
        LIFT,
        True,
    ),
    "a dangling link": ({"top/kustomization.yaml": "resources: [l.yaml]"}, {"top/l.yaml": "gone"}, (), False),
    "a loop of links": (
        {"top/kustomization.yaml": "resources: [l.yaml]"},
        {"top/l.yaml": "m.yaml", "top/m.yaml": "l.yaml"},
        (),
        False,
    ),
    "a base through a link": (
        {
            "top/kustomization.yaml": "resources: [l]",
            "base/kustomization.yaml": "resources: [a.yaml]",
            "base/a.yaml": CONFIG_MAP,
        },
        {"top/l": "../base"},
        (),
        True,
    ),
    "its own directory through a link": (
        {"top/kustomization.yaml": "resources: [l]"},
        {"top/l": "."},
        (),
        False,
    ),
    "a kustomization file that is a link out": (
        {"real.yaml": "resources: [a.yaml]", "top/a.yaml": CONFIG_MAP},
        {"top/kustomization.yaml": "../real.yaml"},
        (),
        False,
    ),
    "a kustomization file that is a link out, lifted": (
        {"real.yaml": "resources: [a.yaml]", "top/a.yaml": CONFIG_MAP},
        {"top/kustomization.yaml": "../real.yaml"},
        LIFT,
        True,
    ),
    "a second kustomization file that cannot be read": (
        {"top/kustomization.yaml": "resources: [a.yaml]", "top/a.yaml": CONFIG_MAP},
        {"top/Kustomization": "gone"},
        (),
        True,
    ),
    "a directory named like a kustomization file": (
        {
            "top/kustomization.yaml": "resources: [a.yaml]",
            "top/a.yaml": CONFIG_MAP,
            "top/Kustomization/x": "",
        },
        {},
        (),
        True,
    ),
    "dots resolved by text before links": (
        {
            "top/kustomization.yaml": "resources: [l/../a.yaml]",
            "top/a.yaml": CONFIG_MAP,
            "base/x": "",
        },
        {"top/l": "../base"},
        (),
        True,
    ),
    "a generator file beside": (
        {"top/kustomization.yaml": "configMapGenerator: [{name: a, files: [../x]}]", "x": "y"},
        {},
        (),
        False,
    ),
    "a patch beside": (
        {
            "top/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: ../a.yaml}]",
            "top/a.yaml": CONFIG_MAP,
            "a.yaml": CONFIG_MAP,
        },
        {},
        (),
        False,
    ),
    "configurations beside": (
        {"top/kustomization.yaml": "resources: []\nconfigurations: [../c.yaml]", "c.yaml": "images: []"},
        {},
        (),
        False,
    ),
    "a file that is a directory": (
        {"top/kustomization.yaml": "configMapGenerator: [{name: a, files: [d]}]", "top/d/x": "y"},
        {},
        (),
        False,
    ),
    "a name that only begins like the root": (
        {"top/kustomization.yaml": "resources: [../top2/a.yaml]", "top2/a.yaml": CONFIG_MAP},
        {},
        (),
        False,
    ),
}


def lay_out(root: Path, name: str) -> tuple[Path, tuple[str, ...], bool]:
    files, links, arguments, builds = TABLE[name]
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for path, target in links.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target)
    return root / "top", arguments, builds


@pytest.mark.parametrize("name", TABLE)
def test_verdict(name, tmp_path):
    top, arguments, builds = lay_out(tmp_path, name)
    options = Options(load_restrictions=not arguments)
    with DiskTree("/") as tree:
        if builds:
            assert "ConfigMap" in emit(build(tree, str(top), options))
        else:
            with pytest.raises(CmpError):
                build(tree, str(top), options)


@pytest.mark.oracle
@pytest.mark.parametrize("name", TABLE)
def test_the_real_tool_has_the_same_verdict(name, tmp_path, kustomize):
    top, arguments, builds = lay_out(tmp_path, name)
    assert (kustomize(top, *arguments) is not None) == builds


def test_absolute_files_below_the_root_are_read(tmp_path):
    (tmp_path / "a.yaml").write_text(CONFIG_MAP)
    (tmp_path / "kustomization.yaml").write_text(f"resources: [{tmp_path / 'a.yaml'}]")
    with DiskTree("/") as tree:
        assert len(build(tree, str(tmp_path))) == 1


def test_the_tree_bounds_bases(tmp_path):
    for name, text in {
        "in/top/kustomization.yaml": "resources: [../../out]",
        "out/kustomization.yaml": "{}",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    with DiskTree(str(tmp_path / "in")) as tree, pytest.raises(CmpError):
        build(tree, str(tmp_path / "in" / "top"))
