"""One map of weights turned into what each kind means by them, or refused where meaning would be lost."""

from __future__ import annotations

from cmp.models.errors import TrafficError
from cmp.models.match import names_of
from cmp.models.nearest import did_you_mean
from cmp.models.shapes import Spot, items_at, walk
from cmp.models.strict import counted, dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.config import ModelConfig, Target
    from cmp.models.match import Objects
    from cmp.models.shapes import Finder, Map, Path
    from cmp.models.splits import Split
    from cmp.yaml.value import Value

    # What to write: the place, the value, and whose it is (empty for a name that follows a rename).
    Write: TypeAlias = tuple[Spot, Value, str]

DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"
KNATIVE_MODES = ("Knative", "Serverless")
STANDARD_MODES = ("Standard", "RawDeployment")
NGINX = "nginx.ingress.kubernetes.io/"


class Plan:
    """What a traffic target needs to know: the declaration, its weights, each model's own target objects."""

    __slots__ = ("config", "finder", "objects", "own", "target", "weights")

    def __init__(
        self,
        config: ModelConfig,
        target: Target,
        weights: dict[str, int],
        own: dict[str, list[tuple[Target, Resource]]],
        objects: Objects,
        finder: Finder,
    ) -> None:
        self.config = config
        self.target = target
        self.weights = weights
        self.own = own
        self.objects = objects
        self.finder = finder

    def error(self, message: str, hint: str = "", path: Path = ()) -> TrafficError:
        """An error about this target, and about a field of its object where `path` is given."""
        where = self.target.node.where
        place = f" ({self.target.kind}/{self.target.name}, {dotted(path)})" if path else ""
        return TrafficError(message + place, where=where, hint=hint)

    def entries(self, names: dict[str, int], what: str, kinds: tuple[str, ...]) -> dict[str, str]:
        """Model name to the one of `names` that stands for it; `kinds` are those that the entries name.

        Explicit `entries` first; else the one of `names` that an own target of the model is or was called.
        """
        result: dict[str, str] = {}
        for model in self.weights:
            wanted = self.wanted(model, kinds)
            hits = [name for name in wanted if name in names]
            if len(hits) != 1:
                raise self._no_entry(model, hits, names, what)
            result[model] = hits[0]
        for model in self.target.entries:
            if model not in self.weights:
                raise self.error(f"entries names the model {model!r}, which has no weight")
        taken: dict[str, str] = {}
        for model, name in result.items():
            if name in taken:
                raise self.error(f"the models {taken[name]!r} and {model!r} are both the {what} {name!r}")
            taken[name] = model
        return result

    def wanted(self, model: str, kinds: tuple[str, ...]) -> dict[str, None]:
        """The names that may stand for a model: its explicit entry, or those of its own targets."""
        explicit = self.target.entries.get(model)
        if explicit is not None:
            owner = self.config.resource
            return dict.fromkeys((explicit, *sorted(self.objects.aliases(kinds, explicit, owner))))
        return dict.fromkeys(
            name
            for _, resource in self.own.get(model, ())
            if resource.kind != "ConfigMap"
            for name in sorted(names_of(resource))
        )

    def _no_entry(self, model: str, hits: list[str], names: dict[str, int], what: str) -> TrafficError:
        hint = f"add entries: {{{model}: NAME}} to the target; " + did_you_mean(
            self.target.entries.get(model, model), names, f"its {what}s are"
        )
        if hits:
            return self.error(f"several {what}s fit the model {model!r}: {', '.join(sorted(hits))}", hint)
        return self.error(
            f"no {what} of {self.target.kind}/{self.target.name} fits the model {model!r}", hint
        )

    def all_covered(self, names: dict[str, int], entries: dict[str, str], what: str, path: Path) -> None:
        """Raise when the object has an entry that no weight is for: its share would not be what was asked."""
        left = sorted(names.keys() - set(entries.values()))
        if left:
            raise self.error(
                f"the {what} {left[0]!r} belongs to no model of traffic.weights",
                "give it a weight under its model's name, or take it out of the object",
                path,
            )

    def pair(self, what: str) -> None:
        """Raise unless there are two models: a canary against the rest."""
        if len(self.weights) != 2:
            raise self.error(f"{what} splits between two models, traffic.weights has {len(self.weights)}")

    def on_object(self, resource: Resource) -> dict[str, list[Target]]:
        """Each model's own targets on this very object."""
        return {
            model: targets
            for model in self.weights
            if (targets := [target for target, each in self.own.get(model, ()) if each is resource])
        }


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


