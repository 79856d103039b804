"""`patchesStrategicMerge`: merge patches, each inline YAML or a path (PatchStrategicMergeTransformer.go)."""

from __future__ import annotations

from cmp.errors import CmpError, located
from cmp.kustomize import waivers
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.merge.apply import MergePatch
from cmp.kustomize.merge.missing import find_target
from cmp.kustomize.transformers.patches import merge_into
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs


class Config(NamedTuple):
    """All patches of the field, in order."""

    patches: list[MergePatch]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's patches as one config; an error when they hold nothing at all."""
    entries = context.kustomization.get("patchesStrategicMerge") or ()
    return [config_of(entries, "", context, ("patchesStrategicMerge",))] if entries else []


def config_of(paths: list[str], inline: str, context: Context, place: tuple[str | int, ...]) -> Config:
    """The patches of `paths`, each inline YAML or a path, and of the YAML in `inline`."""
    patches: list[MergePatch] = []
    for index, text in enumerate(paths):
        here = (*place, index)
        patches += [MergePatch(resource, here) for resource in _read(text, context, here)]
    if inline:
        file = context.where(*place).file
        found = from_bytes(inline.encode(), context.options.limits, file=file, patch=True)
        patches += [MergePatch(resource, place) for resource in found]
    if not patches:
        raise KustomizeError("the patches are empty", where=context.where(*place), hint="remove the entry")
    return Config(patches)


def _read(text: str, context: Context, place: tuple[str | int, ...]) -> list:  # type: ignore[type-arg]
    limits = context.options.limits
    where = context.where(*place)
    try:
        return from_bytes(text.encode(), limits, file=where.file, patch=True)
    except CmpError as inline_error:
        from cmp.kustomize.inline import is_inline, settle

        if is_inline(text, context.loader):
            raise settle(inline_error, context, *place) from inline_error
    with located(where):
        return from_bytes(context.loader.load(text), limits, file=context.loader.display(text), patch=True)


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Apply the patches; `KustomizeError` for one that matches nothing."""
    for patch in config.patches:
        target = find_target(resmap, patch, context)
        with waivers.patched([target], patch.resource.name, patch.place):
            merge_into(resmap, [target], patch, context)
