"""Pair the objects of two renders and find the fields that differ."""

from __future__ import annotations

import re
from dataclasses import replace

from cmp.diff.conceal import HIDDEN, Concealer, with_string_data_folded
from cmp.diff.grouping import group_of, traffic_split
from cmp.diff.live import without_server_fields
from cmp.diff.model import Difference, FieldChange, ObjectChange, Split
from cmp.gates.identity import without_namespace
from cmp.paths import child
from cmp.tree.names import plain
from cmp.yaml import YamlError, dump
from cmp.yaml.taint import origins_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Body = dict[str, Any]

# The suffix that kustomize adds to generated ConfigMaps and Secrets: ten digits of its own alphabet.
_HASH_SUFFIX = re.compile(r"-[2456789bcdfghkmt]{10}$")
_MISSING = object()


def compare(
    before: list[Body], after: list[Body], key: bytes, *, show_uris: bool = False, manifests: bool = False
) -> Difference:
    """Compare two lists of objects.

    Objects pair by group, kind, name and namespace; when the two renders live in different namespaces, by
    group, kind and name; generated names pair without their hash. Values of Secrets are never shown, nor is a
    value that is tainted on either side. Names and keys come out harmless (`cmp.tree.names.plain`). With
    `manifests`, each object that came or went is there as YAML too.
    """
    concealer = Concealer(key, show_uris=show_uris)
    scope = without_namespace((*before, *after))
    left, right = (
        [concealer.manifest(without_server_fields(body, scope)) for body in side] for side in (before, after)
    )
    for body in (*left, *right):
        concealer.learn(body)
    pairs = _pair(left, right)
    changes: list[ObjectChange] = []
    splits: list[Split] = []
    for pair in pairs:
        old, new = with_string_data_folded(*pair)
        change = _object_change(old, new, concealer)
        if change and manifests and (old is None or new is None):
            change = replace(change, manifest=_manifest(new or old, concealer))
        if change:
            changes.append(change)
        split = _split_change(old, new)
        if split:
            splits.append(split)
    return Difference(tuple(changes), tuple(splits), len(pairs) - len(changes))


def _pair(before: list[Body], after: list[Body]) -> list[tuple[Body | None, Body | None]]:
    """Pairs in the order of the newer side, removed objects last."""
    left: dict[int, Body] = dict(enumerate(before))
    partners: dict[int, Body] = {}
    for loose in (False, True):
        index: dict[tuple[str, ...], list[int]] = {}
        for number, body in left.items():
            index.setdefault(_identity(body, loose), []).append(number)
        for number, body in enumerate(after):
            if number in partners:
                continue
            found = index.get(_identity(body, loose))
            if found:
                partners[number] = left.pop(found.pop(0))
    pairs: list[tuple[Body | None, Body | None]] = [
        (partners.get(number), body) for number, body in enumerate(after)
    ]
    return pairs + [(body, None) for body in left.values()]


def _identity(body: Body, loose: bool) -> tuple[str, ...]:
    metadata = body.get("metadata") or {}
    group = str(body.get("apiVersion", "")).rpartition("/")[0]
    kind, name = str(body.get("kind", "")), str(metadata.get("name", ""))
    if not loose:
        return group, kind, name, str(metadata.get("namespace", ""))
    if kind in ("ConfigMap", "Secret"):
        name = _HASH_SUFFIX.sub("", name)
    return group, kind, "" if kind == "Namespace" else name


def title(body: Body) -> str:
    """`Kind namespace/name` as people write it."""
    metadata = body.get("metadata") or {}
    namespace = metadata.get("namespace")
    name = metadata.get("name", "")
    place = f"{namespace}/{name}" if namespace else f"{name}"
    return plain(f"{body.get('kind', '')} {place}")


