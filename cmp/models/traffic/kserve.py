"""Weights of KServe's InferenceService, InferenceGraph and LLMInferenceService."""

from __future__ import annotations

from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Spot, items_at, walk
from cmp.models.strict import counted
from cmp.models.traffic.plan import Plan, annotations_of, item_at, positions
from cmp.models.traffic.routes import backends
from cmp.models.traffic.seldon import renames

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource
    from cmp.models.shapes.finding import Map, Path
    from cmp.models.traffic.plan import Write
    from cmp.yaml.value import Value


DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"


KNATIVE_MODES = ("Knative", "Serverless")


STANDARD_MODES = ("Standard", "RawDeployment")


def inference_service(plan: Plan, resource: Resource) -> list[Write]:
    """Either form of a canary: entries of `spec.canary`, or one percentage of a new Knative revision."""
    spec = walk(resource.body, ("spec",))
    mode = annotations_of(resource).get(DEPLOYMENT_MODE)
    if isinstance(spec.get("canary"), list):
        return _standard_canary(plan, resource, spec, mode)
    return _knative_canary(plan, resource, mode)


def _standard_canary(plan: Plan, resource: Resource, spec: Map, mode: Value) -> list[Write]:
    if mode != "Standard":
        raise plan.error(
            "spec.canary works in Standard mode only",
            f"annotate the InferenceService with {DEPLOYMENT_MODE}: Standard",
        )
    path: Path = ("spec", "canary")
    canaries = items_at(spec, ("spec",), "canary")
    names = plan.finder.positions(canaries, "predictor.name")
    if len(names) != len(canaries):
        raise plan.error("each canary needs a predictor.name of its own", path=path)
    predictor = walk(spec, ("predictor",))
    own_name = predictor.get("name")
    stable = own_name if isinstance(own_name, str) and own_name else "stable"
    entries = _canary_entries(plan, resource, names, stable)
    plan.all_covered(names, entries, "canary", path)
    if stable not in entries.values():
        raise plan.error(
            "no model of traffic.weights is the stable predictor", f"add entries: {{MODEL: {stable}}}"
        )
    return [
        (
            Spot(item_at(canaries, names[name]), "trafficPercent", (*path, names[name], "trafficPercent")),
            weight,
            model,
        )
        for model, name in entries.items()
        if name in names
        for weight in (plan.weights[model],)
    ]


def _canary_entries(plan: Plan, resource: Resource, names: dict[str, int], stable: str) -> dict[str, str]:
    if not plan.target.entries:
        result: dict[str, str] = {}
        for model, targets in plan.on_object(resource).items():
            said = {target.options.get("canary", stable) for target in targets}
            if len(said) == 1:
                result[model] = said.pop()
        if result.keys() == plan.weights.keys() and len(set(result.values())) == len(result):
            return result
    return plan.entries({**names, stable: -1}, "canary", ())


def _knative_canary(plan: Plan, resource: Resource, mode: Value) -> list[Write]:
    if mode is not None and mode not in KNATIVE_MODES:
        raise plan.error(
            f"canaryTrafficPercent is ignored in {mode} mode: only Knative mode reads it",
            "use spec.canary (KServe 0.20), an InferenceGraph, or a route",
        )
    plan.pair("a Knative canary")
    here = list(plan.on_object(resource))
    if plan.target.entries:
        here = [model for model in plan.weights if model in plan.target.entries]
    if len(here) != 1:
        raise plan.error(
            f"{counted(len(here), 'model')} of traffic.weights served by this InferenceService; "
            "in Knative mode it holds the new model alone, the old one is its last ready revision",
            "say which with entries: {MODEL: predictor}",
        )
    predictor = walk(resource.body, ("spec", "predictor"))
    path: Path = ("spec", "predictor", "canaryTrafficPercent")
    return [(Spot(predictor, "canaryTrafficPercent", path), plan.weights[here[0]], here[0])]


def inference_graph(plan: Plan, resource: Resource) -> list[Write]:
    """Percent of the steps of a Splitter; steps follow the renames of their InferenceServices."""
    nodes = walk(resource.body, ("spec", "nodes"))
    node_name = plan.target.options.get("node", "root")
    node = nodes.get(node_name)
    path: Path = ("spec", "nodes", node_name)
    if not isinstance(node, dict):
        raise plan.error(
            f"the graph has no node {node_name!r}", did_you_mean(node_name, nodes, "its nodes are")
        )
    if node.get("routerType") != "Splitter":
        raise plan.error(
            "only a Splitter splits by weight", "set routerType: Splitter, or name another node", path
        )
    steps = items_at(node, path, "steps")
    names: dict[str, int] = {}
    for key in ("serviceName", "nodeName", "name", "serviceUrl"):
        for name, position in positions(plan, steps, key).items():
            if position not in names.values():
                names.setdefault(name, position)
    if len(names) != len(steps):
        raise plan.error("each step needs a name of its own", path=(*path, "steps"))
    entries = plan.entries(names, "step", ("InferenceService",))
    plan.all_covered(names, entries, "step", (*path, "steps"))
    result: list[Write] = [
        (
            Spot(item_at(steps, names[name]), "weight", (*path, "steps", names[name], "weight")),
            plan.weights[model],
            model,
        )
        for model, name in entries.items()
    ]
    holders: list[tuple[Map, str, Path]] = [
        (item_at(steps, position), "serviceName", (*path, "steps", position, "serviceName"))
        for position in names.values()
    ]
    return result + renames(plan, holders, ("InferenceService",))


def llm(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of backend references, or the weight of this object within its group."""
    route = walk(resource.body, ("spec", "router", "route"))
    http = route.get("http")
    spec = http.get("spec") if isinstance(http, dict) else None
    if isinstance(spec, dict) and isinstance(spec.get("rules"), list):
        return backends(plan, spec, ("spec", "router", "route", "http", "spec"), "rule", "backendRefs")
    if "group" not in route:
        raise plan.error(
            "the weight has no meaning without a group of LLMInferenceServices",
            "set spec.router.route.group, the same in each of them",
            ("spec", "router", "route"),
        )
    here = list(plan.on_object(resource))
    if plan.target.entries:
        here = [model for model in plan.weights if model in plan.target.entries]
    if len(here) != 1:
        raise plan.error(
            f"{counted(len(here), 'model')} of traffic.weights served by this LLMInferenceService",
            "list one traffic target per object, or say entries: {MODEL: NAME}",
        )
    return [(Spot(route, "weight", ("spec", "router", "route", "weight")), plan.weights[here[0]], here[0])]
