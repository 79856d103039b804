"""Writes each model's URI, provenance and weight into its targets: a transformer of the top layer.

Runs after all transformers and before name hashes and references, so that a generated ConfigMap's hash
follows its new content. Linear in the number of models, targets and objects.
"""

from __future__ import annotations

from cmp.errors import CmpError, Where
from cmp.kustomize.options import Notice
from cmp.lighttyping import NamedTuple
from cmp.models import provenance
from cmp.models.config import NOT_MASKED, ModelConfig
from cmp.models.declarations import Declarations, read
from cmp.models.errors import ModelError, TargetError
from cmp.models.held import OTHER, SEVERAL, judge
from cmp.models.kinds import code_of, owner_of, owners_of_weights
from cmp.models.kinds.dialects import WITHOUT_REVISION, written_as
from cmp.models.kinds.places import FieldPath, Finder, Inside
from cmp.models.kinds.plan import Plan
from cmp.models.kinds.table import MODEL_KINDS, TRAFFIC_KINDS, row_of
from cmp.models.lock import ModelLock
from cmp.models.match import Objects
from cmp.models.record import PARAMETER, RENAME, WEIGHTS, Record, Written
from cmp.models.resolve import resolve, weights_of
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.models.config import MaskTest, Target
    from cmp.models.kinds.kind import Kind
    from cmp.models.kinds.places import Located, Path, Place
    from cmp.models.kinds.plan import Write
    from cmp.models.resolve import Resolved
    from cmp.yaml.strict import Node
    from cmp.yaml.value import Value

    # The file that brought the value at a field of an object.
    Author: TypeAlias = Callable[[Resource, str], str]

# A target's value replaced one that somebody else has chosen: the id of the notice, and in `CMP_WAIVERS`.
REPLACED = "replaced-value"


def _own_file(resource: Resource, field: str) -> str:
    """The file of the object, for callers that know no better."""
    return resource.file


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
    waivers: Container[str] | None = None,
    author: Author = _own_file,
) -> Record:
    """Write every model of every ModelConfig into its targets; returns what was written.

    uris, weights: the parameters `model-uris` and `traffic`. copied: the replacements done so far; one whose
    source is written here copied a placeholder and is an error. is_masked: tells a masked render's tokens.
    waivers: what may be waived, None for everything. author: names the file that brought a value.
    """
    objects = list(resources)
    declarations = declarations or read(objects, is_masked)
    uris, weights = uris or {}, weights or {}
    _check_parameters(declarations.configs, "model-uris", uris)
    _check_parameters(declarations.configs, "traffic", weights)
    may_replace = waivers is None or REPLACED in waivers
    run = _Run(objects, is_masked, may_replace, author, declarations.reference_schemes(is_masked))
    for config in declarations.configs:
        run.config(config, declarations.lock_of(config), uris, weights)
    run.check_copied(copied)
    return run.record


def _check_parameters(configs: list[ModelConfig], parameter: str, given: Mapping[str, object]) -> None:
    known = {name for config in configs for name in config.models}
    for name in given:
        if name not in known:
            raise ModelError(
                f"the parameter {parameter} names the model {name!r}, which no ModelConfig has",
                hint=did_you_mean(name, known, "the models are"),
            )
        owners = [config.name for config in configs if name in config.models]
        if len(owners) > 1:
            raise ModelError(
                f"the parameter {parameter} names the model {name!r}, which several ModelConfigs have",
                hint=f"{' and '.join(owners)}: give the models names of their own",
            )
        if parameter == "traffic" and not any(config.traffic for config in configs if name in config.models):
            raise ModelError(f"the parameter traffic names {name!r}, but {owners[0]} does not split traffic")


class _Source(NamedTuple):
    """What puts values into an object: a target, and where its values come from.

    name: `PARAMETER` or another word of `cmp.models.record`. node: the value that says it; None for a
    parameter. secret: it gives URIs.
    """

    config: ModelConfig
    target: Target
    resource: Resource
    name: str
    node: Node | None
    secret: bool


