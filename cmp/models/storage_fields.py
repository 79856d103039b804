"""Every field of an object that the field table knows to hold a location: what the gates look through."""

from __future__ import annotations

from cmp.models.errors import TargetError
from cmp.models.fields import EXPLAINERS, LEGACY_PREDICTORS, row_for
from cmp.models.shapes.finding import walk
from cmp.models.shapes.kserve import STORAGE_ENV
from cmp.models.shapes.seldon import graph_nodes
from cmp.models.strict import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.fields import Row
    from cmp.models.shapes.finding import Map, Path
    from cmp.yaml.value import Value


def storage_fields(resource: Resource) -> list[tuple[str, str]]:
    """(field, text) of each location that is set; empty for kinds whose fields the table cannot know."""
    row = row_for(resource.gvk)
    if row is None:
        return []
    return [(dotted(path), value) for path, value in _all(row, resource.body) if isinstance(value, str)]


def _all(row: Row, body: Map) -> Iterator[tuple[Path, Value]]:
    if row.shape == "field":
        yield from _at(body, row.path)
    elif row.shape == "llm":
        yield from _at(body, (*row.path, "uri"))
        for position, adapter in _maps(_value(body, (*row.path, "lora", "adapters"))):
            yield (*row.path, "lora", "adapters", position, "uri"), adapter.get("uri")
    elif row.shape == "inference-service":
        yield from _inference_service(body)
    elif row.shape == "seldon-deployment":
        yield from _seldon_deployment(body)


def _at(body: Map, path: tuple[str, ...]) -> Iterator[tuple[Path, Value]]:
    try:
        yield path, walk(body, path[:-1]).get(path[-1])
    except TargetError:
        return


def _value(body: Map, path: tuple[str, ...]) -> Value:
    try:
        return walk(body, path[:-1]).get(path[-1])
    except TargetError:
        return None


def _maps(items: Value) -> Iterator[tuple[int, Map]]:
    for position, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield position, item


def components(body: Map) -> Iterator[tuple[Path, Map]]:
    """The components of an InferenceService and the predictors of its canaries, with their paths."""
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return
    for name in ("predictor", "transformer", "explainer"):
        component = spec.get(name)
        if isinstance(component, dict):
            yield ("spec", name), component
    for position, canary in _maps(spec.get("canary")):
        predictor = canary.get("predictor")
        if isinstance(predictor, dict):
            yield ("spec", "canary", position, "predictor"), predictor


def _inference_service(body: Map) -> Iterator[tuple[Path, Value]]:
    for path, component in components(body):
        for key in ("model", *LEGACY_PREDICTORS, *EXPLAINERS):
            inner = component.get(key)
            if isinstance(inner, dict):
                yield (*path, key, "storageUri"), inner.get("storageUri")
        for position, item in _maps(component.get("storageUris")):
            yield (*path, "storageUris", position, "uri"), item.get("uri")
        for position, container in _maps(component.get("containers")):
            for place, variable in _maps(container.get("env")):
                if variable.get("name") == STORAGE_ENV:
                    yield (*path, "containers", position, "env", place, "value"), variable.get("value")


def _seldon_deployment(body: Map) -> Iterator[tuple[Path, Value]]:
    spec = body.get("spec")
    for position, predictor in _maps(spec.get("predictors") if isinstance(spec, dict) else None):
        path: Path = ("spec", "predictors", position)
        graph = predictor.get("graph")
        if isinstance(graph, dict):
            for node, at in graph_nodes(graph, (*path, "graph")):
                yield (*at, "modelUri"), node.get("modelUri")
        explainer = predictor.get("explainer")
        if isinstance(explainer, dict):
            yield (*path, "explainer", "modelUri"), explainer.get("modelUri")
