"""A checkout as Argo CD sends it, a gzip of a tar, read in memory: nothing of it is ever a file on a disk.

Formats: RFC 1952 (gzip); POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block"; GNU tar's long
names. What Argo CD writes is files, directories and symbolic links, named relative to the root, the root as
`.`. Everything else is refused: other types, absolute names, `..`, a name twice, an entry below something
that is not a directory, and links that are absolute or lead out of the archive.
"""

from __future__ import annotations

import json
import posixpath
import struct
import zlib

from cmp.errors import Where
from cmp.limits import DEFAULT, Limits, exceeded
from cmp.tree.errors import TreeError
from cmp.tree.gunzip import broken, gunzip
from cmp.tree.names import plain
from cmp.tree.root import find_root
from cmp.tree.walk import WalkedTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    import mmap

    from cmp.tree.walk import RawKind

# Where the archive's root seems to be. Nothing of this name is on the machine.
MOUNT = "/.checkout"

# Of an index: format, bytes of the tar and of the table behind it.
_FOOTER = struct.Struct(">8sQQ")
_FORMAT = b"mlopsci1"
_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_MAX_EXTENSION = 1 << 20
# Of a header: name, size, checksum, kind, target of a link, first part of a long name.
_HEADER = struct.Struct("100s24x12s12x8sc100s88x155s12x")
_USTAR = b"ustar\0"
_FILES, _LINK, _DIRECTORY = (b"0", b"\0"), b"2", b"5"
_PLAIN = frozenset((*_FILES, _DIRECTORY))
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"
_EXTENSIONS = frozenset((_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK))


class Archive:
    """What an archive holds: kind and place of each entry by its path below the root, which is ``.

    data: begins with the tar. files: offset and size of the content. links: the target, as it was stored.
    entered: the directories that have entries of their own.
    """

    __slots__ = ("_children", "data", "entered", "files", "kinds", "links")

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self.data = data
        self.kinds: dict[str, RawKind] = {"": "dir"}
        self.files: dict[str, tuple[int, int]] = {}
        self.links: dict[str, str] = {}
        self.entered: set[str] = set()
        self._children: dict[str, list[str]] | None = None

    def children(self, path: str) -> list[str]:
        """The names in a directory."""
        if self._children is None:
            self._children = {}
            for each in self.kinds:
                if each:
                    parent, _, name = each.rpartition("/")
                    self._children.setdefault(parent, []).append(name)
        return self._children.get(path, [])


def open_archive(packed: bytes | memoryview, limits: Limits = DEFAULT) -> Archive:
    """The archive in `packed`; raises `TreeError` if it is not one, `LimitError` if it is too large."""
    limits.check("archive_bytes", len(packed))
    return index(gunzip(packed, limits.unpacked_bytes), limits)


def index(data: bytes | mmap.mmap, limits: Limits = DEFAULT) -> Archive:
    """Every entry of a tar, checked.

    A checkout has thousands of entries, and nearly each is a file or a directory in a directory that is known
    already. These are entered here, in few steps; `_add` does the others.
    """
    archive = Archive(data)
    kinds, files, entered = archive.kinds, archive.files, archive.entered
    unpack, adler32, most = _HEADER.unpack, zlib.adler32, limits.archive_entries
    sums: dict[bytes, int] = {}
    end = len(data)
    at = entries = 0
    extended: dict[str, str] = {}
    while at < end:
        header = data[at : at + _BLOCK]
        start = at + _BLOCK
        if start > end:
            raise broken("is cut off")
        if not header[0] and header == _ZEROS:
            break
        name, digits, checksum, kind, target, prefix = unpack(header)
        expected = sums.get(checksum)
        if expected is None:
            expected = sums[checksum] = _expected(checksum)
        if adler32(header) & 0xFFFF != expected:
            raise broken("holds a header that is not a tar header")
        size = int(extended["size"]) if "size" in extended else _number(digits)
        if size > end - start:
            raise broken("is cut off")
        if kind in _EXTENSIONS:
            extended.update(_extension(kind, data, start, size))
            at = start + (size + _BLOCK - 1) // _BLOCK * _BLOCK
            continue
        entries += 1
        if entries > most:
            raise exceeded("archive_entries", most)
        path = _text(name)
        # GNU tar keeps times where POSIX has the first part of a long name.
        if prefix[0] and header[257:263] == _USTAR:
            path = f"{_text(prefix)}/{path}"
        above, slash, last = path.rpartition("/")
        # The name of a directory that is known has been checked; what is left is its last part.
        known = kinds.get(above) == "dir" and last and last[0] != "." and (above or not slash)
        if not known or extended or path in kinds or kind not in _PLAIN:
            size = size if kind in _FILES else 0
            _add(archive, kind, extended.pop("path", path), extended, target, start, size)
            extended = {}
            # Directories that have no entry of their own count too: a long name may make hundreds.
            if len(kinds) - 1 > most:
                raise exceeded("archive_entries", most)
        elif kind == _DIRECTORY:
            size = 0
            kinds[path] = "dir"
            entered.add(path)
        else:
            kinds[path] = "file"
            files[path] = (start, size)
        at = start + (size + _BLOCK - 1) // _BLOCK * _BLOCK
    return archive


