"""KServe: InferenceService, LLMInferenceService, TrainedModel, InferenceGraph (pkg/apis/serving, 0.20)."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.models.errors import TargetError
from cmp.models.kinds.dialects import KSERVE_SCHEMES, kserve_admits
from cmp.models.kinds.kind import Choice, Kind, Share, number, problem, whole_number
from cmp.models.kinds.patterns import strings
from cmp.models.kinds.places import (
    Located,
    Spot,
    annotations_of,
    child,
    items_at,
    mapping,
    mappings,
    missing,
    named,
    spec_of,
    walk,
)
from cmp.models.kinds.plan import item_at, positions, renames
from cmp.models.kinds.routes import MAX_ROUTE_WEIGHT, backends, check_rules, rule_shares
from cmp.models.kinds.table import COMPONENTS, IMPLEMENTATIONS, STORAGE_ENV
from cmp.models.kinds.workloads import (
    argument_of,
    container_choices,
    container_of_pod,
    env_of,
    env_of_pod,
    pod_choices,
)
from cmp.nearest import did_you_mean
from cmp.yaml.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.kind import Problem
    from cmp.models.kinds.places import Argument, Finder, Map, Path, Place
    from cmp.models.kinds.plan import Plan, Write
    from cmp.yaml.value import Value

DEPLOYMENT_MODE = "serving.kserve.io/deploymentMode"
KNATIVE_MODES = ("Knative", "Serverless")
# The webhook turns the older name into the newer one before it validates (inference_service_defaults.go).
STANDARD_MODES = ("Standard", "RawDeployment")
KSERVE_CONTAINER = "kserve-container"
TRANSFORMER_CONTAINER = "transformer-container"
DEFAULT_MOUNT = "/mnt/models"
# component.go, validateStorageSpec: the schemes that may stand beside a `storage` spec.
STORAGE_SPEC_SCHEMES = ("s3", "hdfs", "webhdfs")
# What the huggingface server serves, whatever the URI says (get_model_id_or_path).
MODEL_ID = "--model_id"
# 0.20: what a canary's predictor must not carry.
CANARY_FORBIDDEN = ("maxReplicas", "scaleTarget", "scaleMetric", "autoScaling", "workerSpec")


class TrainedModel(Kind):
    """A model of a multi-model server: one fixed field, whose scheme the webhook checks."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Each URI has a scheme that KServe admits; a path without a scheme is local to the server."""
        hint = f"it admits {', '.join(KSERVE_SCHEMES)}; policy.schemes names what storage containers add"
        for spot, text in strings(body, self.row.uris):
            if "://" in text and not kserve_admits(text, schemes):
                scheme = text.partition("://")[0]
                yield problem(spot.path, f"KServe does not admit the scheme {scheme!r} here", hint)


# -- InferenceService


