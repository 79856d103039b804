"""What each kind's admission webhook or controller demands of locations and weights, checked before it does.

One function per kind; each yields problems and never changes anything. Sources are those of the tables in
`cmp.models.fields` and `cmp.models.splits`.
"""

from __future__ import annotations

from typing import NamedTuple

from cmp.models.fields import EXPLAINERS, LEGACY_PREDICTORS
from cmp.models.shapes.kserve import STORAGE_ENV
from cmp.models.storage import KSERVE_SCHEMES, kserve_admits
from cmp.models.storage_fields import components, storage_fields
from cmp.models.strict import dotted
from cmp.models.traffic.kserve import DEPLOYMENT_MODE, KNATIVE_MODES
from cmp.models.traffic.routes import NGINX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.shapes.finding import Map, Path
    from cmp.yaml.value import Value

# KServe 0.20: what a canary's predictor must not carry.
CANARY_FORBIDDEN = ("maxReplicas", "scaleTarget", "scaleMetric", "autoScaling", "workerSpec")
# KServe: a `storage` spec beside a URI (component.go, validateStorageSpec).
STORAGE_SPEC_SCHEMES = ("s3", "hdfs", "webhdfs")
MAX_ROUTE_WEIGHT = 1_000_000


class Problem(NamedTuple):
    """One broken rule: the field, what is wrong, what to do. Never holds a URI."""

    field: str
    message: str
    hint: str = ""


def check(resource: Resource, schemes: tuple[str, ...] = ()) -> list[Problem]:
    """The rules of this kind that `resource` breaks; empty for kinds without rules.

    schemes: of URIs, which the cluster's storage containers teach KServe besides its own.
    """
    gvk = resource.gvk
    rule = RULES.get((gvk.group, gvk.kind))
    found = list(rule(resource.body)) if rule is not None else []
    return found + _schemes(resource, schemes) if (gvk.group, gvk.kind) in LOCATED else found


def problem(path: Path, message: str, hint: str = "") -> Problem:
    """A problem at a path."""
    return Problem(dotted(path), message, hint)


def _spec(body: Map) -> Map:
    spec = body.get("spec")
    return spec if isinstance(spec, dict) else {}


def _maps(value: Value) -> list[tuple[int, Map]]:
    items = value if isinstance(value, list) else []
    return [(position, item) for position, item in enumerate(items) if isinstance(item, dict)]


def _map(value: Value) -> Map:
    return value if isinstance(value, dict) else {}


