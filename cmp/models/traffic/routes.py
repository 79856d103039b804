"""Weights of HTTPRoute, VirtualService and of ingress-nginx's canary."""

from __future__ import annotations

from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Spot, items_at, walk
from cmp.models.strict import counted
from cmp.models.traffic.plan import Plan, annotations_of, item_at, positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource
    from cmp.models.shapes.finding import Map, Path
    from cmp.models.traffic.plan import Write
    from cmp.yaml.value import Value


NGINX = "nginx.ingress.kubernetes.io/"


def http_route(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of a rule's backendRefs, by the Service's name."""
    return backends(plan, walk(resource.body, ("spec",)), ("spec",), "rule", "backendRefs")


def backends(plan: Plan, spec: Map, path: Path, option: str, key: str) -> list[Write]:
    """The weight of each backend of the rules that split."""
    rules = items_at(spec, path, "rules")
    result: list[Write] = []
    for position, refs in _blocks(plan, rules, (*path, "rules"), option, key):
        at = (*path, "rules", position, key)
        names = positions(plan, refs)
        entries = plan.entries(names, "backend", ("Service",))
        plan.all_covered(names, entries, "backend", at)
        result += [
            (
                Spot(item_at(refs, names[name]), "weight", (*at, names[name], "weight")),
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
                Spot(item_at(items, names[name]), "weight", (*at, names[name], "weight")),
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
    annotations = annotations_of(resource)
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