class InferenceService(TrainedModel):
    """A service of a predictor, an optional transformer and explainer, and canaries of the predictor."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """A component's model, a canary's model, one of several storage URIs, or a container's variable.

        Provenance goes to the component alone: KServe copies the object's own annotations to the pods of
        every component and canary, so that one model's new version would restart the others.
        """
        component, path = _component(finder, body, self.row.start, options)
        if "argument" in options:
            argument, also = _component_argument(finder, component, path, options)
            return Located(argument, (path,), "id", also)
        if "field" in options:
            return Located(_storage_path(component, path, options["field"]), (path,), "path")
        # A variable of the user's own is not read by KServe, so it keeps the URI as it is.
        own = "env" in options or "container" in options
        dialect = "plain" if own else self.row.dialect
        return Located(_component_spot(finder, component, path, options), (path,), dialect)

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """One implementation, one way to name the model, both forms of a canary, admitted schemes."""
        for path, component in _components(body):
            yield from _check_component(path, component)
        yield from _check_canaries(body)
        yield from super().check(body, schemes)

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Entries of `spec.canary`, or one percentage of a new Knative revision."""
        spec = walk(resource.body, ("spec",))
        mode = annotations_of(resource.body).get(DEPLOYMENT_MODE)
        if isinstance(spec.get("canary"), list):
            return _standard_canary(plan, resource, spec, mode)
        return _knative_canary(plan, resource, mode)

    def choices(self, body: Map) -> Iterator[Choice]:
        """The models, storage paths, ids, variables and arguments of each component and canary."""
        for path, component in _components(body):
            name = component.get("name")
            if path[1] != "canary":
                lead = {} if path[1] == "predictor" else {"component": str(path[1])}
            elif isinstance(name, str):
                lead = {"canary": name}
            else:
                continue
            yield from _component_choices(component, lead)

    def shares(self, body: Map) -> Iterator[Share]:
        """The canaries of Standard mode. In Knative mode the object holds one of its two models only."""
        spec = spec_of(body)
        percents: dict[str, int] = {}
        for _, canary in mappings(spec.get("canary")):
            name = mapping(canary.get("predictor")).get("name")
            if isinstance(name, str):
                percents[name] = number(canary.get("trafficPercent"))
        if percents:
            own = mapping(spec.get("predictor")).get("name")
            stable = own if isinstance(own, str) and own else "stable"
            yield Share({}, {stable: 100 - sum(percents.values()), **percents})


def _component_choices(component: Map, lead: dict[str, str]) -> Iterator[Choice]:
    uris = component.get("storageUris")
    for _, entry in mappings(uris):
        mount = entry.get("mountPath", DEFAULT_MOUNT)
        if isinstance(mount, str):
            yield Choice({**lead, "mountPath": mount})
    if not isinstance(uris, list):
        yield Choice(dict(lead))
    for key in _implementations(component):
        inner = mapping(component.get(key))
        if "path" in mapping(inner.get("storage")):
            yield Choice({**lead, "field": "storage.path"})
        yield from container_choices(inner, lead)
    yield from pod_choices({"containers": component.get("containers")}, lead)


def _implementations(component: Map) -> list[str]:
    return [key for key in IMPLEMENTATIONS if isinstance(component.get(key), dict)]


def _components(body: Map) -> Iterator[tuple[Path, Map]]:
    """The components and the predictors of the canaries, with their paths."""
    spec = spec_of(body)
    for name in COMPONENTS:
        component = spec.get(name)
        if isinstance(component, dict):
            yield ("spec", name), component
    for position, canary in mappings(spec.get("canary")):
        predictor = canary.get("predictor")
        if isinstance(predictor, dict):
            yield ("spec", "canary", position, "predictor"), predictor


def _component(finder: Finder, body: Map, path: Path, options: dict[str, str]) -> tuple[Map, Path]:
    spec = walk(body, path)
    name = options.get("component", "predictor")
    if name not in COMPONENTS:
        raise TargetError(f"no component is named {name!r}", hint=did_you_mean(name, COMPONENTS))
    if "canary" not in options:
        return child(spec, path, name), (*path, name)
    if name != "predictor":
        raise TargetError("a canary has a predictor only", hint="drop component, or drop canary")
    canaries = items_at(spec, path, "canary")
    entry, at = named(finder, canaries, (*path, "canary"), options["canary"], "canary", "predictor.name")
    return child(entry, at, "predictor"), (*at, "predictor")


