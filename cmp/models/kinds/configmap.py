"""ConfigMaps: keys of `data`, which programs of the user's own read."""

from __future__ import annotations

from cmp.models.kinds.kind import Choice, Kind
from cmp.models.kinds.places import Located, Spot, mapping, missing, need, walk
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.places import Finder, Map
    from cmp.models.kinds.plan import Plan, Write


class ConfigMap(Kind):
    """A key must be there already: nobody would read the value under a mistyped one."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The key that the target names."""
        key = need(options, "key")
        data = walk(body, self.row.start)
        if key not in data:
            hint = did_you_mean(key, data, "its keys are")
            raise missing((*self.row.start, key), f"the ConfigMap has no key {key!r}", hint)
        return Located(Spot(data, key, (*self.row.start, key)), self.holders())

    def choices(self, body: Map) -> Iterator[Choice]:
        """Each key."""
        for key in mapping(body.get("data")):
            yield Choice({"key": key}, key)

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """The weight as a string under each model's key."""
        if not plan.target.keys:
            raise plan.error("keys is missing", "keys: {MODEL: KEY}")
        data = walk(resource.body, self.row.start)
        result: list[Write] = []
        for model, key in plan.target.keys.items():
            if model not in plan.weights:
                raise plan.error(f"keys names the model {model!r}, which has no weight")
            if key not in data:
                raise plan.error(f"the ConfigMap has no key {key!r}", did_you_mean(key, data, "its keys are"))
            result.append((Spot(data, key, (*self.row.start, key)), str(plan.weights[model]), model))
        return result
