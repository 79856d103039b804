"""Operators of large language models that name a model otherwise than by a URI: KAITO, NIM, Dynamo, Bento."""

from __future__ import annotations

from cmp.models.errors import TargetError
from cmp.models.kinds.kind import Choice, Kind
from cmp.models.kinds.places import (
    Flag,
    Located,
    Spot,
    child,
    items_at,
    mapping,
    mappings,
    named,
    need,
    spec_of,
    walk,
)
from cmp.models.kinds.workloads import FORMS, argument_of, container_choices, env_of, in_pod, variables
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.models.kinds.places import Finder, Map, Path


# Dynamo: the container that the operator fills in.
MAIN = "main"


class Parts(Kind):
    """A kind that holds one URI in the fields of the row's `parts`."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """All of them; the mapping around them must be there."""
        found = []
        for field, dialect in self.row.parts:
            path = tuple(field.split("."))
            found.append((Spot(walk(body, path[:-1]), path[-1], path), dialect))
        (spot, dialect), *others = found
        return Located(spot, self.holders(), dialect, tuple(others))


class Runtime(Kind):
    """production-stack: the bare id of a model, whose revision is one of vLLM's further arguments."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The id, with `--revision` among the arguments of the row's `parts`."""
        located = super().locate(finder, body, options)
        [(field, dialect)] = self.row.parts
        flag = Flag(body, tuple(field.split(".")), "--revision")
        return Located(located.spot, located.holders, located.dialect, ((flag, dialect),))


class KubeAI(Runtime):
    """KubeAI: only vLLM gets the arguments of the object, and what fills a cache knows no revision."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The URI, with `--revision` where that reaches the server."""
        located = super().locate(finder, body, options)
        spec = spec_of(body)
        if spec.get("engine") == "VLLM" and not spec.get("cacheProfile"):
            return located
        return Located(located.spot, located.holders, located.dialect)


class Workspace(Kind):
    """KAITO: a preset's name, or the image of an adapter."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The preset, or the adapter that the target names."""
        inference = walk(body, ("inference",))
        if "adapter" not in options:
            preset = child(inference, ("inference",), "preset")
            return Located(Spot(preset, "name", ("inference", "preset", "name")), self.holders(), "id")
        path = ("inference", "adapters")
        adapters = items_at(inference, path[:-1], "adapters")
        entry, at = named(finder, adapters, path, options["adapter"], "adapter", "source.name")
        source = child(entry, at, "source")
        return Located(Spot(source, "image", (*at, "source", "image")), self.holders(), "image")

    def choices(self, body: Map) -> Iterator[Choice]:
        """The preset and each adapter."""
        inference = mapping(body.get("inference"))
        if isinstance(inference.get("preset"), dict):
            yield Choice({})
        for _, adapter in mappings(inference.get("adapters")):
            name = mapping(adapter.get("source")).get("name")
            if isinstance(name, str):
                yield Choice({"adapter": name})


class Dynamo(Kind):
    """A graph of services: an argument of a service's main container, or a variable."""

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The variable or argument of the service, or since v1beta1 of the component, that is named."""
        if isinstance(spec_of(body).get("components"), list):
            return self._component(finder, body, options)
        services = walk(body, ("spec", "services"))
        name = need(options, "service")
        if name not in services:
            raise TargetError(
                f"no service is named {name!r}", hint=did_you_mean(name, services, "its services are")
            )
        path = ("spec", "services", name)
        service = child(services, path[:-1], name)
        pod = mapping(service.get("extraPodSpec"))
        inner = (*path, "extraPodSpec", "mainContainer")
        if "argument" in options:
            container = child(pod, inner[:-1], "mainContainer")
            argument, also = argument_of(container, inner, options["argument"])
            return Located(argument, self.holders(), "id", also)
        env = need(options, "env")
        if isinstance(service.get("envs"), list):
            variable, at = named(finder, items_at(service, path, "envs"), (*path, "envs"), env, "variable")
            return Located(Spot(variable, "value", (*at, "value")), self.holders())
        return Located(env_of(finder, child(pod, inner[:-1], "mainContainer"), inner, env), self.holders())

    def _component(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        path: Path = ("spec", "components")
        components = items_at(spec_of(body), path[:-1], "components")
        component, at = named(finder, components, path, need(options, "service"), "component")
        template = child(component, at, "podTemplate")
        pod, at = child(template, (*at, "podTemplate"), "spec"), (*at, "podTemplate", "spec")
        chosen = {key: text for key, text in options.items() if key in FORMS}
        holders = (*self.holders(), (*at[:-1], "metadata"))
        return in_pod(finder, pod, at, {**chosen, "container": MAIN}, holders)

    def choices(self, body: Map) -> Iterator[Choice]:
        """The variables and arguments of each service or component."""
        for _, component in mappings(spec_of(body).get("components")):
            pod = mapping(mapping(component.get("podTemplate")).get("spec"))
            name = component.get("name")
            for _, container in mappings(pod.get("containers")):
                if container.get("name") == MAIN and isinstance(name, str):
                    yield from container_choices(container, {"service": name})
        for name, value in mapping(spec_of(body).get("services")).items():
            service = mapping(value)
            lead = {"service": name}
            for env in variables(service.get("envs")):
                yield Choice({**lead, "env": env}, env)
            yield from container_choices(
                mapping(mapping(service.get("extraPodSpec")).get("mainContainer")), lead
            )
