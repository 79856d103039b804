"""Writes each model's URI, provenance and weight into its targets: a transformer of the top layer.

Runs after all transformers and before name hashes and references, so that a generated ConfigMap's hash
follows its new content. Linear in the number of models, targets and objects.
"""

from __future__ import annotations

from typing import NamedTuple

from cmp.errors import CmpError, Where
from cmp.kustomize.options import Notice
from cmp.models import provenance, shapes, storage, traffic
from cmp.models.config import NOT_MASKED, ModelConfig
from cmp.models.declarations import Declarations, read
from cmp.models.errors import DeclarationError, ModelError, TargetError
from cmp.models.fields import KINDS, row_for
from cmp.models.lock import ModelLock
from cmp.models.match import Objects
from cmp.models.nearest import did_you_mean
from cmp.models.record import PARAMETER, RENAME, WEIGHTS, Record, Written, reader
from cmp.models.resolve import resolve, weights_of
from cmp.models.shapes.finding import Finder
from cmp.models.splits import split_for
from cmp.models.traffic.plan import Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cmp.kustomize.resource import Resource
    from cmp.models.config import MaskTest, Target
    from cmp.models.fields import Row
    from cmp.models.resolve import Resolved
    from cmp.models.shapes.finding import Spot
    from cmp.yaml.value import Value


class Copied(NamedTuple):
    """A replacement that was carried out before the injection: it copied the field `path` of `source`."""

    source: Resource
    path: str
    where: Where


def inject(
    resources: Iterable[Resource],
    *,
    declarations: Declarations | None = None,
    uris: Mapping[str, str] | None = None,
    weights: Mapping[str, int | str] | None = None,
    copied: Sequence[Copied] = (),
    is_masked: MaskTest = NOT_MASKED,
) -> Record:
    """Write every model of every ModelConfig into its targets; returns what was written.

    uris, weights: the parameters `model-uris` and `traffic`. copied: the replacements done so far; one whose
    source is written here copied a placeholder and is an error. is_masked: tells a masked render's tokens.
    """
    objects = list(resources)
    declarations = declarations or read(objects, is_masked)
    uris, weights = uris or {}, weights or {}
    _check_parameters(declarations.configs, "model-uris", uris)
    _check_parameters(declarations.configs, "traffic", weights)
    run = _Run(objects, is_masked)
    for config in declarations.configs:
        run.config(config, declarations.lock_of(config), uris, weights)
    run.check_copied(copied)
    return run.record


def _check_parameters(configs: list[ModelConfig], parameter: str, given: Mapping[str, object]) -> None:
    known = {name for config in configs for name in config.models}
    for name in given:
        if name not in known:
            raise DeclarationError(
                f"the parameter {parameter} names the model {name!r}, which no ModelConfig has",
                hint=did_you_mean(name, known, "the models are"),
            )
        owners = [config.name for config in configs if name in config.models]
        if len(owners) > 1:
            raise DeclarationError(
                f"the parameter {parameter} names the model {name!r}, which several ModelConfigs have",
                hint=f"{' and '.join(owners)}: give the models names of their own",
            )
        if parameter == "traffic" and not any(config.traffic for config in configs if name in config.models):
            raise DeclarationError(f"the parameter traffic names {name!r}, but {owners[0]} splits no traffic")


