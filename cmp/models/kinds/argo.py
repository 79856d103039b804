"""Argo Workflows: a parameter of a workflow or template, or a variable of a template's container.

Argo Rollouts has the shape of a Deployment and needs no code of its own.
"""

from __future__ import annotations

from cmp.models.kinds.kind import Choice, Kind
from cmp.models.kinds.places import (
    Located,
    Spot,
    child,
    items_at,
    mapping,
    mappings,
    missing,
    named,
    need,
    walk,
)
from cmp.models.kinds.workloads import env_of, variables
from cmp.paths import value_at
from cmp.yaml.strict import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.models.kinds.places import Finder, Map, Path

# Argo gives this name to the container of a template that names none.
MAIN_CONTAINER = "main"


class Workflow(Kind):
    """An object whose WorkflowSpec is at the row's `start`."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """A parameter of the workflow or of a template, or a variable of a template's container."""
        spec = walk(body, self.row.start)
        if "parameter" in options:
            return Located(_parameter(finder, spec, self.row.start, options), self.holders())
        env = need(options, "env")
        if "template" in options:
            template, place = _template(finder, spec, self.row.start, options["template"])
        else:
            template, place = _template_with(finder, spec, self.row.start, options.get("container"), env)
        holders = (*self.holders(), (*place, "metadata"))
        return Located(_env_spot(finder, template, place, options.get("container"), env), holders)

    def choices(self, body: Map) -> Iterator[Choice]:
        """The parameters of the workflow and of its templates, and the variables of their containers."""
        spec = mapping(value_at(body, self.row.start))
        for name in variables(mapping(spec.get("arguments")).get("parameters")):
            yield Choice({"parameter": name}, name)
        for _, template in mappings(spec.get("templates")):
            own = template.get("name")
            if not isinstance(own, str):
                continue
            for name in variables(mapping(template.get("inputs")).get("parameters")):
                yield Choice({"template": own, "parameter": name}, name)
            for container, value, _ in _containers(template, ()):
                for env in variables(value.get("env")):
                    yield Choice({"template": own, "container": container, "env": env}, env)


class Scheduled(Workflow):
    """A recurring run of Kubeflow Pipelines, which sets parameters of its workflow from a list of its own."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The same, and before the workflow's parameters those that the run sets."""
        outer: Path = ("spec", "workflow", "parameters")
        found = value_at(body, outer)
        items = found if isinstance(found, list) else []
        name = options.get("parameter")
        if name is not None and "template" not in options and name in variables(items):
            parameter, at = named(finder, items, outer, name, "parameter")
            return Located(Spot(parameter, "value", (*at, "value")), self.holders())
        return super().locate(finder, body, options)

    def choices(self, body: Map) -> Iterator[Choice]:
        """The same."""
        for name in variables(value_at(body, ("spec", "workflow", "parameters"))):
            yield Choice({"parameter": name}, name)
        yield from super().choices(body)


def _parameter(finder: Finder, spec: Map, path: Path, options: dict[str, str]) -> Spot:
    owner, key = spec, "arguments"
    if "template" in options:
        owner, path = _template(finder, spec, path, options["template"])
        key = "inputs"
    path = (*path, key)
    parameters = items_at(child(owner, path[:-1], key), path, "parameters")
    parameter, place = named(finder, parameters, (*path, "parameters"), options["parameter"], "parameter")
    if "valueFrom" in parameter:
        raise missing(place, "the parameter takes its value from elsewhere (valueFrom)")
    return Spot(parameter, "value", (*place, "value"))


def _template(finder: Finder, spec: Map, path: Path, name: str) -> tuple[Map, Path]:
    templates = items_at(spec, path, "templates")
    return named(finder, templates, (*path, "templates"), name, "template")


def _template_with(
    finder: Finder, spec: Map, path: Path, container: str | None, env: str
) -> tuple[Map, Path]:
    """The only template that has the variable."""
    path = (*path, "templates")
    hits = [
        (item, (*path, position))
        for position, item in mappings(items_at(spec, path[:-1], "templates"))
        if any(
            container in (None, name) and _has_env(finder, value, env)
            for name, value, _ in _containers(item, ())
        )
    ]
    if len(hits) != 1:
        raise missing(
            path,
            f"{counted(len(hits), 'template')} with the variable {env!r}: say which",
            "add template: NAME to the target",
        )
    return hits[0]


def _containers(template: Map, path: Path) -> Iterator[tuple[str, Map, Path]]:
    """The containers of a template with the names they go by."""
    for key in ("container", "script"):
        value = template.get(key)
        if isinstance(value, dict):
            own = value.get("name")
            yield own if isinstance(own, str) and own else MAIN_CONTAINER, value, (*path, key)
    group = template.get("containerSet")
    for items, at in (
        (group.get("containers") if isinstance(group, dict) else None, (*path, "containerSet", "containers")),
        (template.get("initContainers"), (*path, "initContainers")),
        (template.get("sidecars"), (*path, "sidecars")),
    ):
        for position, item in mappings(items):
            own = item.get("name")
            yield own if isinstance(own, str) else "", item, (*at, position)


def _has_env(finder: Finder, container: Map, env: str) -> bool:
    items = container.get("env")
    return isinstance(items, list) and finder.index(items, "name", env) is not None


def _env_spot(finder: Finder, template: Map, path: Path, wanted: str | None, env: str) -> Spot:
    chosen = [each for each in _containers(template, path) if wanted in (None, each[0])]
    if wanted is None and len(chosen) > 1:
        chosen = [each for each in chosen if _has_env(finder, each[1], env)]
    if len(chosen) != 1:
        raise missing(
            path,
            f"{counted(len(chosen), 'container')} of the template to choose from: say which",
            "add container: NAME to the target",
        )
    _, value, at = chosen[0]
    return env_of(finder, value, at, env)
