"""How to find a model's field in an object of each shape, and where provenance belongs on it."""

from __future__ import annotations

from cmp.models.errors import TargetError
from cmp.models.fields import EXPLAINERS, LEGACY_PREDICTORS
from cmp.models.nearest import did_you_mean
from cmp.models.strict import counted, dotted, noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from cmp.models.fields import Row
    from cmp.yaml.value import Value

    Path: TypeAlias = tuple[str | int, ...]
    Map: TypeAlias = dict[str, Value]

STORAGE_ENV = "STORAGE_URI"
KSERVE_CONTAINER = "kserve-container"
DEFAULT_MOUNT = "/mnt/models"


class Spot:
    """A place for one text: the mapping that holds it, its key there, and the path from the object's top."""

    __slots__ = ("container", "key", "path")

    def __init__(self, container: Map, key: str, path: Path) -> None:
        self.container = container
        self.key = key
        self.path = path

    @property
    def field(self) -> str:
        """The path as messages show it."""
        return dotted(self.path)

    def get(self) -> Value:
        """What is there; None when the key is missing."""
        return self.container.get(self.key)


class Found:
    """A model's field in an object. holders: paths of the mappings whose annotations carry its provenance."""

    __slots__ = ("holders", "spot")

    def __init__(self, spot: Spot | None, holders: tuple[Path, ...]) -> None:
        self.spot = spot
        self.holders = holders


class Finder:
    """Walks objects and remembers, for the length of one injection, the names in the lists it met.

    Without the memory a list with one item per model would be scanned once per model.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple[int, str], dict[str, int]] = {}

    def index(self, items: list[Value], key: str, wanted: str) -> int | None:
        """The position of the item whose `key` (dots for nested keys) is `wanted`, or None."""
        return self.positions(items, key).get(wanted)

    def positions(self, items: list[Value], key: str) -> dict[str, int]:
        """Names to positions; the first of equal names counts."""
        found = self._lists.get((id(items), key))
        if found is None:
            found = {}
            steps = key.split(".")
            for position, item in enumerate(items):
                value: Value = item
                for step in steps:
                    value = value.get(step) if isinstance(value, dict) else None
                if isinstance(value, str):
                    found.setdefault(value, position)
            self._lists[id(items), key] = found
        return found

    def find(self, row: Row, body: Map, options: dict[str, str]) -> Found:
        """The field that a target's options choose; `TargetError` (with the field) when there is none."""
        return SHAPES[row.shape](self, row, body, options)


def child(value: Value, path: Path, key: str) -> Map:
    """The mapping at `key`; `TargetError` when it is missing or something else."""
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise missing((*path, key), f"expected a mapping, found {noun(found)}")
    return found


def walk(body: Map, path: Path) -> Map:
    """The mapping at the end of a path of keys."""
    value = body
    for position, step in enumerate(path):
        value = child(value, path[:position], str(step))
    return value


def items_at(value: Map, path: Path, key: str) -> list[Value]:
    """The list at `key`; `TargetError` when it is missing or something else."""
    found = value.get(key)
    if not isinstance(found, list):
        raise missing((*path, key), f"expected a list, found {noun(found)}")
    return found


def missing(path: Path, message: str, hint: str = "") -> TargetError:
    """An error about a field of the object; the caller adds which object."""
    error = TargetError(message, hint=hint)
    error.at(field=dotted(path))
    return error


def named(
    finder: Finder, items: list[Value], path: Path, name: str, what: str, key: str = "name"
) -> tuple[Map, Path]:
    """The item of a list with that name, and its path; an error names the nearest."""
    position = finder.index(items, key, name)
    item = items[position] if position is not None else None
    if position is None or not isinstance(item, dict):
        names = finder.positions(items, key)
        raise missing(path, f"no {what} is named {name!r}", did_you_mean(name, names, f"its {what}s are"))
    return item, (*path, position)


# -- shapes


