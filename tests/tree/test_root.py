"""The rule for the root."""

from __future__ import annotations

import pytest

from cmp.tree import find_root


@pytest.mark.parametrize(
    ("directory", "source_path", "root"),
    [
        ("/tmp/u/k8s/overlays/prod", "k8s/overlays/prod", "/tmp/u"),
        ("/tmp/u/overlays/prod", "k8s/overlays/prod", "/tmp/u"),  # sent from a deeper root
        ("/tmp/u", ".", "/tmp/u"),
        ("/tmp/u", "", "/tmp/u"),
        ("/tmp/u/a", "./a/", "/tmp/u"),
        ("/tmp/u/a/a", "a", "/tmp/u/a"),
        ("/tmp/u/a", "b", "/tmp/u/a"),
        ("/a/b", "a/b", "/"),
    ],
)
def test_in_the_plugin_the_trailing_match_of_the_source_path_goes(directory, source_path, root):
    assert find_root(directory, source_path=source_path) == root


def test_explicit_wins():
    assert find_root("/a/b", explicit="/a", source_path="b") == "/a"


@pytest.mark.parametrize("is_file", [True, False])
def test_outside_the_plugin_the_nearest_git_repository(tmp_path, is_file):
    (tmp_path / "r/a/b").mkdir(parents=True)
    git = tmp_path / "r/.git"
    git.write_text("gitdir: elsewhere") if is_file else git.mkdir()
    assert find_root(str(tmp_path / "r/a/b")) == str(tmp_path / "r")


def test_no_repository_no_bound(tmp_path):
    assert find_root(str(tmp_path)) == "/"
