"""What labels and annotations have in common: the same entries into many mappings of each object."""

from __future__ import annotations

from cmp.kustomize import history
from cmp.kustomize.budget import size_of
from cmp.kustomize.fieldspec import FieldError, Walker, break_map, is_null, is_text_key
from cmp.kustomize.scalars import added_text, overwrite_text
from cmp.kustomize.sharing import share, spread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import FieldSpec
    from cmp.yaml.value import Value


def write_entries(
    resmap: ResMap, entries: dict[str, str], specs: tuple[FieldSpec, ...], budget: Budget
) -> None:
    """Put every entry into every mapping that `specs` names; existing keys are overwritten."""
    keys = frozenset(entries)
    fresh = {key: added_text(text) for key, text in entries.items()}
    cost = size_of(entries)
    odd = [key for key in entries if not is_text_key(key)]
    made: list[tuple[dict[str, Value], frozenset[str]]] = []

    def leaf(container: Any, key: Any) -> None:
        budget.spend(cost)
        target = container[key]
        if isinstance(target, dict):
            if target.keys().isdisjoint(keys):
                new = keys
                if odd:
                    target = container[key] = break_map(target, odd[0])
                target.update(fresh)
            else:
                new = keys - target.keys()
                if any(each in new for each in odd):
                    target = container[key] = break_map(target, odd[0])
                _overwrite(target, fresh)
            if new:
                made.append((target, new))
        elif not is_null(target):
            raise FieldError("must be a mapping")

    walker = Walker(specs, dict)
    watched = history.concerns(entries)
    for resource in resmap:
        made.clear()
        if watched:
            history.expose(resource)
        walker.apply(resource, leaf)
        if watched:
            history.absorb(resource)
        if resource.shared:
            spread(resource, keys)
        share(resource, entries, made)


def _overwrite(target: dict[str, Value], entries: dict[str, str]) -> None:
    """Write the entries; a string in quotes stays in quotes, which a later merge patch can tell."""
    for key, text in entries.items():
        if key in target:
            target[key] = overwrite_text(target[key], text)
        else:
            target[key] = text
