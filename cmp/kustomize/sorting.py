"""The order of the output (api/internal/builtins/SortOrderTransformer.go)."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.kind_order import FIRST, LAST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.kustomization import KustomizationFile
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource

    Key = tuple[int, int, str, str]


def sort(
    resmap: ResMap, options: dict[str, Any] | None, reorder: str, layer: KustomizationFile, budget: Budget
) -> None:
    """Sort as `sortOptions` says, or without them as `reorder` does: `legacy`, or not at all."""
    first: Sequence[str] = FIRST
    last: Sequence[str] = LAST
    if options is not None:
        order = options.get("order", "")
        legacy = options.get("legacySortOptions")
        if order not in ("legacy", "fifo"):
            raise KustomizeError(
                "must be legacy or fifo",
                where=layer.where(("sortOptions", "order"), field="sortOptions.order"),
            )
        if order == "fifo":
            if legacy is not None:
                raise KustomizeError(
                    "is set, but the order is fifo",
                    where=layer.where(("sortOptions",), field="sortOptions.legacySortOptions"),
                )
            return
        if legacy is not None:
            first, last = legacy.get("orderFirst", []), legacy.get("orderLast", [])
    elif reorder != "legacy":
        return
    # The order is one of texts with name and namespace, and many objects may share a long one.
    budget.spend(sum(len(resource.name) + len(resource.namespace) for resource in resmap))
    resmap.reset(legacy_order(resmap.resources(), first, last))
    resmap.check_ids()


def legacy_order(resources: list[Resource], first: Sequence[str], last: Sequence[str]) -> list[Resource]:
    """`resources` by kind as `first` and `last` rank them, then by group, version, namespace and name."""
    ranks = {kind: place - len(first) for place, kind in enumerate(first)}
    ranks.update((kind, place + 1) for place, kind in enumerate(last))

    def key(resource: Resource) -> Key:
        gvk, name, namespace = resource.cur_id
        rank = ranks.get(gvk.kind, 0)
        kind_text = f"{gvk.group or '~G'}_{gvk.version or '~V'}_{gvk.kind or '~K'}"
        # Where Namespace has a rank of its own, the core group comes first, in descending order.
        core = 0 if rank and gvk.kind == "Namespace" and not gvk.group else 1
        if not core:
            kind_text = _descending(kind_text)
        return rank, core, kind_text, f"{gvk}|{namespace or '~X'}|{name or '~N'}"

    return sorted(resources, key=key)


def _descending(text: str) -> str:
    """A string that sorts before those of smaller texts."""
    return "".join(chr(0x10FFFF - ord(char)) for char in text) + "\U0010ffff"
