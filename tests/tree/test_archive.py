"""A repository's archive, read in memory: what it gives, what is refused, and that it never crashes."""

from __future__ import annotations

import gzip
import io
import mmap
import os
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.errors import CmpError, LimitError
from cmp.limits import Limits
from cmp.tree import DiskTree, TreeError
from cmp.tree.archive import MOUNT, ArchiveTree, dump, index, load, open_archive, open_directory
from cmp.tree.gunzip import gunzip

FORMATS = {"gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT, "ustar": tarfile.USTAR_FORMAT}


def entry(name, kind=tarfile.REGTYPE, content=b"", link="", **fields):
    found = tarfile.TarInfo(name)
    found.type = kind
    found.linkname = link
    found.size = len(content)
    for key, value in fields.items():
        setattr(found, key, value)
    return found, content


def packed(*entries, form=tarfile.PAX_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def folder(name):
    return entry(name, tarfile.DIRTYPE)


def link(name, target):
    return entry(name, tarfile.SYMTYPE, link=target)


def tree(*entries, **options):
    return ArchiveTree(open_archive(packed(*entries, **options)))


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_files_directories_and_links(form):
    long = "/".join(["a-rather-long-name-of-a-directory"] * 5) + "/file"
    found = tree(
        folder("."),
        entry("a", content=b"1" * 700),
        folder("b"),
        entry("b/c", content=b""),
        link("b/up", "../a"),
        entry(long, content=b"long"),
        entry("z", content=b"end"),
        form=form,
    )
    assert found.list(MOUNT) == ["a", "a-rather-long-name-of-a-directory", "b", "z"]
    assert found.read(f"{MOUNT}/b/up") == b"1" * 700
    assert found.read(f"{MOUNT}/b/c") == b""
    assert found.read(f"{MOUNT}/{long}") == b"long"
    assert found.read(f"{MOUNT}/z") == b"end"
    assert found.resolve(f"{MOUNT}/b/up") == f"{MOUNT}/a"
    assert found.kind(f"{MOUNT}/nothing") == "missing"
    assert found.display(f"{MOUNT}/b/c") == "b/c"


def test_names_beyond_ascii_and_sizes_in_extended_headers():
    found = tree(
        entry("ä/ö", content=b"x", pax_headers={"size": "1", "mtime": "1.5"}), entry("n" * 300, content=b"y")
    )
    assert found.read(f"{MOUNT}/ä/ö") == b"x"
    assert found.read(f"{MOUNT}/{'n' * 300}") == b"y"


def test_a_directorys_entry_may_come_late():
    assert tree(entry("a/b"), folder("a"), folder(".")).list(f"{MOUNT}/a") == ["b"]


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([entry("/etc/x")], "absolute name"),
        ([entry("a/../../x")], "`..`"),
        ([entry("..")], "`..`"),
        ([entry("a//b")], "empty part"),
        ([entry("a/./b")], "`.`"),
        ([entry("a"), entry("a")], "twice"),
        ([folder("a"), folder("a")], "twice"),
        ([folder("a"), entry("a")], "twice"),
        ([entry("a/b"), entry("a")], "twice"),
        ([folder("."), folder("./")], "twice"),
        ([entry("a"), entry("a/b")], "not a directory"),
        ([link("a", "b"), entry("a/x")], "not a directory"),
        ([link("a", "/etc/passwd")], "absolute target"),
        ([link("a/b", "../../x")], "leaves the repository"),
        ([link("a", "..")], "leaves the repository"),
        ([link("a", "b/../../x")], "leaves the repository"),
        ([entry("a", tarfile.LNKTYPE, link="b")], "neither a file"),
        ([entry("a", tarfile.FIFOTYPE)], "neither a file"),
        ([entry("a", tarfile.CHRTYPE)], "neither a file"),
        ([entry("a", tarfile.BLKTYPE)], "neither a file"),
        ([entry("a", tarfile.CONTTYPE)], "neither a file"),
        ([entry("a", pax_headers={"GNU.sparse.major": "1"})], "sparse"),
    ],
)
def test_what_argo_cd_never_sends_is_refused(entries, says):
    with pytest.raises(TreeError, match=says.replace(".", r"\.")):
        open_archive(packed(*entries))


