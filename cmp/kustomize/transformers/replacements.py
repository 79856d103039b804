"""`replacements`: copy a value of one resource, or a string, into fields of others (filters/replacement)."""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize import history
from cmp.kustomize.budget import size_of
from cmp.kustomize.embedded import find_embedded, write
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldmatch import match
from cmp.kustomize.fieldpath import FieldPathError, direct, lookup, plain_steps, shape_of, split
from cmp.kustomize.pathhint import path_hint
from cmp.kustomize.resid import DEFAULT_NAMESPACE, Gvk
from cmp.kustomize.resmap import KnownId
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import retext, untagged
from cmp.kustomize.selector import Selector, Target, target_of
from cmp.kustomize.sharing import spread
from cmp.lighttyping import NamedTuple
from cmp.yaml.taint import carry
from cmp.yaml.value import copy_value, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.fieldpath import Slot
    from cmp.kustomize.resid import ResId
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import Specs
    from cmp.yaml.value import Value

DEFAULT_PATH = "metadata.name"


class Options(NamedTuple):
    """How a field path is meant: which part between delimiters, and whether to make what is missing."""

    delimiter: str = ""
    index: int = 0  # type: ignore[assignment]  # the field's name upstream
    create: bool = False


class Source(NamedTuple):
    """Where the value comes from; empty parts match any resource."""

    target: Target
    path: str
    options: Options


class Path(NamedTuple):
    """A field path: its text, its steps, and what is known of it beforehand.

    keeps_id: whatever is written there, the object stays the one it was. plain: the steps as names and
    indices, where it has no others (`cmp.kustomize.fieldpath.direct`).
    """

    text: str
    steps: list[str]
    keeps_id: bool
    plain: tuple[str | int, ...] | None


class Destination(NamedTuple):
    """Where the value goes: resources that `select` selects, less those that a `reject` does.

    by_labels: some selector asks for labels or annotations. rejected_ids: those of `reject` that name ids.
    """

    select: Selector
    reject: list[Selector]
    paths: list[Path]
    options: Options
    by_labels: bool
    rejected_ids: list[Selector]


class Replacement(NamedTuple):
    """One replacement; `text` instead of a source for `sourceValue`."""

    source: Source | None
    text: str | None
    targets: list[Destination]
    place: tuple[str | int, ...]


class Config(NamedTuple):
    """All replacements of a layer, in order; they are applied as one transformer."""

    replacements: list[Replacement]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's replacements as one config."""
    entries = context.kustomization.get("replacements") or ()
    return [config_of(entries, context, ("replacements",))] if entries else []


def config_of(entries: Iterable[dict[str, Any]], context: Context, place: tuple[str | int, ...]) -> Config:
    """Decoded entries (`kinds.REPLACEMENT_OR_PATH`), those in external files included."""
    found: list[Replacement] = []
    for index, entry in enumerate(entries):
        here = (*place, index)
        where = context.where(*here)
        with located(where):
            path = entry.get("path", "")
            if path and (entry.get("source") is not None or entry.get("targets")):
                raise KustomizeError(
                    "names a path and an inline replacement", hint="keep one of `path` and `source`"
                )
            if path:
                found += [_parse(each, here) for each in _load(path, context)]
            else:
                found.append(_parse(entry, here, inline=True))
    return Config(found)


def _load(path: str, context: Context) -> list[dict[str, Any]]:
    """The replacement, or list of replacements, in a file."""
    from cmp.kustomize.kinds import REPLACEMENT
    from cmp.kustomize.plugins.arguments import as_texts
    from cmp.kustomize.structs import ListOf, decode
    from cmp.yaml import load_config

    file = context.loader.display(path)
    with located(file=file):
        value = load_config(context.loader.load(path)).value
        if isinstance(value, dict):
            value = [value]
        if not isinstance(value, list):
            raise KustomizeError("holds neither a replacement nor a list of them")
        shape = ListOf(REPLACEMENT)
        replacements: list[dict[str, Any]] = decode(as_texts(value, shape), shape, strict=False)
    return replacements


def _parse(entry: dict[str, Any], place: tuple[str | int, ...], inline: bool = False) -> Replacement:
    source, text, targets = entry.get("source"), entry.get("sourceValue"), entry.get("targets")
    if (source is None and text is None) or targets is None or (inline and not targets):
        raise KustomizeError("a replacement needs a source and at least one target")
    if source is not None and text is not None:
        raise KustomizeError("has both `source` and `sourceValue`", hint="keep one of them")
    parsed = None
    if source is not None:
        parsed = Source(
            target_of(source), source.get("fieldPath") or DEFAULT_PATH, _options(source.get("options"))
        )
    return Replacement(parsed, text, [_destination(target) for target in targets], place)


