"""Every place that a path leads to, made where it is missing (kyaml: match.go, PathMatcher)."""

from __future__ import annotations

from cmp.kustomize.embedded import find_embedded, inside
from cmp.kustomize.fieldpath import (
    FieldPathError,
    Slot,
    empty_of,
    field_of,
    index_of,
    is_list_step,
    items_of,
    key_value,
    rendered,
    shape_for,
    shape_of,
    split,
)
from cmp.kustomize.scalars import into, untagged
from cmp.limits import DEFAULT, exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.kustomize.fieldpath import Shape
    from cmp.limits import Limits
    from cmp.yaml.value import Value


def find(
    body: dict[str, Value], path: str, create: Shape | None = None, limits: Limits = DEFAULT
) -> list[Slot]:
    """Every place that `path` leads to, in order; an empty list when there is none.

    With `create`, missing steps are made: mappings, lists, list items `[key=value]` and the item after the
    last one; a missing last step gets the shape `create`. A path may go on inside a scalar that holds JSON
    or YAML; writing such a slot writes the scalar anew. Raises `FieldPathError` where the path does not fit.
    """
    steps = split(path)
    limits.check("yaml_depth", len(steps))  # each step is one level of a document
    embedded = find_embedded(body, steps, create, limits)
    return [*embedded] if embedded is not None else match(body, steps, create, limits)


def match(body: Value, steps: list[str], create: Shape | None = None, limits: Limits = DEFAULT) -> list[Slot]:
    """As `find`, without writing through scalars: slots inside of one lead nowhere (kyaml's PathMatcher)."""
    found: list[Slot] = []
    _match(Slot([body], 0), steps, 0, create, limits, found)
    return found


def _match(
    slot: Slot, steps: list[str], at: int, create: Shape | None, limits: Limits, found: list[Slot]
) -> None:
    if at == len(steps):
        found.append(slot)
        return
    step = steps[at]
    index = index_of(step)
    value = slot.get()
    if index is not None and index >= 0:
        _match_index(value, index, steps, at, create, limits, found)
    elif is_list_step(step):
        _match_items(value, steps, at, create, limits, found)
    elif step == "*":
        items = items_of(value)
        for position in range(len(items)):
            _match(Slot(items, position), steps, at + 1, create, limits, found)
    else:
        _match_field(slot, steps, at, create, limits, found)


def _match_index(
    value: Value,
    index: int,
    steps: list[str],
    at: int,
    create: Shape | None,
    limits: Limits,
    found: list[Slot],
) -> None:
    if index > limits.patch_index:
        raise exceeded("patch_index", limits.patch_index)
    items = items_of(value)
    fresh = False
    if len(items) == index and create and isinstance(value, list):
        items.append(into(items, empty_of(shape_for(steps, at + 1, create))))
        fresh = True
    if len(items) <= index:
        raise FieldPathError(f"the index {index} is beyond the list's {len(items)} items")
    _match(Slot(items, index, fresh), steps, at + 1, create, limits, found)


def _match_field(
    parent: Slot, steps: list[str], at: int, create: Shape | None, limits: Limits, found: list[Slot]
) -> None:
    name, value = steps[at], parent.get()
    slot = field_of(value, name)
    if slot is None:
        if not create:
            return
        from cmp.kustomize.fieldspec import break_map, is_text_key

        if not isinstance(value, dict):
            # Upstream hangs the new field onto a null node, where it is never printed.
            value = {}
        elif not is_text_key(name):
            value = break_map(value, name)
            Slot.set(parent, value)
        value[name] = into(value, empty_of(shape_for(steps, at + 1, create)))
        slot = Slot(value, name, fresh=True)
    if at + 1 < len(steps):
        there = slot.get()
        if shape_of(there) == "scalar" and slot.fresh:
            # A created last step is untyped, and nothing can follow it.
            raise FieldPathError(f"expected a mapping at {steps[at + 1]!r} but found a single value")
        if shape_of(there) == "scalar":
            # Upstream writes what it finds there to a copy of the string that nobody prints.
            found += inside(Slot([there], 0), steps[at + 1 :], create, limits)
            return
    _match(slot, steps, at + 1, create, limits, found)


def _match_items(
    value: Value, steps: list[str], at: int, create: Shape | None, limits: Limits, found: list[Slot]
) -> None:
    key, pattern = key_value(steps[at])
    before = len(found)
    items = items_of(value)
    matches: Callable[[str], bool] | None = None
    for position, item in _keyed(items, key):
        if matches is None:
            from cmp.regex import searcher

            matches = searcher(pattern)
        if matches(rendered(item)):
            slot = Slot(items, position)
            if key:
                _match(slot, steps, at + 1, create, limits, found)
            else:
                # Steps after `[=value]` are ignored: an item that is a single value has nothing below it.
                found.append(slot)
    if len(found) > before or not create:
        return
    if not isinstance(value, list):
        raise FieldPathError(f"expected a list at {steps[at]!r} but found nothing to add to")
    item = untagged(pattern)
    created = into(items, {key: item} if key else item)
    from cmp.regex import searcher

    if not searcher(pattern)(rendered(item)):
        # Upstream would add such items until its stack overflows.
        raise FieldPathError(f"an item created for {steps[at]!r} would not match its own pattern")
    items.append(created)
    slot = Slot(items, len(items) - 1, fresh=not key)
    if isinstance(created, dict) and steps[at + 1 :] == [key]:
        found.append(Slot(created, key, fresh=True))
    elif key:
        _match(slot, steps, at + 1, create, limits, found)
        if len(found) == before:
            raise FieldPathError(f"nothing can be created below {steps[at]!r}")
    else:
        found.append(slot)


def _keyed(items: list[Value], key: str) -> Iterator[tuple[int, Value]]:
    """Position and value to compare for each item that has one."""
    for position, item in enumerate(items):
        if not key:
            yield position, item
        elif isinstance(item, dict) and key in item:
            yield position, item[key]
