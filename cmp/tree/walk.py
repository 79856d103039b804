"""Following a path through directories and symbolic links without ever looking outside the root.

Both trees share this walk, so both have one meaning of `..`, of links and of loops. Only
`lstat`, `readlink`, `content` and `names` differ; they are always given real paths below the root.
"""

from __future__ import annotations

from cmp.errors import Where, located
from cmp.limits import DEFAULT, Limits
from cmp.tree.errors import TreeError
from cmp.tree.names import check_name, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from cmp.tree.protocol import Kind

    RawKind = Literal["file", "dir", "link", "missing", "other"]

# Linux gives up after as many links in one path (path_resolution(7)).
MAX_LINKS = 40
MAX_PATH_BYTES = 4096


class WalkedTree:
    """What disk and memory have in common; see `cmp.tree.protocol.Tree` for the meaning of each method.

    root: absolute and already resolved. base: messages show paths relative to it (default: the root).
    """

    def __init__(self, root: str, limits: Limits = DEFAULT, base: str = "") -> None:
        self.root = root or "/"
        self.limits = limits
        self.bytes_read = 0
        self.files_read = 0
        self._prefix = "" if self.root == "/" else self.root
        self._base = base or self.root
        self._walked: dict[str, tuple[str, Kind]] = {}
        self._content: dict[str, bytes] = {}

    # What a kind of tree has to know.

    def lstat(self, real: str) -> RawKind:
        """What is at a real path, links not followed."""
        raise NotImplementedError

    def readlink(self, real: str) -> str:
        """Where a link points to."""
        raise NotImplementedError

    def content(self, real: str) -> bytes:
        """The bytes of the regular file at a real path, within the limits."""
        raise NotImplementedError

    def names(self, real: str) -> list[str]:
        """The names in the directory at a real path, in any order."""
        raise NotImplementedError

    # The protocol.

    def kind(self, path: str) -> Kind:
        """What `path` is, links followed; `TreeError` for loops and for leaving the root."""
        return self._walk(path)[1]

    def resolve(self, path: str) -> str:
        """The real path of `path`, which need not exist; `TreeError` for loops and for leaving the root."""
        return self._walk(path)[0] or "/"

    def read(self, path: str) -> bytes:
        """The bytes of a regular file. A file read twice counts, and is opened, once."""
        real, kind = self._walk(path)
        if kind != "file":
            raise self._not_a_file(path, kind)
        data = self._content.get(real)
        if data is None:
            self.files_read += 1
            with located(lambda: Where(file=self.display(path))):
                self.limits.check("files", self.files_read)
                data = self.content(real)
                self.bytes_read += len(data)
                self.limits.check("total_bytes", self.bytes_read)
            self._content[real] = data
        return data

    def read_raw(self, path: str) -> bytes:
        """The same as `read`: nothing is decrypted here."""
        return self.read(path)

    def list(self, path: str) -> list[str]:
        """The names in a directory, sorted by code point."""
        real, kind = self._walk(path)
        if kind != "dir":
            raise TreeError("not a directory", where=Where(file=self.display(path)))
        names = self.names(real)
        for name in names:
            check_name(name, self.display(f"{path}/{name}"))
        return sorted(names)

    def display(self, path: str) -> str:
        """`path` relative to the base that messages use, control characters escaped."""
        base = self._base
        if path == base:
            return "."
        prefix = "" if base == "/" else base + "/"
        return plain(path[len(prefix) :] if prefix and path.startswith(prefix) else path)

    def read_paths(self) -> tuple[str, ...]:
        """The real paths of all files read so far, sorted."""
        return tuple(sorted(self._content))

    def reads(self) -> dict[str, bytes]:
        """What was read, in that order, also under the names of links that lead to it."""
        names: dict[str, list[str]] = {}
        for path, (real, kind) in self._walked.items():
            if kind == "file":
                names.setdefault(real, []).append(path)
        return {
            self.display(path): data
            for real, data in self._content.items()
            for path in names.get(real, [real])
        }

    # The walk.

    def _walk(self, path: str) -> tuple[str, Kind]:
        known = self._walked.get(path)
        if known is None:
            check_name(path, self.display(path))
            if not path.startswith("/") or len(path) > MAX_PATH_BYTES:
                raise TreeError(
                    "not an absolute path of usable length", where=Where(file=self.display(path)[:200])
                )
            known = self._walked[path] = self._step_through(path)
        return known

    def _step_through(self, path: str) -> tuple[str, Kind]:
        parent = self._walked.get(path.rpartition("/")[0])
        if parent is not None and parent[1] == "dir":
            here, todo = parent[0], [path.rpartition("/")[2]]
        else:
            here, todo = "", path.split("/")[::-1]
        links = 0
        while todo:
            name = todo.pop()
            if name in ("", "."):
                continue
            if name == "..":
                here = here.rpartition("/")[0]
                continue
            there = f"{here}/{name}"
            kind = self._look(there, path)
            if kind == "dir":
                here = there
            elif kind == "link":
                links += 1
                if links > MAX_LINKS:
                    raise TreeError("symbolic links lead in a circle", where=Where(file=self.display(path)))
                target = self.readlink(there)
                check_name(target, self.display(there))
                if target.startswith("/"):
                    here = ""
                todo.extend(target.split("/")[::-1])
            elif any(part not in ("", ".") for part in todo):
                self._require_inside("/".join((there, *reversed(todo))), path)
                return "/".join((there, *reversed(todo))), "missing"
            else:
                return there, kind
        if not self._inside(here):
            raise self._leaves(path)
        return here, "dir"

    def _look(self, there: str, path: str) -> RawKind:
        """Outside the root only the root's own ancestors are known; nothing else is ever looked at."""
        if self._inside(there):
            return self.lstat(there)
        if self._prefix.startswith(there + "/"):
            return "dir"
        raise self._leaves(path)

    def _inside(self, real: str) -> bool:
        prefix = self._prefix
        return not prefix or real == prefix or real.startswith(prefix + "/")

    def _require_inside(self, rest: str, path: str) -> None:
        import posixpath

        if not self._inside(posixpath.normpath(rest)):
            raise self._leaves(path)

    def _leaves(self, path: str) -> TreeError:
        return TreeError(
            "the path leaves the root of the tree",
            where=Where(file=self.display(path)),
            hint="files outside the repository cannot be read; move the file into it (or see --root)",
        )

    def _not_a_file(self, path: str, kind: Kind) -> TreeError:
        where = Where(file=self.display(path))
        if kind == "missing":
            from cmp.tree.nearest import did_you_mean

            return TreeError("no such file", where=where, hint=did_you_mean(self, path))
        if kind == "dir":
            return TreeError("is a directory, a file was expected", where=where)
        return TreeError("is neither a regular file nor a directory", where=where)
