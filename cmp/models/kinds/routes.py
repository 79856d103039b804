"""Objects that only shift traffic: HTTPRoute, GRPCRoute, Istio's VirtualService, ingress-nginx's canary."""

from __future__ import annotations

from cmp.models.kinds.kind import Kind, Share, number, problem, whole_number
from cmp.models.kinds.places import Spot, annotations_of, items_at, mapping, mappings, spec_of, walk
from cmp.models.kinds.plan import positions
from cmp.models.kinds.table import NGINX
from cmp.nearest import did_you_mean
from cmp.yaml.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.kind import Problem
    from cmp.models.kinds.places import Map, Path
    from cmp.models.kinds.plan import Plan, Write
    from cmp.yaml.value import Value

# Gateway API: the largest weight of a backendRef.
MAX_ROUTE_WEIGHT = 1_000_000
MAX_INT32 = 2**31 - 1
CANARY, CANARY_WEIGHT, CANARY_TOTAL = NGINX + "canary", NGINX + "canary-weight", NGINX + "canary-weight-total"


# -- Gateway API


class HttpRoute(Kind):
    """Rules with backendRefs: HTTPRoute and GRPCRoute."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Weights of backendRefs are whole numbers, and one of them is positive."""
        yield from check_rules(spec_of(body), ("spec",))

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Relative weights of a rule's backendRefs, by the Service's name."""
        return backends(plan, walk(resource.body, ("spec",)), ("spec",))

    def shares(self, body: Map) -> Iterator[Share]:
        """The backends of each rule that splits."""
        yield from rule_shares(spec_of(body), "backendRefs")


def rule_shares(spec: Map, key: str) -> Iterator[Share]:
    """The shares of the rules with several backends in the spec of an HTTPRoute."""
    for _, rule in mappings(spec.get("rules")):
        refs = [ref for _, ref in mappings(rule.get(key))]
        if len(refs) > 1:
            yield Share({}, {str(ref.get("name")): number(ref.get("weight", 1)) for ref in refs})


def check_rules(spec: Map, path: Path) -> Iterator[Problem]:
    """The problems of the rules in the spec of an HTTPRoute at `path`."""
    for position, rule in mappings(spec.get("rules")):
        refs = mappings(rule.get("backendRefs"))
        at: Path = (*path, "rules", position, "backendRefs")
        for place, ref in refs:
            yield from whole_number(ref.get("weight"), (*at, place, "weight"), MAX_ROUTE_WEIGHT)
        if refs and all(ref.get("weight") == 0 for _, ref in refs):
            yield problem(at, "all weights are zero: nobody would be served")


def backends(plan: Plan, spec: Map, path: Path) -> list[Write]:
    """The weight of each backend of the rules that split, in the spec of an HTTPRoute at `path`."""
    rules = items_at(spec, path, "rules")
    result: list[Write] = []
    for position, refs in _blocks(plan, rules, (*path, "rules"), "rule", "backendRefs"):
        at = (*path, "rules", position, "backendRefs")
        names = positions(plan, refs)
        entries = plan.entries(names, "backend", ("Service", "InferencePool"))
        plan.all_covered(names, entries, "backend", at)
        result += plan.weigh(refs, at, names, entries)
    return result


def _blocks(
    plan: Plan, blocks: list[Value], path: Path, option: str, key: str
) -> list[tuple[int, list[Value]]]:
    """The items of a list that split traffic, each with its position and its list at `key`.

    Those with several destinations, or the one that the target names by `option`.
    """
    wanted = plan.target.options.get(option)
    found: list[tuple[int, list[Value]]] = []
    for position, block in enumerate(blocks):
        items = block.get(key) if isinstance(block, dict) else None
        if not isinstance(block, dict) or not isinstance(items, list):
            continue
        if wanted is None and len(items) < 2:
            continue  # one destination does not split: a header's or a path's own route
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


# -- Istio


class VirtualService(Kind):
    """http routes with destinations."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Weights are whole numbers; of several destinations one has a positive weight."""
        for position, route in mappings(spec_of(body).get("http")):
            destinations = mappings(route.get("route"))
            path: Path = ("spec", "http", position, "route")
            for place, destination in destinations:
                yield from whole_number(destination.get("weight"), (*path, place, "weight"), MAX_INT32)
            if len(destinations) > 1 and not any(number(each.get("weight")) for _, each in destinations):
                yield problem(path, "several destinations, none with a positive weight")

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Relative weights of an http route's destinations, by host, its first label, or subset."""
        routes = items_at(walk(resource.body, ("spec",)), ("spec",), "http")
        path: Path = ("spec", "http")
        result: list[Write] = []
        for position, items in _blocks(plan, routes, path, "route", "route"):
            at = (*path, position, "route")
            names = _destinations(plan, items, at)
            entries = plan.entries(names, "destination", ("Service",))
            plan.all_covered(names, entries, "destination", at)
            result += plan.weigh(items, at, names, entries)
        return result

    def shares(self, body: Map) -> Iterator[Share]:
        """The destinations of each http route that splits."""
        for _, route in mappings(spec_of(body).get("http")):
            items = [item for _, item in mappings(route.get("route"))]
            if len(items) > 1:
                names = _labels(items)
                weights = [number(item.get("weight")) for item in items]
                if len(set(names)) == len(items):
                    yield Share({}, dict(zip(names, weights, strict=True)))


