"""Kubernetes' workloads and whatever else holds pod templates: a value of a container, or an image volume."""

from __future__ import annotations

from cmp.models.errors import TargetError
from cmp.models.kinds.arguments import LISTS, follows_vllm
from cmp.models.kinds.kind import Choice, Kind
from cmp.models.kinds.patterns import spots
from cmp.models.kinds.places import (
    Argument,
    Located,
    Revision,
    Served,
    Spot,
    child,
    items_at,
    mapping,
    mappings,
    missing,
    named,
    walk,
)
from cmp.models.kinds.table import REVISIONS, SERVE
from cmp.nearest import did_you_mean
from cmp.paths import value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.models.kinds.places import Finder, Map, Path, Place
    from cmp.yaml.value import Value


# How a target says which value of a pod it means.
FORMS = ("env", "argument", "image", "volume")


class Pods(Kind):
    """An object whose pod spec is at the row's `start`."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """What a target names of a pod: a variable, an argument, an image or an image volume."""
        start = self.row.start
        return in_pod(finder, walk(body, start), start, options, self.holders())

    def choices(self, body: Map) -> Iterator[Choice]:
        """What the pod's containers and volumes hold."""
        yield from pod_choices(mapping(value_at(body, self.row.start)), {})


class PodSets(Kind):
    """An object with several pod templates, at the row's `templates`."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The same in the template that `pod` names, or in the only one that has it."""
        found: list[tuple[str, Located]] = []
        errors: list[TargetError] = []
        names: list[str] = []
        for spot in (spot for pattern in self.row.templates for spot in spots(body, pattern)):
            name = _label(body, spot.path)
            names.append(name)
            if options.get("pod", name) != name:
                continue
            pod: Path = (*spot.path, "spec")
            holders = (*self.holders(), (*spot.path, "metadata"))
            try:
                found.append(
                    (name, in_pod(finder, child(spot.get(), spot.path, "spec"), pod, options, holders))
                )
            except TargetError as error:
                errors.append(error)
        if len(found) == 1:
            return found[0][1]
        if found:
            raise TargetError(
                f"several pod templates fit: {', '.join(name for name, _ in found)}",
                hint="add pod: NAME to the target",
            )
        if "pod" in options and options["pod"] not in names:
            raise TargetError(
                f"no pod template is named {options['pod']!r}",
                hint=did_you_mean(options["pod"], names, "its templates are"),
            )
        raise errors[0] if errors else TargetError("the object has no pod template")

    def choices(self, body: Map) -> Iterator[Choice]:
        """What the containers and volumes of each template hold."""
        for spot in (spot for pattern in self.row.templates for spot in spots(body, pattern)):
            pod = mapping(mapping(spot.get()).get("spec"))
            yield from pod_choices(pod, {"pod": _label(body, spot.path)})


def _label(body: Map, path: Path) -> str:
    """What a pod template is called: the name of the list's item that holds it, else its key."""
    label = ""
    for length, step in enumerate(path):
        if isinstance(step, int):
            item = value_at(body, path[: length + 1])
            for key in ("groupName", "name"):
                value = item.get(key) if isinstance(item, dict) else None
                label = value if isinstance(value, str) else label
    return label or str(path[-2] if path[-1] == "template" else path[-1])


def in_pod(
    finder: Finder, pod: Map, path: Path, options: dict[str, str], holders: tuple[Path, ...]
) -> Located:
    """The one of `FORMS` that the options name, in the pod spec at `path`."""
    given = [form for form in FORMS if form in options]
    if not given:
        raise TargetError(f"the target needs {' or '.join(FORMS)}")
    if len(given) > 1:
        raise TargetError(f"{given[0]} and {given[1]} exclude each other")
    if "volume" in options:
        volumes = items_at(pod, path, "volumes")
        volume, at = named(finder, volumes, (*path, "volumes"), options["volume"], "volume")
        spot = Spot(child(volume, at, "image"), "reference", (*at, "image", "reference"))
        return Located(spot, holders, "image")
    container, at = container_of_pod(finder, pod, path, options.get("container"))
    if "env" in options:
        return Located(env_of(finder, container, at, options["env"]), holders)
    if "argument" in options:
        argument, also = argument_of(container, at, options["argument"])
        return Located(argument, holders, "id", also)
    return Located(Spot(container, "image", (*at, "image")), holders, "image")


def pod_choices(pod: Map, lead: dict[str, str]) -> Iterator[Choice]:
    """The variables, arguments and image volumes of a pod spec; an image is a program, not a model."""
    for key in ("containers", "initContainers"):
        for _, container in mappings(pod.get(key)):
            name = container.get("name")
            if isinstance(name, str):
                yield from container_choices(container, {**lead, "container": name})
    for _, volume in mappings(pod.get("volumes")):
        name = volume.get("name")
        if isinstance(name, str) and isinstance(volume.get("image"), dict):
            yield Choice({**lead, "volume": name})


