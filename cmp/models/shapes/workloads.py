"""A model's variable in a pod, as workloads hold one."""

from __future__ import annotations

from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Finder, Found, Spot, items_at, missing, named, need, walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.models.fields import Row
    from cmp.models.shapes.finding import Map, Path
    from cmp.yaml.value import Value


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
