"""How to find a model's field in an object of each shape, and where provenance belongs on it."""

from __future__ import annotations

from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Finder, Found, Spot, missing, need, walk
from cmp.models.shapes.kserve import find_inference_service, find_llm
from cmp.models.shapes.seldon import find_seldon_deployment
from cmp.models.shapes.workflows import find_workflow
from cmp.models.shapes.workloads import find_pod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.models.fields import Row
    from cmp.models.shapes.finding import Map


def find_none(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A kind without a model: a target of it serves to name the object that traffic goes to."""
    return Found(None, ())


def find_field(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """One fixed field; its parent must be there."""
    parent = walk(body, row.path[:-1])
    return Found(Spot(parent, row.path[-1], row.path), (("metadata",),))


def find_config_map(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A key of `data`, which must be there: a mistyped key would be read by nobody."""
    key = need(options, "key")
    data = walk(body, row.path)
    if key not in data:
        raise missing(
            (*row.path, key), f"the ConfigMap has no key {key!r}", did_you_mean(key, data, "its keys are")
        )
    return Found(Spot(data, key, (*row.path, key)), ())


SHAPES: dict[str, Callable[[Finder, Row, Map, dict[str, str]], Found]] = {
    "none": find_none,
    "field": find_field,
    "config-map": find_config_map,
    "pod": find_pod,
    "inference-service": find_inference_service,
    "llm": find_llm,
    "seldon-deployment": find_seldon_deployment,
    "workflow": find_workflow,
}


def find(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """The field that a target's options choose; `TargetError` (with the field) when there is none."""
    return SHAPES[row.shape](finder, row, body, options)
