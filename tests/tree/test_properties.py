"""Laws of the walk: disk and memory agree, nothing outside is reached, the rest is as POSIX says."""

from __future__ import annotations

import os
import shutil
import tempfile

from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.tree import DiskTree, TreeError
from cmp.tree.memory import MemoryTree

NAMES = st.sampled_from(["a", "b", "c", "..", ".", ""])
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)
TARGETS = PATHS.filter(bool) | st.sampled_from(["@/a", "@", "@/../r/b", "/", "/etc/passwd"])
LINKS = st.dictionaries(st.sampled_from(["a", "b", "d/a", "d/b", "d/c", "d/e/a"]), TARGETS, max_size=5)
FILES = {"d/f": b"1", "d/e/f": b"2", "f": b"3"}


def outcome(call, path, root):
    try:
        result = call(path)
    except TreeError as err:
        return err.message
    return result.replace(root, "@") if isinstance(result, str) else result


@examples(120)
@given(links=LINKS, paths=st.lists(PATHS, min_size=1, max_size=6))
def test_disk_memory_and_posix_agree(links, paths):
    base = os.path.realpath(tempfile.mkdtemp())
    try:
        root = f"{base}/r"
        os.makedirs(f"{root}/d/e")
        for name, data in FILES.items():
            with open(f"{root}/{name}", "wb") as file:
                file.write(data)
        for name, target in links.items():
            os.symlink(target.replace("@", root), f"{root}/{name}")
        memory = MemoryTree(
            {f"{root}/{name}": data for name, data in FILES.items()},
            links={f"{root}/{name}": target.replace("@", root) for name, target in links.items()},
            root=root,
        )
        with DiskTree(root) as disk:
            for path in paths:
                full = f"{root}/{path}"
                kinds = outcome(disk.kind, full, root), outcome(memory.kind, full, root)
                assert kinds[0] == kinds[1]
                resolved = outcome(disk.resolve, full, root)
                assert resolved == outcome(memory.resolve, full, root)
                if kinds[0] in ("file", "dir"):
                    real = os.path.realpath(full)
                    assert resolved == real.replace(root, "@")
                    assert real == root or real.startswith(root + "/")
                if kinds[0] == "missing":
                    assert not os.path.exists(full)
    finally:
        shutil.rmtree(base)
