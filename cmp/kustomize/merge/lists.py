"""Lists whose items are matched by merge keys, or by themselves (kyaml/yaml/walk/associative_sequence.go).

Items that the patch names come first, in its order. Upstream finds and sets items one by one in growing
lists; its results for incomplete or repeated keys follow from exactly how it does that, so `_by_the_book`
retraces it. Lists whose items all have their keys, and each only once, give the same result in one pass.
"""

from __future__ import annotations

from cmp.kustomize.fieldpath import FieldPathError
from cmp.kustomize.merge.directives import DELETE, MISSING, REPLACE, take_from_list
from cmp.kustomize.resource import text_of
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cmp.kustomize.schema import Node

    Keys = tuple[str, ...]
    Path = tuple[str, ...]
    # (dest, source, schema, path) -> the merged value, as `strategic` walks any value.
    Walk = Callable[[Any, Any, Node | None, Path], Any]


def merge_lists(walk: Walk, dest: Any, source: Any, node: Node, path: Path) -> Any:
    """The list that `dest` becomes, or MISSING; `dest`, `source`: a list or MISSING."""
    if dest is MISSING:
        dest = source
    elif source is not MISSING:
        directive = take_from_list(source)
        if directive == DELETE:
            return MISSING
        if directive == REPLACE:
            dest = source
    keys = node.keys or ()
    common = _unique if keys else _strings
    merged = common(walk, dest, source, keys, node, path)
    return merged if merged is not None else _by_the_book(walk, dest, source, keys, node, path)


# -- the common case


def _unique(walk: Walk, dest: list[Any], source: Any, keys: Keys, node: Node, path: Path) -> list[Any] | None:
    """The merged list if every item has all keys that any has, and no two of a side agree; else None."""
    given: list[Any] = [] if source is MISSING else source
    in_use = tuple(
        key
        for key in keys
        if any(isinstance(item, dict) and _key_text(item, key) for item in (*given, *dest))
    )
    old = _index(dest, in_use)
    new = _index(given, in_use)
    if old is None or new is None or not in_use:
        return None
    elements = node.elements()
    merged: dict[tuple[str, ...], Any] = {}
    for values in (*new, *(values for values in old if values not in new)):
        before = old.get(values, MISSING)
        after = walk(before, new.get(values, MISSING), elements, (*path, f"[{'/'.join(values)}]"))
        if after is MISSING or is_null(after) or after == {}:
            continue
        if any(key not in after for key in in_use):
            return None
        # Upstream puts the list's own item back over a `$patch: replace` of it.
        merged[values] = after if before is MISSING else before
    if len(keys) > 1 and len(in_use) > 1:
        # With several keys each item of the list moves behind those that only the patch has.
        return [item for values, item in merged.items() if values not in old] + [
            merged[values] for values in old if values in merged
        ]
    return list(merged.values())


def _index(items: list[Any], keys: Keys) -> dict[tuple[str, ...], Any] | None:
    """Items by the strings of their keys; None when one lacks a key or two agree."""
    found: dict[tuple[str, ...], Any] = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        values = tuple(_key_text(item, key) for key in keys)
        if not all(values) or values in found:
            return None
        found[values] = item
    return found


def _key_text(item: dict[str, Any], key: str) -> str:
    """The text of a key that counts: an empty text for a missing, null or empty value."""
    value = item.get(key)
    return "" if is_null(value) else text_of(value)


def _strings(walk: Walk, dest: list[Any], source: Any, _: Keys, node: Node, path: Path) -> list[Any] | None:
    """The merged list where all items are single values and none is null; else None."""
    given: list[Any] = [] if source is MISSING else source
    if any(isinstance(item, (dict, list)) or is_null(item) for item in (*given, *dest)):
        return None
    old = {text_of(item): item for item in reversed(dest)}  # of equal ones the first is found
    new = {text_of(item): item for item in reversed(given)}
    elements = node.elements()
    merged: dict[str, Any] = {}
    for text in dict.fromkeys(map(text_of, (*given, *dest))):
        after = walk(old.get(text, MISSING), new.get(text, MISSING), elements, (*path, f"[{text}]"))
        if after is MISSING or is_null(after) or after == {}:
            return None
        merged[text] = after
    for item in dest:
        merged[text_of(item)] = item
    return list(merged.values())


# -- upstream's own steps


