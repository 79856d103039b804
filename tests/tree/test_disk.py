"""What only a disk can do: change while it is read, hold odd bytes, lack permissions, run out of handles."""

from __future__ import annotations

import os

import pytest

from cmp.errors import LimitError
from cmp.limits import Limits
from cmp.tree import DiskTree, TreeError


def test_a_file_swapped_for_a_link_after_the_check_is_not_followed(tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "outside").write_text("secret")
    (tmp_path / "r/f").write_text("x")
    tree = DiskTree(str(tmp_path / "r"))
    path = os.path.realpath(tmp_path) + "/r/f"
    assert tree.kind(path) == "file"
    (tmp_path / "r/f").unlink()
    (tmp_path / "r/f").symlink_to("../outside")
    with pytest.raises(TreeError):
        tree.read(path)


def test_a_directory_swapped_for_a_link_after_the_check_is_not_followed(tmp_path):
    (tmp_path / "r/d").mkdir(parents=True)
    (tmp_path / "o").mkdir()
    (tmp_path / "o/f").write_text("secret")
    (tmp_path / "r/d/f").write_text("mine")
    real = os.path.realpath(tmp_path)
    tree = DiskTree(real + "/r")
    assert tree.kind(real + "/r/d/f") == "file"
    (tmp_path / "r/d").rename(tmp_path / "r/e")
    (tmp_path / "r/d").symlink_to("../o")
    assert tree.read(real + "/r/d/f") == b"mine"  # the directory that was checked, wherever it is now


def test_a_fifo_swapped_in_after_the_check_does_not_block(tmp_path):
    (tmp_path / "f").write_text("x")
    tree = DiskTree(str(tmp_path))
    path = os.path.realpath(tmp_path) + "/f"
    tree.kind(path)
    (tmp_path / "f").unlink()
    os.mkfifo(tmp_path / "f")
    with pytest.raises(TreeError, match="not a regular file any more"):
        tree.read(path)


def test_a_file_that_has_no_size_is_read_to_its_end_and_no_further_than_the_limit():
    tree = DiskTree("/proc/self")
    assert b"Name:" in tree.read(tree.root + "/status")
    small = DiskTree("/proc/self", Limits(file_bytes=10))
    with pytest.raises(LimitError):
        small.read(small.root + "/status")


def test_names_that_are_not_utf8_are_refused_when_listed(tmp_path):
    with open(os.fsencode(tmp_path) + b"/a\xff", "wb"):
        pass
    tree = DiskTree(str(tmp_path))
    with pytest.raises(TreeError, match="not UTF-8") as info:
        tree.list(tree.root)
    assert info.value.where.file == "a\\xff"


def test_more_directories_than_handles(tmp_path):
    for number in range(450):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}/f").write_bytes(b"%d" % number)
    tree = DiskTree(str(tmp_path))
    for number in (*range(450), 0, 449):
        assert tree.read(f"{tree.root}/d{number}/f") == b"%d" % number


def test_no_handle_outlives_the_tree(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/f").write_text("x")
    before = len(os.listdir("/proc/self/fd"))
    with DiskTree(str(tmp_path)) as tree:
        tree.read(tree.root + "/a/b/f")
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_permission_denied_is_said_plainly(tmp_path):
    (tmp_path / "f").write_text("x")
    (tmp_path / "f").chmod(0)
    tree = DiskTree(str(tmp_path))
    with pytest.raises(TreeError, match="permission denied"):
        tree.read(tree.root + "/f")


def test_a_root_that_does_not_exist(tmp_path):
    with pytest.raises(TreeError, match="no such file"):
        DiskTree(str(tmp_path / "missing"))


def test_root_may_be_a_link_and_messages_follow_the_base(tmp_path):
    (tmp_path / "r/a").mkdir(parents=True)
    (tmp_path / "r/a/f").write_text("x")
    (tmp_path / "l").symlink_to("r")
    tree = DiskTree(str(tmp_path / "l"), base=str(tmp_path / "r/a"))
    assert tree.root == os.path.realpath(tmp_path / "r")
    assert tree.display(tree.root + "/a/f") == "f"


def test_without_a_bound_the_whole_disk_is_the_tree(tmp_path):
    (tmp_path / "f").write_text("x")
    (tmp_path / "l").symlink_to(tmp_path / "f")
    assert DiskTree().read(f"{tmp_path}/l") == b"x"


def test_a_directory_that_becomes_a_link_after_it_was_looked_at_is_not_followed(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    (root / "a/f").write_text("inside")
    (outside / "f").write_text("outside")
    with DiskTree(str(root)) as tree:
        assert tree.lstat(f"{tree.root}/a") == "dir"
        (root / "a").rename(root / "b")
        (root / "a").symlink_to(outside)
        with pytest.raises(TreeError):
            tree.content(f"{tree.root}/a/f")
        with pytest.raises(TreeError):
            tree.names(f"{tree.root}/a")
