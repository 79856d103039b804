"""One suite for the tree on disk and the tree in memory: whatever passes here means the same in both."""

from __future__ import annotations

import os

import pytest

from cmp.errors import CmpError, LimitError
from cmp.limits import Limits
from cmp.tree import DiskTree, TreeError
from cmp.tree.memory import MemoryTree


class Layout:
    """A small tree, described once, made in both forms below the root `/r` or a temporary folder."""

    def __init__(self, files=None, links=None, dirs=(), fifos=()):
        self.files = {"a/f.yaml": b"f", "a/b/g.yaml": b"g\n", **(files or {})}
        self.links, self.dirs, self.fifos = links or {}, dirs, fifos


def in_memory(layout, tmp_path, limits):
    return "/x/r", MemoryTree(
        {f"/x/r/{p}": data for p, data in layout.files.items()} | {"/x/outside": b"secret"},
        dirs=[f"/x/r/{p}" for p in layout.dirs],
        links={f"/x/r/{p}": target.replace("@ROOT@", "/x/r") for p, target in layout.links.items()},
        others=[f"/x/r/{p}" for p in layout.fifos],
        root="/x/r",
        limits=limits,
    )


def on_disk(layout, tmp_path, limits):
    root = tmp_path / "x" / "r"
    root.mkdir(parents=True)
    (tmp_path / "x" / "outside").write_bytes(b"secret")
    for path, data in layout.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    for path in layout.dirs:
        (root / path).mkdir(parents=True)
    for path, target in layout.links.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).symlink_to(target.replace("@ROOT@", os.path.realpath(root)))
    for path in layout.fifos:
        os.mkfifo(root / path)
    return os.path.realpath(root), DiskTree(str(root), limits)


@pytest.fixture(params=[in_memory, on_disk], ids=["memory", "disk"])
def make(request, tmp_path):
    def build(limits=None, **layout):
        return request.param(Layout(**layout), tmp_path, limits or Limits())

    return build


def test_reads_lists_and_names_kinds(make):
    root, tree = make(dirs=["empty"])
    assert tree.root == root
    assert tree.read(f"{root}/a/f.yaml") == b"f"
    assert tree.read_raw(f"{root}/a/b/../b/g.yaml") == b"g\n"
    assert tree.list(f"{root}/a") == ["b", "f.yaml"]
    assert tree.list(f"{root}/empty") == []
    assert [tree.kind(f"{root}/{p}") for p in ("a", "a/f.yaml", "zz", "a/f.yaml/x", "a/")] == [
        "dir", "file", "missing", "missing", "dir",
    ]  # fmt: skip
    assert tree.display(f"{root}/a/f.yaml") == "a/f.yaml"
    assert tree.display(root) == "."


@pytest.mark.parametrize(
    ("link", "target", "path", "real"),
    [
        ("l", "a/f.yaml", "l", "a/f.yaml"),
        ("l", "a", "l/b/g.yaml", "a/b/g.yaml"),
        ("a/l", "../a/b", "a/l/g.yaml", "a/b/g.yaml"),
        ("l", "@ROOT@/a", "l/f.yaml", "a/f.yaml"),
        ("l", "a/b", "l/../f.yaml", "a/f.yaml"),  # `..` after a link is physical
        ("l", "../r/a", "l/f.yaml", "a/f.yaml"),  # out and in again, without looking outside
    ],
)
def test_links_inside_are_followed(make, link, target, path, real):
    root, tree = make(links={link: target})
    assert tree.resolve(f"{root}/{path}") == f"{root}/{real}"
    assert tree.read(f"{root}/{path}") == Layout().files[real]


@pytest.mark.parametrize(
    ("links", "path"),
    [
        ({}, "../outside"),
        ({}, "a/../../outside"),
        ({}, ".."),
        ({}, "../nothing"),
        ({}, "nothing/../../outside"),  # not even whether it is there
        ({"l": "nothing/../../outside"}, "l"),
        ({"l": "../outside"}, "l"),
        ({"l": ".."}, "l/outside"),
        ({"l": "/etc/passwd"}, "l"),
        ({"l": "/"}, "l/etc/passwd"),
        ({"l": "m", "m": "../../../../../etc/passwd"}, "l"),
        ({"a/b/l": "../../../outside"}, "a/b/l"),
    ],
)
def test_nothing_outside_the_root_is_seen(make, links, path):
    root, tree = make(links=links)
    for method in (tree.kind, tree.resolve, tree.read):
        with pytest.raises(TreeError, match="leaves the root"):
            method(f"{root}/{path}")


@pytest.mark.parametrize(
    "links", [{"l": "l"}, {"l": "m", "m": "l"}, {"l": "a/../l"}, {"l": "m/x", "m": "l/y"}]
)
def test_loops_end(make, links):
    root, tree = make(links=links)
    with pytest.raises(TreeError, match="circle"):
        tree.read(f"{root}/l")


def test_as_many_links_are_followed_as_linux_follows(make):
    chain = {f"l{number}": f"l{number - 1}" for number in range(2, 42)} | {"l1": "a/f.yaml"}
    root, tree = make(links=chain)
    assert tree.read(f"{root}/l40") == Layout().files["a/f.yaml"]
    with pytest.raises(TreeError, match="circle"):
        tree.read(f"{root}/l41")


def test_dangling_link_is_missing(make):
    root, tree = make(links={"l": "nowhere"})
    assert tree.kind(f"{root}/l") == "missing"


@pytest.mark.parametrize("path", ["pipe", "a", "zz", "a/f.yaml/x"])
def test_only_regular_files_are_read(make, path):
    root, tree = make(fifos=["pipe"])
    with pytest.raises(TreeError) as info:
        tree.read(f"{root}/{path}")
    assert info.value.where.file == path


def test_fifo_is_other(make):
    root, tree = make(fifos=["pipe"])
    assert tree.kind(f"{root}/pipe") == "other"


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31m", "a\x00b", "\udcff", "a\x7f"])
def test_bad_names_are_refused_without_echo(make, name):
    root, tree = make()
    with pytest.raises(TreeError) as info:
        tree.read(f"{root}/{name}")
    assert str(info.value).isprintable()


def test_link_with_a_bad_target_is_refused(make):
    root, tree = make(links={"l": "a\nb"})
    with pytest.raises(TreeError, match="control"):
        tree.read(f"{root}/l")


def test_missing_file_names_the_nearest(make):
    root, tree = make()
    with pytest.raises(TreeError) as info:
        tree.read(f"{root}/a/f.yml")
    assert "f.yaml" in info.value.hint


@pytest.mark.parametrize(
    ("limit", "name"),
    [({"file_bytes": 1}, "FILE_BYTES"), ({"files": 1}, "FILES"), ({"total_bytes": 2}, "TOTAL_BYTES")],
)
def test_limits_name_their_setting(make, limit, name):
    root, tree = make(Limits(**limit))
    with pytest.raises(LimitError) as info:
        for path in ("a/f.yaml", "a/b/g.yaml"):
            tree.read(f"{root}/{path}")
    assert f"CMP_MAX_{name}" in info.value.hint
    assert info.value.where.file == "a/b/g.yaml"


def test_reading_twice_counts_once(make):
    root, tree = make(Limits(files=1))
    assert [tree.read(f"{root}/a/f.yaml") for _ in range(3)] == [b"f"] * 3
    assert tree.read_paths() == (f"{root}/a/f.yaml",)


@pytest.mark.parametrize("path", ["", "relative", "/" + "a/" * 5000])
def test_paths_that_are_not_paths(make, path):
    _, tree = make()
    with pytest.raises(CmpError):
        tree.kind(path)