def _by_the_book(walk: Walk, dest: list[Any], source: Any, keys: Keys, node: Node, path: Path) -> list[Any]:
    sources: list[list[Any]] = [dest] if source is MISSING else [source, dest]
    elements = node.elements()
    if keys:
        rows = _distinct([[_row_text(item, key) for key in keys] for side in sources for item in side])
    else:
        keys = ("",)
        rows = _distinct([[text_of(item)] for side in sources for item in side])
    if len(keys) > 1:
        _complete(rows)
    in_use = [key for key in keys if any(row[keys.index(key)] for row in rows)]
    added: list[Any] = []
    valid: list[str] = list(keys)
    for row in rows:
        values = list(row)
        if in_use:
            valid = in_use
            values = [value for key, value in zip(keys, row, strict=True) if value or key in in_use]
        before = _find(dest, valid, values)
        after = walk(
            before,
            MISSING if source is MISSING else _find(source, valid, values),
            elements,
            (*path, f"[{'/'.join(values)}]"),
        )
        if after is MISSING or is_null(after) or after == {}:
            for _ in valid:
                _set(dest, valid, values, MISSING)
            continue
        for key, value in zip(valid, values, strict=True):
            if key and isinstance(after, dict) and key not in after and value:
                after[key] = value
        _set(added, valid, values, after)
    if not rows:
        return dest
    return _append(added, dest, valid)


def _row_text(item: Any, key: str) -> str:
    return _key_text(item, key) if isinstance(item, dict) else ""


def _distinct(rows: list[list[str]]) -> list[list[str]]:
    return [list(row) for row in dict.fromkeys(tuple(row) for row in rows)]


def _complete(rows: list[list[str]]) -> None:
    """Fill in keys that one row lacks from rows that agree with it otherwise (walk's mergeValues)."""
    if all(all(row) for row in rows):
        return
    for i in range(len(rows)):
        first = rows[i]
        for j in range(len(rows)):
            both = _agree(first, rows[j])
            if both is not None:
                rows[i] = both
                rows[j] = both


def _agree(first: list[str], second: list[str]) -> list[str] | None:
    common = False
    both: list[str] = []
    for one, other in zip(first, second, strict=True):
        if one == other:
            common = True
        elif one and other:
            return None
        both.append(one or other)
    return both if common else None


def _find(items: list[Any], keys: Sequence[str], values: Sequence[str]) -> Any:
    """The first item with these key strings, or MISSING (kyaml's ElementMatcher)."""
    pairs = [(key, value) for key, value in zip(keys, values, strict=True) if value]
    pairs = pairs or list(zip(keys, values, strict=True))
    for item in items:
        if not pairs[0][0]:
            if text_of(item) == pairs[0][1]:
                return item
        elif isinstance(item, dict) and all(
            key in item and text_of(item[key]) == value for key, value in pairs
        ):
            return item
    return MISSING


def _set(items: list[Any], keys: Sequence[str], values: Sequence[str], element: Any) -> None:
    """Replace the items with these key strings; remove them if `element` is MISSING (kyaml's ElementSetter).

    An item may be found by fewer values than keys, and an empty value is found by any; with no value at all,
    every item that is not found goes. Nulls and empty mappings go in any case.
    """
    kept: list[Any] = []
    found_one = False
    of_maps = bool(keys and keys[0] and values and values[0])
    for item in items:
        if is_null(item) or item == {}:
            continue
        if not isinstance(item, dict) and of_maps:
            kept.append(item)
            continue
        if not _is_found(item, keys, values):
            if values:
                kept.append(item)
            continue
        found_one = True
        if element is not MISSING:
            kept.append(element)
    if element is not MISSING and not is_null(element) and not found_one:
        kept.append(element)
    items[:] = kept


def _is_found(item: Any, keys: Sequence[str], values: Sequence[str]) -> bool:
    seen = False
    for position, key in enumerate(keys):
        if position < len(values):
            seen = _field_is(item, key, values[position])
        if not seen:
            return False
    return True


def _field_is(item: Any, key: str, value: str) -> bool:
    if not key:
        if isinstance(item, (dict, list)):
            raise FieldPathError("a list of single values holds a mapping or a list")
        return text_of(item) == value
    if not isinstance(item, dict):
        raise FieldPathError("a list of mappings holds something else")
    return key in item and (not value or text_of(item[key]) == value)


def _append(added: list[Any], dest: list[Any], keys: Sequence[str]) -> list[Any]:
    """Put the list's own items into `added`, over those with the same keys (walk's appendListNode)."""
    for item in list(dest):
        if not keys[0]:
            _set(added, [""], [text_of(item)], item)
            continue
        if not isinstance(item, dict) and not is_null(item):
            raise FieldPathError("a list of mappings holds something else")
        values: list[str] = []
        for key in keys:
            if not isinstance(item, dict) or key not in item:
                added.append(item)
            else:
                values.append(text_of(item[key]))
        if len(keys) > 1:
            _set(added, keys, values, MISSING)
        _set(added, keys, values, item)
    return added
