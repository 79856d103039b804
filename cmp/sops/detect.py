"""Whether a file is a SOPS document, and of which store: its metadata decide, never the name alone.

Nearly every file of an overlay is plain, so the first test is a search for a few bytes.
"""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.sops.formats import FORMATS
from cmp.sops.formats import format_of_path as format_of_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.limits import Limits
    from cmp.sops.metadata import Tree
    from cmp.sops.stores.base import Store


class Format:
    """The store of a SOPS document; keeps the tree that finding out has read, for one use."""

    __slots__ = ("_tree", "name")

    def __init__(self, name: str, tree: Tree | None = None) -> None:
        self.name = name
        self._tree = tree

    def take_tree(self) -> Tree | None:
        """The tree that was read, once: decryption changes it."""
        tree, self._tree = self._tree, None
        return tree

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Format({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Format) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def detect(data: bytes, path: str = "", limits: Limits = DEFAULT) -> Format | None:
    """The format if `data` is a SOPS document, else None; the extension of `path` first, then the content.

    A document whose metadata are there but broken, or only in some documents of a stream, raises
    `MetadataError`: it must not pass as plain.
    """
    if b"sops" not in data or (b"mac" not in data and b"lastmodified" not in data):
        return None
    return _look(data, path, limits)


def _look(data: bytes, path: str, limits: Limits) -> Format | None:
    named = format_of_path(path)
    for candidate in _candidates(data, named):
        found = _read(data, candidate, named, limits)
        if found is not None:
            return found
    return None


def _candidates(data: bytes, named: str) -> Iterator[Store]:
    """The stores whose marks the file has: the one of its name first, and the more exact of two others."""
    from cmp.sops.stores import store

    by_name = store(named).marked(data)
    if by_name:
        yield store(named)
    rest = [store(name) for name in FORMATS if name != named and store(name).marked(data)]
    wider = () if by_name else {candidate.wider for candidate in rest}
    yield from (candidate for candidate in rest if candidate.name not in wider)


def _read(data: bytes, candidate: Store, named: str, limits: Limits) -> Format | None:
    from cmp.sops.errors import MetadataError, ParseError, SopsError
    from cmp.sops.stores import load_encrypted

    is_named = candidate.name == named
    try:
        tree = load_encrypted(data, candidate.name, limits)
    except MetadataError:
        if candidate.claims(data, limits):
            raise
        return None
    except ParseError:
        if is_named and candidate.shows_mac(data):
            raise
        return None
    except SopsError:
        return None
    return Format(named if is_named else candidate.name_of(tree.branches), tree)
