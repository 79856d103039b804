"""Where files come from: the protocol that every reader of files uses.

Paths are absolute POSIX strings below the tree's root. The engine never opens a file itself, so root
checks, symlink rules, size limits and decryption on read live behind this protocol.
"""

from __future__ import annotations

from cmp.lighttyping import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    Kind: TypeAlias = Literal["file", "dir", "missing", "other"]


class Tree(Protocol):
    """A read-only tree of files with an outer bound."""

    @property
    def root(self) -> str:
        """The outer bound, an absolute resolved path; `/` when there is none."""

    def kind(self, path: str) -> Kind:
        """What `path` is, symlinks followed; `other` for devices, FIFOs and sockets."""

    def resolve(self, path: str) -> str:
        """`path` with every symlink followed; `TreeError` for loops and for leaving the root."""

    def read_raw(self, path: str) -> bytes:
        """The bytes as they are stored, never decrypted; for kustomization files."""

    def read(self, path: str) -> bytes:
        """The content of a regular file; `TreeError` or `LimitError` otherwise."""

    def list(self, path: str) -> list[str]:
        """The names in a directory, sorted."""

    def display(self, path: str) -> str:
        """`path` as messages show it: relative to the root where that is possible."""

    def reads(self) -> dict[str, bytes]:
        """The files read so far as they are stored, by the path that messages show, in the order read."""