def _expected(field: bytes) -> int:
    """What the low half of Adler-32 of a header is whose checksum stands in `field`.

    The checksum is the sum of the header's bytes, with spaces where the sum itself stands. The low half is
    one more than the sum of all bytes, modulo 65521.
    """
    return (_number(field) + sum(field) - len(field) * 0x20 + 1) % 65521


def _number(field: bytes) -> int:
    """Octal digits, or GNU tar's binary form, which the first bit tells."""
    digits = field.strip(b" \0")
    if digits.isdigit():
        try:
            return int(digits, 8)
        except ValueError:
            raise broken("holds a number that cannot be read") from None
    if field[0] > 0x7F:
        if field[0] != 0x80:
            raise broken("holds a number that is out of range")
        return int.from_bytes(field[1:], "big")
    if digits:
        raise broken("holds a number that cannot be read")
    return 0


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _extension(kind: bytes, data: bytes | mmap.mmap, start: int, size: int) -> dict[str, str]:
    """What an extended header says about the next entry; a global one says nothing that is used here."""
    if size > _MAX_EXTENSION:
        raise broken("holds an extended header that is too long")
    content = data[start : start + size]
    if kind == _LONG_NAME:
        return {"path": _text(content)}
    if kind == _LONG_LINK:
        return {"linkpath": _text(content)}
    records = _records(content)
    return records if kind == _PAX else {}


def _records(content: bytes) -> dict[str, str]:
    """`LENGTH KEY=VALUE` and a line feed, again and again; LENGTH counts all of it."""
    found = {}
    at = 0
    while at < len(content):
        digits, space, _ = content[at : at + 12].partition(b" ")
        length = int(digits) if space and digits.isdigit() else 0
        record = content[at + len(digits) + 1 : at + length]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n") or at + length > len(content):
            raise broken("holds an extended header that is damaged")
        name = key.decode("ascii", "replace")
        if name.startswith("GNU.sparse"):
            raise broken("holds a sparse file")
        if name in ("path", "linkpath", "size"):
            found[name] = value[:-1].decode("utf-8", "surrogateescape")
        at += length
    if "size" in found and not (
        found["size"].isascii() and found["size"].isdigit() and len(found["size"]) < 16
    ):
        raise broken("holds a number that cannot be read")
    return found


def _add(
    archive: Archive, kind: bytes, name: str, extended: dict[str, str], target: bytes, start: int, size: int
) -> None:
    """Enter any entry, whatever its name is; `TreeError`."""
    path = _checked(name)
    kinds = archive.kinds
    if kind in _FILES:
        _place(archive, path, "dir" if name.endswith("/") else "file", name)
        if kinds[path] == "file":
            archive.files[path] = (start, size)
    elif kind == _DIRECTORY:
        _place(archive, path, "dir", name)
    elif kind == _LINK:
        link = extended.get("linkpath")
        if link is None:
            link = _text(target)
        _require_inside(path, link)
        _place(archive, path, "link", name)
        archive.links[path] = link
    else:
        raise _refused(name, "is neither a file, a directory nor a symbolic link")


