"""A model's field in a SeldonDeployment (Core v1)."""

from __future__ import annotations

from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Finder, Found, Spot, child, items_at, missing, named, need, walk
from cmp.models.shapes.workloads import env_of_pod
from cmp.models.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.models.fields import Row
    from cmp.models.shapes.finding import Map, Path


def find_seldon_deployment(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A node of a predictor's graph, its explainer, or a variable of one of its containers."""
    predictor, path = seldon_predictor(finder, body, options.get("predictor"))
    holders = _seldon_holders(predictor, path)
    if "env" in options or "container" in options:
        return Found(_seldon_env(finder, predictor, path, options), holders)
    if options.get("explainer", "false") == "true":
        explainer = child(predictor, path, "explainer")
        return Found(Spot(explainer, "modelUri", (*path, "explainer", "modelUri")), holders)
    nodes = list(graph_nodes(child(predictor, path, "graph"), (*path, "graph")))
    return Found(_graph_spot(nodes, (*path, "graph"), options.get("node")), holders)


def seldon_predictor(finder: Finder, body: Map, name: str | None) -> tuple[Map, Path]:
    """The named predictor, or the only one."""
    path: Path = ("spec", "predictors")
    predictors = items_at(walk(body, ("spec",)), ("spec",), "predictors")
    if name is not None:
        return named(finder, predictors, path, name, "predictor")
    only = predictors[0] if len(predictors) == 1 else None
    if not isinstance(only, dict):
        raise missing(path, f"{len(predictors)} predictors: say which", "add predictor: NAME to the target")
    return only, (*path, 0)


def _seldon_holders(predictor: Map, path: Path) -> tuple[Path, ...]:
    specs = predictor.get("componentSpecs")
    if isinstance(specs, list) and specs:
        return (
            ("metadata",),
            *((*path, "componentSpecs", position, "metadata") for position in range(len(specs))),
        )
    return (("metadata",), path)


def _seldon_env(finder: Finder, predictor: Map, path: Path, options: dict[str, str]) -> Spot:
    env = need(options, "env")
    specs = items_at(predictor, path, "componentSpecs")
    found: list[tuple[Map, Path]] = []
    for position, spec in enumerate(specs):
        pod = spec.get("spec") if isinstance(spec, dict) else None
        containers = pod.get("containers") if isinstance(pod, dict) else None
        if not isinstance(pod, dict) or not isinstance(containers, list):
            continue
        wanted = options.get("container")
        if wanted is None or finder.index(containers, "name", wanted) is not None:
            found.append((pod, (*path, "componentSpecs", position, "spec")))
    if len(found) != 1:
        raise missing(
            (*path, "componentSpecs"),
            f"{counted(len(found), 'component')} with the container: say which",
            "add container: NAME to the target",
        )
    pod, at = found[0]
    return env_of_pod(finder, pod, at, options.get("container"), env)


def graph_nodes(node: Map, path: Path) -> Iterator[tuple[Map, Path]]:
    """A graph's nodes, parents first."""
    stack: list[tuple[Map, Path]] = [(node, path)]
    while stack:
        current, at = stack.pop()
        yield current, at
        children = current.get("children")
        if isinstance(children, list):
            pairs = [
                (item, (*at, "children", place))
                for place, item in enumerate(children)
                if isinstance(item, dict)
            ]
            stack.extend(reversed(pairs))


def _graph_spot(nodes: list[tuple[Map, Path]], path: Path, name: str | None) -> Spot:
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
