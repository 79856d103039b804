"""`patches`: strategic merge and JSON6902 patches, with and without a target (PatchTransformer.go)."""

from __future__ import annotations

from cmp.errors import CmpError, located
from cmp.kustomize import history, waivers
from cmp.kustomize.aliases import Watch
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.fieldspec import is_text_key
from cmp.kustomize.history import remember
from cmp.kustomize.merge.apply import MergePatch, apply
from cmp.kustomize.merge.missing import find_target, nearest_hint
from cmp.kustomize.resmap import KnownId
from cmp.kustomize.resource import text_of
from cmp.kustomize.selector import Selector, target_of
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.jsonpatch import Patch
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import Specs


class Config(NamedTuple):
    """One entry: merge patches or a JSON patch, or neither for an empty file; place: where it stands."""

    merges: list[MergePatch]
    json: Patch | None
    target: Selector | None
    place: tuple[str | int, ...]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's entries; `KustomizeError`, `TreeError` and the like for those that cannot be read."""
    entries = context.kustomization.get("patches") or ()
    return [config_of(entry, context, ("patches", index)) for index, entry in enumerate(entries)]


def config_of(entry: dict[str, Any], context: Context, place: tuple[str | int, ...]) -> Config:
    """One decoded entry (`kinds.PATCH`)."""
    where = context.where(*place)
    text = entry.get("patch", "").strip(_GO_SPACE)
    path = entry.get("path", "")
    if bool(text) == bool(path):
        raise KustomizeError(
            "names both a path and a patch" if text else "names neither a path nor a patch",
            where=where,
            hint="give exactly one of `path` and `patch`",
        )
    file = where.file
    try:
        if path:
            file = context.loader.display(path)
            text = context.loader.load(path).decode("utf-8", "surrogateescape")
        merges, patch = parse(text, context, file)
        target = None if entry.get("target") is None else Selector(target_of(entry["target"]))
    except CmpError as error:
        if not path:
            from cmp.kustomize.inline import settle

            settle(error, context, *place, "patch")
        error.at(file=where.file, line=where.line, column=where.column, field=where.field)
        raise
    options = entry.get("options") or {}
    wrapped = [
        MergePatch(
            resource,
            place,
            allow_name_change=bool(options.get("allowNameChange")),
            allow_kind_change=bool(options.get("allowKindChange")),
        )
        for resource in merges
    ]
    return Config(wrapped, patch, target, place)


# What Go's strings.TrimSpace removes.
_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def parse(text: str, context: Context, file: str) -> tuple[list[Resource], Patch | None]:
    """Merge patches, or a JSON patch; both empty for YAML without content; an error for anything else."""
    from cmp.kustomize.jsonpatch import decode

    limits = context.options.limits
    if text[:1] == "[" or _starts_a_list(text):
        # A list is not a resource, so it need not be read as one.
        try:
            return [], decode(text, limits)
        except CmpError as error:
            raise error.at(file=file) from None
    try:
        return from_bytes(text.encode("utf-8", "surrogateescape"), limits, file=file, patch=True), None
    except CmpError as error:
        try:
            patch = decode(text, limits)
        except CmpError:
            raise error.at(file=file) from None
        if not len(patch):
            raise
        return [], patch


