"""Serving kinds: one table of facts (`table.py`), one file of code per family, and what others ask of them.

A family is imported when an object of it is met: most renders need one or none.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.models.kinds.table import ARGUMENT_MARKS, row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.kind import Kind, Problem
    from cmp.models.kinds.table import Owned, ServingKind


# The code of each row, by group and kind: it remembers nothing of an object.
_CODES: dict[tuple[str, str], Kind] = {}


def code_of(row: ServingKind) -> Kind:
    """The code of a row: the class that it names, or that of kinds which need none."""
    found = _CODES.get((row.group, row.kind))
    if found is None:
        family, _, name = (row.code or "kind.Kind").partition(".")
        # Not importlib.import_module: that package would be imported for it.
        code: type[Kind] = getattr(__import__(f"cmp.models.kinds.{family}", fromlist=(name,)), name)
        found = _CODES[row.group, row.kind] = code(row)
    return found


def storage_fields(resources: Iterable[Resource], printed: str = "") -> Iterator[tuple[Resource, str, str]]:
    """(object, field, string) of each place that always holds a model, and is set.

    Those of `uris` in the table, and the arguments that name the model to load. The bare id of a model of the
    Hugging Face Hub is given as its URI. printed: the objects as text, which says by one look whether any of
    them has such an argument; empty where there is no text.
    """
    from cmp.models.kinds.patterns import strings

    arguments = not printed or any(mark in printed for mark in ARGUMENT_MARKS)
    for resource in resources:
        row = row_of(resource.gvk)
        if row is None:
            continue
        for spot, text in strings(resource.body, row.uris):
            yield resource, spot.field, _uri_of_id(text) if row.dialect == "id" else text
        if arguments and "argument" in row.options:
            from cmp.models.kinds.arguments import models_in

            for field, text in models_in(resource.body):
                yield resource, field, text


def _uri_of_id(text: str) -> str:
    """The URI of a model of the Hugging Face Hub for its bare id; other strings as they are."""
    from cmp.models.kinds.dialects import is_hub_id

    return f"hf://{text}" if is_hub_id(text) else text


def check(resource: Resource, schemes: tuple[str, ...] = ()) -> list[Problem]:
    """The rules of its kind's webhook that `resource` breaks; empty for kinds without rules.

    schemes: of URIs, which the cluster's storage containers teach KServe besides its own.
    """
    row = row_of(resource.gvk)
    return list(code_of(row).check(resource.body, schemes)) if row is not None and row.rules else []


class Owner(NamedTuple):
    """A controller of this build, and the namespace in which it moves weights; empty where none is named."""

    namespace: str
    title: str


def owners_of_weights(resources: Sequence[Resource]) -> dict[tuple[str, str], list[Owner]]:
    """(kind, name) of the objects whose weights a controller of this build moves, and which controllers."""
    owners: dict[tuple[str, str], list[Owner]] = {}
    for resource in resources:
        for place, owner in _owned(resource, resources):
            owners.setdefault(place, []).append(owner)
    return owners


def owner_of(owners: Mapping[tuple[str, str], list[Owner]], resource: Resource) -> str:
    """The controller that moves the weights of an object, under any name that it has had; empty for none.

    An object without a namespace may be in any: the Application says which.
    """
    for name in sorted(resource.names()):
        for owner in owners.get((resource.kind, name), ()):
            if not owner.namespace or resource.namespace in ("", owner.namespace):
                return owner.title
    return ""


def _owned(resource: Resource, others: Sequence[Resource]) -> Iterator[tuple[tuple[str, str], Owner]]:
    row = row_of(resource.gvk)
    if row is None or not row.owns:
        return
    from cmp.models.kinds.patterns import texts

    for owned in row.owns:
        names = _selected(resource, owned, others) if owned.select else texts(resource.body, owned.names)
        elsewhere = texts(resource.body, owned.namespace) if owned.namespace else iter(())
        namespace = next(elsewhere, resource.namespace)
        for name in names:
            yield (owned.kind, name + owned.suffix), Owner(namespace, f"{row.owner} ({resource})")


def _selected(resource: Resource, owned: Owned, others: Sequence[Resource]) -> Iterator[str]:
    """The names of the objects that the label selectors of an owner choose."""
    from cmp.manifest import selects
    from cmp.models.kinds.patterns import spots

    for selector in (spot.get() for spot in spots(resource.body, owned.names)):
        if isinstance(selector, dict):
            for other in others:
                if other.kind == owned.kind and selects(selector, other.text_map("metadata", "labels")):
                    yield other.name