def _component_spot(finder: Finder, component: Map, path: Path, options: dict[str, str]) -> Spot:
    implementations = _implementations(component)
    if len(implementations) > 1:
        raise missing(path, f"exactly one implementation is allowed, found {' and '.join(implementations)}")
    if "mountPath" in options:
        if options["mountPath"] == DEFAULT_MOUNT:
            _no_conflict(component, path)
        return _storage_uris(component, path, options["mountPath"])
    custom = "container" in options or (not implementations and isinstance(component.get("containers"), list))
    if custom or "env" in options:
        env = options.get("env", STORAGE_ENV)
        if not custom and implementations:
            inner = child(component, path, implementations[0])
            return env_of(finder, inner, (*path, implementations[0]), env)
        containers = items_at(component, path, "containers")
        default = KSERVE_CONTAINER if finder.index(containers, "name", KSERVE_CONTAINER) is not None else None
        return env_of_pod(finder, component, path, options.get("container", default), env)
    uris = component.get("storageUris")
    if isinstance(uris, list):
        if len(uris) == 1 and isinstance(uris[0], dict):
            if uris[0].get("mountPath", DEFAULT_MOUNT) == DEFAULT_MOUNT:
                _no_conflict(component, path)
            return Spot(uris[0], "uri", (*path, "storageUris", 0, "uri"))
        raise missing(
            (*path, "storageUris"), "several storage URIs: say which", "add mountPath: PATH to the target"
        )
    if not implementations:
        raise missing(path, "no model: neither model, nor a framework's field, nor containers")
    _no_conflict(component, path)
    path = (*path, implementations[0])
    inner = child(component, path[:-1], implementations[0])
    return Spot(inner, "storageUri", (*path, "storageUri"))


class _Conflict(NamedTuple):
    """A second field that says which model is served: it and a URI exclude each other."""

    path: Path
    message: str
    hint: str


def _no_conflict(component: Map, path: Path) -> None:
    """`TargetError` where something beside the URI says which model the component at `path` serves."""
    for conflict in _conflicts(component, path):
        raise missing(conflict.path, conflict.message, conflict.hint)


def _conflicts(component: Map, path: Path) -> Iterator[_Conflict]:
    """Those of the implementations of a component at `path`."""
    for key in _implementations(component):
        inner = mapping(component.get(key))
        if mapping(inner.get("storage")).get("path") is not None:
            yield _Conflict(
                (*path, key, "storage", "path"),
                "the model takes its place from storage.path: KServe refuses storageUri beside it",
                "write it there with field: storage.path, or take storage.path out",
            )
        for name in ("command", "args"):
            items = inner.get(name)
            for position, text in enumerate(items if isinstance(items, list) else ()):
                if isinstance(text, str) and text.partition("=")[0] == MODEL_ID:
                    yield _Conflict(
                        (*path, key, name, position),
                        f"the argument {MODEL_ID} wins over storageUri: the server would serve another model",
                        f"write it there with argument: {MODEL_ID}, or take the argument out",
                    )


def _has_uri(component: Map) -> bool:
    """Whether a URI says what a component finds where its server looks for the model."""
    mounts = [entry.get("mountPath", DEFAULT_MOUNT) for _, entry in mappings(component.get("storageUris"))]
    return DEFAULT_MOUNT in mounts or any(
        mapping(component.get(key)).get("storageUri") is not None for key in _implementations(component)
    )


def _component_argument(
    finder: Finder, component: Map, path: Path, options: dict[str, str]
) -> tuple[Argument, tuple[tuple[Place, str], ...]]:
    """An argument of the implementation, or of a container; no URI may stand beside it."""
    implementations = _implementations(component)
    if "container" in options or not implementations:
        containers = items_at(component, path, "containers")
        default = KSERVE_CONTAINER if finder.index(containers, "name", KSERVE_CONTAINER) is not None else None
        holder, at = container_of_pod(finder, component, path, options.get("container", default))
        return argument_of(holder, at, options["argument"])
    at = (*path, implementations[0])
    holder = child(component, path, implementations[0])
    if options["argument"] == MODEL_ID and _has_uri(component):
        place: Path = (*path, "storageUris") if "storageUris" in component else (*at, "storageUri")
        raise missing(place, f"the argument {MODEL_ID} wins over it", f"take {place[-1]} out")
    return argument_of(holder, at, options["argument"])


