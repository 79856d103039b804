"""Every leaf of a tree in document order, with its path and the comments above it (sops.go, walkBranch).

List indices are not part of a path. `comments` holds, for each level, the comment lines since the last
entry that was not a comment; the visited comment itself is the last of them.
"""

from __future__ import annotations

from cmp.sops.document import Branch, Comment, is_sequence
from cmp.sops.errors import SealError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.sops.document import Value

    Visit = Callable[[Value, tuple[str, ...], list[list[str]]], Value]


def walk(branch: Branch, visit: Visit) -> None:
    """Replace each leaf by what `visit(leaf, path, comments)` returns; nulls are not visited."""
    _walk_branch(branch, (), [], visit)


def _walk_value(value: Value, path: tuple[str, ...], comments: list[list[str]], visit: Visit) -> Value:
    if isinstance(value, Branch):
        _walk_branch(value, path, comments, visit)
        return value
    if is_sequence(value):
        _walk_list(value, path, comments, visit)
        return value
    if value is None:
        return None
    return visit(value, path, comments)


def _walk_branch(branch: Branch, path: tuple[str, ...], comments: list[list[str]], visit: Visit) -> None:
    active: list[str] = []
    comments = [*comments, active]
    for item in branch:
        key = item.key
        if isinstance(key, Comment):
            active.append(key.text)
            item.key = _as_comment(visit(key, path, comments), key, path)
            continue
        item.value = _walk_value(item.value, (*path, key), comments, visit)
        if isinstance(item.value, Comment):
            # The type of a sealed value is not authenticated, and comments are not in the MAC.
            raise SealError("a comment where a value belongs").at(field=".".join((*path, key)))
        active.clear()


def _walk_list(items: list[Value], path: tuple[str, ...], comments: list[list[str]], visit: Visit) -> None:
    active: list[str] = []
    comments = [*comments, active]
    for index, item in enumerate(items):
        if isinstance(item, Comment):
            active.append(item.text)
            items[index] = visit(item, path, comments)
        else:
            items[index] = _walk_value(item, path, comments, visit)
            active.clear()


def _as_comment(value: Value, before: Comment, path: tuple[str, ...]) -> Comment:
    if isinstance(value, Comment):
        return value
    if isinstance(value, str):
        return Comment(value, before.inline)
    raise SealError("a comment holds something that is not a string").at(field=".".join(path))
