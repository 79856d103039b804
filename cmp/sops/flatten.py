"""Metadata as flat keys: `age__list_0__map_enc` stands for `age[0].enc` (upstream: stores/flatten.go)."""

from __future__ import annotations

import re

from cmp.sops.document import Branch, Comment, Item, is_sequence
from cmp.sops.errors import MetadataError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.document import Value

_MAP = "__map_"
_LIST = "__list_"
# The deepest field of a key group has six.
_MAX_TOKENS = 16
_SEPARATOR = re.compile("(__map_|__list_)")


def flatten(branch: Branch, prefix: str = "") -> Branch:
    """The leaves of `branch` under their flat keys, in order."""
    flat = Branch()
    _flatten_map(branch, prefix, flat)
    return flat


def _flatten_map(branch: Branch, prefix: str, flat: Branch) -> None:
    for key, value in branch.entries():
        _flatten_value(value, prefix + key, flat)


def _flatten_value(value: Value, key: str, flat: Branch) -> None:
    if isinstance(value, Branch):
        _flatten_map(value, key + _MAP, flat)
    elif is_sequence(value):
        items = [item for item in value if not isinstance(item, Comment)]
        for index, item in enumerate(items):
            _flatten_value(item, f"{key}{_LIST}{index}", flat)
    else:
        flat.append(Item(key, value))


class _Place:
    """A value, or what is below a key or an index."""

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.keys: dict[str, _Place] = {}
        self.indices: dict[int, _Place] = {}


def unflatten(flat: Branch) -> Branch:
    """The nested form of flat keys; raises `MetadataError` when they contradict each other."""
    root = _Place()
    for key, value in flat.entries():
        place = root
        for kind, name in _tokens(key):
            if kind == _LIST:
                if not name.isdecimal() or not name.isascii() or len(name) > 6:
                    raise MetadataError("a key of the SOPS metadata has a malformed list index")
                place = place.indices.setdefault(int(name), _Place())
            else:
                place = place.keys.setdefault(name, _Place())
        if place.values:
            raise MetadataError("a key of the SOPS metadata stands twice")
        place.values.append(value)
    nested = _convert(root)
    if not isinstance(nested, Branch):
        raise MetadataError("the SOPS metadata is not a mapping")
    return nested


def _tokens(key: str) -> list[tuple[str, str]]:
    parts = _SEPARATOR.split(key)
    if len(parts) > 2 * _MAX_TOKENS:
        raise MetadataError("a key of the SOPS metadata is nested too deeply")
    return [(_MAP, parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]


def _convert(place: _Place) -> Value:
    if bool(place.values) + bool(place.keys) + bool(place.indices) > 1:
        raise MetadataError("a key of the SOPS metadata is both a value and a collection")
    if place.values:
        return place.values[0]
    if place.indices:
        if sorted(place.indices) != list(range(len(place.indices))):
            raise MetadataError("a list of the SOPS metadata has gaps")
        return [_convert(place.indices[index]) for index in range(len(place.indices))]
    return Branch(Item(key, _convert(place.keys[key])) for key in sorted(place.keys))