class _Run:
    """One injection: the objects' index, the fields written so far, and the record.

    may_replace: whether the operator lets `replaces: any` count. schemes: those of references in locks.
    """

    def __init__(
        self,
        objects: list[Resource],
        is_masked: MaskTest,
        may_replace: bool,
        author: Author,
        schemes: Collection[str],
    ) -> None:
        self.may_replace = may_replace
        self.schemes = schemes
        self.author = author
        self.objects = Objects(objects)
        self.finder = Finder()
        self.record = Record()
        self.is_masked = is_masked
        self._writers: dict[tuple[int, object], str] = {}
        self._controllers = owners_of_weights(objects)

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
        # URIs first: weights go to entries that are found by the objects of the models' own targets.
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
            self.split(config, weights_of(config, weights), own, PARAMETER if mine else WEIGHTS)

    def _code(self, resource: Resource) -> Kind | None:
        """The code of an object's kind; None for a kind that the table does not have."""
        row = row_of(resource.gvk)
        return code_of(row) if row is not None else None

    # -- URIs

    def model(self, config: ModelConfig, resolved: Resolved, target: Target, resource: Resource) -> None:
        """One model into one target, with its provenance."""
        code = self._code(resource)
        source = _Source(config, target, resource, resolved.source, resolved.node, True)
        holders: tuple[Path, ...]
        path = target.options.get("fieldPath")
        if path is not None:
            self._no_other_options(target)
            place = _field_path(target, resource, path)
            uri = self._in_dialect(config, resolved, target, target.dialect or "plain")
            self._put(source, place, uri, resolved.name)
            holders = code.holders() if code is not None else (("metadata",),)
        else:
            located = self._locate(code, target, resource)
            if located.spot is not None:
                dialect = target.dialect or located.dialect
                uri = self._in_dialect(config, resolved, target, dialect)
                self._put(source, located.spot, uri, resolved.name)
                self._no_revision(resource, target, resolved.uri, located, dialect)
            # No part of a token is one.
            if not self.is_masked(resolved.uri):
                self._parts(source, located, resolved)
            holders = located.holders
            if code is not None and code.row.immutable:
                self.notice("immutable-uri", f"{resource}: {code.row.immutable}", target.node.where)
        values = provenance.values_of(resolved, config.policy.require_tags)
        if not values:
            return
        of_pods = provenance.of_pods(values, resolved)
        for holder in holders:
            provenance.annotate(resource.body, holder, values if holder == ("metadata",) else of_pods)

    def _parts(self, source: _Source, located: Located, resolved: Resolved) -> None:
        """The further places of a URI. Where the target asks for another dialect, they would say it twice."""
        target = source.target
        own = target.dialect in ("", located.dialect)
        for place, dialect in located.also:
            text = self._in_dialect(source.config, resolved, target, dialect) if own else ""
            if text:
                self._put(source, place, text, resolved.name)
            elif dialect == "hub-revision" and place.get():
                # It would be the revision of another model, or a second one.
                why = "a URI that has no revision" if own else f"a URI in the dialect {target.dialect}"
                hint = "write the URI as hf://ORGANISATION/MODEL@REVISION, or take the revision out"
                error = TargetError(
                    f"{place.field} would stay with {why}", hint=hint if own else "take it out"
                )
                raise _at(error, target, source.resource)

    def _locate(self, code: Kind | None, target: Target, resource: Resource) -> Located:
        """The field that the target's options choose; `TargetError` for a kind whose fields are not known."""
        row = code.row if code is not None else None
        if code is None or row is None or not (row.uris or row.chosen or row.names):
            group = resource.gvk.group or "core"
            error = TargetError(
                f"which field of {resource.kind} in group {group} holds a model is not known",
                hint="give the target a fieldPath; "
                + did_you_mean(resource.kind, MODEL_KINDS, "known kinds are"),
            )
            raise _at(error, target, resource)
        if "inside" in target.options:
            raise target.node.error(
                "inside needs a fieldPath: the place in the document",
                hint="such as inside: spec.serveConfigV2, fieldPath: applications.0.args.model",
            )
        for option in target.options:
            if option not in row.options:
                raise target.node.child(option, None).error(
                    f"a {row.kind} of group {row.group or 'core'} has no {option!r}",
                    hint=did_you_mean(option, row.options),
                )
        try:
            located = code.locate(self.finder, resource.body, target.options)
        except TargetError as error:
            raise _at(error, target, resource) from error
        old = located.spot.get() if located.spot is not None else None
        if located.spot is not None and old is not None and not isinstance(old, str):
            raise _at(TargetError(f"{located.spot.field} is not a string"), target, resource)
        return located

    def _no_revision(
        self, resource: Resource, target: Target, uri: str, located: Located, dialect: str
    ) -> None:
        """Say so where a reader takes the newest revision of a model, whatever the URI pins."""
        told = any(part == "hub-revision" for _, part in located.also)
        if dialect in WITHOUT_REVISION and not told and uri.startswith("hf://") and "@" in uri:
            self.notice(
                "revision-dropped",
                f"{resource}: its reader cannot be told a revision: it takes the newest, not that of the URI",
                target.node.where,
            )

    def _in_dialect(self, config: ModelConfig, resolved: Resolved, target: Target, dialect: str) -> str:
        """The URI as the target reads it; a masked one stays as it is."""
        if self.is_masked(resolved.uri):
            return resolved.uri
        try:
            return written_as(dialect, resolved.uri, config.policy.schemes)
        except TargetError as error:
            message = f"{error.message} of the model {resolved.name!r}"
            raise TargetError(message, where=target.node.where, hint=error.hint) from error

    @staticmethod
    def _no_other_options(target: Target) -> None:
        others = [option for option in target.options if option not in ("fieldPath", "inside")]
        if others:
            raise target.node.error(f"fieldPath and {others[0]} exclude each other")

    # -- weights

    def split(
        self,
        config: ModelConfig,
        weights: dict[str, int],
        own: dict[str, list[tuple[Target, Resource]]],
        name: str,
    ) -> None:
        """The weights into every traffic target. own: each model's targets with their objects."""
        assert config.traffic is not None  # noqa: S101 - checked by the caller
        node = config.traffic.weights_node or config.traffic.node
        groups: dict[str, set[str]] = {}
        covered = _Covered()
        for target in config.traffic.targets:
            resource = self.objects.of(target, config.resource)
            plan = Plan(config, target, weights, own, self.objects, self.finder)
            # Before `fieldPaths`: the controller would set back a weight however it is written.
            self._not_owned(plan, resource)
            source = _Source(config, target, resource, name, node, secret=False)
            if target.paths or target.keys:
                covered.add(plan, resource)
            if target.paths:
                places = {model: _field_path(target, resource, path) for model, path in target.paths.items()}
                for model, place in places.items():
                    self._put(source, place, _weight(plan, model), model)
                _no_other_weights(plan, resource, places.values())
                continue
            code, writes = self._writes(plan, resource)
            for spot, value, model in writes:
                self._put(source if model else source._replace(name=RENAME), spot, value, model)
            group = code.weight_group(resource.body)
            if group:
                groups.setdefault(group, set()).update(model for _, _, model in writes)
        covered.check()
        for group, models in groups.items():
            left = sorted(weights.keys() - models)
            if left:
                raise config.traffic.node.error(
                    f"the route group {group!r} has no object for the model {left[0]!r}",
                    hint="weights of a group are relative: list each of its objects as a traffic target",
                )

    def _not_owned(self, plan: Plan, resource: Resource) -> None:
        """`ModelError` when a controller moves the weights, however the target names their place."""
        controller = owner_of(self._controllers, resource)
        if controller:
            raise plan.error(
                f"the weights of {resource} belong to {controller}", "take it out of traffic.targets"
            )
        row = row_of(resource.gvk)
        if row is not None and row.traffic is not None and row.traffic.controller:
            raise plan.error(
                f"the weights of {resource.kind}/{resource.name} are not written: {row.traffic.controller}",
                "take it out of traffic.targets",
            )

    def _writes(self, plan: Plan, resource: Resource) -> tuple[Kind, list[Write]]:
        """The code of a traffic target and all that it writes; `ModelError` where weights do not fit."""
        code = self._code(resource)
        traffic = code.row.traffic if code is not None else None
        if code is None or traffic is None:
            raise plan.error(
                f"how {resource.kind} of group {resource.gvk.group or 'core'} splits traffic is not known",
                "give fieldPaths: {MODEL: PATH}; "
                + did_you_mean(resource.kind, TRAFFIC_KINDS, "known kinds are"),
            )
        try:
            return code, code.split(plan, resource)
        except TargetError as error:
            raise _at(error, plan.target, resource) from error

    # -- writing

    def _put(self, source: _Source, place: Place, value: Value, model: str) -> None:
        """Write one place and remember it; `TargetError` when another target has written there."""
        config, target, resource = source.config, source.target, source.resource
        if model:
            mine = f"{config.name}: {model}, target {target.label}"
            for claim in place.claims:
                other = self._writers.setdefault(claim, mine)
                if other is not mine:  # not `!=`: a model's target and a traffic target may share their label
                    raise TargetError(
                        f"two models write {resource}, {place.field}: {other}; {mine}",
                        where=target.node.where,
                        hint="each field belongs to one model: change or remove one of the targets",
                    )
            self._look(source, place, value, model)
        try:
            place.put(value)
        except TargetError as error:
            raise _at(error, target, resource) from error
        self.record.written.append(
            Written(
                resource=resource,
                place=place,
                value=place.get(),
                model=model,
                source=source.name,
                node=source.node,
                target=target.label,
                config=config.name,
                secret=source.secret,
            )
        )

    def _look(self, source: _Source, place: Place, value: Value, model: str) -> None:
        """Look at what stands in a place before it is written.

        `TargetError` for more than one value; a notice for a URI of another origin, unless the target
        permits to replace it.
        """
        target, resource = source.target, source.resource
        kinds = {judge(old, value, self.is_masked, self.schemes) for old in place.read(resource.body)}
        if SEVERAL in kinds:
            error = TargetError(
                f"{place.field} holds more than one value: all of it would be replaced",
                hint="name the place in it: argument: --NAME for a flag; inside: and fieldPath: for YAML",
            )
            raise _at(error, target, resource)
        if OTHER not in kinds or not source.secret:
            return
        if target.replaces and self.may_replace:
            return
        if target.replaces:
            raise ModelError(
                "replaces: any does not count: CMP_WAIVERS does not allow it",
                where=target.node.child("replaces", None).where,
                hint=f"the operator allows it by the id {REPLACED}",
            )
        file = self.author(resource, place.field)
        there = f" in {file}" if file else ""
        self.record.notices.append(
            Notice(
                REPLACED,
                f"{resource}, {place.field} has a value of its own{there}; the model {model!r} replaces it. "
                "The next version makes this an error",
                (source.node or target.node).where,
                "take one of the two out, or say replaces: any on the target",
            )
        )

    def notice(self, rule: str, message: str, where: Where) -> None:
        """Something that is allowed but hardly meant."""
        self.record.notices.append(Notice(rule, message, where))

    # -- replacements

    def check_copied(self, copied: Sequence[Copied]) -> None:
        """Raise when a replacement's source is a field that was written here: its copy is the placeholder."""
        if not copied:
            return
        from cmp.kustomize.fieldpath import lookup, split

        written = {each.place.claims[0]: each for each in self.record.written}
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


