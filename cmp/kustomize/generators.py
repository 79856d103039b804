"""ConfigMaps and Secrets from files and literals (api/internal/generators, kyaml/yaml/datamap.go)."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize import waivers
from cmp.kustomize.budget import size_of
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldspec import new_map
from cmp.kustomize.kv import pairs
from cmp.kustomize.resource import Resource
from cmp.kustomize.scalars import added_text, new_text, new_texts
from cmp.yaml.taint import carry
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.kv import EnvFlaw
    from cmp.kustomize.resmap import ResMap
    from cmp.yaml.value import Value

_LINE = 70
_BEHAVIORS = ("create", "replace", "merge")


def generate_all(context: Context) -> Iterator[tuple[str, Resource]]:
    """The resources of `configMapGenerator` and `secretGenerator`, each with its generator's kind."""
    fields = context.kustomization
    shared = fields.get("generatorOptions")
    for field, kind in (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")):
        for index, entry in enumerate(fields.get(field, ())):
            own = entry.get("options") or {}
            args = {**entry, "options": merge_options(entry.get("options"), shared)}
            try:
                resource = generate(kind, args, context, (field, index))
                waivers.count(resource, waivers.of_annotations(own.get("annotations")))
                yield f"{kind}Generator", resource
            except CmpError as error:
                where = context.where(field, index, *_source(error))
                name = args.get("name", "")
                error.named_by = error.named_by or where
                error.at(file=where.file, line=where.line, column=where.column, object=f"{kind}/{name}")
                raise


def _source(error: CmpError) -> tuple[str | int, ...]:
    """Which literal or file of the entry the error is about, if it says so: `literals[0]`."""
    name, _, number = error.where.field.rstrip("]").partition("[")
    return (name, int(number)) if name in ("literals", "files", "envs") and number.isdigit() else ()


def merge_options(own: dict[str, Any] | None, shared: dict[str, Any] | None) -> dict[str, Any] | None:
    """An entry's own options with the layer's `generatorOptions`: own strings win, a shared true wins."""
    if shared is None:
        return own
    merged = dict(own or {})
    for key in ("labels", "annotations"):
        if key in shared:
            merged[key] = {**shared[key], **merged.get(key, {})}
    for key in ("disableNameSuffixHash", "immutable"):
        if shared.get(key):
            merged[key] = True
    return merged


def generate(
    kind: str, args: dict[str, Any], context: Context, place: tuple[str | int, ...] = ()
) -> Resource:
    """The ConfigMap or Secret of `args` (`kinds.SECRET_ARGS`), which stand at `place` of the kustomization.

    Raises `KustomizeError`.
    """

    def flawed(flaw: EnvFlaw, file: str, number: int) -> None:
        here = (*place, "envs", number) if place else ()
        context.notice(flaw.rule, f"{file}:{flaw.line}: {flaw.message}", *here, hint=flaw.hint)

    name = args.get("name", "")
    if not name:
        raise KustomizeError("a generator without a name")
    metadata: dict[str, Value] = {"name": new_text(name)}
    if args.get("namespace"):
        metadata["namespace"] = new_text(args["namespace"])
    body: dict[str, Value] = {"apiVersion": "v1", "kind": kind, "metadata": metadata}
    data: dict[str, bytes] = {}
    for key, content in pairs(args, context.loader, flawed):
        if key in data:
            raise KustomizeError(f"the key {key} is given twice", hint="rename one of them")
        context.budget.spend(len(key) + len(content))  # many entries may name one file
        data[key] = content
    if kind == "Secret":
        body["type"] = args.get("type") or "Opaque"
        body["data"] = new_map(new_texts({key: wrap_base64(content) for key, content in data.items()}))
    else:
        set_config_map_data(body, data)
    options = args.get("options") or {}
    for field, make in (("labels", added_text), ("annotations", new_text)):
        if options.get(field):
            context.budget.spend(size_of(options[field]))
            metadata[field] = new_map({key: make(options[field][key]) for key in sorted(options[field])})
    if options.get("immutable"):
        body["immutable"] = True
    resource = Resource(body, file=context.where().file)
    resource.options["generated"] = True
    resource.needs_hash = not options.get("disableNameSuffixHash")
    behavior = args.get("behavior", "")
    resource.behavior = behavior if behavior in _BEHAVIORS else "unspecified"
    if behavior and behavior not in _BEHAVIORS:
        context.notice(
            "unknown-behavior",
            f"behavior {behavior!r} of {kind}/{name} is unknown, and the generator creates",
            *place,
            *(("behavior",) if place else ()),
            hint=_behavior_hint(behavior),
        )
        resource.options["behavior"] = behavior
    return resource


def _behavior_hint(behavior: str) -> str:
    if not behavior:
        return "set `behavior: merge` or `behavior: replace` to change the existing one"
    from cmp.nearest import nearest

    near = nearest(behavior, _BEHAVIORS)
    return f"write `behavior: {near}`" if near else f"the behaviors are {', '.join(_BEHAVIORS)}"


def set_config_map_data(body: dict[str, Value], data: dict[str, bytes]) -> None:
    """Texts go into `data`, all else as base64 into `binaryData`; neither field is there when empty."""
    texts: dict[str, Value] = {}
    binaries: dict[str, Value] = {}
    for key in sorted(data):
        try:
            text = data[key].decode()
        except UnicodeDecodeError:
            binaries[key] = new_text(wrap_base64(data[key]))
            continue
        texts[key] = new_text(text)
    if texts:
        body["data"] = new_map(texts)
    if binaries:
        body["binaryData"] = new_map(binaries)


def wrap_base64(data: bytes) -> str:
    """Base64, broken after every 70 characters; a string that needs breaking also ends in one."""
    from binascii import b2a_base64

    text = carry(b2a_base64(data, newline=False).decode("ascii"), data)
    if len(text) < _LINE:
        return text
    return carry("".join(text[start : start + _LINE] + "\n" for start in range(0, len(text), _LINE)), data)


def absorb(resmap: ResMap, resource: Resource) -> None:
    """Add a generated resource, or merge it into, or put it in place of, the one that has its id."""
    matches = resmap.by_any_id(resource.cur_id)
    behavior = resource.behavior
    if not matches:
        if behavior in ("merge", "replace"):
            raise KustomizeError(
                f"behavior is {behavior}, but there is no {resource.cur_id}",
                hint="check name and namespace: they must be those of the resource it changes",
            ).at(file=resource.file, object=str(resource))
        resmap.append(resource)
        return
    if len(matches) > 1:
        raise KustomizeError(f"{len(matches)} resources have the id {resource.cur_id}").at(
            file=resource.file, object=str(resource)
        )
    old = matches[0]
    if behavior not in ("merge", "replace"):
        raise KustomizeError(
            f"{resource.cur_id} exists already",
            hint=_behavior_hint(resource.options.get("behavior", "")),
        ).at(file=resource.file, object=str(resource))
    if behavior == "merge":
        from cmp.kustomize.origin import origin_of, set_origin

        origin = origin_of(old)
        _inherit(resource, old)
        _merge_data(resource, old)
        if origin is not None:
            set_origin(resource, origin.text())
    else:
        _inherit(resource, old)
    same = old.key == resource.key
    take_over(old, resource)
    if not same:
        resmap.touch()


def take_over(old: Resource, new: Resource) -> None:
    """Make `old` what `new` is, so that it keeps its place among the others."""
    for slot in Resource.__slots__:
        setattr(old, slot, getattr(new, slot))


def _inherit(resource: Resource, old: Resource) -> None:
    """Name, namespace and history of `old`; labels and annotations of both, the new ones winning."""
    metadata = resource.metadata()
    for field in ("labels", "annotations"):
        merged = {**old.text_map("metadata", field), **resource.text_map("metadata", field)}
        metadata.pop(field, None)
        if merged:
            metadata[field] = new_map(new_texts(merged))
    # Upstream keeps these in annotations that the old resource decides, the hash excepted: both must want it.
    resource.needs_hash = resource.needs_hash and old.needs_hash
    resource.behavior = old.behavior
    resource.previous = list(old.previous)
    resource.prefixes = list(old.prefixes)
    resource.suffixes = list(old.suffixes)
    if "generated" not in old.options:
        resource.options.pop("generated", None)
    if "vars" in old.options:
        resource.options["vars"] = old.options["vars"]
    waivers.inherit(resource, old)
    resource.set_name(old.name)
    resource.set_namespace(old.namespace)


def _data_texts(resource: Resource, field: str) -> dict[str, str]:
    """The entries as strings; a null is an empty one, unlike a label (kyaml: RNode.GetDataMap)."""
    texts = resource.text_map(field)
    entries: Any = resource.body.get(field)
    return {key: "" if is_null(entries[key]) else text for key, text in texts.items()}


def _merge_data(resource: Resource, old: Resource) -> None:
    """`data` and `binaryData` of both, the new ones winning."""
    texts = {**_data_texts(old, "data"), **_data_texts(resource, "data")}
    binaries = {**_data_texts(old, "binaryData"), **_data_texts(resource, "binaryData")}
    resource.body.pop("data", None)
    resource.body.pop("binaryData", None)
    if texts:
        resource.body["data"] = new_map(new_texts(texts))
    if binaries:
        resource.body["binaryData"] = new_map(new_texts(binaries))
