"""Values that one transformer wrote in several places of an object, and that change together ever after.

Upstream puts the same YAML node into every mapping that gets a new label or annotation. Whatever later
changes one of them in place - another label transformer, a merge patch, a replacement, a var - changes them
all, also where it does not look (FieldSetter in kyaml/yaml/fns.go, api/filters/filtersutil/setters.go). A
JSON patch makes new nodes and ends this.
"""

from __future__ import annotations

from cmp.kustomize.resource import Shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value


def share(
    resource: Resource, entries: dict[str, str], made: list[tuple[dict[str, Value], frozenset[str]]]
) -> None:
    """Note what one transformer made: mappings of `resource`, each with the keys that are new in it."""
    if len(made) < 2:
        return
    groups = resource.shared or []
    for key, value in entries.items():
        holders = [holder for holder, keys in made if key in keys]
        if len(holders) > 1:
            groups.append(Shared(key, holders, value))
    if groups:
        resource.shared = groups


def spread(resource: Resource, written: frozenset[str] | None = None) -> None:
    """After a step that changed values in place: let the others that share a changed value follow.

    Of several changed ones the last counts, in the order in which a merge visits fields. written: the only
    keys that the step wrote; no other group is looked at.
    """
    for group in resource.shared or ():
        key = group.key
        if written is not None and key not in written:
            continue
        holders = [holder for holder in group.holders if key in holder]
        changed = [holder for holder in holders if differs(holder[key], group.value)]
        if changed:
            group.value = _last(changed, resource.body)[key]
            for holder in holders:
                holder[key] = group.value
        group.holders = holders


def _last(holders: list[dict[str, Value]], body: Value) -> dict[str, Value]:
    if len(holders) == 1:
        return holders[0]
    places = _places(body)
    return max(holders, key=lambda holder: places.get(id(holder), -1))


def differs(one: Value, other: Value) -> bool:
    """Whether two values are not the same text of the same type."""
    if isinstance(one, str) and isinstance(other, str):
        return one != other
    return one is not other and (type(one) is not type(other) or one != other)


def _places(body: Value) -> dict[int, int]:
    """The place of each mapping of `body` by identity, fields in sorted order."""
    order: list[int] = []
    stack = [body]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            order.append(id(value))
            stack += [value[key] for key in sorted(value, reverse=True)]
        elif isinstance(value, list):
            stack += reversed(value)
    return {place: number for number, place in enumerate(order)}