def _whole(value: Value, path: Path, high: int) -> Iterator[Problem]:
    """A problem unless `value` is absent or an integer from 0 to `high`."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= high:
        yield problem(path, f"must be a whole number from 0 to {high}")


def _number(value: Value) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# -- Seldon


def experiment(body: Map) -> Iterator[Problem]:
    """Candidates with weights of which one is positive; default is one of them; a mirror takes percent."""
    spec = _spec(body)
    candidates = _maps(spec.get("candidates"))
    path: Path = ("spec", "candidates")
    if not candidates:
        yield problem(path, "an Experiment needs candidates")
        return
    for position, candidate in candidates:
        yield from _whole(candidate.get("weight"), (*path, position, "weight"), 2**32 - 1)
    if not any(_number(candidate.get("weight")) for _, candidate in candidates):
        yield problem(path, "all weights are zero: nobody would be served")
    names = [candidate.get("name") for _, candidate in candidates]
    if len({str(name) for name in names}) != len(names):
        yield problem(path, "two candidates have one name")
    default = spec.get("default")
    if default is not None and default not in names:
        yield problem(("spec", "default"), "the default is none of the candidates")
    mirror = spec.get("mirror")
    if isinstance(mirror, dict):
        yield from _whole(mirror.get("percent"), ("spec", "mirror", "percent"), 100)


def seldon_deployment(body: Map) -> Iterator[Problem]:
    """Traffic of the predictors that are no shadows sums to 100; a single one has 100 or none; one shadow."""
    predictors = _maps(_spec(body).get("predictors"))
    path: Path = ("spec", "predictors")
    serving = [(position, each) for position, each in predictors if each.get("shadow") is not True]
    if len(predictors) - len(serving) > 1:
        yield problem(path, "at most one predictor may be a shadow")
    for position, predictor in predictors:
        yield from _whole(predictor.get("traffic"), (*path, position, "traffic"), 100)
    total = sum(_number(predictor.get("traffic")) for _, predictor in serving)
    if len(serving) > 1 and total != 100:
        yield problem(path, f"the traffic of the predictors must sum to 100, found {total}")
    if len(serving) == 1 and total not in (0, 100):
        yield problem(
            (*path, serving[0][0], "traffic"), f"the only predictor takes 100 percent, found {total}"
        )


# -- KServe


def inference_service(body: Map) -> Iterator[Problem]:
    """One implementation, one way to name the model, admitted schemes, and the rules of both canary forms."""
    for path, component in components(body):
        yield from _component(path, component)
    yield from _canaries(body)


def _component(path: Path, component: Map) -> Iterator[Problem]:
    named = [
        key for key in ("model", *LEGACY_PREDICTORS, *EXPLAINERS) if isinstance(component.get(key), dict)
    ]
    if len(named) > 1:
        yield problem(path, f"exactly one implementation is allowed, found {' and '.join(named)}")
    several = component.get("storageUris") is not None
    for key in named:
        inner = _map(component.get(key))
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
    for position, container in _maps(component.get("containers")):
        names = [variable.get("name") for _, variable in _maps(container.get("env"))]
        if (
            path[-1] == "predictor"
            and container.get("name") == "transformer-container"
            and STORAGE_ENV in names
        ):
            yield problem(
                (*path, "containers", position, "env"),
                f"a collocated transformer must not have {STORAGE_ENV}",
            )


def _schemes(resource: Resource, extra: tuple[str, ...]) -> list[Problem]:
    """A problem for each location whose scheme KServe does not admit; paths without a scheme are local."""
    hint = f"it admits {', '.join(KSERVE_SCHEMES)}; policy.schemes names what storage containers add"
    return [
        Problem(field, f"KServe does not admit the scheme {text.partition('://')[0]!r} here", hint)
        for field, text in storage_fields(resource)
        if "://" in text and not kserve_admits(text, extra)
    ]


def _canaries(body: Map) -> Iterator[Problem]:
    spec = _spec(body)
    annotations = _map(_map(body.get("metadata")).get("annotations"))
    mode = annotations.get(DEPLOYMENT_MODE)
    predictor = _map(spec.get("predictor"))
    percent = predictor.get("canaryTrafficPercent")
    where: Path = ("spec", "predictor", "canaryTrafficPercent")
    yield from _whole(percent, where, 100)
    if percent is not None and mode is not None and mode not in KNATIVE_MODES:
        yield problem(where, f"canaryTrafficPercent is ignored in {mode} mode", "only Knative mode reads it")
    canaries = _maps(spec.get("canary"))
    if not canaries:
        return
    path: Path = ("spec", "canary")
    if mode != "Standard":
        yield problem(
            path, "spec.canary works in Standard mode only", f"annotate {DEPLOYMENT_MODE}: Standard"
        )
    if percent is not None:
        yield problem(where, "canaryTrafficPercent and spec.canary exclude each other")
    yield from _canary_entries(canaries, path, predictor.get("name"))


def _canary_entries(canaries: list[tuple[int, Map]], path: Path, stable: Value) -> Iterator[Problem]:
    seen: set[str] = set()
    total = 0
    for position, canary in canaries:
        inner = _map(canary.get("predictor"))
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
        yield from _whole(canary.get("trafficPercent"), (*path, position, "trafficPercent"), 100)
        total += _number(canary.get("trafficPercent"))
    if total > 100:
        yield problem(path, f"the canaries' percentages sum to {total}, more than 100")


def inference_graph(body: Map) -> Iterator[Problem]:
    """Every step of a Splitter has a weight, and they sum to 100."""
    nodes = _map(_spec(body).get("nodes"))
    for name, value in nodes.items():
        node = _map(value)
        if node.get("routerType") != "Splitter":
            continue
        path: Path = ("spec", "nodes", name, "steps")
        steps = _maps(node.get("steps"))
        for position, step in steps:
            if step.get("weight") is None:
                yield problem((*path, position, "weight"), "every step of a Splitter needs a weight")
            yield from _whole(step.get("weight"), (*path, position, "weight"), 100)
        total = sum(_number(step.get("weight")) for _, step in steps)
        if total != 100:
            yield problem(path, f"the weights of a Splitter must sum to 100, found {total}")


def llm(body: Map) -> Iterator[Problem]:
    """Route weights are whole numbers, and mean something only within a group."""
    route = _map(_map(_spec(body).get("router")).get("route"))
    path: Path = ("spec", "router", "route")
    yield from _whole(route.get("weight"), (*path, "weight"), MAX_ROUTE_WEIGHT)
    if route.get("weight") is not None and not route.get("group"):
        yield problem((*path, "weight"), "a weight without a group is ignored", "set spec.router.route.group")
    http = _map(_map(route.get("http")).get("spec"))
    yield from _rules(http, (*path, "http", "spec"))


# -- routes


def http_route(body: Map) -> Iterator[Problem]:
    """Weights of backendRefs are whole numbers, and one of them is positive."""
    yield from _rules(_spec(body), ("spec",))


def _rules(spec: Map, path: Path) -> Iterator[Problem]:
    for position, rule in _maps(spec.get("rules")):
        refs = _maps(rule.get("backendRefs"))
        at: Path = (*path, "rules", position, "backendRefs")
        for place, ref in refs:
            yield from _whole(ref.get("weight"), (*at, place, "weight"), MAX_ROUTE_WEIGHT)
        if refs and all(ref.get("weight") == 0 for _, ref in refs):
            yield problem(at, "all weights are zero: nobody would be served")


def virtual_service(body: Map) -> Iterator[Problem]:
    """Weights are whole numbers; of several destinations one has a positive weight."""
    for position, route in _maps(_spec(body).get("http")):
        destinations = _maps(route.get("route"))
        path: Path = ("spec", "http", position, "route")
        for place, destination in destinations:
            yield from _whole(destination.get("weight"), (*path, place, "weight"), 2**31 - 1)
        if len(destinations) > 1 and not any(_number(each.get("weight")) for _, each in destinations):
            yield problem(path, "several destinations, none with a positive weight")


def ingress(body: Map) -> Iterator[Problem]:
    """A canary's weight is a number up to its total, on an Ingress that says it is a canary."""
    annotations = _map(_map(body.get("metadata")).get("annotations"))
    weight = annotations.get(NGINX + "canary-weight")
    if weight is None:
        return
    path: Path = ("metadata", "annotations", NGINX + "canary-weight")
    total = annotations.get(NGINX + "canary-weight-total", "100")
    high = int(total) if isinstance(total, str) and total.isascii() and total.isdecimal() else 100
    if not isinstance(weight, str) or not (weight.isascii() and weight.isdecimal()) or int(weight) > high:
        yield problem(path, f"must be a whole number from 0 to {high}, in quotes")
    if annotations.get(NGINX + "canary") != "true":
        yield problem(path, f'ignored without {NGINX}canary: "true"')


# Kinds whose locations KServe's webhook looks at.
LOCATED = frozenset(
    ("serving.kserve.io", kind) for kind in ("InferenceService", "LLMInferenceService", "TrainedModel")
)

RULES: dict[tuple[str, str], Callable[[Map], Iterator[Problem]]] = {
    ("mlops.seldon.io", "Experiment"): experiment,
    ("machinelearning.seldon.io", "SeldonDeployment"): seldon_deployment,
    ("serving.kserve.io", "InferenceService"): inference_service,
    ("serving.kserve.io", "InferenceGraph"): inference_graph,
    ("serving.kserve.io", "LLMInferenceService"): llm,
    ("gateway.networking.k8s.io", "HTTPRoute"): http_route,
    ("gateway.networking.k8s.io", "GRPCRoute"): http_route,
    ("networking.istio.io", "VirtualService"): virtual_service,
    ("networking.k8s.io", "Ingress"): ingress,
}