class _Run:
    """One injection: the objects' index, the fields written so far, and the record."""

    def __init__(self, objects: list[Resource], is_masked: MaskTest) -> None:
        self.objects = Objects(objects)
        self.finder = Finder()
        self.record = Record()
        self.is_masked = is_masked
        self._owners: dict[tuple[int, object], str] = {}
        self._controlled = _controlled(objects)

    def config(
        self,
        config: ModelConfig,
        lock: ModelLock | None,
        uris: Mapping[str, str],
        weights: Mapping[str, int | str],
    ) -> None:
        """Everything one ModelConfig asks for."""
        resolved = resolve(config, lock, uris, self.is_masked)
        own: dict[str, list[tuple[Target, Resource]]] = {name: [] for name in config.models}
        for model in config.models.values():
            self.record.uris[config.name, model.name] = resolved[model.name].uri
            if not model.targets:
                self.notice(
                    "model-without-targets", f"the model {model.name!r} has no targets", model.node.where
                )
            for target in model.targets:
                resource = self.objects.of(target, config.resource)
                own[model.name].append((target, resource))
                self.model(config, resolved[model.name], target, resource)
        if config.traffic is not None:
            mine = any(name in config.models for name in weights)
            self.split(config, weights_of(config, weights), own, mine)

    # -- URIs

    def model(self, config: ModelConfig, resolved: Resolved, target: Target, resource: Resource) -> None:
        """One model into one target, with its provenance."""
        row = row_for(resource.gvk)
        holders: tuple[tuple[str | int, ...], ...] = (("metadata",),)
        path = target.options.get("fieldPath")
        if path is not None:
            self._no_other_options(target)
            self.by_path(config, target, resource, path, resolved.uri, resolved.name, resolved)
            holders = (("metadata",), row.pods) if row is not None and row.pods else holders
            holders = () if resource.kind == "ConfigMap" else holders
        else:
            found = self._find(row, target, resource)
            holders = found.holders
            if found.spot is not None and row is not None:
                uri = self._dialect(config, resolved, target, row)
                self.put(config, target, resource, found.spot, uri, resolved.name, resolved)
        values = provenance.values_of(resolved)
        for holder in holders:
            provenance.annotate(resource.body, holder, values)

    def _find(self, row: Row | None, target: Target, resource: Resource):  # type: ignore[no-untyped-def]
        if row is None:
            group = resource.gvk.group or "core"
            raise self._at(
                TargetError(
                    f"which field of {resource.kind} in group {group} holds a model is not known",
                    hint="give the target a fieldPath; "
                    + did_you_mean(resource.kind, KINDS, "known kinds are"),
                ),
                target,
                resource,
            )
        for option in target.options:
            if option not in row.options:
                raise target.node.child(option, None).error(
                    f"a {row.kind} of group {row.group or 'core'} has no {option!r}",
                    hint=did_you_mean(option, row.options),
                )
        try:
            found = shapes.find(self.finder, row, resource.body, target.options)
        except TargetError as error:
            raise self._at(error, target, resource) from error
        spot = found.spot
        if spot is not None:
            old = spot.get()
            if old is not None and not isinstance(old, str):
                raise self._at(TargetError(f"{spot.field} is no text"), target, resource)
        return found

    def _dialect(self, config: ModelConfig, resolved: Resolved, target: Target, row: Row) -> str:
        """The URI as this kind reads it."""
        if (
            not row.kserve
            or self.is_masked(resolved.uri)
            or "env" in target.options
            or "container" in target.options
        ):
            return resolved.uri
        uri = storage.kserve_form(resolved.uri)
        if not storage.kserve_admits(uri, config.policy.schemes):
            raise TargetError(
                f"KServe does not admit the URI scheme of the model {resolved.name!r}",
                where=target.node.where,
                hint=f"it admits {', '.join(storage.KSERVE_SCHEMES)}; one that a ClusterStorageContainer "
                "adds goes into policy.schemes",
            )
        return uri

    @staticmethod
    def _no_other_options(target: Target) -> None:
        others = [option for option in target.options if option != "fieldPath"]
        if others:
            raise target.node.error(f"fieldPath and {others[0]} exclude each other")

    @staticmethod
    def _at(error: TargetError, target: Target, resource: Resource) -> TargetError:
        """The error with the object's field in its words and the declaration's place."""
        field = error.where.field
        text = f"{resource}{', ' + field if field else ''}: {error.message}"
        return TargetError(text, where=target.node.where, hint=error.hint)

    # -- weights

    def split(
        self,
        config: ModelConfig,
        weights: dict[str, int],
        own: dict[str, list[tuple[Target, Resource]]],
        from_parameter: bool,
    ) -> None:
        """The weights into every traffic target."""
        assert config.traffic is not None  # noqa: S101 - checked by the caller
        where = (config.traffic.weights_node or config.traffic.node).where
        source = PARAMETER if from_parameter else WEIGHTS
        groups: dict[str, set[str]] = {}
        for target in config.traffic.targets:
            resource = self.objects.of(target, config.resource)
            controller = self._controlled.get((resource.kind, resource.name))
            plan = Plan(config, target, weights, own, self.objects, self.finder)
            if controller:
                raise plan.error(
                    f"the weights of {resource} belong to {controller}", "take it out of traffic.targets"
                )
            if target.paths:
                for model, path in target.paths.items():
                    self.by_path(
                        config, target, resource, path, self._weight(plan, model), model, None, source, where
                    )
                continue
            try:
                writes = traffic.writes(plan, split_for(resource.gvk), resource)
            except TargetError as error:
                raise self._at(error, target, resource) from error
            for spot, value, model in writes:
                self.put(
                    config, target, resource, spot, value, model, None, source if model else RENAME, where
                )
            if resource.kind == "LLMInferenceService":
                groups.setdefault(_group_of(resource), set()).update(model for _, _, model in writes)
        for group, covered in groups.items():
            left = sorted(weights.keys() - covered)
            if group and left:
                raise config.traffic.node.error(
                    f"the route group {group!r} has no object for the model {left[0]!r}",
                    hint="weights of a group are relative: list each of its objects as a traffic target",
                )

    @staticmethod
    def _weight(plan: Plan, model: str) -> int:
        if model not in plan.weights:
            raise plan.error(f"fieldPaths names the model {model!r}, which has no weight")
        return plan.weights[model]

    # -- writing

    def put(
        self,
        config: ModelConfig,
        target: Target,
        resource: Resource,
        spot: Spot,
        value: Value,
        model: str,
        resolved: Resolved | None,
        source: str = "",
        origin: Where | None = None,
    ) -> None:
        """Write one field of one object and remember it."""
        self._claim(config, target, (id(spot.container), spot.key), model, resource, spot.field)
        spot.container[spot.key] = value
        self.record.written.append(
            Written(
                resource=resource,
                field=spot.field,
                value=value,
                model=model,
                source=resolved.source if resolved else source,
                origin=(resolved.origin if resolved else origin) or Where(),
                target=target.label,
                config=config.name,
                secret=resolved is not None,
                container=spot.container,
                key=spot.key,
                read=reader(spot.path),
            )
        )

    def by_path(
        self,
        config: ModelConfig,
        target: Target,
        resource: Resource,
        path: str,
        value: str | int,
        model: str,
        resolved: Resolved | None,
        source: str = "",
        origin: Where | None = None,
    ) -> None:
        """Write every place that a field path of the replacements' grammar leads to."""
        from cmp.kustomize.fieldpath import find

        def lookup(body: dict[str, Value]) -> list[Value]:
            return [slot.get() for slot in find(body, path)]

        try:
            slots = find(resource.body, path)
            if not slots:
                raise TargetError(f"the path {path!r} leads to nothing")
            for slot in slots:
                self._claim(config, target, (id(slot.container), slot.key), model, resource, path)
                if isinstance(slot.get(), (dict, list)):
                    raise TargetError(f"the path {path!r} leads to no single value")
                slot.set_text(str(value))
        except ModelError as error:
            raise self._at(TargetError(error.message, hint=error.hint), target, resource) from error
        except CmpError as error:
            raise self._at(TargetError(error.message, hint=error.hint), target, resource) from error
        self.record.written.append(
            Written(
                resource=resource,
                field=path,
                value=slots[0].get(),
                model=model,
                source=resolved.source if resolved else source,
                origin=(resolved.origin if resolved else origin) or Where(),
                target=target.label,
                config=config.name,
                secret=resolved is not None,
                container=slots[0].container,
                key=slots[0].key,
                read=lookup,
            )
        )

    def _claim(
        self,
        config: ModelConfig,
        target: Target,
        place: tuple[int, object],
        model: str,
        resource: Resource,
        field: str,
    ) -> None:
        """Raise when another target has written the same field."""
        if not model:
            return
        other = self._owners.get(place)
        mine = f"{config.name}: {model}, target {target.label}"
        if other is not None:
            raise TargetError(
                f"two models write {resource}, {field}: {other}; {mine}",
                where=target.node.where,
                hint="each field belongs to one model: change or remove one of the targets",
            )
        self._owners[place] = mine

    def notice(self, rule: str, message: str, where: Where) -> None:
        """Something that is allowed but hardly meant."""
        self.record.notices.append(Notice(rule, message, where))

    # -- replacements

    def check_copied(self, copied: Sequence[Copied]) -> None:
        """Raise when a replacement's source is a field that was written here: its copy is the placeholder."""
        if not copied:
            return
        from cmp.kustomize.fieldpath import lookup, split

        written = {(id(each.container), each.key): each for each in self.record.written}
        for replacement in copied:
            try:
                slot = lookup(replacement.source.body, split(replacement.path))
            except CmpError:
                continue  # the path no longer fits: then it is not one that was written
            each = written.get((id(slot.container), slot.key)) if slot is not None else None
            if each is not None:
                raise TargetError(
                    f"a replacement copies {each.resource}, {each.field} before the model "
                    f"{each.model!r} is put there",
                    where=replacement.where,
                    hint=f"remove the replacement and list its target under the model {each.model!r} of "
                    f"ModelConfig/{each.config}",
                )


