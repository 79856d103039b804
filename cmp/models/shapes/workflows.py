"""A model's parameter or variable in Argo's workflows."""

from __future__ import annotations

from cmp.models.shapes.finding import Finder, Found, Spot, child, items_at, missing, named, need, walk
from cmp.models.shapes.workloads import env_of
from cmp.models.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.models.fields import Row
    from cmp.models.shapes.finding import Map, Path
    from cmp.yaml.value import Value


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
