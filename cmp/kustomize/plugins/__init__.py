"""Entries of `generators`, `transformers` and `validators` (api/internal/plugins/loader/loader.go).

Each is a configuration with `apiVersion: builtin` and the kind of a built-in plugin. Programs and containers
are never run. Kinds that are not built in are offered to the caller's `Hooks.generator` first.
"""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.resmap import ResMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resource import Resource

    Generate = Callable[[], ResMap]
    Transform = Callable[[ResMap], None]

API_VERSION = "builtin"
# Annotations that ask for a program or container (KRM functions).
_FUNCTION = ("config.kubernetes.io/function", "config.kubernetes.io/container", "config.k8s.io/function")


def load_generators(configs: Iterable[Resource], context: Context) -> list[tuple[Resource, Generate]]:
    """Each configuration with the function that makes its resources; all are checked before any is run."""
    from cmp.kustomize.plugins.generators import GENERATORS

    loaded: list[tuple[Resource, Generate]] = []
    for config in configs:
        if not is_builtin(config):
            made = context.hooks.generator(config, context.loader.path_of)
            if made is None:
                raise refused(config)
            from cmp.kustomize.plugins.foreign import resources_of

            loaded.append(
                (config, placed(lambda config=config, made=made: resources_of(made, config), config))
            )
            continue
        make = GENERATORS.get(config.kind)
        if make is None:
            raise unknown(config, "generator", GENERATORS)
        loaded.append((config, placed(placed(make, config)(config, context), config)))
    return loaded


def load_transformers(configs: Iterable[Resource], context: Context) -> list[tuple[Resource, Transform]]:
    """Each configuration with the function that changes resources; all are checked before any is run."""
    from cmp.kustomize.plugins.transformers import TRANSFORMERS

    loaded: list[tuple[Resource, Transform]] = []
    for config in configs:
        if not is_builtin(config):
            raise refused(config)
        make = TRANSFORMERS.get(config.kind)
        if make is None:
            raise unknown(config, "transformer", TRANSFORMERS)
        loaded.append((config, placed(placed(make, config)(config, context), config)))
    return loaded


def is_builtin(config: Resource) -> bool:
    """Whether a configuration is for a built-in plugin."""
    return config.body.get("apiVersion") == API_VERSION


def placed(function: Callable[..., Any], config: Resource) -> Callable[..., Any]:
    """`function` with the configuration's place added to its errors."""

    def run(*arguments: Any) -> Any:
        with located(file=config.file, object=config):
            return function(*arguments)

    return run


def unknown(config: Resource, role: str, kinds: Iterable[str]) -> KustomizeError:
    """The error for a kind that is not built in, or not in this role."""
    from cmp.nearest import nearest

    near = nearest(config.kind, kinds)
    error = KustomizeError(
        f"{config.kind} is not a built-in {role}",
        hint=f"did you mean {near}?" if near else f"the built-in ones are {', '.join(sorted(kinds))}",
    )
    error.at(file=config.file, object=str(config))
    return error


# What does the work of well-known external plugins here.
_OTHER_WAYS = {
    "SopsSecretGenerator": "move its `files` and `envs` to `secretGenerator` in the kustomization: encrypted "
    "sources are decrypted as they are read (docs/migration/ksops.md)",
}


def refused(config: Resource) -> KustomizeError:
    """The error for what would run a program: a function, a container, or a plugin of any other kind."""
    annotations = config.text_map("metadata", "annotations")
    what = "a function or container" if any(key in annotations for key in _FUNCTION) else "an external plugin"
    error = RefusedError(
        f"{config.kind} is {what}, and those are never run",
        hint=_OTHER_WAYS.get(config.kind)
        or f"built-in plugins have `apiVersion: {API_VERSION}`; commit what the program makes instead",
    )
    error.at(file=config.file, object=str(config))
    return error