class _Covered:
    """Objects whose weights are named one by one, by `keys` or `fieldPaths`: none of them may be left out."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[Plan, str, set[str]]] = {}

    def add(self, plan: Plan, resource: Resource) -> None:
        """Remember a target. Parts count together with those of the same kind: one weight in each object."""
        target = plan.target
        named = {*target.paths, *target.keys}
        # Where the stable version gets the rest, it has no field of its own.
        row = row_of(resource.gvk)
        rest = row is not None and row.traffic is not None and row.traffic.meaning == "rest"
        if len(plan.weights.keys() - named) > rest:
            option = "fieldPaths" if target.paths else "keys"
            self._parts.setdefault(target.kind, (plan, option, set()))[2].update(named)

    def check(self) -> None:
        """`ModelError` for a model whose weight would stay as it was."""
        for plan, option, named in self._parts.values():
            left = [model for model in plan.weights if model not in named]
            if left:
                raise plan.error(
                    f"{option} says nothing of the model {left[0]!r}: the weights would not sum to 100",
                    f"add {option}: {{{left[0]}: ...}}",
                )


def _field_path(target: Target, resource: Resource, path: str) -> Place:
    outer = target.options.get("inside")
    try:
        return FieldPath(resource.body, path) if outer is None else Inside(resource.body, outer, path)
    except TargetError as error:
        raise _at(error, target, resource) from error


def _no_other_weights(plan: Plan, resource: Resource, written: Iterable[Place]) -> None:
    """`ModelError` where an entry that `fieldPaths` does not name keeps a part of the traffic."""
    row = row_of(resource.gvk)
    if row is None or row.traffic is None:
        return
    from cmp.models.kinds.patterns import lists

    holders = {holder for place in written for holder, _ in place.claims}
    for pattern in row.traffic.weights:
        key = pattern.rpartition(".")[2]
        for items, path in lists(resource.body, pattern):
            if not any(id(item) in holders for item in items):
                continue
            for position, item in enumerate(items):
                entry = item if isinstance(item, dict) else {}
                if id(item) not in holders and entry.get(key) != 0 and entry.get("shadow") is not True:
                    raise plan.error(
                        "the entry belongs to no model of fieldPaths, and has a part of the traffic",
                        "name its weight under its model, take the entry out, or give it the weight 0",
                        (*path, position),
                    )


def _weight(plan: Plan, model: str) -> int:
    if model not in plan.weights:
        raise plan.error(f"fieldPaths names the model {model!r}, which has no weight")
    return plan.weights[model]


def _at(error: TargetError, target: Target, resource: Resource) -> TargetError:
    """The error with the object and its field in its words, and the declaration's place."""
    field = error.where.field
    text = f"{resource}{', ' + field if field else ''}: {error.message}"
    return TargetError(text, where=target.node.where, hint=error.hint)
