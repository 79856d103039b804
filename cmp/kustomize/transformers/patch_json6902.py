"""`patchesJson6902`: JSON patches with a target that has a name (PatchJson6902Transformer.go)."""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize import waivers
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.jsonpatch import decode
from cmp.kustomize.resmap import KnownId
from cmp.kustomize.selector import Selector, target_of
from cmp.kustomize.transformers.patches import apply_json, select
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.jsonpatch import Patch
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs


class Config(NamedTuple):
    """One entry; place: where it stands."""

    patch: Patch
    target: Selector
    place: tuple[str | int, ...]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's entries."""
    entries = context.kustomization.get("patchesJson6902") or ()
    return [
        config_of(
            entry.get("target"),
            entry.get("path", ""),
            entry.get("patch", ""),
            context,
            ("patchesJson6902", i),
        )
        for i, entry in enumerate(entries)
    ]


def config_of(
    target: dict[str, Any] | None, path: str, text: str, context: Context, place: tuple[str | int, ...]
) -> Config:
    """One entry: a target with a name, and exactly one of a path and an inline patch."""
    where = context.where(*place)
    if not target or not target.get("name"):
        raise KustomizeError(
            "a patch without target name", where=where, hint="add `target` with kind and name"
        )
    if bool(path) == bool(text):
        raise KustomizeError(
            "names both a path and a patch" if text else "names neither a path nor a patch",
            where=where,
            hint="give exactly one of them",
        )
    with located(where):
        if path:
            text = context.loader.load(path).decode("utf-8", "surrogateescape")
        patch = decode(text, context.options.limits)
        selector = Selector(target_of(target))
    if not len(patch):
        raise KustomizeError("the patch is empty", where=where)
    return Config(patch, selector, place)


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Apply one entry to what its target selects, possibly nothing."""
    selected = select(resmap, config.target, context, config.place)
    with waivers.patched(selected, config.target.target.name, config.place):
        for resource in selected:
            known = KnownId(resource)
            apply_json(resource, config.patch, context, config.place)
            known.settle(resmap)
            resmap.relabel(resource)
