"""What a traffic target needs to know, and what every kind asks of its lists."""

from __future__ import annotations

from cmp.models.errors import ModelError
from cmp.models.kinds.places import Spot
from cmp.nearest import did_you_mean
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.config import ModelConfig, Target
    from cmp.models.kinds.places import Finder, Map, Path
    from cmp.models.match import Objects
    from cmp.yaml.value import Value

    # What to write: the place, the value, and whose it is (empty for a name that follows a rename).
    Write: TypeAlias = tuple[Spot, Value, str]


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

    def error(self, message: str, hint: str = "", path: Path = ()) -> ModelError:
        """An error about this target, and about a field of its object where `path` is given."""
        where = self.target.node.where
        place = f" ({self.target.kind}/{self.target.name}, {dotted(path)})" if path else ""
        return ModelError(message + place, where=where, hint=hint)

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
            if resource.kind != "ConfigMap"  # its name says nothing about who serves the model
            for name in sorted(resource.names())
        )

    def _no_entry(self, model: str, hits: list[str], names: dict[str, int], what: str) -> ModelError:
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

    def weigh(
        self,
        items: list[Value],
        path: Path,
        names: dict[str, int],
        entries: dict[str, str],
        key: str = "weight",
    ) -> list[Write]:
        """Each model's weight into `key` of its entry. names: of the items of the list at `path`."""
        return [
            (Spot(item_at(items, position), key, (*path, position, key)), self.weights[model], model)
            for model, name in entries.items()
            for position in (names[name],)
        ]

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


def positions(plan: Plan, items: list[Value], key: str = "name") -> dict[str, int]:
    """Names of a list's items and where they stand; `ModelError` where one is there twice."""
    names: dict[str, int] = {}
    for position, item in enumerate(items):
        value = item.get(key) if isinstance(item, dict) else None
        if isinstance(value, str):
            if value in names:
                raise plan.error(f"two entries are named {value!r}")
            names[value] = position
    return names


def item_at(items: list[Value], position: int) -> Map:
    """The mapping at a position; an empty one for anything else."""
    item = items[position]
    return item if isinstance(item, dict) else {}


def own_entries(plan: Plan, resource: Resource, option: str, names: dict[str, int]) -> dict[str, str]:
    """Entries by what each model's own targets on this object say; empty when they do not say it."""
    if plan.target.entries:
        return {}
    result: dict[str, str] = {}
    for model, targets in plan.on_object(resource).items():
        said = {target.options[option] for target in targets if option in target.options}
        if not said and len(names) == 1:  # the only entry needs no option to be meant
            said = set(names)
        if len(said) == 1 and (name := said.pop()) in names:
            result[model] = name
    return result if result.keys() == plan.weights.keys() else {}


def renames(plan: Plan, holders: list[tuple[Map, str, Path]], kinds: tuple[str, ...]) -> list[Write]:
    """Names of objects that were renamed on the way, with the names they have now.

    holders: for each name, the mapping that holds it, the key there, and the path of the key.
    """
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