def _options(options: dict[str, Any] | None) -> Options:
    options = options or {}
    return Options(options.get("delimiter", ""), options.get("index", 0), bool(options.get("create")))


def _destination(target: dict[str, Any] | None) -> Destination:
    if target is None or target.get("select") is None:
        raise KustomizeError(
            "a target of a replacement needs `select`", hint="`select: {}` selects everything"
        )
    reject = target.get("reject") or ()
    if any(each is None for each in reject):
        raise KustomizeError("an empty entry in `reject`")
    selector = Selector(target_of(target["select"]))
    rejected = [Selector(target_of(each)) for each in reject]
    return Destination(
        selector,
        rejected,
        [_path(text) for text in target.get("fieldPaths") or [DEFAULT_PATH]],
        _options(target.get("options")),
        any(each.target.annotation_selector or each.target.label_selector for each in (selector, *rejected)),
        [each for each in rejected if _names_id(each.target)],
    )


def _path(text: str) -> Path:
    steps = split(text)
    first = steps[0]
    # A name of letters alone leads to the field of that name and to nothing else.
    keeps_id = first.isalpha() and first not in ("apiVersion", "kind", "metadata")
    if first == "metadata" and len(steps) > 2:
        keeps_id = steps[1] in ("annotations", "labels")
    return Path(text, steps, keeps_id, plain_steps(steps))


# -- applying


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Apply the replacements one after the other; later ones see what earlier ones did."""
    for replacement in config.replacements:
        where = context.where(*replacement.place)
        with located(where):
            value = _value(replacement, resmap, context)
            for target in replacement.targets:
                if not _apply(target, value, resmap, context, replacement.place):
                    context.notice(
                        "replacement-selected-nothing",
                        f"a target selects nothing: {target.select.target}",
                        *replacement.place,
                    )


def _value(replacement: Replacement, resmap: ResMap, context: Context) -> Callable[[], Value]:
    """Reads the value to copy: each time anew, as a target may be the source and change it on the way."""
    if replacement.source is None:
        text = untagged(replacement.text or "")
        return lambda: text
    source = replacement.source
    resource = _one_source(source.target, resmap)
    context.hooks.copied(resource, source.path, context.where(*replacement.place))
    with located(object=resource, field=source.path):
        slot = lookup(resource.body, split(source.path))
    value = slot.get() if slot is not None else None
    if slot is None or is_null(value) or value == {} or value == []:
        raise KustomizeError(
            f"the source {resource} has no value at {source.path}",
            hint=path_hint(source.path, resource.body),
        )
    if source.options.delimiter:
        part = _part(value, source.options, resource)
        return lambda: part
    return slot.get


def _part(value: Value, options: Options, resource: Resource) -> Value:
    """The part of a source's value that its options ask for."""
    if shape_of(value) != "scalar":
        raise KustomizeError(
            f"`delimiter` needs a single value as source, which {resource} does not have there"
        )
    parts = text_of(value).split(options.delimiter)
    if not 0 <= options.index < len(parts):
        raise KustomizeError(
            f"`index` {options.index} is out of range: the value of {resource} has {len(parts)} parts",
            hint="indices start at 0",
        )
    return retext(value, parts[options.index])


def _one_source(wanted: Target, resmap: ResMap) -> Resource:
    """The resource of which some id, now or earlier, equals what the source names."""
    gvk = Gvk(wanted.group, wanted.version, wanted.kind)
    candidates = resmap.by_any_name(wanted.name) if wanted.name else resmap
    found: list[Resource] = []
    for resource in candidates:
        if any(_is_named(res_id, wanted, gvk) for res_id in ids_of(resource)):
            found.append(resource)
            if len(found) > 1:
                raise KustomizeError(
                    f"the source is ambiguous: {found[0]} and {found[1]} are both {wanted}",
                    hint="name group, version, kind, name and namespace as far as needed",
                )
    if not found:
        raise KustomizeError(f"no resource is the source: {wanted}", hint=_nearest(wanted, resmap))
    return found[0]


def _nearest(wanted: Target, resmap: ResMap) -> str:
    from cmp.nearest import close

    names = [each.name for each in resmap if not wanted.kind or each.kind == wanted.kind]
    near = close(wanted.name, names, 3, 0.4) if wanted.name else []
    if near:
        return f"did you mean {' or '.join(near)}?"
    there = resmap.by_any_name(wanted.name) if wanted.name else []
    if there:
        return f"there is {' or '.join(map(str, there[:3]))}: check kind, group, version and namespace"
    kinds = [str(each) for each in resmap if each.kind == wanted.kind]
    return f"there is {', '.join(kinds[:3])}" if kinds else "no resource is of this kind"


def ids_of(resource: Resource) -> list[ResId]:
    """The current id, then the earlier ones; namespaces as written, earlier ones as recorded."""
    return [resource.cur_id, *resource.prev_ids()]