def _storage_path(component: Map, path: Path, field: str) -> Spot:
    """The path of a `storage` spec, which names the bucket elsewhere."""
    if field != "storage.path":
        raise TargetError(f"no field is named {field!r}", hint="field: storage.path")
    implementations = _implementations(component)
    if not implementations:
        raise missing(path, "no model that could have a storage spec")
    at = (*path, implementations[0])
    inner = child(component, path, implementations[0])
    if _has_uri(component):
        place: Path = (*path, "storageUris") if "storageUris" in component else (*at, "storageUri")
        raise missing(place, f"KServe refuses storage.path beside {place[-1]}", "take it out")
    return Spot(child(inner, at, "storage"), "path", (*at, "storage", "path"))


def _storage_uris(component: Map, path: Path, mount: str) -> Spot:
    uris = items_at(component, path, "storageUris")
    for position, item in enumerate(uris):
        if isinstance(item, dict) and item.get("mountPath", DEFAULT_MOUNT) == mount:
            return Spot(item, "uri", (*path, "storageUris", position, "uri"))
    raise missing((*path, "storageUris"), f"no entry has the mountPath {mount!r}")


def _check_component(path: Path, component: Map) -> Iterator[Problem]:
    implementations = _implementations(component)
    if len(implementations) > 1:
        yield problem(path, f"exactly one implementation is allowed, found {' and '.join(implementations)}")
    if _has_uri(component):
        yield from (problem(*conflict) for conflict in _conflicts(component, path))
    several = component.get("storageUris") is not None
    for key in implementations:
        inner = mapping(component.get(key))
        uri = inner.get("storageUri")
        if uri is not None and several:
            yield problem((*path, "storageUris"), "storageUri and storageUris exclude each other")
        if isinstance(uri, str) and isinstance(inner.get("storage"), dict):
            scheme = uri.partition("://")[0]
            if scheme not in STORAGE_SPEC_SCHEMES:
                yield problem(
                    (*path, key, "storageUri"),
                    f"beside storage, only the schemes {', '.join(STORAGE_SPEC_SCHEMES)} are admitted",
                )
    for position, container in mappings(component.get("containers")):
        names = [variable.get("name") for _, variable in mappings(container.get("env"))]
        # A transformer in the predictor's own pod: the storage initializer would mount the model twice.
        if (
            path[-1] == "predictor"
            and container.get("name") == TRANSFORMER_CONTAINER
            and STORAGE_ENV in names
        ):
            yield problem(
                (*path, "containers", position, "env"),
                f"a collocated transformer must not have {STORAGE_ENV}",
            )


def _check_canaries(body: Map) -> Iterator[Problem]:
    spec = spec_of(body)
    mode = annotations_of(body).get(DEPLOYMENT_MODE)
    predictor = mapping(spec.get("predictor"))
    percent = predictor.get("canaryTrafficPercent")
    where: Path = ("spec", "predictor", "canaryTrafficPercent")
    yield from whole_number(percent, where, 100)
    if percent is not None and mode is not None and mode not in KNATIVE_MODES:
        yield problem(where, f"canaryTrafficPercent is ignored in {mode} mode", "only Knative mode reads it")
    canaries = mappings(spec.get("canary"))
    if not canaries:
        return
    path: Path = ("spec", "canary")
    if mode not in STANDARD_MODES:
        yield problem(
            path, "spec.canary works in Standard mode only", f"annotate {DEPLOYMENT_MODE}: Standard"
        )
    if percent is not None:
        yield problem(where, "canaryTrafficPercent and spec.canary exclude each other")
    yield from _check_canary_entries(canaries, path, predictor.get("name"))


def _check_canary_entries(canaries: list[tuple[int, Map]], path: Path, stable: Value) -> Iterator[Problem]:
    seen: set[str] = set()
    total = 0
    for position, canary in canaries:
        inner = mapping(canary.get("predictor"))
        name = inner.get("name")
        at: Path = (*path, position, "predictor")
        if not isinstance(name, str) or not name:
            yield problem((*at, "name"), "a canary needs a name of its own")
        elif name in seen or name == stable:
            yield problem((*at, "name"), "the name is taken by the stable predictor or another canary")
        else:
            seen.add(name)
        for key in CANARY_FORBIDDEN:
            if key in inner:
                yield problem((*at, key), f"a canary must not have {key}")
        yield from whole_number(canary.get("trafficPercent"), (*path, position, "trafficPercent"), 100)
        total += number(canary.get("trafficPercent"))
    if total > 100:
        yield problem(path, f"the canaries' percentages sum to {total}, more than 100")


