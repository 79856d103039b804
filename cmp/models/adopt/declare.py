"""The ModelConfig of adopted overlays: what the base says, and what each overlay adds."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.models.kinds.table import ROWS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from cmp.models.adopt.find import Found, Key
    from cmp.models.adopt.groups import Group
    from cmp.models.adopt.traffic import Split, Traffic

_KINDS = [row.kind for row in ROWS]


class Declared(NamedTuple):
    """`spec` of the shared ModelConfig, empty when nothing is shared, and that of each overlay."""

    shared: dict[str, Any]
    own: list[dict[str, Any]]


def declare(groups: Sequence[Group], splits: Sequence[Traffic], keeping: Collection[Key]) -> Declared:
    """The declarations of the models. splits: of each overlay. keeping: places whose literal stays in git."""
    count = len(splits)
    shared: dict[str, Any] = {}
    own: list[dict[str, Any]] = [{} for _ in range(count)]
    for group in groups:
        labels: dict[str, int] = {}
        everywhere = all(group.uri(overlay) for overlay in range(count))
        for overlay in range(count):
            if group.uri(overlay):
                _at(own[overlay], "models", group.name)["uri"] = group.uri(overlay)
        for found in group.found:
            label = _label(found.key[1], labels)
            target = _target(found, keeping)
            there = [overlay for overlay in range(count) if found.key in group.places[overlay]]
            if everywhere and len(there) == count:
                _at(shared, "models", group.name, "targets")[label] = target
            else:
                for overlay in there:
                    _at(own[overlay], "models", group.name, "targets")[label] = target
    _traffic(shared, own, splits)
    return Declared(shared, own)


def merged(base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Both in one, for an overlay without a base. URI first, as a reader expects it."""
    result: dict[str, Any] = {}
    for key in dict.fromkeys((*patch, *base)):
        one, other = base.get(key), patch.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            result[key] = merged(one, other)
        else:
            result[key] = other if other is not None else one
    return result


def _traffic(shared: dict[str, Any], own: list[dict[str, Any]], splits: Sequence[Traffic]) -> None:
    labels: dict[str, int] = {}
    seen: dict[tuple[str, str, str], str] = {}
    for overlay, traffic in enumerate(splits):
        if traffic.splits:
            _at(own[overlay], "traffic")["weights"] = dict(traffic.weights)
        for split in traffic.splits:
            if split.key not in seen:
                seen[split.key] = _label(split.key[1], labels)
            same = [each for other in splits for each in other.splits if each.key == split.key]
            holder = shared if len(same) == len(splits) and _alike(same) else own[overlay]
            target = {**_identity(split.key[0], split.key[1], split.key[2]), **split.fields}
            _at(holder, "traffic", "targets")[seen[split.key]] = target


def _alike(splits: Sequence[Split]) -> bool:
    return all(each.fields == splits[0].fields for each in splits)


def _target(found: Found, keeping: Collection[Key]) -> dict[str, Any]:
    group, kind, name, options = found.key
    target = {**_identity(group, kind, name), **dict(options)}
    if found.key in keeping:
        target["replaces"] = "any"
    return target


def _identity(group: str, kind: str, name: str) -> dict[str, Any]:
    """Group is needed where two groups of the table have a kind of that name."""
    return {**({"group": group} if group and _KINDS.count(kind) > 1 else {}), "kind": kind, "name": name}


def _label(kind: str, taken: dict[str, int]) -> str:
    # LLMInferenceService: llmInferenceService
    capitals = len(kind) - len(kind.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    head = max(1, capitals - 1)
    label = kind[:head].lower() + kind[head:]
    taken[label] = taken.get(label, 0) + 1
    return label if taken[label] == 1 else f"{label}{taken[label]}"


def _at(holder: dict[str, Any], *path: str) -> dict[str, Any]:
    for step in path:
        holder = holder.setdefault(step, {})
    return holder
