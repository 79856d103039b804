"""Weights of Seldon's Experiment (Core v2) and SeldonDeployment (Core v1)."""

from __future__ import annotations

from cmp.models.shapes.finding import Spot, items_at, walk
from cmp.models.traffic.plan import Plan, item_at, own_entries, positions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource
    from cmp.models.shapes.finding import Map, Path
    from cmp.models.traffic.plan import Write


def experiment(plan: Plan, resource: Resource) -> list[Write]:
    """Relative weights of the candidates; candidates, default and mirror follow renames of their Models."""
    spec = walk(resource.body, ("spec",))
    path: Path = ("spec", "candidates")
    candidates = items_at(spec, ("spec",), "candidates")
    kind = "Pipeline" if spec.get("resourceType") == "pipeline" else "Model"
    names = positions(plan, candidates)
    entries = plan.entries(names, "candidate", (kind,))
    plan.all_covered(names, entries, "candidate", path)
    result: list[Write] = []
    for model, name in entries.items():
        position = names[name]
        place = Spot(item_at(candidates, position), "weight", (*path, position, "weight"))
        result.append((place, plan.weights[model], model))
    holders: list[tuple[Map, str, Path]] = [
        (item_at(candidates, position), "name", (*path, position, "name")) for position in names.values()
    ]
    holders.append((spec, "default", ("spec", "default")))
    mirror = spec.get("mirror")
    if isinstance(mirror, dict):
        holders.append((mirror, "name", ("spec", "mirror", "name")))
    return result + renames(plan, holders, (kind,))


def renames(plan: Plan, holders: list[tuple[Map, str, Path]], kinds: tuple[str, ...]) -> list[Write]:
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
    names = positions(plan, predictors)
    shadows = {
        name for name, position in names.items() if item_at(predictors, position).get("shadow") is True
    }
    entries = own_entries(plan, resource, "predictor", names) or plan.entries(names, "predictor", ())
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
            Spot(item_at(predictors, names[name]), "traffic", (*path, names[name], "traffic")),
            plan.weights[model],
            model,
        )
        for model, name in entries.items()
        if name not in shadows
    ]
