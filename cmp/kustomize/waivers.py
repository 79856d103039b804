"""Which waivers of a resource count: those written by who may waive.

A waiver is an annotation that lets one object past one gate or rule. It counts where it stands in the
object's own document, in `options.annotations` of its own generator entry, and in a patch whose target is
this one object by name. From anywhere else (`commonAnnotations`, `generatorOptions`, Application parameters,
transformers, a target that is a pattern) it would let objects past a gate that its author never looked at.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cmp.kustomize.resource import Resource

# Of a gate of the render, and of a rule of `cmpctl validate`.
ALLOW, WAIVE = "cmp.mlops/allow-", "cmp.mlops/waive-"
# The kustomization's own fields; a transformer configuration has no such place.
_PATCH_FIELDS = frozenset(("patches", "patchesJson6902", "patchesStrategicMerge"))
_COUNTED = "waivers"


def counts(resource: Resource, annotation: str) -> bool:
    """Whether a waiving annotation of the resource was written by who may waive."""
    return annotation in resource.options.get(_COUNTED, ())


def of_annotations(annotations: object) -> frozenset[str]:
    """The keys of a mapping of annotations that are waivers."""
    if not isinstance(annotations, dict):
        return frozenset()
    return frozenset(key for key in annotations if isinstance(key, str) and key.startswith((ALLOW, WAIVE)))


def written(resource: Resource) -> frozenset[str]:
    """The waiving annotations that the resource has now, whoever wrote them."""
    metadata = resource.body.get("metadata")
    return of_annotations(metadata.get("annotations")) if isinstance(metadata, dict) else frozenset()


def count(resource: Resource, annotations: Iterable[str]) -> None:
    """Let these annotations of the resource count as waivers."""
    if annotations:
        resource.options[_COUNTED] = resource.options.get(_COUNTED, frozenset()) | frozenset(annotations)


def inherit(resource: Resource, old: Resource) -> None:
    """A generated resource that merges into another one keeps what counts for either."""
    count(resource, old.options.get(_COUNTED, frozenset()))


class patched:  # noqa: N801 - used as a statement's head
    """Let the waivers count that the patch within adds to the one object that it names.

    selected: what the patch changes. name: the object's name as the patch or its target has it; a pattern is
    not a name. place: of the patch, in a kustomization or in the configuration of a transformer.
    """

    def __init__(self, selected: list[Resource], name: str, place: tuple[str | int, ...]) -> None:
        self._resource = selected[0] if len(selected) == 1 and place[0] in _PATCH_FIELDS else None
        self._name = name
        self._had = written(self._resource) if self._resource is not None else frozenset()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        resource = self._resource
        if kind is not None or resource is None:
            return
        if self._name in (resource.name, *(each.name for each in resource.prev_ids())):
            count(resource, written(resource) - self._had)
