"""ReplicaCountTransformer: replica counts by name (api/internal/builtins/ReplicaCountTransformer.go)."""

from __future__ import annotations

from cmp.errors import Where
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldspec import Walker, set_scalar
from cmp.kustomize.scalars import keep_quotes
from cmp.kustomize.specs import FieldSpec
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs


class Config(NamedTuple):
    """The count for objects with any earlier or the current name `name`; where: the entry, for messages."""

    name: str
    replicas: int
    specs: tuple[FieldSpec, ...]
    where: Where | None = None


def configs(context: Context, specs: Specs) -> list[Config]:
    """One for each entry of `replicas`."""
    table = specs.table("replicas")
    return [
        Config(entry.get("name", ""), entry.get("count", 0), table, context.where("replicas", index))
        for index, entry in enumerate(context.kustomization["replicas"])
    ]


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Set the count; `KustomizeError` when no object of the kinds in question has the name."""
    found = False
    named = [resource for resource in resmap.by_any_name(config.name) if resource.body]
    leaf = set_scalar(lambda old: keep_quotes(old, config.replicas))
    for spec in config.specs:
        walker = Walker((spec,), lambda: 0)
        for resource in named:
            ids = (*resource.prev_ids(), resource.cur_id)
            if any(each.name == config.name and each.gvk.selected_by(spec.gvk) for each in ids):
                found = True
                walker.apply(resource, leaf)
    if not found:
        kinds = ", ".join(sorted({spec.gvk.kind or "any kind" for spec in config.specs}))
        raise KustomizeError(
            f"no resource named {config.name} is of a kind with replicas ({kinds})",
            where=config.where,
            hint="use the name before prefix and suffix, or the present one",
        )