def test_a_chain_of_links_that_leaves_is_refused_when_it_is_followed():
    found = tree(folder("d"), link("d/up", ".."), link("out", "d/up/.."), entry("a"))
    assert found.kind(f"{MOUNT}/d/up") == "dir"
    with pytest.raises(TreeError, match="leaves the root"):
        found.kind(f"{MOUNT}/out")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no gzip",
        packed(entry("a", content=b"1" * 2000))[:-20],
        gzip.compress(b"x" * 512),
        gzip.compress(b"x" * 100),
        gzip.compress(gzip.decompress(packed(entry("a", content=b"1" * 600)))[:900]),
        packed(entry("a")) + b"rest",
    ],
    # The bytes hold the time, and every worker must give a case the same name.
    ids=["empty", "not gzip", "cut gzip", "zeros missing", "not tar", "cut tar", "bytes after it"],
)
def test_what_is_no_archive(data):
    with pytest.raises(TreeError, match="archive"):
        open_archive(data)


def test_a_gzip_of_several_members_is_one():
    whole = gzip.decompress(packed(entry("a", content=b"x")))
    assert gunzip(gzip.compress(whole[:512]) + gzip.compress(whole[512:]), 1 << 20)[:] == whole


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(0, 9))
def test_any_members_are_unpacked_whole(parts, level):
    data = b"".join(gzip.compress(part * 400, level) for part in parts)
    whole = b"".join(part * 400 for part in parts)
    assert gunzip(data, 1 << 20)[: len(whole)] == whole


def test_sizes_that_lie():
    """The size at a member's end is no more than a hint."""
    honest = gzip.compress(bytes(3 << 20))
    for told in (1, 3 << 20, (1 << 32) - 1):
        data = honest + gzip.compress(b"")[:-4] + told.to_bytes(4, "little")
        with pytest.raises(TreeError):  # zlib compares it with what came out
            gunzip(data, 1 << 30)
    assert len(gunzip(honest, 3 << 20)) == 3 << 20
    with pytest.raises(LimitError):
        gunzip(honest, (3 << 20) - 1)


def test_bounds():
    bomb = gzip.compress(bytes(10 << 20))
    with pytest.raises(LimitError, match="unpacked") as caught:
        open_archive(bomb, Limits(unpacked_bytes=1 << 20))
    assert "CMP_MAX_UNPACKED_BYTES" in caught.value.hint
    with pytest.raises(LimitError, match="files, directories and links"):
        open_archive(packed(entry("a"), entry("b")), Limits(archive_entries=1))
    with pytest.raises(LimitError, match="files, directories and links"):  # a/b/c/d: three more directories
        open_archive(packed(entry("a/b/c/d")), Limits(archive_entries=3))
    assert open_archive(packed(folder("."), entry("a/b/c/d")), Limits(archive_entries=4)).files
    with pytest.raises(LimitError, match="archive"):
        open_archive(packed(entry("a")), Limits(archive_bytes=10))
    found = ArchiveTree(open_archive(packed(entry("a", content=b"12"))), limits=Limits(file_bytes=1))
    with pytest.raises(LimitError, match="one file"):
        found.read(f"{MOUNT}/a")


@pytest.mark.parametrize(
    ("relative", "source_path", "root", "directory"),
    [
        (".", ".", "", ""),
        ("", "", "", ""),
        ("k8s/app", "k8s/app", "", "/k8s/app"),
        ("k8s/app", "other/app", "/k8s", "/k8s/app"),
        ("k8s/app", None, "", "/k8s/app"),
        ("link", "link", "/k8s/app", "/k8s/app"),
    ],
)
def test_the_root_of_what_was_sent(relative, source_path, root, directory):
    archive = open_archive(packed(entry("k8s/app/x"), link("link", "k8s/app")))
    found, path = open_directory(archive, relative, source_path)
    assert (found.root, path) == (MOUNT + root, MOUNT + directory)