def _labels(items: list[Map]) -> list[str]:
    """What tells destinations apart: their hosts when these differ, else their subsets."""
    places = [mapping(item.get("destination")) for item in items]
    hosts = [str(place.get("host")).partition(".")[0] for place in places]
    return hosts if len(set(hosts)) == len(hosts) else [str(place.get("subset")) for place in places]


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


# -- ingress-nginx


class Ingress(Kind):
    """A second Ingress for the same host, which ingress-nginx reads as a canary of the first."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """A canary's weight is a number up to its total, on an Ingress that says it is a canary."""
        annotations = annotations_of(body)
        weight = annotations.get(CANARY_WEIGHT)
        if weight is None:
            return
        path: Path = ("metadata", "annotations", CANARY_WEIGHT)
        high = _decimal(annotations.get(CANARY_TOTAL, "100"), 100)
        if not 0 <= _decimal(weight, -1) <= high:
            yield problem(path, f"must be a whole number from 0 to {high}, in quotes")
        if annotations.get(CANARY) != "true":
            yield problem(path, f'ignored without {CANARY}: "true"')

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """The percentage of the canary Ingress; the rest goes to the Ingress it stands beside."""
        annotations = annotations_of(resource.body)
        if annotations.get(CANARY) != "true":
            raise plan.error(
                "the weight would be ignored: this is not a canary Ingress",
                f'annotate the canary\'s Ingress, not the main one, with {CANARY}: "true"',
            )
        plan.pair("a canary Ingress")
        total = _decimal(annotations.get(CANARY_TOTAL, "100"), 0)
        if total < 1:
            raise plan.error(f"{CANARY_TOTAL} is not a positive number in quotes")
        names = dict.fromkeys(_services(walk(resource.body, ("spec",))), 0)
        canary = _canary_model(plan, names)
        scaled, rest = divmod(plan.weights[canary] * total, 100)
        if rest:
            raise plan.error(f"the weight is not a whole number of {CANARY_TOTAL} {total}")
        path: Path = ("metadata", "annotations", CANARY_WEIGHT)
        return [(Spot(annotations, CANARY_WEIGHT, path), str(scaled), canary)]

    def shares(self, body: Map) -> Iterator[Share]:
        """The canary's percentage, under the name of its Service; the rest belongs to another Ingress."""
        annotations = annotations_of(body)
        if annotations.get(CANARY) != "true" or CANARY_WEIGHT not in annotations:
            return
        total = _decimal(annotations.get(CANARY_TOTAL, "100"), 0)
        percent, rest = divmod(_decimal(annotations[CANARY_WEIGHT], -1) * 100, total or 1)
        names = dict.fromkeys(_services(spec_of(body)))
        if not rest and len(names) == 1 and 0 <= percent <= 100:
            yield Share({}, {next(iter(names)): percent, "": 100 - percent})


def _decimal(value: Value, otherwise: int) -> int:
    """The number that a string of ASCII digits stands for; annotations hold strings only."""
    if not isinstance(value, str) or not value.isascii() or not value.isdecimal() or len(value) > 18:
        return otherwise
    return int(value)


def _canary_model(plan: Plan, names: dict[str, int]) -> str:
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


def _services(spec: Map) -> list[str]:
    """The Services that an Ingress leads to."""
    backends = [spec.get("defaultBackend")]
    for _, rule in mappings(spec.get("rules")):
        backends += [item.get("backend") for _, item in mappings(mapping(rule.get("http")).get("paths"))]
    names = [mapping(mapping(backend).get("service")).get("name") for backend in backends]
    return [name for name in names if isinstance(name, str)]