def container_choices(container: Map, lead: dict[str, str]) -> Iterator[Choice]:
    """The variables and the arguments of a container."""
    for env in variables(container.get("env")):
        yield Choice({**lead, "env": env}, env)
    for key in ("args", "command"):
        items = container.get(key)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, str) and item.startswith("-"):
                flag = item.partition("=")[0]
                yield Choice({**lead, "argument": flag}, flag)
    words = [str(item) for key in LISTS for item in _items(container, key)]
    if any(follows_vllm(words, position) for position in range(len(words))):
        yield Choice({**lead, "argument": SERVE}, SERVE)


def variables(items: Value) -> list[str]:
    """The names in a list of variables or parameters."""
    names = [item.get("name") for _, item in mappings(items)]
    return [name for name in names if isinstance(name, str)]


def env_of_pod(finder: Finder, spec: Map, path: Path, container: str | None, env: str) -> Spot:
    """The variable `env` of the named container, or of the only one."""
    return env_of(finder, *container_of_pod(finder, spec, path, container), env)


def container_of_pod(finder: Finder, spec: Map, path: Path, container: str | None) -> tuple[Map, Path]:
    """The named container, init containers included, or the only one; with its path."""
    containers = items_at(spec, path, "containers")
    if container is None:
        if len(containers) != 1:
            raise missing(
                (*path, "containers"),
                f"the pod has {len(containers)} containers: say which",
                "add container: NAME to the target",
            )
        only = containers[0]
        if not isinstance(only, dict):
            raise missing((*path, "containers", 0), "expected a mapping")
        return only, (*path, "containers", 0)
    for key in ("containers", "initContainers"):
        items = spec.get(key)
        if isinstance(items, list) and finder.index(items, "name", container) is not None:
            return named(finder, items, (*path, key), container, "container")
    names = [name for key in ("containers", "initContainers") for name in _names(finder, spec.get(key))]
    raise missing(
        (*path, "containers"),
        f"no container is named {container!r}",
        did_you_mean(container, names, "its containers are"),
    )


def argument_of(container: Map, path: Path, name: str) -> tuple[Argument, tuple[tuple[Place, str], ...]]:
    """The argument of a container's `args` or `command`, and its companion for the revision."""
    lists = [(key, items) for key in ("args", "command") if (items := _items(container, key))]
    beside = REVISIONS.get(name, "--revision")
    # A program takes one of several: which, and that it is ours, nobody can say.
    for each in (name, beside):
        count = sum(Argument.count(items, each) for _, items in lists)
        if count > 1:
            raise missing((*path, lists[0][0]), f"the argument {each} is there {count} times")
    for key, items in lists:
        if Argument.count(items, name):
            if name == SERVE and items[-1] == SERVE and key == "command" and lists[0][0] == "args":
                served = Served(lists[0][1], (*path, "args"))
                return served, ((Revision(served, beside), "hub-revision"),)
            if any(Argument.count(other, beside) for _, other in lists if other is not items):
                raise missing((*path, key), f"{name} and {beside} stand in two lists", "put both into args")
            argument = Argument(items, (*path, key), name)
            return argument, ((Revision(argument, beside), "hub-revision"),)
    flags = [
        each.partition("=")[0]
        for _, items in lists
        for each in items
        if isinstance(each, str) and each[:1] == "-"
    ]
    raise missing(
        (*path, "args"),
        f"the container has no argument {name!r}",
        did_you_mean(name, flags, "its arguments are"),
    )


def _items(container: Map, key: str) -> list[Value]:
    """The list at a key; empty for anything else."""
    items = container.get(key)
    return items if isinstance(items, list) else []


def _names(finder: Finder, items: Value) -> list[str]:
    return list(finder.positions(items, "name")) if isinstance(items, list) else []


def env_of(finder: Finder, container: Map, path: Path, env: str) -> Spot:
    """The variable `env`; it must be there and hold a plain value."""
    items = container.get("env")
    if not isinstance(items, list):
        raise missing((*path, "env"), f"the container has no variable {env!r}: it has no env list")
    variable, at = named(finder, items, (*path, "env"), env, "variable")
    # Both `value` and `valueFrom` in one variable: the API server refuses the pod.
    if "valueFrom" in variable:
        raise missing(
            at,
            f"the variable {env!r} takes its value from elsewhere (valueFrom)",
            "make that place the target, or give the variable a plain value",
        )
    return Spot(variable, "value", (*at, "value"))
