"""The table of kinds and the code of the families agree: nothing falls between them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from cmp.kustomize.resource import Resource
from cmp.models import inject, kinds
from cmp.models.kinds.dialects import DIALECTS
from cmp.models.kinds.kind import Kind
from cmp.models.kinds.patterns import spots, steps_of
from cmp.models.kinds.places import Spot
from cmp.models.kinds.table import MEANINGS, ROWS

FOLDER = Path(kinds.__file__).parent
CASES = sorted((Path(__file__).parents[1] / "data/models/valid").glob("*.yaml"))
by_kind = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind}.{row.group}".strip("."))


def is_fixed_field(patterns):
    """Whether they are one path of keys: what `Kind.locate` can do."""
    return len(patterns) == 1 and all(
        step == "keys" and len(names) == 1 for step, names in steps_of(patterns[0])
    )


@by_kind
def test_the_code_of_a_row_does_what_the_row_says(row):
    code = kinds.code_of(row)
    assert isinstance(code, Kind)
    does = {
        name for name in ("locate", "check", "split") if getattr(type(code), name) is not getattr(Kind, name)
    }
    wants = set()
    if row.chosen or row.parts or (row.uris and not is_fixed_field(row.uris)):
        wants.add("locate")  # which of several fields a target means
    if row.rules:
        wants.add("check")
    if row.traffic and not row.traffic.controller:
        wants.add("split")
    assert does == wants


@by_kind
def test_the_words_of_a_row_are_known(row):
    assert row.dialect in DIALECTS
    assert row.source
    assert row.uris or row.chosen or row.names or row.traffic, "a row that no target can use"
    if row.traffic:
        assert row.traffic.meaning in MEANINGS
        assert row.traffic.source
        assert row.traffic.weights
    assert bool(row.owns) == bool(row.owner)
    for pattern in (*row.uris, *row.chosen):
        steps_of(pattern)
    for owned in row.owns:
        steps_of(owned.names, ends_at_key=False)


def test_a_kind_has_one_row():
    assert len({(row.group, row.kind) for row in ROWS}) == len(ROWS)


def test_every_class_of_a_family_belongs_to_a_row():
    named = {row.code for row in ROWS}
    for path in FOLDER.glob("*.py"):
        module = import_module(f"cmp.models.kinds.{path.stem}")
        for name, value in vars(module).items():
            ours = isinstance(value, type) and issubclass(value, Kind) and value.__module__ == module.__name__
            if ours and value is not Kind:
                assert f"{path.stem}.{name}" in named


def places(body, patterns):
    return {spot.field for pattern in patterns for spot in spots(body, pattern)}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_what_the_code_writes_is_a_place_of_the_table(case, resources):
    """What a target chooses, the gates must see, and what is written as a weight, the table must call one."""
    objects = resources(case.read_text())
    for each in inject(objects).written:
        row = kinds.table.row_of(each.resource.gvk)
        if not isinstance(each.place, Spot) or each.source == "rename":
            continue
        assert row is not None
        traffic = row.traffic.weights if row.traffic else ()
        known = (*row.uris, *row.chosen) if each.secret else traffic
        assert each.field in places(each.resource.body, known)


def test_every_pattern_of_the_table_leads_somewhere_in_the_cases(resources):
    """A pattern with a mistake in it would find nothing, and the gates would see nothing.

    Kinds of one shape share their cases: patterns count from the row's `start`.
    """

    def shape(row, pattern):
        start = ".".join(row.start)
        return row.code or row.kind, pattern.removeprefix(start)

    found = set()
    for case in CASES:
        for each in resources(case.read_text()):
            row = kinds.table.row_of(each.gvk)
            for pattern in (*row.uris, *row.chosen) if row else ():
                if places(each.body, [pattern]):
                    found.add(shape(row, pattern))
    wanted = {shape(row, pattern) for row in ROWS for pattern in (*row.uris, *row.chosen)}
    assert wanted - found == set()


GRAPH: dict[str, Any] = {
    "name": "a",
    "modelUri": 1,
    "children": [{"modelUri": 2, "children": [{"modelUri": 3}]}, "odd", {}],
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("spec.uri", ["spec.uri"]),
        ("spec.{none,uri,b}.x", ["spec.b.x"]),
        ("spec.{b,uri}", ["spec.b", "spec.uri"]),
        ("spec.b.*", ["spec.b.x", "spec.b.y"]),
        ("spec.items[].uri", ["spec.items[0].uri", "spec.items[2].uri"]),
        ("spec.items[name=n].uri", ["spec.items[2].uri"]),
        ("spec.uri[].x", []),
        ("spec.[a.b/c]", ["spec[a.b/c]"]),
        ("spec[a.b/c]", ["spec[a.b/c]"]),
        (
            "graph.children[]*.modelUri",
            ["graph.modelUri", "graph.children[0].modelUri", "graph.children[0].children[0].modelUri"],
        ),
    ],
)
def test_patterns(pattern, expected):
    spec: dict[str, Any] = {
        "uri": "u",
        "b": {"x": 1, "y": 2},
        "a.b/c": "d",
        "items": [{"uri": 1}, "odd", {"name": "n", "uri": 2}, {"name": "n"}],
    }
    assert [spot.field for spot in spots({"spec": spec, "graph": GRAPH}, pattern)] == expected


@pytest.mark.parametrize("pattern", ["", "a[]", "a..b", "a.b[", "a.{b"])
def test_what_is_not_a_pattern(pattern):
    with pytest.raises(AssertionError):
        steps_of(pattern)


def test_a_deep_graph_does_not_recurse():
    node: dict[str, Any] = {"modelUri": "x"}
    for _ in range(5000):
        node = {"children": [node]}
    assert len(list(spots({"graph": node}, "graph.children[]*.modelUri"))) == 1


def test_owners_are_found_by_the_names_they_give():
    def resource(group, kind, spec):
        return Resource({"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": "o"}, "spec": spec})

    routing = {
        "istio": {"virtualService": {"name": "v"}, "virtualServices": [{"name": "w"}, {}, "odd"]},
        "nginx": {"stableIngress": "i", "stableIngresses": ["j", "k"]},
        "alb": {"ingress": "l", "ingresses": ["m"]},
        "traefik": {"weightedTraefikServiceName": "n"},
        "smi": {"trafficSplitName": "x"},
        "ambassador": {"mappings": ["y"]},
        "apisix": {"route": {"name": "z"}},
        "plugins": {
            "argoproj-labs/gatewayAPI": {
                "httpRoute": "r",
                "httpRoutes": [{"name": "s"}],
                "grpcRoutes": [{"name": "g"}],
                "tcpRoute": "h",
                "tlsRoutes": [{"name": "q"}],
            }
        },
    }
    rollout = resource("argoproj.io", "Rollout", {"strategy": {"canary": {"trafficRouting": routing}}})
    canary = resource(
        "flagger.app",
        "Canary",
        {"targetRef": {"name": "t"}, "ingressRef": {"name": "i"}, "routeRef": {"name": "a"}},
    )
    owners = kinds.owners_of_weights([rollout, canary, resource("apps", "Deployment", {})])
    assert {place: owner.title.partition(" (")[0] for place, [*_, owner] in owners.items()} == {
        ("VirtualService", "v"): "Argo Rollouts",
        ("VirtualService", "w"): "Argo Rollouts",
        **{("Ingress", name): "Argo Rollouts" for name in "jklm"},
        ("TraefikService", "n"): "Argo Rollouts",
        ("HTTPRoute", "r"): "Argo Rollouts",
        ("HTTPRoute", "s"): "Argo Rollouts",
        ("GRPCRoute", "g"): "Argo Rollouts",
        ("TCPRoute", "h"): "Argo Rollouts",
        ("TLSRoute", "q"): "Argo Rollouts",
        ("TrafficSplit", "x"): "Argo Rollouts",
        ("Mapping", "y"): "Argo Rollouts",
        ("ApisixRoute", "z"): "Argo Rollouts",
        ("TraefikService", "t"): "Flagger",
        ("HTTPProxy", "t"): "Flagger",
        ("VirtualService", "t"): "Flagger",
        ("HTTPRoute", "t"): "Flagger",
        **{(kind, "t"): "Flagger" for kind in ("Service", "TrafficSplit", "TrafficRoute", "RouteTable")},
        ("ApisixRoute", "a"): "Flagger",
        ("Ingress", "i"): "Flagger",
        ("Ingress", "i-canary"): "Flagger",
    }