def _starts_a_list(text: str) -> bool:
    """Whether the first thing besides comments is a dash."""
    at = 0
    while text.startswith(("#", "\n"), at):
        at = text.find("\n", at) + 1
        if not at:
            return False
    return text.startswith("-", at) and not text.startswith("---", at)


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Apply one entry; `KustomizeError` for a merge patch without target that matches nothing."""
    if config.merges:
        if config.target is None:
            _merge_by_id(resmap, config, context)
        else:
            _merge_selected(resmap, config, config.target, context)
    elif config.json is not None:
        _apply_json(resmap, config, config.json, context)


def _merge_by_id(resmap: ResMap, config: Config, context: Context) -> None:
    for patch in config.merges:
        target = find_target(resmap, patch, context)
        with waivers.patched([target], patch.resource.name, config.place):
            apply(target, patch, context, selected=False)
            resmap.relabel(target)
        if patch.allow_name_change or patch.allow_kind_change:
            resmap.touch()
        if not target.body:
            resmap.drop_empties()


def _merge_selected(resmap: ResMap, config: Config, target: Selector, context: Context) -> None:
    if len(config.merges) > 1:
        raise KustomizeError(
            "a patch of several documents cannot have a target",
            where=context.where(*config.place),
            hint="make an entry for each document",
        )
    selected = select(resmap, target, context, config.place)
    with waivers.patched(selected, target.target.name, config.place):
        merge_into(resmap, selected, config.merges[0], context)


def merge_into(resmap: ResMap, selected: list[Resource], patch: MergePatch, context: Context) -> None:
    """Merge one patch into the selected resources; `KustomizeError` when that makes two ids equal."""
    for resource in selected:
        apply(resource, patch, context, selected=True)
        resmap.relabel(resource)
    if not all(resource.body for resource in selected):
        resmap.drop_empties()
    if patch.allow_name_change or patch.allow_kind_change:
        resmap.touch()
    # Also for ids that an earlier JSON patch made equal.
    resmap.check_ids()


def select(
    resmap: ResMap, target: Selector, context: Context, place: tuple[str | int, ...]
) -> list[Resource]:
    """The selected resources; a notice when there are none."""
    name, kind = target.target.name, target.target.kind
    with located(context.where(*place, "target")):
        selected = target.select(_candidates(resmap, target))
    if not selected:
        hint = nearest_hint(resmap, kind, name)
        context.notice(
            "patch-selected-nothing", f"the target selects nothing: {target.target}", *place, hint=hint
        )
    return selected


def _candidates(resmap: ResMap, target: Selector) -> Iterable[Resource]:
    """The resources among which those are that a target selects, in order."""
    from cmp.regex import is_plain, literal_prefix

    name, kind = target.target.name, target.target.kind
    if name and is_plain(name):
        return resmap.by_any_name(name)
    label = target.label()
    if label is not None:
        return resmap.by_label(*label)
    prefix = literal_prefix(name)
    if prefix:
        return resmap.by_name_prefix(prefix)
    return resmap.by_kind(kind) if kind and is_plain(kind) else resmap


def _apply_json(resmap: ResMap, config: Config, patch: Patch, context: Context) -> None:
    if config.target is None:
        raise KustomizeError(
            "a JSON patch needs a target",
            where=context.where(*config.place),
            hint="add `target` with the kind and name of what it changes",
        )
    selected = select(resmap, config.target, context, config.place)
    with waivers.patched(selected, config.target.target.name, config.place):
        for resource in selected:
            known = KnownId(resource)
            remember(resource)
            apply_json(resource, patch, context, config.place)
            known.settle(resmap)
            resmap.relabel(resource)


def _annotations(resource: Resource) -> dict[str, str]:
    """The annotations as strings; of a list, as upstream has it, the items are keys and values in turn."""
    metadata = resource.body.get("metadata")
    listed = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(listed, list):
        return resource.text_map("metadata", "annotations")
    texts = [text_of(item) for item in listed]
    pairs = dict(zip(texts[::2], texts[1::2], strict=False))
    odd = next((key for key in pairs if not is_text_key(key)), None)
    if odd is not None:
        raise KustomizeError(f"the annotations become a list, and {odd} cannot be a key").at(
            object=str(resource)
        )
    return pairs


def apply_json(resource: Resource, patch: Patch, context: Context, place: tuple[str | int, ...]) -> None:
    """Apply a JSON patch to one resource; its history stays, whatever the patch does to annotations."""
    watched = patch.touches_metadata()
    if watched:
        history.expose(resource)
    kept = {
        key: text
        for key, text in resource.text_map("metadata", "annotations").items()
        if key.startswith(history.DOMAIN)
    }
    watch = Watch(resource) if "aliases" in resource.options else None
    try:
        resource.body = patch.apply(resource.body, context.budget)
        resource.shared = resource.schemas = None
    except CmpError as error:
        where = context.where(*place)
        error.at(file=where.file, line=where.line, object=str(resource))
        raise
    if watch is not None:
        watch.tell(context, place)
    # Upstream writes the annotations anew, which makes the mapping they are in; so nothing is left empty.
    resource.body.setdefault("metadata", {})
    annotations = _annotations(resource)
    annotations.update(kept)
    if annotations:
        resource.metadata()["annotations"] = dict(annotations)
    else:
        metadata = resource.body.get("metadata")
        if isinstance(metadata, dict):
            metadata.pop("annotations", None)
    if watched:
        history.absorb(resource)
