"""How one kustomization reads files and finds its bases (api/internal/loader).

Remote files and repositories are `cmp.kustomize.remote`'s: `fetch(url, options) -> bytes` reads a file,
`parse(text) -> RepoSpec | None` tells whether a string names a repository, and `clone(spec, options) ->
(tree, repo, directory)` gives a tree that holds it, the repository's root and the kustomization's directory.
"""

from __future__ import annotations

import os.path

from cmp.errors import CmpError, Where, located
from cmp.kustomize.errors import KustomizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.options import Options
    from cmp.tree.protocol import Tree

_REMOTE_STARTS = ("ssh://", "http://", "https://", "file://", "github.com/", "github.com:", "git::")


class Loader:
    """Reads files for the kustomization in the directory `root`, an absolute path without links in `tree`.

    restricted: files must lie in or below `root`. repo: the root of the clone that this loader is in, or
    an empty text. spec: the repository of a loader that was made from a remote address.
    """

    __slots__ = ("options", "referrer", "repo", "restricted", "root", "spec", "tree")

    def __init__(
        self,
        tree: Tree,
        root: str,
        options: Options,
        *,
        restricted: bool,
        referrer: Loader | None = None,
        repo: str = "",
        spec: Any = None,
    ) -> None:
        self.tree = tree
        self.root = root
        self.options = options
        self.restricted = restricted
        self.referrer = referrer
        self.repo = repo
        self.spec = spec

    def load(self, path: str) -> bytes:
        """The content of a file or URL; relative paths start at `root`. `KustomizeError` or `TreeError`."""
        if is_remote_file(path):
            from cmp.kustomize.remote import fetch

            return fetch(path, self.options)
        return self.tree.read(self._confined(path))

    def load_raw(self, path: str) -> bytes:
        """`load` for kustomization files, which are never decrypted."""
        return self.tree.read_raw(self._confined(path))

    def path_of(self, path: str) -> str:
        """The absolute path that `load` reads for a local `path`."""
        return path if path.startswith("/") else join(self.root, path)

    def display(self, path: str) -> str:
        """`path` as messages show it."""
        return without_secrets(path) if is_remote_file(path) else self.tree.display(self.path_of(path))

    def _confined(self, path: str) -> str:
        full = self.path_of(path)
        if not self.restricted:
            return full
        real = self.tree.resolve(full)
        kind = self.tree.kind(real)
        if kind == "dir":
            raise KustomizeError("is a directory, not a file", where=Where(file=self.tree.display(full)))
        if kind == "missing":
            from cmp.tree.nearest import did_you_mean

            raise KustomizeError(
                "does not exist",
                where=Where(file=self.tree.display(full)),
                hint=_slashes(path) or did_you_mean(self.tree, full),
            )
        if not is_below(os.path.dirname(real), self.root):
            raise KustomizeError(
                f"is not in or below {self.tree.display(self.root) or '.'}, where the kustomization is that "
                "names it",
                where=Where(file=self.tree.display(full)),
                hint="move the file there, or make it a base: directories may lie anywhere",
            )
        return real

    def new(self, path: str) -> Loader:
        """The loader of a base or component: a relative directory or a repository; else `KustomizeError`."""
        if not path:
            raise KustomizeError("an empty path", where=Where(file=self.tree.display(self.root)))
        if maybe_repository(path):
            from cmp.kustomize.remote import parse

            spec = parse(path)
            if spec is not None:
                return self._clone(spec)
        if path.startswith("/"):
            raise KustomizeError(
                "an absolute path to a directory is not allowed",
                where=Where(file=path),
                hint="write it relative to the kustomization",
            )
        root = confirm_directory(self.tree, join(self.root, path))
        if self.repo and not is_below(root, self.repo):
            raise KustomizeError(
                "lies outside of the repository that names it", where=Where(file=self.tree.display(root))
            )
        self._refuse_cycle(root)
        return Loader(
            self.tree, root, self.options, restricted=self.restricted, referrer=self, repo=self.repo
        )

    def _clone(self, spec: Any) -> Loader:
        from cmp.kustomize.remote import clone

        ancestor: Loader | None = self
        while ancestor is not None:
            if ancestor.spec is not None and ancestor.spec.raw.startswith(spec.raw):
                raise KustomizeError(f"{spec.raw} is referenced by {ancestor.spec.raw}, which it references")
            ancestor = ancestor.referrer
        tree, repo, directory = clone(spec, self.options)
        return Loader(tree, directory, self.options, restricted=True, referrer=self, repo=repo, spec=spec)

    def _refuse_cycle(self, root: str) -> None:
        ancestor: Loader | None = self
        while ancestor is not None:
            if ancestor.tree is self.tree and is_below(ancestor.root, root):
                raise KustomizeError(
                    f"is a cycle: {self.tree.display(ancestor.root) or '.'} is already being built",
                    where=Where(file=self.tree.display(root) or "."),
                    hint="a base must not be the kustomization itself or a directory above it",
                )
            ancestor = ancestor.referrer

    def where(self, file: str, path: tuple[str | int, ...], field: str = "") -> Where:
        """The place of the value at `path` in the first document of `file`, as far as it can be found."""
        where = Where(file=self.tree.display(file), field=field)
        try:
            from cmp.yaml.locate import locate

            place = locate(self.tree.read_raw(file), 0, path)
        except CmpError:
            place = None
        if place:
            where.line, where.column = place
        return where


def top_loader(tree: Tree, path: str, options: Options) -> Loader:
    """The loader for the directory that a build starts in."""
    return Loader(tree, confirm_directory(tree, path), options, restricted=options.load_restrictions)


def confirm_directory(tree: Tree, path: str) -> str:
    """`path` without links, if it is a directory; `KustomizeError` otherwise."""
    where = Where(file=tree.display(path) or ".")
    with located(where):
        real = tree.resolve(path)
        kind = tree.kind(real)
    if kind == "missing":
        from cmp.tree.nearest import did_you_mean

        hint = _slashes(path) or did_you_mean(tree, real.rstrip("/"))
        raise KustomizeError("does not exist", where=where, hint=hint)
    if kind != "dir":
        raise KustomizeError("is not a directory", where=where, hint="name the folder that it is in")
    return real


def _slashes(path: str) -> str:
    """A hint for a path as Windows writes it."""
    return f"paths are written with /, on Windows too: {path.replace(chr(92), '/')}" if "\\" in path else ""


def join(root: str, path: str) -> str:
    """`path` below `root`, with `.` and `..` resolved by text alone, as filepath.Join does."""
    # normpath keeps two slashes at the start.
    return os.path.normpath(f"{root.rstrip('/')}/{path}") if path else root


def is_below(path: str, root: str) -> bool:
    """Whether `path` is `root` or lies below it."""
    return root == "/" or path == root or path.startswith(root + "/")


def is_remote_file(path: str) -> bool:
    """Whether `path` is an http or https address."""
    return path[:8].lower().startswith(("http://", "https://", "http:", "https:"))


def without_secrets(address: str) -> str:
    """An address for a message: without the user, password and query that may be in it."""
    scheme, separator, rest = address.partition("://")
    host, slash, path = rest.partition("?")[0].partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def maybe_repository(path: str) -> bool:
    """Whether `path` could name a repository at all; cheap, as it is asked for every base."""
    return path.lower().startswith(_REMOTE_STARTS) or "@" in path