def _object_change(old: Body | None, new: Body | None, concealer: Concealer) -> ObjectChange | None:
    body = new if new is not None else old
    if body is None:
        return None
    kind = str(body.get("kind", ""))
    fields = tuple(_fields(kind, old if old is not None else {}, new if new is not None else {}, concealer))
    if not fields:
        return None
    state = "added" if old is None else "removed" if new is None else "changed"
    return ObjectChange(title(body), state, fields)  # type: ignore[arg-type]  # one of the three literals


def _manifest(body: Body | None, concealer: Concealer) -> str:
    try:
        return dump(_shown(body, concealer))
    except YamlError:  # what no YAML can hold: its fields are shown instead
        return ""


def _shown(value: Any, concealer: Concealer) -> Any:
    """A copy in which secret values and model URIs are concealed, keys included."""
    if isinstance(value, dict):
        return {"(a key)" if origins_of(key) else key: _shown(item, concealer) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, concealer) for item in value]
    text = _leaf(value)
    if text is None or concealer.is_secret(value, text):
        return concealer.secret(text or "")
    return concealer.uri(value) if isinstance(value, str) else value


def _fields(kind: str, old: Body, new: Body, concealer: Concealer) -> Iterator[FieldChange]:
    for path, was, now in _walk((), old, new):
        if path in (("apiVersion",), ("kind",)) and (was is _MISSING or now is _MISSING):
            continue  # a whole object came or went: its title says so
        before, after = (_leaf(value) for value in (was, now))
        if concealer.is_secret(was, before) or concealer.is_secret(now, after):
            before, after = (None if text is None else concealer.secret(text) for text in (before, after))
        group = group_of(kind, path, before, after)
        yield FieldChange(_dotted(path), group, _text(before, concealer), _text(after, concealer))


def _walk(path: tuple[str, ...], old: Any, new: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Leaves that differ, in the order of the newer side, `_MISSING` for none.

    `1` and `true` differ, though not for Python.
    """
    old_items, new_items = _items(old), _items(new)
    if (old_items is None and old is not _MISSING) or (new_items is None and new is not _MISSING):
        if not _same(old, new):
            yield path, old, new
        return
    old_items, new_items = old_items or {}, new_items or {}
    if not old_items and not new_items:
        if type(old) is not type(new):
            yield path, old, new
        return
    for key in [*new_items, *(key for key in old_items if key not in new_items)]:
        yield from _walk((*path, key), old_items.get(key, _MISSING), new_items.get(key, _MISSING))


def _same(old: Any, new: Any) -> bool:
    """Equal for an API server: 0.90 is 0.9, however it is written, and 1 is not true.

    A value that Argo CD hid may be any value.
    """
    if HIDDEN in (old, new):
        return _MISSING not in (old, new)
    return isinstance(old, bool) is isinstance(new, bool) and bool(old == new)


def _items(value: Any) -> dict[str, Any] | None:
    """Children by key: list items by their `name` where each has one, else by position; None for a leaf."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        names = [item.get("name") if isinstance(item, dict) else None for item in value]
        if all(isinstance(name, str) and not origins_of(name) for name in names) and len(set(names)) == len(
            names
        ):
            return {f"[{name}]": item for name, item in zip(names, value, strict=True)}
        return {f"[{number}]": item for number, item in enumerate(value)}
    return None


def _leaf(value: Any) -> str | None:
    if value is _MISSING:
        return None
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "{}" if isinstance(value, dict) else "[]"
    return getattr(value, "text", None) or str(value)


def _text(value: str | None, concealer: Concealer) -> str | None:
    return None if value is None else concealer.uri(value)


def _dotted(path: tuple[str, ...]) -> str:
    text = ""
    for part in path:
        # The key of a list's item stands in brackets already.
        if origins_of(part):
            text = child(text, "(a key)")
        else:
            text = text + plain(part) if part.startswith("[") else child(text, plain(part))
    return text


def _split_change(old: Body | None, new: Body | None) -> Split | None:
    before = traffic_split(old) if old else ()
    after = traffic_split(new) if new else ()
    if before == after or not (before or after):
        return None
    return Split(title(new or old or {}), before, after)
