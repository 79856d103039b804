"""Encrypted files of any format: text to tree and back. `store(name)` gives a format's name its meaning.

A new format is a module here with a `STORE` (see `cmp.sops.stores.base`) and a row of `cmp.sops.formats`.
"""

from __future__ import annotations

from functools import cache

from cmp.limits import DEFAULT
from cmp.sops import metadata as meta
from cmp.sops.document import Branch
from cmp.sops.errors import EmitError, ParseError
from cmp.sops.formats import TABLE
from cmp.sops.metadata import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.stores.base import Store


@cache
def store(name: str) -> Store:
    """The store of a format of `cmp.sops.formats`; its module is loaded when it is first asked for."""
    if name not in TABLE:
        raise KeyError(name)
    # Not importlib.import_module: that package would be imported for it.
    found: Store = __import__(f"cmp.sops.stores.{name}", fromlist=("STORE",)).STORE
    return found


def load_plain(data: bytes, fmt: str, limits: Limits = DEFAULT) -> list[Branch]:
    """The branches of a file without metadata; raises `ParseError` or `LimitError`."""
    return store(fmt).load(data, limits)


def load_encrypted(data: bytes, fmt: str, limits: Limits = DEFAULT) -> Tree:
    """The tree of a file; raises `SopsError` or `LimitError`."""
    kind = store(fmt)
    branches = kind.load_sealed(data, limits)
    if not branches:
        raise ParseError("the file holds no document")
    return Tree(branches, meta.from_branch(kind.take_metadata(branches), limits))


def emit_plain(branches: list[Branch], fmt: str, indent: int | None = None) -> bytes:
    """The cleartext as `sops decrypt` prints it; raises `EmitError`. indent: columns per level, -1 a tab."""
    return store(fmt).emit(branches, indent)


def emit_encrypted(tree: Tree, fmt: str, indent: int | None = None) -> bytes:
    """The file with its metadata in every document, as the newest SOPS prints it; raises `EmitError`."""
    kind = store(fmt)
    for branch in tree.branches:
        for key, _ in branch.entries():
            if kind.reserved(key):
                raise EmitError(f"the key {key!r} is reserved for SOPS' own metadata")
    return kind.emit_sealed(kind.put_metadata(tree.branches, meta.to_branch(tree.metadata)), indent)
