"""How the objects of a build split traffic now, in terms of the models that were found."""

from __future__ import annotations

from cmp.kustomize.tidy import is_local
from cmp.lighttyping import NamedTuple
from cmp.models.adopt.find import original_name
from cmp.models.errors import ModelError
from cmp.models.kinds import code_of, owner_of, owners_of_weights
from cmp.models.kinds.kind import Share
from cmp.models.kinds.places import mapping
from cmp.models.kinds.table import row_of
from cmp.paths import value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.adopt.groups import Group

    # Group, kind and name of a traffic target.
    TrafficKey: TypeAlias = tuple[str, str, str]

# Parts of the names of ConfigMap keys that hold a weight.
WEIGHT_WORDS = ("weight", "traffic", "split", "percent")


class Split(NamedTuple):
    """What one object says: its target's fields besides kind and name, and the weight of each model."""

    key: TrafficKey
    fields: dict[str, object]
    weights: dict[str, int]

    @property
    def label(self) -> str:
        """As `--as traffic=` names it."""
        return f"{self.key[1]}/{self.key[2]}"


class Traffic(NamedTuple):
    """The weights of a build, empty without a split; its targets; why other objects are left alone."""

    weights: dict[str, int]
    splits: list[Split]
    left: list[str]


def traffic(resources: list[Resource], groups: list[Group], overlay: int, wanted: str = "") -> Traffic:
    """The weights that all objects of one overlay agree on; `ModelError` with a table where they do not.

    wanted: the label of the object that decides, from `--as traffic=PLACE`.
    """
    objects = [each for each in resources if not is_local(each)]
    owned = owners_of_weights(objects)
    left: list[str] = []
    splits: list[Split] = []
    grouped: dict[str, list[tuple[Resource, Share]]] = {}
    for resource in objects:
        row = row_of(resource.gvk)
        if row is None or row.traffic is None or row.traffic.controller:
            continue
        if owner_of(owned, resource):
            continue
        code = code_of(row)
        route = code.weight_group(resource.body)
        shares = list(code.shares(resource.body))
        if route and shares:
            grouped.setdefault(route, []).append((resource, shares[0]))
        elif shares:
            splits += _merged(resource, shares, groups, overlay, objects, left)
    for members in grouped.values():
        splits += _of_group(members, groups, overlay, left)
    splits = _completed(splits, groups, left)
    if wanted:
        left += [f"{each.label}: not the place of --as" for each in splits if each.label != wanted]
        first = [each for each in splits if each.label == wanted]
        if not first:
            raise ModelError(f"no object that splits traffic is {wanted}", hint="the place is KIND/NAME")
        splits = [each for each in splits if each.weights == first[0].weights]
        left = [text for text in left if text.partition(":")[0] not in {each.label for each in splits}]
    if len({tuple(sorted(each.weights.items())) for each in splits}) > 1:
        raise _disagreement(splits)
    weights = splits[0].weights if splits else {}
    return Traffic(weights, splits, left)


def config_maps(
    builds: list[list[Resource]], weights: list[dict[str, int]]
) -> dict[TrafficKey, dict[str, str]]:
    """Keys of ConfigMaps that hold the weights of the models in every overlay: model to key.

    A key is a model's if it says so by a word such as `weight` and holds the model's weight everywhere; the
    model's name in the key decides between several.
    """
    result: dict[TrafficKey, dict[str, str]] = {}
    models = list(weights[0])
    for resource in builds[0]:
        if resource.kind != "ConfigMap" or is_local(resource):
            continue
        name = original_name(resource)
        datas = [_data(build, name) for build in builds]
        keys = [key for key in datas[0] if any(word in key.lower() for word in WEIGHT_WORDS)]
        keys = [key for key in keys if all(_is_percent(data.get(key)) for data in datas)]
        chosen: dict[str, str] = {}
        for model in models:
            fit = [
                key
                for key in keys
                if all(data[key] == str(each.get(model)) for data, each in zip(datas, weights, strict=True))
            ]
            own = [key for key in fit if _names(key, model, models)]
            if len(own or fit) == 1:
                chosen[model] = (own or fit)[0]
        if len(chosen) == len(models) == len(set(chosen.values())):
            result["", "ConfigMap", name] = chosen
    return result


def _names(key: str, model: str, models: list[str]) -> bool:
    """Whether the key holds a word of the model's name that no other model has."""
    others = {word for other in models if other != model for word in other.split("-")}
    words = key.lower().replace("_", "-").replace(".", "-").split("-")
    return any(word in words for word in model.split("-") if word not in others)


def _data(build: list[Resource], name: str) -> dict[str, object]:
    for resource in build:
        if resource.kind == "ConfigMap" and original_name(resource) == name:
            return dict(mapping(resource.body.get("data")))
    return {}


