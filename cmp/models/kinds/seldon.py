"""Seldon Core: SeldonDeployment (v1), Experiment (v2)."""

from __future__ import annotations

from cmp.models.kinds.kind import Choice, Kind, Share, number, problem, whole_number
from cmp.models.kinds.patterns import descend
from cmp.models.kinds.places import (
    Located,
    Spot,
    child,
    items_at,
    mapping,
    mappings,
    missing,
    named,
    need,
    spec_of,
    walk,
)
from cmp.models.kinds.plan import item_at, own_entries, positions, renames
from cmp.models.kinds.workloads import env_of_pod, pod_choices
from cmp.nearest import did_you_mean
from cmp.yaml.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.kind import Problem
    from cmp.models.kinds.places import Finder, Map, Path
    from cmp.models.kinds.plan import Plan, Write

MAX_UINT32 = 2**32 - 1
PREDICTORS: Path = ("spec", "predictors")
CANDIDATES: Path = ("spec", "candidates")


# -- SeldonDeployment


class SeldonDeployment(Kind):
    """Predictors, each a graph of models with an optional explainer."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """A node of a predictor's graph, its explainer, or a variable of one of its containers."""
        predictor, path = _predictor(finder, body, options.get("predictor"))
        holders = _holders(predictor, path)
        if "env" in options or "container" in options:
            return Located(_env_spot(finder, predictor, path, options), holders)
        if options.get("explainer", "false") == "true":
            explainer = child(predictor, path, "explainer")
            return Located(Spot(explainer, "modelUri", (*path, "explainer", "modelUri")), holders)
        at: Path = (*path, "graph")
        nodes = list(descend(child(predictor, path, "graph"), at, "children"))
        return Located(_graph_spot(nodes, at, options.get("node")), holders)

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Traffic of the predictors without shadows sums to 100; a single one has 100 or none; one shadow."""
        predictors = mappings(spec_of(body).get("predictors"))
        serving = [(position, each) for position, each in predictors if each.get("shadow") is not True]
        if len(predictors) - len(serving) > 1:
            yield problem(PREDICTORS, "at most one predictor may be a shadow")
        for position, predictor in predictors:
            yield from whole_number(predictor.get("traffic"), (*PREDICTORS, position, "traffic"), 100)
        total = sum(number(predictor.get("traffic")) for _, predictor in serving)
        if len(serving) > 1 and total != 100:
            yield problem(PREDICTORS, f"the traffic of the predictors must sum to 100, found {total}")
        if len(serving) == 1 and total not in (0, 100):
            path = (*PREDICTORS, serving[0][0], "traffic")
            yield problem(path, f"the only predictor takes 100 percent, found {total}")

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Percent of the predictors without `shadow`; one predictor alone takes everything."""
        predictors = items_at(walk(resource.body, ("spec",)), ("spec",), "predictors")
        names = positions(plan, predictors)
        shadows = {
            name for name, position in names.items() if item_at(predictors, position).get("shadow") is True
        }
        entries = own_entries(plan, resource, "predictor", names) or plan.entries(names, "predictor", ())
        for model, name in entries.items():
            if name in shadows and plan.weights[model]:
                raise plan.error(
                    f"the predictor {name!r} of the model {model!r} is a shadow: it gets copies, not a share",
                    "give it the weight 0, or remove shadow",
                    (*PREDICTORS, names[name]),
                )
        serving = {name: position for name, position in names.items() if name not in shadows}
        plan.all_covered(serving, entries, "predictor", PREDICTORS)
        weighed = {model: name for model, name in entries.items() if name not in shadows}
        return plan.weigh(predictors, PREDICTORS, names, weighed, "traffic")

    def choices(self, body: Map) -> Iterator[Choice]:
        """The nodes of each predictor's graph, its explainer, and what its containers hold."""
        for _, predictor in mappings(spec_of(body).get("predictors")):
            name = predictor.get("name")
            if not isinstance(name, str):
                continue
            lead = {"predictor": name}
            for node, _ in descend(predictor.get("graph"), (), "children"):
                own = node.get("name")
                if "modelUri" in node and isinstance(own, str):
                    yield Choice({**lead, "node": own})
            if "modelUri" in mapping(predictor.get("explainer")):
                yield Choice({**lead, "explainer": "true"})
            for _, spec in mappings(predictor.get("componentSpecs")):
                for choice in pod_choices(mapping(spec.get("spec")), lead):
                    if "env" in choice.options:
                        yield choice

    def shares(self, body: Map) -> Iterator[Share]:
        """The traffic of the predictors without `shadow`."""
        predictors = [each for _, each in mappings(spec_of(body).get("predictors"))]
        serving = [each for each in predictors if each.get("shadow") is not True]
        if len(serving) > 1:
            yield Share({}, {str(each.get("name")): number(each.get("traffic")) for each in serving})


