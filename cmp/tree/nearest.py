"""The names in a directory that are most like one that is not there, for hints."""

from __future__ import annotations

from cmp.tree.errors import TreeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.tree.protocol import Tree

_MOST = 3


def did_you_mean(tree: Tree, path: str) -> str:
    """A hint for the missing `path`; empty when nothing beside it has a similar name."""
    from cmp.nearest import close

    parent, _, name = path.rpartition("/")
    try:
        near = close(name, tree.list(parent or "/"), _MOST)
    except TreeError:
        return ""
    return f"did you mean {', '.join(near)}?" if near else ""
