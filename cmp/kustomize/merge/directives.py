"""`$patch: delete|replace|merge` in a patch's mappings and lists (kyaml/yaml/merge2/smpdirective.go)."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.resource import text_of
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

    from cmp.yaml.value import Value

KEY = "$patch"
DELETE = "delete"
REPLACE = "replace"
MERGE = "merge"
_KNOWN = frozenset((DELETE, REPLACE, MERGE))
# Directives of the API server that kustomize does not know: they are merged, and printed, as plain fields.
_UNKNOWN = ("$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys")


class _Missing:
    """The value of a field that is not there; unlike a null, which stands for "remove"."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()


def _check(value: Value) -> str:
    text = text_of(value)
    if text not in _KNOWN:
        raise KustomizeError(
            f"unknown directive `$patch: {text}`", hint="known are `delete`, `replace` and `merge`"
        )
    return text


def take_from_map(patch: Any, strict: bool = True) -> str:
    """The directive of a mapping, taken out of it; `merge` without one. Not strict: an unknown one stays."""
    if not isinstance(patch, dict) or KEY not in patch:
        return MERGE
    if not strict and text_of(patch[KEY]) not in _KNOWN:
        return MERGE
    directive = _check(patch[KEY])
    del patch[KEY]
    return directive


def take_from_list(patch: Any) -> str:
    """The directive of a list, an item of its own `$patch: ...`, taken out of it; `merge` without one.

    Only the first item that has the key counts, and not if it has other keys: then it is about that item.
    Taking it out also takes every item with the same directive, and every null or empty item.
    """
    if not isinstance(patch, list):
        return MERGE
    for item in patch:
        if isinstance(item, dict) and KEY in item:
            if len(item) > 1:
                return MERGE
            directive = _check(item[KEY])
            patch[:] = [each for each in patch if not _goes(each, directive)]
            return directive
    return MERGE


def _goes(item: Any, directive: str) -> bool:
    if is_null(item) or item == {}:
        return True
    return isinstance(item, dict) and KEY in item and text_of(item[KEY]) == directive


def disobeyed(body: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The paths of directives that ended up in an object as plain fields."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key.startswith("$") and (key == KEY or key.startswith(_UNKNOWN)):
                yield ".".join((*path, key))
            if isinstance(value, (dict, list)):
                yield from disobeyed(value, (*path, key))
    elif isinstance(body, list):
        for item in body:
            if isinstance(item, (dict, list)):
                yield from disobeyed(item, path)


def mentions_directive(value: Any) -> bool:
    """Whether any mapping of a patch has a key that begins with `$`."""
    if isinstance(value, dict):
        return any(key.startswith("$") or mentions_directive(item) for key, item in value.items())
    return isinstance(value, list) and any(mentions_directive(item) for item in value)