def find_none(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A kind without a model: a target of it serves to name the object that traffic goes to."""
    return Found(None, ())


def find_field(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """One fixed field; its parent must be there."""
    parent = walk(body, row.path[:-1])
    return Found(Spot(parent, row.path[-1], row.path), (("metadata",),))


def find_config_map(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A key of `data`, which must be there: a mistyped key would be read by nobody."""
    key = need(options, "key")
    data = walk(body, row.path)
    if key not in data:
        raise missing(
            (*row.path, key), f"the ConfigMap has no key {key!r}", did_you_mean(key, data, "its keys are")
        )
    return Found(Spot(data, key, (*row.path, key)), ())


def need(options: dict[str, str], name: str) -> str:
    """An option that this target cannot do without."""
    if name not in options:
        raise TargetError(f"the target needs {name!r}")
    return options[name]


def find_pod(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """An environment variable of a container of the pod template."""
    pods: tuple[Path, ...] = (("metadata",), row.pods) if row.pods else (("metadata",),)
    spot = env_of_pod(finder, walk(body, row.path), row.path, options.get("container"), need(options, "env"))
    return Found(spot, pods)


def env_of_pod(finder: Finder, spec: Map, path: Path, container: str | None, env: str) -> Spot:
    """The variable `env` of the named container, or of the only one."""
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
        return env_of(finder, only, (*path, "containers", 0), env)
    for key in ("containers", "initContainers"):
        items = spec.get(key)
        if isinstance(items, list) and finder.index(items, "name", container) is not None:
            found, at = named(finder, items, (*path, key), container, "container")
            return env_of(finder, found, at, env)
    names = [name for key in ("containers", "initContainers") for name in _names(finder, spec.get(key))]
    raise missing(
        (*path, "containers"),
        f"no container is named {container!r}",
        did_you_mean(container, names, "its containers are"),
    )


def _names(finder: Finder, items: Value) -> list[str]:
    return list(finder.positions(items, "name")) if isinstance(items, list) else []


def env_of(finder: Finder, container: Map, path: Path, env: str) -> Spot:
    """The variable `env`; it must be there and hold a plain value."""
    items = container.get("env")
    if not isinstance(items, list):
        raise missing((*path, "env"), f"the container has no variable {env!r}: it has no env list")
    variable, at = named(finder, items, (*path, "env"), env, "variable")
    if "valueFrom" in variable:
        raise missing(
            at,
            f"the variable {env!r} takes its value from elsewhere (valueFrom)",
            "make that place the target, or give the variable a plain value",
        )
    return Spot(variable, "value", (*at, "value"))


# -- KServe


def find_inference_service(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A component's model, a canary's model, one of several storage URIs, or a container's variable.

    Provenance goes to the component alone: KServe copies the object's own annotations to the pods of every
    component and canary, so that one model's new version would restart the others.
    """
    component, path = _component(finder, body, row.path, options)
    return Found(_component_spot(finder, component, path, options), (path,))


def _component(finder: Finder, body: Map, path: Path, options: dict[str, str]) -> tuple[Map, Path]:
    spec = walk(body, path)
    name = options.get("component", "predictor")
    if name not in ("predictor", "transformer", "explainer"):
        raise TargetError(
            f"no component is named {name!r}",
            hint=did_you_mean(name, ("predictor", "transformer", "explainer")),
        )
    if "canary" not in options:
        return child(spec, path, name), (*path, name)
    if name != "predictor":
        raise TargetError("a canary has a predictor only", hint="drop component, or drop canary")
    canaries = items_at(spec, path, "canary")
    entry, at = named(finder, canaries, (*path, "canary"), options["canary"], "canary", "predictor.name")
    return child(entry, at, "predictor"), (*at, "predictor")


def _component_spot(finder: Finder, component: Map, path: Path, options: dict[str, str]) -> Spot:
    implementations = [
        key for key in ("model", *LEGACY_PREDICTORS, *EXPLAINERS) if isinstance(component.get(key), dict)
    ]
    if len(implementations) > 1:
        raise missing(path, f"exactly one implementation is allowed, found {' and '.join(implementations)}")
    if "mountPath" in options:
        return _storage_uris(component, path, options["mountPath"])
    custom = "container" in options or (not implementations and isinstance(component.get("containers"), list))
    if custom or "env" in options:
        env = options.get("env", STORAGE_ENV)
        if not custom and implementations:
            inner = child(component, path, implementations[0])
            return env_of(finder, inner, (*path, implementations[0]), env)
        containers = items_at(component, path, "containers")
        default = KSERVE_CONTAINER if finder.index(containers, "name", KSERVE_CONTAINER) is not None else None
        return env_of_pod(finder, component, path, options.get("container", default), env)
    uris = component.get("storageUris")
    if isinstance(uris, list):
        if len(uris) == 1 and isinstance(uris[0], dict):
            return Spot(uris[0], "uri", (*path, "storageUris", 0, "uri"))
        raise missing(
            (*path, "storageUris"), "several storage URIs: say which", "add mountPath: PATH to the target"
        )
    if not implementations:
        raise missing(path, "no model: neither model, nor a framework's field, nor containers")
    inner = child(component, path, implementations[0])
    return Spot(inner, "storageUri", (*path, implementations[0], "storageUri"))


def _storage_uris(component: Map, path: Path, mount: str) -> Spot:
    uris = items_at(component, path, "storageUris")
    for position, item in enumerate(uris):
        if isinstance(item, dict) and item.get("mountPath", DEFAULT_MOUNT) == mount:
            return Spot(item, "uri", (*path, "storageUris", position, "uri"))
    raise missing((*path, "storageUris"), f"no entry has the mountPath {mount!r}")


def find_llm(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """The model, or one LoRA adapter of it."""
    holders: tuple[Path, ...] = (("metadata",), row.pods)
    model = walk(body, row.path)
    if "adapter" not in options:
        return Found(Spot(model, "uri", (*row.path, "uri")), holders)
    lora = child(model, row.path, "lora")
    path: Path = (*row.path, "lora")
    adapters = items_at(lora, path, "adapters")
    adapter, at = named(finder, adapters, (*path, "adapters"), options["adapter"], "adapter")
    return Found(Spot(adapter, "uri", (*at, "uri")), holders)


# -- Seldon Core v1


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


# -- Argo Workflows


def find_workflow(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A parameter of the workflow or of a template, or a variable of a template's container."""
    spec = walk(body, row.path)
    if "parameter" in options:
        at: Path = row.path
        owner, key = spec, "arguments"
        if "template" in options:
            owner, at = _template(finder, spec, row.path, options["template"])
            key = "inputs"
        arguments = child(owner, at, key)
        parameters = items_at(arguments, (*at, key), "parameters")
        parameter, place = named(
            finder, parameters, (*at, key, "parameters"), options["parameter"], "parameter"
        )
        if "valueFrom" in parameter:
            raise missing(place, "the parameter takes its value from elsewhere (valueFrom)")
        return Found(Spot(parameter, "value", (*place, "value")), (("metadata",),))
    env = need(options, "env")
    if "template" in options:
        template, place = _template(finder, spec, row.path, options["template"])
        return Found(
            _template_env(finder, template, place, options, env), (("metadata",), (*place, "metadata"))
        )
    hits: list[tuple[Map, Path]] = []
    for position, item in enumerate(items_at(spec, row.path, "templates")):
        if isinstance(item, dict) and _has_env(finder, item, options.get("container"), env):
            hits.append((item, (*row.path, "templates", position)))
    if len(hits) != 1:
        raise missing(
            (*row.path, "templates"),
            f"{counted(len(hits), 'template')} with the variable {env!r}: say which",
            "add template: NAME to the target",
        )
    template, place = hits[0]
    return Found(_template_env(finder, template, place, options, env), (("metadata",), (*place, "metadata")))


def _template(finder: Finder, spec: Map, path: Path, name: str) -> tuple[Map, Path]:
    templates = items_at(spec, path, "templates")
    return named(finder, templates, (*path, "templates"), name, "template")


def _containers(template: Map, path: Path) -> Iterator[tuple[str, Map, Path]]:
    """The containers of a template with the names they go by."""
    for key, name in (("container", "main"), ("script", "main")):
        value = template.get(key)
        if isinstance(value, dict):
            own = value.get("name")
            yield own if isinstance(own, str) and own else name, value, (*path, key)
    group = template.get("containerSet")
    lists: list[tuple[Value, Path]] = [
        (group.get("containers") if isinstance(group, dict) else None, (*path, "containerSet", "containers")),
        (template.get("initContainers"), (*path, "initContainers")),
        (template.get("sidecars"), (*path, "sidecars")),
    ]
    for items, at in lists:
        for position, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                own = item.get("name")
                yield own if isinstance(own, str) else "", item, (*at, position)


def _has_env(finder: Finder, template: Map, container: str | None, env: str) -> bool:
    for name, value, _ in _containers(template, ()):
        items = value.get("env")
        if (
            container in (None, name)
            and isinstance(items, list)
            and finder.index(items, "name", env) is not None
        ):
            return True
    return False


def _template_env(finder: Finder, template: Map, path: Path, options: dict[str, str], env: str) -> Spot:
    wanted = options.get("container")
    chosen = [each for each in _containers(template, path) if wanted in (None, each[0])]
    if wanted is None and len(chosen) > 1:
        chosen = [each for each in chosen if _env_in(finder, each[1], env)]
    if len(chosen) != 1:
        raise missing(
            path,
            f"{counted(len(chosen), 'container')} of the template to choose from: say which",
            "add container: NAME to the target",
        )
    _, value, at = chosen[0]
    return env_of(finder, value, at, env)


def _env_in(finder: Finder, container: Map, env: str) -> bool:
    items = container.get("env")
    return isinstance(items, list) and finder.index(items, "name", env) is not None


SHAPES: dict[str, Callable[[Finder, Row, Map, dict[str, str]], Found]] = {
    "none": find_none,
    "field": find_field,
    "config-map": find_config_map,
    "pod": find_pod,
    "inference-service": find_inference_service,
    "llm": find_llm,
    "seldon-deployment": find_seldon_deployment,
    "workflow": find_workflow,
}