def _is_named(res_id: ResId, wanted: Target, gvk: Gvk) -> bool:
    return (
        (not wanted.name or wanted.name == res_id.name)
        and (not wanted.namespace or (res_id.namespace or DEFAULT_NAMESPACE) == wanted.namespace)
        and res_id.gvk.selected_by(gvk)
    )


def _apply(
    target: Destination,
    value: Callable[[], Value],
    resmap: ResMap,
    context: Context,
    place: tuple[str | int, ...],
) -> bool:
    """Write the value into one target's fields; whether any resource was selected."""
    selected = False
    watched = any(history.DOMAIN in path.text for path in target.paths)
    keeps_id = not watched and all(path.keeps_id for path in target.paths)
    for resource in _candidates(target, resmap):
        # Label selectors are checked first, so that invalid ones are found out whatever is selected.
        if target.by_labels and not _chosen_by_labels(target, resource):
            continue
        if target.rejected_ids and any(
            each.matches_id(res_id) for each in target.rejected_ids for res_id in ids_of(resource)
        ):
            continue
        if not target.select.matches_any_id(resource):
            continue
        selected = True
        known = None if keeps_id else KnownId(resource)
        if watched:
            history.expose(resource)
        for path in target.paths:
            with located(object=resource, field=path.text):
                _write(resource.body, path, value(), target.options, context, place)
            if resource.shared:
                spread(resource)
        if watched:
            history.absorb(resource)
        if known is not None:
            known.settle(resmap)
    return selected


def _candidates(target: Destination, resmap: ResMap) -> Iterable[Resource]:
    """The resources among which those are that a target selects, in order."""
    from cmp.regex import is_plain, literal_prefix

    name, kind = target.select.target.name, target.select.target.kind
    if name and is_plain(name):
        return resmap.by_any_name(name)
    # With label selectors each resource is looked at, as the first one finds an invalid selector.
    if target.by_labels:
        return resmap.resources()
    prefix = literal_prefix(name)
    if prefix:
        return resmap.by_name_prefix(prefix)
    return resmap.by_any_kind(kind) if kind and is_plain(kind) else resmap.resources()


def _chosen_by_labels(target: Destination, resource: Resource) -> bool:
    if not target.select.matches_labels(resource):
        return False
    return not any(
        each.matches_labels(resource)
        for each in target.reject
        if each.target.annotation_selector or each.target.label_selector
    )


def _names_id(target: Target) -> bool:
    return any((target.group, target.version, target.kind, target.name, target.namespace))


def _write(
    body: dict[str, Value],
    path: Path,
    value: Value,
    options: Options,
    context: Context,
    place: tuple[str | int, ...],
) -> None:
    """Write to every place that `path` leads to; `FieldPathError` when there is none."""
    limits = context.options.limits
    limits.check("yaml_depth", len(path.steps))  # each step is one level of a document
    slot = direct(body, path.plain, limits) if path.plain is not None else None
    if slot is not None:
        _set(slot, value, options)
        context.budget.spend(size_of(slot.get()))
        return
    create = shape_of(value) if options.create else None
    inside = find_embedded(body, path.steps, create, limits)
    if inside is not None:
        document = write(inside, value)
        if document.more:
            context.notice(
                "embedded-documents-dropped",
                f"{path.text} keeps its first YAML document only: what follows `---` there is dropped",
                *place,
                hint="keep the documents in a key each",
            )
        return
    try:
        slots = match(body, path.steps, create, limits)
    except FieldPathError as error:
        raise FieldPathError(
            f"{_missing(path.text, options)}: {error.message}", hint=path_hint(path.text, body)
        ) from error
    if not slots:
        raise FieldPathError(
            _missing(path.text, options),
            hint=path_hint(path.text, body)
            or ("" if options.create else "`options: {create: true}` makes missing fields"),
        )
    for slot in slots:
        _set(slot, value, options)
        context.budget.spend(size_of(slot.get()))


def _missing(path: str, options: Options) -> str:
    return f"the target has no field {path}" + (", and it cannot be made" if options.create else "")


def _set(slot: Slot, value: Value, options: Options) -> None:
    there = slot.get()
    scalar = shape_of(there) == "scalar"
    if options.delimiter:
        if not scalar:
            raise FieldPathError("`delimiter` needs a single value at the target")
        parts = text_of(there).split(options.delimiter)
        text = text_of(value)
        if options.index < 0:
            parts.insert(0, text)
        elif options.index >= len(parts):
            parts.append(text)
        else:
            parts[options.index] = text
        slot.set_text(carry(options.delimiter.join(parts), *parts))
    elif scalar:
        slot.set_text(text_of(value))
    else:
        slot.set(copy_value(value))
