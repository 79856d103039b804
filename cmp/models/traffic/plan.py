"""What a traffic target needs to know, and what every kind asks of its lists."""

from __future__ import annotations

from cmp.models.errors import TrafficError
from cmp.models.match import names_of
from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Spot
from cmp.models.strict import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.config import ModelConfig, Target
    from cmp.models.match import Objects
    from cmp.models.shapes.finding import Finder, Map, Path
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


def positions(plan: Plan, items: list[Value], key: str = "name") -> dict[str, int]:
    """Names of a list's items and where they stand; `TrafficError` where one is there twice."""
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
        if not said and len(names) == 1:
            said = set(names)
        if len(said) == 1 and (name := said.pop()) in names:
            result[model] = name
    return result if result.keys() == plan.weights.keys() else {}


def annotations_of(resource: Resource) -> Map:
    """The annotations, empty when there are none."""
    metadata = resource.body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    return annotations if isinstance(annotations, dict) else {}
