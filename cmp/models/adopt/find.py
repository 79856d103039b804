"""Places of a build's objects that hold a model's URI, found through the table of kinds.

A place is found by what its kind says of it, by the name that the user gave it (a variable `MODEL_URI`), or
because the same URI is a model's elsewhere.
"""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize.tidy import is_local
from cmp.lighttyping import NamedTuple
from cmp.models import storage
from cmp.models.held import is_several
from cmp.models.kinds import code_of
from cmp.models.kinds.dialects import is_hub_id, uri_of
from cmp.models.kinds.places import Finder, Inside, Spot
from cmp.models.kinds.table import MODEL_ARGUMENTS, SERVE, row_of
from cmp.models.reference import is_reference
from cmp.paths import leaves, value_at
from cmp.yaml import load_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.kind import Choice, Kind
    from cmp.models.kinds.places import Map, Path, Place
    from cmp.yaml.value import Value

    # Which place it is, in every overlay: group, kind, original name, options in a fixed order.
    Key: TypeAlias = tuple[str, str, str, tuple[tuple[str, str], ...]]

# Schemes of which a place with a telling name is taken for a model's. `https` is everybody's.
SCHEMES = frozenset((
    *("s3", "s3a", "gs", "hdfs", "webhdfs", "pvc", "oci", "oci+native", "oci+fetch", "hf", "modelscope"),
    *("wasb", "wasbs", "abfs", "abfss"),
))  # fmt: skip
# Parts of names that say: a model is here.
WORDS = ("model", "weight", "checkpoint", "adapter", "lora", "storage_uri", "storage-uri", "storageuri")
# Names of places that take the bare id of a model of the Hugging Face Hub.
ID_WORDS = frozenset((*MODEL_ARGUMENTS, SERVE, "MODEL_ID", "HF_MODEL_ID", "model_id", "model_source"))


class Found(NamedTuple):
    """A place that holds a URI.

    options: of the target that chooses it. also: places beside it that hold parts of the same URI. word: what
    the user has called it. serves: whether a server reads it, rather than a program that we do not know.
    """

    key: Key
    resource: Resource
    options: dict[str, str]
    place: Place
    also: tuple[Place, ...]
    uri: str
    word: str
    serves: bool

    @property
    def places(self) -> tuple[Place, ...]:
        """All of them."""
        return (self.place, *self.also)

    @property
    def label(self) -> str:
        """As messages and `--as` name it: `Deployment/a:server/MODEL_URI`."""
        _, kind, name, options = self.key
        inside = "/".join(value for option, value in options if option != "dialect")
        return f"{kind}/{name}:{inside}" if inside else f"{kind}/{name}"


class Survey(NamedTuple):
    """What was found. unclear: labels of places that look like a model's, where nothing says so."""

    found: list[Found]
    unclear: list[str]


def survey(resources: Iterable[Resource], wanted: Iterable[str] = ()) -> Survey:
    """The places of all objects that reach the cluster. wanted: labels of places that the user has named."""
    objects = [each for each in resources if not is_local(each)]
    named = set(wanted)
    found: list[Found] = []
    unclear: list[tuple[Found, bool]] = []
    taken: set[tuple[int, object]] = set()
    read = {name for resource in objects for name in _config_maps(resource.body)}
    for resource in objects:
        for each, certain in _of_kind(resource):
            if resource.kind == "ConfigMap" and each.key[2] in read:
                each = each._replace(serves=True)  # noqa: PLW2901
            if taken.isdisjoint(each.place.claims):
                taken.update(claim for place in each.places for claim in place.claims)
                if certain or each.label in named:
                    found.append(each)
                else:
                    unclear.append((each, certain))
    known = {each.uri for each in found}
    found += [each for each, _ in unclear if each.uri in known]
    for resource in objects:
        for each in _equal(resource, known):
            if taken.isdisjoint(each.place.claims):
                taken.update(each.place.claims)
                found.append(each)
    return Survey(found, [each.label for each, _ in unclear if each.uri not in known])


def original_name(resource: Resource) -> str:
    """The name before all prefixes and suffixes."""
    return resource.previous[0][1] if resource.previous else resource.name


def locate(resource_body: Map, key: Key, code: Kind | None) -> tuple[Place, ...]:
    """The places of `key` in a body, or in a patch of it; `CmpError` when it has none."""
    options = dict(key[3])
    options.pop("dialect", None)
    if "inside" in options:
        return (Inside(resource_body, options["inside"], options["fieldPath"]),)
    if "fieldPath" in options:
        from cmp.models.kinds.places import FieldPath

        return (FieldPath(resource_body, options["fieldPath"]),)
    assert code is not None  # noqa: S101 - a place without fieldPath was found through the table
    located = code.locate(Finder(), resource_body, options)
    assert located.spot is not None  # noqa: S101 - only kinds that hold a URI have choices
    return (located.spot, *(place for place, _ in located.also))