def _predictor(finder: Finder, body: Map, name: str | None) -> tuple[Map, Path]:
    """The named predictor, or the only one."""
    predictors = items_at(walk(body, ("spec",)), ("spec",), "predictors")
    if name is not None:
        return named(finder, predictors, PREDICTORS, name, "predictor")
    only = predictors[0] if len(predictors) == 1 else None
    if not isinstance(only, dict):
        message = f"{len(predictors)} predictors: say which"
        raise missing(PREDICTORS, message, "add predictor: NAME to the target")
    return only, (*PREDICTORS, 0)


def _holders(predictor: Map, path: Path) -> tuple[Path, ...]:
    """The object, and what becomes the pods' metadata: each component's, else the predictor's annotations."""
    specs = predictor.get("componentSpecs")
    if isinstance(specs, list) and specs:
        at: Path = (*path, "componentSpecs")
        return (("metadata",), *((*at, position, "metadata") for position in range(len(specs))))
    return (("metadata",), path)


def _env_spot(finder: Finder, predictor: Map, path: Path, options: dict[str, str]) -> Spot:
    env, wanted = need(options, "env"), options.get("container")
    found: list[tuple[Map, Path]] = []
    for position, spec in mappings(items_at(predictor, path, "componentSpecs")):
        pod = spec.get("spec")
        containers = pod.get("containers") if isinstance(pod, dict) else None
        if not isinstance(pod, dict) or not isinstance(containers, list):
            continue
        if wanted is None or finder.index(containers, "name", wanted) is not None:
            found.append((pod, (*path, "componentSpecs", position, "spec")))
    # Each component is a pod of its own, and several may have a container of that name.
    if len(found) != 1:
        raise missing(
            (*path, "componentSpecs"),
            f"{counted(len(found), 'component')} with the container: say which",
            "add container: NAME to the target",
        )
    pod, at = found[0]
    return env_of_pod(finder, pod, at, wanted, env)


def _graph_spot(nodes: list[tuple[Map, Path]], path: Path, name: str | None) -> Spot:
    """The named node's URI; else that of the only node, or of the only one that has a URI."""
    if name is not None:
        chosen = [pair for pair in nodes if pair[0].get("name") == name]
        if len(chosen) != 1:
            names = [text for node, _ in nodes if isinstance(text := node.get("name"), str)]
            word = f"{len(chosen)} nodes are" if chosen else "no node of the graph is"
            raise missing(path, f"{word} named {name!r}", did_you_mean(name, names, "its nodes are"))
    elif len(nodes) == 1:
        chosen = nodes
    else:
        chosen = [pair for pair in nodes if "modelUri" in pair[0]]
        if len(chosen) != 1:
            raise missing(
                path,
                f"{len(chosen)} nodes of the graph have a modelUri: say which",
                "add node: NAME to the target",
            )
    node, at = chosen[0]
    return Spot(node, "modelUri", (*at, "modelUri"))


# -- Experiment


class Experiment(Kind):
    """Candidates, each the name of a Model or Pipeline with its weight."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Candidates, of which one has a positive weight; the default is one of them; a mirror's percent."""
        spec = spec_of(body)
        candidates = mappings(spec.get("candidates"))
        if not candidates:
            yield problem(CANDIDATES, "an Experiment needs candidates")
            return
        for position, candidate in candidates:
            yield from whole_number(candidate.get("weight"), (*CANDIDATES, position, "weight"), MAX_UINT32)
        if not any(number(candidate.get("weight")) for _, candidate in candidates):
            yield problem(CANDIDATES, "all weights are zero: nobody would be served")
        names = [candidate.get("name") for _, candidate in candidates]
        if len({str(name) for name in names}) != len(names):
            yield problem(CANDIDATES, "two candidates have one name")
        default = spec.get("default")
        if default is not None and default not in names:
            yield problem(("spec", "default"), "the default is not one of the candidates")
        mirror = spec.get("mirror")
        if isinstance(mirror, dict):
            yield from whole_number(mirror.get("percent"), ("spec", "mirror", "percent"), 100)

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Relative weights of the candidates; candidates, default and mirror follow renames of their objects.

        kustomize renames the Models, but knows no name reference for an Experiment.
        """
        spec = walk(resource.body, ("spec",))
        candidates = items_at(spec, ("spec",), "candidates")
        kinds = ("Pipeline",) if spec.get("resourceType") == "pipeline" else ("Model",)
        names = positions(plan, candidates)
        entries = plan.entries(names, "candidate", kinds)
        plan.all_covered(names, entries, "candidate", CANDIDATES)
        holders: list[tuple[Map, str, Path]] = [
            (item_at(candidates, position), "name", (*CANDIDATES, position, "name"))
            for position in names.values()
        ]
        holders.append((spec, "default", ("spec", "default")))
        mirror = spec.get("mirror")
        if isinstance(mirror, dict):
            holders.append((mirror, "name", ("spec", "mirror", "name")))
        return plan.weigh(candidates, CANDIDATES, names, entries) + renames(plan, holders, kinds)

    def shares(self, body: Map) -> Iterator[Share]:
        """The weights of the candidates."""
        candidates = mappings(spec_of(body).get("candidates"))
        yield Share({}, {str(each.get("name")): number(each.get("weight")) for _, each in candidates})