def _names(plan: Plan, items: list[Value], key: str = "name") -> dict[str, int]:
    names: dict[str, int] = {}
    for position, item in enumerate(items):
        value = item.get(key) if isinstance(item, dict) else None
        if isinstance(value, str):
            if value in names:
                raise plan.error(f"two entries are named {value!r}")
            names[value] = position
    return names


def _item(items: list[Value], position: int) -> Map:
    item = items[position]
    return item if isinstance(item, dict) else {}


# -- Seldon


def experiment(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of the candidates; candidates, default and mirror follow renames of their Models."""
    spec = walk(resource.body, ("spec",))
    path: Path = ("spec", "candidates")
    candidates = items_at(spec, ("spec",), "candidates")
    kind = "Pipeline" if spec.get("resourceType") == "pipeline" else "Model"
    names = _names(plan, candidates)
    entries = plan.entries(names, "candidate", (kind,))
    plan.all_covered(names, entries, "candidate", path)
    result: list[Write] = []
    for model, name in entries.items():
        position = names[name]
        place = Spot(_item(candidates, position), "weight", (*path, position, "weight"))
        result.append((place, plan.weights[model], model))
    holders: list[tuple[Map, str, Path]] = [
        (_item(candidates, position), "name", (*path, position, "name")) for position in names.values()
    ]
    holders.append((spec, "default", ("spec", "default")))
    mirror = spec.get("mirror")
    if isinstance(mirror, dict):
        holders.append((mirror, "name", ("spec", "mirror", "name")))
    return result + _renames(plan, holders, (kind,))


def _renames(plan: Plan, holders: list[tuple[Map, str, Path]], kinds: tuple[str, ...]) -> list[Write]:
    """Names of objects that were renamed on the way, with the names they have now."""
    result: list[Write] = []
    for holder, key, path in holders:
        name = holder.get(key)
        if not isinstance(name, str):
            continue
        owners = {id(each): each for each in plan.objects.aliases(kinds, name, plan.config.resource).values()}
        current = {each.name for each in owners.values()}
        if len(current) == 1 and name not in current:
            result.append((Spot(holder, key, path), current.pop(), ""))
    return result


def seldon_deployment(plan: Plan, resource: Resource) -> list[Write]:
    """Percent of the predictors that are no shadows; one predictor alone takes everything."""
    path: Path = ("spec", "predictors")
    predictors = items_at(walk(resource.body, ("spec",)), ("spec",), "predictors")
    names = _names(plan, predictors)
    shadows = {name for name, position in names.items() if _item(predictors, position).get("shadow") is True}
    entries = _own_entries(plan, resource, "predictor", names) or plan.entries(names, "predictor", ())
    serving = {name: position for name, position in names.items() if name not in shadows}
    for model, name in entries.items():
        if name in shadows and plan.weights[model]:
            raise plan.error(
                f"the predictor {name!r} of the model {model!r} is a shadow: it gets copies, not a share",
                "give it the weight 0, or remove shadow",
                (*path, names[name]),
            )
    plan.all_covered(serving, entries, "predictor", path)
    return [
        (
            Spot(_item(predictors, names[name]), "traffic", (*path, names[name], "traffic")),
            plan.weights[model],
            model,
        )
        for model, name in entries.items()
        if name not in shadows
    ]


def _own_entries(plan: Plan, resource: Resource, option: str, names: dict[str, int]) -> dict[str, str]:
    """Entries by what each model's own targets on this object say; empty when they do not say it."""
    if plan.target.entries:
        return {}
    result: dict[str, str] = {}
    for model, targets in plan.on_object(resource).items():
        said = {target.options[option] for target in targets if option in target.options}
        if not said and len(names) == 1:
            said = set(names)
        if len(said) == 1 and (name := said.pop()) in names:
            result[model] = name
    return result if result.keys() == plan.weights.keys() else {}


# -- KServe


def inference_service(plan: Plan, resource: Resource) -> list[Write]:
    """Either form of a canary: entries of `spec.canary`, or one percentage of a new Knative revision."""
    spec = walk(resource.body, ("spec",))
    mode = _annotations(resource).get(DEPLOYMENT_MODE)
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
            Spot(_item(canaries, names[name]), "trafficPercent", (*path, names[name], "trafficPercent")),
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
        for name, position in _names(plan, steps, key).items():
            if position not in names.values():
                names.setdefault(name, position)
    if len(names) != len(steps):
        raise plan.error("each step needs a name of its own", path=(*path, "steps"))
    entries = plan.entries(names, "step", ("InferenceService",))
    plan.all_covered(names, entries, "step", (*path, "steps"))
    result: list[Write] = [
        (
            Spot(_item(steps, names[name]), "weight", (*path, "steps", names[name], "weight")),
            plan.weights[model],
            model,
        )
        for model, name in entries.items()
    ]
    holders: list[tuple[Map, str, Path]] = [
        (_item(steps, position), "serviceName", (*path, "steps", position, "serviceName"))
        for position in names.values()
    ]
    return result + _renames(plan, holders, ("InferenceService",))


def llm(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of backend references, or the weight of this object within its group."""
    route = walk(resource.body, ("spec", "router", "route"))
    http = route.get("http")
    spec = http.get("spec") if isinstance(http, dict) else None
    if isinstance(spec, dict) and isinstance(spec.get("rules"), list):
        return _backends(plan, spec, ("spec", "router", "route", "http", "spec"), "rule", "backendRefs")
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


# -- routes


def http_route(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of a rule's backendRefs, by the Service's name."""
    return _backends(plan, walk(resource.body, ("spec",)), ("spec",), "rule", "backendRefs")


def _backends(plan: Plan, spec: Map, path: Path, option: str, key: str) -> list[Write]:
    rules = items_at(spec, path, "rules")
    result: list[Write] = []
    for position, refs in _blocks(plan, rules, (*path, "rules"), option, key):
        at = (*path, "rules", position, key)
        names = _names(plan, refs)
        entries = plan.entries(names, "backend", ("Service",))
        plan.all_covered(names, entries, "backend", at)
        result += [
            (
                Spot(_item(refs, names[name]), "weight", (*at, names[name], "weight")),
                plan.weights[model],
                model,
            )
            for model, name in entries.items()
        ]
    return result


def _blocks(
    plan: Plan, blocks: list[Value], path: Path, option: str, key: str
) -> list[tuple[int, list[Value]]]:
    """The blocks that split: those with several destinations, or the one that the target names."""
    wanted = plan.target.options.get(option)
    found: list[tuple[int, list[Value]]] = []
    for position, block in enumerate(blocks):
        items = block.get(key) if isinstance(block, dict) else None
        if not isinstance(block, dict) or not isinstance(items, list):
            continue
        if wanted is None and len(items) < 2:
            continue  # one destination is no split: a header's or a path's own route
        if wanted is not None and wanted not in (block.get("name"), str(position)):
            continue
        found.append((position, items))
    if not found:
        names = [str(block["name"]) for block in blocks if isinstance(block, dict) and "name" in block]
        if wanted is None:
            raise plan.error(f"no {option} has several destinations to split between", path=path)
        raise plan.error(
            f"no {option} is named {wanted!r}", did_you_mean(wanted, names, f"its {option}s are"), path
        )
    return found


def virtual_service(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of an http route's destinations, by host, its first label, or subset."""
    routes = items_at(walk(resource.body, ("spec",)), ("spec",), "http")
    path: Path = ("spec", "http")
    result: list[Write] = []
    for position, items in _blocks(plan, routes, path, "route", "route"):
        at = (*path, position, "route")
        entries = plan.entries(names := _destinations(plan, items, at), "destination", ("Service",))
        covered = {names[name] for name in entries.values()}
        plan.all_covered(
            {name: place for name, place in names.items() if place not in covered}, {}, "destination", at
        )
        result += [
            (
                Spot(_item(items, names[name]), "weight", (*at, names[name], "weight")),
                plan.weights[model],
                model,
            )
            for model, name in entries.items()
        ]
    return result


def _destinations(plan: Plan, items: list[Value], path: Path) -> dict[str, int]:
    """Names to positions: hosts when they differ, else subsets, which tell versions of one host apart."""
    hosts: dict[str, int] = {}
    subsets: dict[str, int] = {}
    for position, item in enumerate(items):
        destination = item.get("destination") if isinstance(item, dict) else None
        host = destination.get("host") if isinstance(destination, dict) else None
        subset = destination.get("subset") if isinstance(destination, dict) else None
        if not isinstance(host, str):
            raise plan.error("a destination has no host", path=(*path, position))
        hosts.setdefault(host.partition(".")[0], position)
        if isinstance(subset, str):
            subsets.setdefault(subset, position)
    for names in (hosts, subsets):
        if len(names) == len(items):
            return names
    raise plan.error("the destinations differ neither by host nor by subset", path=path)


def ingress(plan: Plan, resource: Resource) -> list[Write]:
    """The percentage of the canary Ingress; the rest goes to the Ingress it stands beside."""
    annotations = _annotations(resource)
    if annotations.get(NGINX + "canary") != "true":
        raise plan.error(
            "the weight would be ignored: this is no canary Ingress",
            f'annotate the canary\'s Ingress, not the main one, with {NGINX}canary: "true"',
        )
    plan.pair("a canary Ingress")
    total = _total(plan, annotations)
    names = dict.fromkeys(_ingress_services(walk(resource.body, ("spec",))), 0)
    canary = _ingress_canary(plan, names)
    scaled, rest = divmod(plan.weights[canary] * total, 100)
    if rest:
        raise plan.error(f"the weight is no whole number of canary-weight-total {total}")
    path: Path = ("metadata", "annotations", NGINX + "canary-weight")
    return [(Spot(annotations, NGINX + "canary-weight", path), str(scaled), canary)]


def _total(plan: Plan, annotations: Map) -> int:
    text = annotations.get(NGINX + "canary-weight-total", "100")
    if not isinstance(text, str) or not text.isdecimal() or int(text) < 1:
        raise plan.error(f"{NGINX}canary-weight-total is no number")
    return int(text)


def _ingress_canary(plan: Plan, names: dict[str, int]) -> str:
    hits = []
    for model in plan.weights:
        wanted = plan.wanted(model, ("Service",))
        if any(name in names for name in wanted):
            hits.append(model)
    if len(hits) != 1:
        raise plan.error(
            f"{counted(len(hits), 'model')} served by the Services of this Ingress",
            "say which with entries: {MODEL: SERVICE}; " + did_you_mean("", names, "its Services are"),
        )
    return hits[0]


def _ingress_services(spec: Map) -> list[str]:
    backends: list[Value] = [spec.get("defaultBackend")]
    rules = spec.get("rules")
    for rule in rules if isinstance(rules, list) else ():
        http = rule.get("http") if isinstance(rule, dict) else None
        paths = http.get("paths") if isinstance(http, dict) else None
        backends += (
            [item.get("backend") for item in paths if isinstance(item, dict)]
            if isinstance(paths, list)
            else []
        )
    result = []
    for backend in backends:
        service = backend.get("service") if isinstance(backend, dict) else None
        name = service.get("name") if isinstance(service, dict) else None
        if isinstance(name, str):
            result.append(name)
    return result


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


def _annotations(resource: Resource) -> Map:
    metadata = resource.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}


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
