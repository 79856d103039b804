"""One map of weights turned into what each kind means by them, or refused where meaning would be lost."""

from __future__ import annotations

from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Spot, walk
from cmp.models.traffic.kserve import inference_graph, inference_service, llm
from cmp.models.traffic.plan import Plan
from cmp.models.traffic.routes import http_route, ingress, virtual_service
from cmp.models.traffic.seldon import experiment, seldon_deployment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.kustomize.resource import Resource
    from cmp.models.splits import Split
    from cmp.models.traffic.plan import Write


def config_map(plan: Plan, resource: Resource) -> list[Write]:
    """The weight as a text under each model's key, which must be there."""
    if not plan.target.keys:
        raise plan.error("keys is missing", "keys: {MODEL: KEY}")
    data = walk(resource.body, ("data",))
    result: list[Write] = []
    for model, key in plan.target.keys.items():
        if model not in plan.weights:
            raise plan.error(f"keys names the model {model!r}, which has no weight")
        if key not in data:
            raise plan.error(f"the ConfigMap has no key {key!r}", did_you_mean(key, data, "its keys are"))
        result.append((Spot(data, key, ("data", key)), str(plan.weights[model]), model))
    return result


def writes(plan: Plan, split: Split | None, resource: Resource) -> list[Write]:
    """Everything to write into `resource`; `TrafficError` where the weights cannot mean what they say."""
    if plan.target.paths:
        raise AssertionError("field paths are written by cmp.models.injection")
    if split is None:
        from cmp.models.splits import KINDS

        raise plan.error(
            f"how {resource.kind} of group {resource.gvk.group or 'core'} splits traffic is not known",
            "give fieldPaths: {MODEL: PATH}; " + did_you_mean(resource.kind, KINDS, "known kinds are"),
        )
    if split.controller:
        raise plan.error(
            f"the weights of {resource.kind}/{resource.name} are not written: {split.controller}",
            "take it out of traffic.targets",
        )
    return SHAPES[split.shape](plan, resource)


SHAPES: dict[str, Callable[[Plan, Resource], list[Write]]] = {
    "experiment": experiment,
    "seldon-deployment": seldon_deployment,
    "inference-service": inference_service,
    "inference-graph": inference_graph,
    "llm": llm,
    "virtual-service": virtual_service,
    "http-route": http_route,
    "ingress": ingress,
    "config-map": config_map,
}