def _standard_canary(plan: Plan, resource: Resource, spec: Map, mode: Value) -> list[Write]:
    if mode not in STANDARD_MODES:
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
    # KServe calls a predictor without a name `stable`; users may say so in `entries`.
    stable = own_name if isinstance(own_name, str) and own_name else "stable"
    entries = _canary_entries(plan, resource, names, stable)
    plan.all_covered(names, entries, "canary", path)
    if stable not in entries.values():
        raise plan.error(
            "no model of traffic.weights is the stable predictor", f"add entries: {{MODEL: {stable}}}"
        )
    # The stable predictor has no percentage of its own: it gets what the canaries leave.
    return [
        (
            Spot(item_at(canaries, names[name]), "trafficPercent", (*path, names[name], "trafficPercent")),
            plan.weights[model],
            model,
        )
        for model, name in entries.items()
        if name in names
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
    model = _only_here(
        plan,
        resource,
        "InferenceService; in Knative mode it holds the new model alone, "
        "the old one is its last ready revision",
        "say which with entries: {MODEL: predictor}",
    )
    predictor = walk(resource.body, ("spec", "predictor"))
    path: Path = ("spec", "predictor", "canaryTrafficPercent")
    return [(Spot(predictor, "canaryTrafficPercent", path), plan.weights[model], model)]


def _only_here(plan: Plan, resource: Resource, this: str, hint: str) -> str:
    """The one model of the weights that this object serves: by `entries`, else by the models' own targets."""
    here = list(plan.on_object(resource))
    if plan.target.entries:
        here = [model for model in plan.weights if model in plan.target.entries]
    if len(here) != 1:
        raise plan.error(f"{counted(len(here), 'model')} of traffic.weights served by this {this}", hint)
    return here[0]


# -- LLMInferenceService


class LLMInferenceServiceConfig(TrainedModel):
    """What LLMInferenceServices share by `baseRefs`: a model with LoRA adapters."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The model, or one LoRA adapter of it."""
        path: Path = self.row.start
        holder = walk(body, self.row.start)
        if "adapter" in options:
            lora = child(holder, path, "lora")
            path = (*path, "lora")
            adapters = items_at(lora, path, "adapters")
            holder, path = named(finder, adapters, (*path, "adapters"), options["adapter"], "adapter")
        # Pods that only read prompts load the same model, from a template of their own.
        prefill = (("spec", "prefill"),) if isinstance(spec_of(body).get("prefill"), dict) else ()
        holders = (*self.holders(), *prefill)
        return Located(Spot(holder, "uri", (*path, "uri")), holders, self.row.dialect)

    def choices(self, body: Map) -> Iterator[Choice]:
        """The model and each adapter."""
        model = mapping(spec_of(body).get("model"))
        yield Choice({})
        for _, adapter in mappings(mapping(model.get("lora")).get("adapters")):
            name = adapter.get("name")
            if isinstance(name, str):
                yield Choice({"adapter": name})


class LLMInferenceService(LLMInferenceServiceConfig):
    """A large language model behind a route that KServe makes."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Route weights are whole numbers, and mean something only within a group; admitted schemes."""
        route = mapping(mapping(spec_of(body).get("router")).get("route"))
        path: Path = ("spec", "router", "route")
        yield from whole_number(route.get("weight"), (*path, "weight"), MAX_ROUTE_WEIGHT)
        if route.get("weight") is not None and not route.get("group"):
            yield problem(
                (*path, "weight"), "a weight without a group is ignored", "set spec.router.route.group"
            )
        yield from check_rules(mapping(mapping(route.get("http")).get("spec")), (*path, "http", "spec"))
        yield from super().check(body, schemes)

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Relative weights of backend references, or the weight of this object within its group."""
        path: Path = ("spec", "router", "route")
        route = walk(resource.body, path)
        spec = mapping(route.get("http")).get("spec")
        if isinstance(spec, dict) and isinstance(spec.get("rules"), list):
            return backends(plan, spec, (*path, "http", "spec"))
        if "group" not in route:
            raise plan.error(
                "the weight has no meaning without a group of LLMInferenceServices",
                "set spec.router.route.group, the same in each of them",
                path,
            )
        model = _only_here(
            plan,
            resource,
            "LLMInferenceService",
            "list one traffic target per object, or say entries: {MODEL: NAME}",
        )
        return [(Spot(route, "weight", (*path, "weight")), plan.weights[model], model)]

    def shares(self, body: Map) -> Iterator[Share]:
        """The backend references; within a group, this object's part alone, whose entry is its own name."""
        route = mapping(mapping(spec_of(body).get("router")).get("route"))
        spec = mapping(mapping(route.get("http")).get("spec"))
        yield from rule_shares(spec, "backendRefs")
        name = mapping(body.get("metadata")).get("name")
        if "group" in route and "rules" not in spec and isinstance(name, str):
            yield Share({}, {name: number(route.get("weight"))})

    def weight_group(self, body: Map) -> str:
        """The route group of this object."""
        group = mapping(mapping(spec_of(body).get("router")).get("route")).get("group")
        return group if isinstance(group, str) else ""


# -- InferenceGraph


class InferenceGraph(Kind):
    """A graph of InferenceServices. It holds no model; a Splitter among its nodes splits by weight."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Every step of a Splitter has a weight, and they sum to 100."""
        for name, value in mapping(spec_of(body).get("nodes")).items():
            node = mapping(value)
            if node.get("routerType") != "Splitter":
                continue
            path: Path = ("spec", "nodes", name, "steps")
            steps = mappings(node.get("steps"))
            for position, step in steps:
                if step.get("weight") is None:
                    yield problem((*path, position, "weight"), "every step of a Splitter needs a weight")
                yield from whole_number(step.get("weight"), (*path, position, "weight"), 100)
            total = sum(number(step.get("weight")) for _, step in steps)
            if total != 100:
                yield problem(path, f"the weights of a Splitter must sum to 100, found {total}")

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
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
        path = (*path, "steps")
        names = _step_names(plan, steps)
        if len(names) != len(steps):
            raise plan.error("each step needs a name of its own", path=path)
        entries = plan.entries(names, "step", ("InferenceService",))
        plan.all_covered(names, entries, "step", path)
        services: list[tuple[Map, str, Path]] = [
            (item_at(steps, position), "serviceName", (*path, position, "serviceName"))
            for position in names.values()
        ]
        return plan.weigh(steps, path, names, entries) + renames(plan, services, ("InferenceService",))

    def shares(self, body: Map) -> Iterator[Share]:
        """The steps of each Splitter."""
        yield from _graph_shares(body)


def _graph_shares(body: Map) -> Iterator[Share]:
    for name, value in mapping(spec_of(body).get("nodes")).items():
        node = mapping(value)
        if node.get("routerType") != "Splitter":
            continue
        percents: dict[str, int] = {}
        for _, step in mappings(node.get("steps")):
            names = [step.get(key) for key in ("serviceName", "nodeName", "name", "serviceUrl")]
            percents[next((each for each in names if isinstance(each, str)), "")] = number(step.get("weight"))
        yield Share({} if name == "root" else {"node": name}, percents)


def _step_names(plan: Plan, steps: list[Value]) -> dict[str, int]:
    """Each step under the first of the fields that name it: what it calls, else its own name or address."""
    names: dict[str, int] = {}
    for key in ("serviceName", "nodeName", "name", "serviceUrl"):
        for name, position in positions(plan, steps, key).items():
            if position not in names.values():
                names.setdefault(name, position)
    return names