def field_path(steps: Path) -> str:
    """Steps in the path grammar of kustomize's replacements."""
    return ".".join(f"[{step}]" if "." in str(step) or "/" in str(step) else str(step) for step in steps)


def _of_kind(resource: Resource) -> Iterator[tuple[Found, bool]]:
    """Places of the kind's row, and whether it is certain that they hold a model."""
    row = row_of(resource.gvk)
    if row is None:
        return
    code = code_of(row)
    for choice in code.choices(resource.body):
        yield from _chosen(resource, code, choice)
    if not row.chosen:
        return
    for path, text in leaves(resource.body):
        if is_several(text) and ("\n" in text or text.lstrip()[:1] in ("{", "[")):
            yield from _embedded(resource, path, text)


def _chosen(resource: Resource, code: Kind, choice: Choice) -> Iterator[tuple[Found, bool]]:
    try:
        located = code.locate(Finder(), resource.body, choice.options)
    except CmpError:
        return
    if located.spot is None:
        return
    text = located.spot.get()
    if not isinstance(text, str) or not _may_be_model(text):
        return
    dialect, options = located.dialect, dict(choice.options)
    if dialect == "plain" and choice.word in ID_WORDS and "://" not in text:
        dialect = options["dialect"] = "id"
    if dialect == "id" and "://" not in text and not (is_hub_id(text) and choice.word in ("", *ID_WORDS)):
        return
    also = [(place, part, place.get()) for place, part in located.also]
    uri = uri_of([(dialect, text), *((part, str(value or "")) for _, part, value in also)])
    if uri:
        there = tuple(place for place, _, value in also if value)
        certain = not choice.word or dialect == "id" or _telling(choice.word, uri)
        serves = code.row.kind != "ConfigMap"
        if certain or uri.partition("://")[0] in SCHEMES:
            yield _found(resource, options, located.spot, there, uri, choice.word, serves), certain


def _embedded(resource: Resource, path: Path, text: str) -> Iterator[tuple[Found, bool]]:
    """Places in a string that holds YAML or JSON."""
    try:
        documents = load_all(text.encode())
    except CmpError:
        return
    if len(documents) != 1 or not isinstance(documents[0], (dict, list)):
        return
    for inner, value in leaves(documents[0]):
        word = str(inner[-1])
        if is_several(value) or not _may_be_model(value):
            continue
        options = {"inside": field_path(path), "fieldPath": field_path(inner)}
        bare = "://" not in value
        if bare and not (is_hub_id(value) and word in ID_WORDS):
            continue
        if bare:
            options["dialect"] = "id"
        uri = uri_of([("id" if bare else "plain", value)])
        if not uri or (uri.partition("://")[0] not in SCHEMES):
            continue
        try:
            place = Inside(resource.body, options["inside"], options["fieldPath"])
        except CmpError:
            continue
        certain = bare or _telling(word, uri) or word in ("uri", "model_source")
        yield _found(resource, options, place, (), uri, word, resource.kind != "ConfigMap"), certain


def _equal(resource: Resource, known: set[str]) -> Iterator[Found]:
    """Strings anywhere in an object that are a known URI."""
    for path, text in leaves(resource.body):
        if text in known and path[0] not in ("apiVersion", "kind"):
            holder = value_at(resource.body, path[:-1])
            if isinstance(holder, dict):
                place: Place = Spot(holder, str(path[-1]), path)
                options = {"fieldPath": field_path(path)}
                yield _found(resource, options, place, (), text, str(path[-1]), False)


def _found(
    resource: Resource,
    options: dict[str, str],
    place: Place,
    also: tuple[Place, ...],
    uri: str,
    word: str,
    serves: bool,
) -> Found:
    key = (resource.gvk.group, resource.kind, original_name(resource), tuple(options.items()))
    return Found(key, resource, options, place, also, uri, word, serves)


def _may_be_model(text: str) -> bool:
    return bool(text) and not is_reference(text) and not storage.is_unfilled(text)


def _telling(word: str, uri: str) -> bool:
    return uri.partition("://")[0] in SCHEMES and any(each in word.lower() for each in WORDS)


def _config_maps(value: Value) -> Iterator[str]:
    """The names of the ConfigMaps that the pods of an object read."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = item.get("name") if isinstance(item, dict) else None
            if key in ("configMapKeyRef", "configMapRef", "configMap") and isinstance(name, str):
                yield name
            yield from _config_maps(item)
    elif isinstance(value, list):
        for item in value:
            yield from _config_maps(item)
