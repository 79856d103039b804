"""Errors about files as such: missing, outside the root, unreadable, of the wrong kind."""

from __future__ import annotations

from cmp.errors import CmpError


class TreeError(CmpError):
    """A file that cannot be read under the tree's rules."""