def _is_percent(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdecimal() and int(value[:4]) <= 100


def _key(resource: Resource) -> TrafficKey:
    return resource.gvk.group, resource.kind, original_name(resource)


def _merged(
    resource: Resource,
    shares: list[Share],
    groups: list[Group],
    overlay: int,
    objects: list[Resource],
    left: list[str],
) -> Iterator[Split]:
    """The one split that an object means; several of them must say the same."""
    label = f"{resource.kind}/{original_name(resource)}"
    if any(share.options != shares[0].options for share in shares[1:]):
        left.append(f"{label}: splits in several places")
        return
    weights: dict[str, int] = {}
    entries: dict[str, str] = {}
    for share in shares:
        if sum(share.percents.values()) != 100 or not all(
            0 <= each <= 100 for each in share.percents.values()
        ):
            left.append(f"{label}: its weights do not sum to 100")
            return
        for name, percent in share.percents.items():
            model = _model(name, resource, groups, overlay, objects) if name else ""
            if model is None:
                left.append(f"{label}: the model of its entry {name} is not known")
                return
            if weights.setdefault(model, percent) != percent or entries.setdefault(model, name) != name:
                left.append(f"{label}: its rules split differently")
                return
    fields: dict[str, object] = dict(shares[0].options)
    fields["entries"] = {model: name for model, name in entries.items() if model}
    yield Split(_key(resource), fields, weights)


def _of_group(
    members: list[tuple[Resource, Share]], groups: list[Group], overlay: int, left: list[str]
) -> Iterator[Split]:
    """Objects whose weights count together: each is the entry of the model that it serves."""
    weights: dict[str, int] = {}
    for resource, share in members:
        models = [group.name for group in groups if _serves(group, resource, overlay)]
        if len(models) != 1:
            left.append(f"{resource.kind}/{original_name(resource)}: {len(models)} models are served by it")
            return
        weights[models[0]] = sum(share.percents.values())
    if sum(weights.values()) != 100 or len(weights) != len(members):
        left.append(f"{members[0][0].kind}/{original_name(members[0][0])}: the weights do not sum to 100")
        return
    for resource, _ in members:
        yield Split(_key(resource), {}, weights)


def _completed(splits: list[Split], groups: list[Group], left: list[str]) -> list[Split]:
    """Give "the rest" to the only other model."""
    result = []
    for split in splits:
        if "" not in split.weights:
            result.append(split)
            continue
        others = [group.name for group in groups if group.name not in split.weights]
        if len(others) != 1:
            left.append(f"{split.label}: which model gets the rest is not known")
            continue
        weights = {name or others[0]: percent for name, percent in split.weights.items()}
        result.append(split._replace(weights=weights))
    return result


def _serves(group: Group, resource: Resource, overlay: int) -> bool:
    return any(found.resource is resource for found in group.places[overlay].values())


def _model(
    entry: str, resource: Resource, groups: list[Group], overlay: int, objects: list[Resource]
) -> str | None:
    """The model that an entry stands for: by its options, its object's name, or its Service's pods."""
    here = [group for group in groups if _serves(group, resource, overlay)]
    for group in here:
        for found in group.places[overlay].values():
            said = {value for option, value in found.options.items() if option in ("canary", "predictor")}
            stable = not said and entry in ("stable", _stable(resource))
            if found.resource is resource and (
                entry in said or (stable and resource.kind == "InferenceService")
            ):
                return group.name
    owned = {
        name: group.name
        for group in groups
        for found in group.places[overlay].values()
        if found.resource.kind != "ConfigMap"
        for name in found.resource.names()
    }
    if entry in owned:
        return owned[entry]
    for service in objects:
        if service.kind == "Service" and entry in service.names():
            selector = mapping(mapping(service.body.get("spec")).get("selector"))
            fitting = {
                group.name
                for group in groups
                for found in group.places[overlay].values()
                if selector and selector.items() <= _labels(found.resource).items()
            }
            if len(fitting) == 1:
                return fitting.pop()
    # KServe's own Services are called NAME-predictor and the like.
    longest = max((name for name in owned if entry.startswith(f"{name}-")), key=len, default="")
    return owned.get(longest)


def _stable(resource: Resource) -> object:
    return mapping(mapping(resource.body.get("spec")).get("predictor")).get("name")


def _labels(resource: Resource) -> dict[str, object]:
    row = row_of(resource.gvk)
    metadata = value_at(resource.body, row.pods) if row is not None and row.pods else None
    return dict(mapping(mapping(metadata).get("labels")))


def _disagreement(splits: Iterable[Split]) -> ModelError:
    table = "; ".join(
        f"{each.label}: " + ", ".join(f"{model}={weight}" for model, weight in each.weights.items())
        for each in splits
    )
    return ModelError(
        f"these objects disagree about the weights: {table}",
        hint="say which of them decides, with --as traffic=KIND/NAME; the others stay as they are",
    )
