"""Resources from the bytes of a file (api/resource/factory.go, kyaml/kio/byteio_reader.go)."""

from __future__ import annotations

from cmp.errors import CmpError, Where
from cmp.kustomize import waivers
from cmp.kustomize.errors import ResourceError
from cmp.kustomize.fieldspec import is_null
from cmp.kustomize.history import absorb, carries_history
from cmp.kustomize.resource import LOCAL_CONFIG, Resource, text_of
from cmp.yaml.value import BrokenMap, copy_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.aliases import Alias
    from cmp.kustomize.schema.comments import Comments
    from cmp.limits import Limits
    from cmp.yaml.value import Value


def from_bytes(data: bytes, limits: Limits, *, file: str = "", patch: bool = False) -> list[Resource]:
    """The resources in a file, Lists replaced by their items.

    file: its path as messages show it. patch: they are merge patches, whose history annotations stay.
    Raises `YamlError` for what is not YAML and `ResourceError` for what is not a resource.
    """
    from cmp.yaml import load_all

    whole: list[Value] = []
    try:
        whole = load_all(data, limits)
        documents = _unwrap(whole, data)
        comments = _schema_comments(data, limits)
        linked = _aliases(data, limits) if whole is documents and not patch else []
        resources = []
        queue = [(body, index) for index, body in enumerate(documents) if not _is_empty(body)]
        for body, index in queue:
            check(body, index, file)
        place = 0
        # Items of a list are queued behind the rest of the file.
        while place < len(queue):
            body, index = queue[place]
            place += 1
            assert isinstance(body, dict)  # noqa: S101 - check() saw to it
            kind = text_of(body.get("kind"))
            if kind.endswith("List") and "items" in body:
                items = items_of(body, kind)
                for item in items:
                    check(item, index, file)
                queue += [(item, index) for item in items]
                continue
            resource = make(body, file=file, index=index, patch=patch)
            if comments and documents is whole:
                resource.schemas = comments[index]
            if index < len(linked) and linked[index]:
                resource.options["aliases"] = linked[index]
            resources.append(resource)
    except ResourceError as error:
        if error.document is not None and documents is whole:
            _place(error, data)
        error.at(file=file)
        raise
    except CmpError as error:
        error.at(file=file)
        raise
    limits.check("objects", len(resources))
    return resources


def _aliases(data: bytes, limits: Limits) -> list[list[Alias]]:
    """The aliases of each document; empty for nearly all files."""
    if b"&" not in data or b"*" not in data:
        return []
    from cmp.kustomize.aliases import aliases

    return aliases(data, limits)


def _schema_comments(data: bytes, limits: Limits) -> list[Comments]:
    """The schemas in comments, for each document; empty for nearly all files."""
    if b'# {"' not in data and b'#{"' not in data:
        return []
    from cmp.kustomize.schema.comments import read_comments

    return read_comments(data, limits)


def make(body: dict[str, Value], *, file: str = "", index: int = 0, patch: bool = False) -> Resource:
    """A resource whose history annotations, if it came with any, are in its fields; in a patch also there."""
    metadata = body.get("metadata")
    if isinstance(metadata, BrokenMap):
        body["metadata"] = _joined_annotations(metadata)
    resource = Resource(body, file=file, index=index)
    if carries_history(resource):
        if patch:
            resource.body = copy_value(body)  # type: ignore[assignment]  # a copy of a dict is one
        absorb(resource)
        if patch:
            resource.body = body
    waivers.count(resource, waivers.written(resource))
    return resource


def _joined_annotations(metadata: BrokenMap) -> dict[str, Value]:
    """Annotations that stand there twice become one mapping, as upstream writes the first over the second.

    Not where the first is empty or the second makes the object local: when upstream begins to see the second
    depends on what else is written.
    """
    second = (metadata.repeats or {}).get("annotations")
    first = metadata.get("annotations")
    if not isinstance(second, dict) or LOCAL_CONFIG in second:
        return metadata
    if not isinstance(first, dict) or isinstance(first, BrokenMap) or isinstance(second, BrokenMap):
        return metadata
    joined = metadata.drop("annotations")
    joined["annotations"] = {**second, **first}
    return joined