def _checked(name: str) -> str:
    """The path below the root; "" for the root itself."""
    if (
        name
        and name[0] not in "./"
        and name[-1] != "/"
        and "/." not in name
        and "//" not in name
        and "\0" not in name
    ):
        return name
    if name in (".", "./"):
        return ""
    path = name.removeprefix("./").removesuffix("/")
    if name.startswith("/"):
        raise _refused(name, "has an absolute name")
    for part in path.split("/"):
        if part in ("", ".", ".."):
            raise _refused(name, "has a name with an empty part, `.` or `..`")
    if "\0" in path:
        raise _refused(name, "has a name with a zero byte")
    return path


def _place(archive: Archive, path: str, kind: RawKind, name: str) -> None:
    """Enter a path and the directories above it. A directory's own entry may follow what lies in it."""
    kinds = archive.kinds
    known = kinds.get(path)
    if known is not None and not (kind == known == "dir" and path not in archive.entered):
        raise _refused(name, "is there twice")
    if kind == "dir":
        archive.entered.add(path)
    kinds[path] = kind
    if kinds.get(path.rpartition("/")[0]) == "dir":
        return
    while path:
        path = path.rpartition("/")[0]
        above = kinds.get(path)
        if above == "dir":
            return
        if above is not None:
            raise _refused(name, "lies below something that is not a directory")
        kinds[path] = "dir"


def _require_inside(path: str, target: str) -> None:
    if target.startswith("/"):
        raise _refused(path, "is a symbolic link with an absolute target")
    end = posixpath.normpath(f"{posixpath.dirname(path)}/./{target}".lstrip("/"))
    if end == ".." or end.startswith("../"):
        raise _refused(path, "is a symbolic link that leaves the repository")


def _refused(name: str, what: str) -> TreeError:
    return TreeError(
        f"the repository's archive is refused: an entry {what}", where=Where(file=plain(name)[:300])
    )


def dump(archive: Archive) -> bytes:
    """What makes an index of a tar when it is written behind it: all of `archive`, and where it begins."""
    table = json.dumps([archive.kinds, archive.files, archive.links]).encode()
    return table + _FOOTER.pack(_FORMAT, len(archive.data), len(table))


def load(data: mmap.mmap) -> Archive:
    """The archive of an index; `TreeError` for one of another format."""
    form, start, size = _FOOTER.unpack_from(data, len(data) - _FOOTER.size)
    if form != _FORMAT or start + size + _FOOTER.size != len(data):
        raise broken("has an index that cannot be read")
    archive = Archive(data)
    archive.kinds, archive.files, archive.links = json.loads(data[start : start + size])
    return archive


class ArchiveTree(WalkedTree):
    """The files of an archive, below `MOUNT`.

    root: a directory at or below `MOUNT` that nothing is read outside of.
    """

    def __init__(self, archive: Archive, root: str = MOUNT, limits: Limits = DEFAULT) -> None:
        super().__init__(root, limits)
        self._archive = archive

    def lstat(self, real: str) -> RawKind:
        """What is at a real path, links not followed."""
        return self._archive.kinds.get(real[len(MOUNT) + 1 :], "missing")

    def readlink(self, real: str) -> str:
        """Where a link points to."""
        return self._archive.links[real[len(MOUNT) + 1 :]]

    def content(self, real: str) -> bytes:
        """The bytes of the regular file at a real path."""
        start, size = self._archive.files[real[len(MOUNT) + 1 :]]
        self.limits.check("file_bytes", size)
        return self._archive.data[start : start + size]

    def names(self, real: str) -> list[str]:
        """The names in the directory at a real path."""
        return self._archive.children(real[len(MOUNT) + 1 :])


def open_directory(
    archive: Archive, relative: str, source_path: str | None, limits: Limits = DEFAULT
) -> tuple[ArchiveTree, str]:
    """The tree for rendering a directory of an archive, and the directory's path in it.

    relative: the directory below the archive's root. source_path: ARGOCD_APP_SOURCE_PATH; as an archive may
    have been made of a part of the repository, only its longest trailing match is above the root.
    """
    tree = ArchiveTree(archive, limits=limits)
    directory = tree.resolve(posixpath.normpath(f"{MOUNT}/{relative}"))
    if source_path is not None:
        inner = find_root(directory[len(MOUNT) :], "", source_path)
        if inner != "/":
            tree = ArchiveTree(archive, MOUNT + inner, limits)
    return tree, directory