def _group_of(resource: Resource) -> str:
    found = reader(("spec", "router", "route", "group"))(resource.body)
    return found[0] if found and isinstance(found[0], str) else ""


def _controlled(objects: list[Resource]) -> dict[tuple[str, str], str]:
    """(kind, name) of routes whose weights a controller of this build moves, and which."""
    owned: dict[tuple[str, str], str] = {}
    for resource in objects:
        if resource.kind == "Canary" and resource.gvk.group == "flagger.app":
            for name in _texts(resource.body, ("spec", "service", "name"), ("spec", "targetRef", "name")):
                owned["VirtualService", name] = owned["HTTPRoute", name] = f"Flagger ({resource})"
            for name in _texts(resource.body, ("spec", "ingressRef", "name")):
                owned["Ingress", name] = owned["Ingress", f"{name}-canary"] = f"Flagger ({resource})"
        elif resource.kind == "Rollout" and resource.gvk.group == "argoproj.io":
            routing = ("spec", "strategy", "canary", "trafficRouting")
            owner = f"Argo Rollouts ({resource})"
            for name in _texts(resource.body, (*routing, "istio", "virtualService", "name")):
                owned["VirtualService", name] = owner
            several = reader((*routing, "istio", "virtualServices"))(resource.body)
            for item in several[0] if several and isinstance(several[0], list) else ():
                if isinstance(item, dict) and isinstance(item.get("name"), str):
                    owned["VirtualService", str(item["name"])] = owner
            for name in _texts(resource.body, (*routing, "nginx", "stableIngress")):
                owned["Ingress", name] = owner
    return owned


def _texts(body: dict[str, Value], *paths: tuple[str, ...]) -> list[str]:
    found = [value for path in paths for value in reader(path)(body)]
    return [value for value in found if isinstance(value, str)]