def check(body: Value, index: int, file: str) -> None:
    """`ResourceError` unless `body` has a kind and a name (a List needs no name)."""
    if not isinstance(body, dict):
        raise _refusal("a document that is not a mapping is not a resource", file, index)
    kind = _text(body.get("kind"))
    if not kind:
        hint = "a JSON patch is a list: write `- op: ...`" if "op" in body and "path" in body else ""
        hint = hint or "add `kind:`; what is not an object, such as a values file, belongs to a generator"
        raise _refusal("a resource without kind", file, index, field="kind", hint=hint)
    if kind.endswith("List"):
        return
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not _text(metadata.get("name")):
        raise _without_name(body, metadata, file, index, kind)
    annotations = metadata.get("annotations")
    # Upstream reads a list's items as keys and values in turn, and panics when they do not pair up.
    if isinstance(annotations, list) and len(annotations) % 2:
        raise _refusal(
            "annotations are a list, not a mapping",
            file,
            index,
            kind,
            "metadata.annotations",
            "write `key: value` lines without dashes",
        )


def _without_name(body: dict[str, Value], metadata: Value, file: str, index: int, kind: str) -> ResourceError:
    """The error for a resource without a name, with what was probably meant."""
    marked = next((key for key in body if key.startswith("\ufeff")), "")
    if marked:
        hint = "remove it: it comes from joining files, and makes the key another one"
        return _refusal("a key starts with a byte order mark", file, index, kind, marked, hint)
    if isinstance(metadata, str):
        hint = (
            "write a space after the colon of `name:`"
            if metadata.startswith("name:")
            else "write `name: NAME` below it"
        )
        error = _refusal("must be a mapping, not a string", file, index, kind, "metadata", hint)
        error.on_value = True
        return error
    if isinstance(metadata, dict) and isinstance(metadata.get("name"), dict):
        hint = "write it in quotes; templates such as `{{ }}` are not rendered here"
        return _refusal("a name must be a string, not a mapping", file, index, kind, "metadata.name", hint)
    hint = "add `name:` below `metadata:`"
    if isinstance(metadata, dict) and "generateName" in metadata:
        hint = "generateName is not enough: references and patches need a name"
    return _refusal("a resource without metadata.name", file, index, kind, "metadata.name", hint)


def _text(value: Value) -> str:
    return "" if is_null(value) else text_of(value)


def _refusal(
    message: str, file: str, index: int, kind: str = "", field: str = "", hint: str = ""
) -> ResourceError:
    place = f"document {index + 1}"
    where = Where(file=file, object=f"{kind} in {place}" if kind else place, field=field)
    error = ResourceError(message, where=where, hint=hint)
    error.document = index
    return error


def _place(error: ResourceError, data: bytes) -> None:
    """Line and column of the field that an error is about, or of what stands nearest above it."""
    from cmp.yaml.locate import Positions

    steps = tuple(error.where.field.split(".")) if error.where.field else ()
    place = Positions(data).of(error.document or 0, steps, value=error.on_value, nearest=True)
    if place:
        error.where.line, error.where.column = place


def _is_empty(body: Value) -> bool:
    return is_null(body) or (isinstance(body, (dict, list)) and not body)


def _unwrap(documents: list[Value], data: bytes) -> list[Value]:
    """A file whose only document is a List or ResourceList is its items, as they stand."""
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return documents
    body = documents[0]
    if _text(body.get("kind")) not in ("List", "ResourceList"):
        return documents
    if ("items" not in body and "functionConfig" not in body) or _has_separator(data):
        return documents
    items = body.get("items")
    if isinstance(items, list):
        return items
    if isinstance(items, dict) and items:
        raise ResourceError("must be a list", where=Where(field="items"))
    return []


def _has_separator(data: bytes) -> bool:
    """Whether the file has more than one document, even if all others are empty."""
    start = 0
    data = data.replace(b"\r\n", b"\n")
    while True:
        start = data.find(b"\n---", start)
        if start < 0:
            return False
        if data.find(b"\n", start + 1) > 0:
            return True
        start += 1


def items_of(body: dict[str, Value], kind: str) -> list[Value]:
    """The items of a List after a trip through JSON, as upstream reads them again."""
    from cmp.yaml.jsonstage import through_json

    items = body["items"]
    if is_null(items):
        return []
    if not isinstance(items, list):
        raise ResourceError("must be a list", where=Where(object=kind, field="items"))
    result: list[Value] = []
    for item in items:
        result += [each for each in _unwrap([through_json(item)], b"") if not _is_empty(each)]
    return result