def test_an_archive_of_a_part_of_the_repository():
    found, path = open_directory(open_archive(packed(entry("app/x"))), "app", "k8s/overlays/app")
    assert (found.root, path) == (MOUNT, f"{MOUNT}/app")


@pytest.mark.parametrize("relative", ["..", "../..", "a/../../..", "/../x"])
def test_a_path_that_leaves(relative):
    with pytest.raises(TreeError):
        open_directory(open_archive(packed(entry("a/x"))), relative, ".")


NAMES = st.lists(st.sampled_from(["a", "b", "c", "ü"]), min_size=1, max_size=4).map("/".join)


@examples(60)
@given(
    st.dictionaries(NAMES, st.binary(max_size=1500), max_size=6),
    st.dictionaries(NAMES, NAMES, max_size=3),
    st.sampled_from(sorted(FORMATS)),
)
def test_the_same_as_the_disk(tmp_path_factory, files, links, form):
    """Whatever can be unpacked reads as it does after unpacking."""
    root = tmp_path_factory.mktemp("disk")
    for name, content in files.items():
        try:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
        except OSError:
            return
    for name, target in links.items():
        try:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(target)
        except OSError:
            continue
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=FORMATS[form]) as tar:
        for path in [root, *sorted(root.rglob("*"))]:
            tar.add(path, str(path.relative_to(root)), recursive=False)
    disk = DiskTree(str(root))
    archive = ArchiveTree(index(buffer.getvalue()))
    for path in ["", *(str(path.relative_to(root)) for path in root.rglob("*")), "a/x/y", "b"]:
        for ask in ("kind", "resolve", "read", "list"):
            assert _asked(archive, ask, f"{MOUNT}/{path}", MOUNT) == _asked(
                disk, ask, f"{root}/{path}", os.path.realpath(root)
            )


def _asked(tree, method, path, root):
    try:
        found = getattr(tree, method)(path)
    except CmpError as err:
        return str(err).replace(root, "")
    return found.removeprefix(root) if method == "resolve" else found


@examples(300)
@given(st.data())
def test_damaged_archives_are_our_errors(data):
    good = bytearray(
        gzip.decompress(
            packed(folder("."), entry("a" * 120, content=b"x" * 600), link("l", "a"), folder("d"))
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(good) - 1))
        good[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        _mend(good)
    try:
        found = ArchiveTree(index(bytes(good)))
        for name in found.list(MOUNT):
            found.kind(f"{MOUNT}/{name}")
    except CmpError as err:
        assert err.message


def _mend(data):
    """Right checksums, so that the damage is met behind them."""
    for at in range(0, len(data), 512):
        if data[at + 257 : at + 262] == b"ustar":
            data[at + 148 : at + 156] = b"        "
            data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])


def test_an_index_is_the_archive_again(tmp_path):
    """Written behind the tar and mapped, as cmp-server keeps it."""
    archive = open_archive(
        packed(folder("d"), entry("d/ä", content=b"x" * 700), entry("\udcff"), link("l", "d"), entry("e"))
    )
    path = tmp_path / "index"
    path.write_bytes(bytes(archive.data) + dump(archive))
    with path.open("r+b") as file:
        found = load(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
    assert found.kinds == archive.kinds
    assert found.links == archive.links
    before, after = ArchiveTree(archive), ArchiveTree(found)
    for name in ("d/ä", "e", "l/ä"):
        assert after.read(f"{MOUNT}/{name}") == before.read(f"{MOUNT}/{name}")
    damaged = bytearray(path.read_bytes())
    damaged[-20] ^= 1
    path.write_bytes(damaged)
    with path.open("r+b") as file, pytest.raises(TreeError, match="index"):
        load(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))
