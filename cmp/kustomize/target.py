"""A build, layer by layer, in upstream's order (api/internal/target, api/krusty/kustomizer.go)."""

from __future__ import annotations

from cmp.errors import CmpError, Where
from cmp.kustomize import specs as field_specs
from cmp.kustomize.context import Context
from cmp.kustomize.errors import KustomizationFileError, KustomizeError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.kustomization import COMPONENT_KIND, KustomizationFile, read
from cmp.kustomize.loader import is_remote_file, top_loader
from cmp.kustomize.pipeline import run_pipeline
from cmp.kustomize.resmap import ResMap
from cmp.kustomize.schema.state import SchemaState
from cmp.kustomize.scope import asking

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.loader import Loader
    from cmp.kustomize.options import Hooks, Options
    from cmp.kustomize.origin import Origin
    from cmp.kustomize.specs import Specs
    from cmp.tree.protocol import Tree


class Build:
    """What all layers of one build share: options, hooks, the OpenAPI schema."""

    __slots__ = ("hooks", "layers", "options", "schema")

    def __init__(self, options: Options, hooks: Hooks) -> None:
        self.options = options
        self.hooks = hooks
        self.layers = 0
        self.schema = SchemaState()

    def use_openapi(self, layer: KustomizationFile, loader: Loader) -> None:
        """Take the `openapi` field of a layer, unless an earlier one set it."""
        field: dict[str, str] = layer.fields.get("openapi") or {}
        data = loader.load(field["path"]) if "path" in field else None
        if not self.schema.named and (data is not None or field.get("version")):
            self.schema.use(data, field.get("version"), layer.where(("openapi",), field="openapi"))


class Accumulator:
    """What a layer hands to the one above: resources, field specs and vars (api/internal/accumulator)."""

    __slots__ = ("resmap", "specs", "vars")

    def __init__(self) -> None:
        self.resmap = ResMap()
        self.specs: Specs = field_specs.EMPTY
        self.vars: dict[str, dict[str, Any]] = {}

    def merge(self, other: Accumulator) -> None:
        """Add all of a lower layer."""
        self.resmap.append_all(other.resmap)
        self.specs = self.specs.merge(other.specs)
        for name, var in other.vars.items():
            self.add_var(name, var)

    def add_var(self, name: str, var: dict[str, Any]) -> None:
        """Add one var; `KustomizeError` when the name is taken."""
        if name in self.vars:
            raise KustomizeError(
                f"the var {name} is declared twice", where=Where(field="vars"), hint="rename one of them"
            )
        self.vars[name] = var


class Target:
    """One layer: a kustomization and its loader."""

    __slots__ = ("build", "context", "helm_namespace", "layer", "loader", "origin")

    def __init__(self, build: Build, loader: Loader, *, top: bool = False) -> None:
        self.build = build
        self.loader = loader
        self.layer = read(loader, build.hooks, top=top)
        self.context = Context(build, loader, self.layer)
        self.origin: Origin | None = None
        self.helm_namespace = ""

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the kustomization."""
        return self.layer.fields

    def accumulate(self, accumulator: Accumulator) -> Accumulator:
        """Run this layer on `accumulator`: an empty one, or the parent's for a component."""
        self._resources(accumulator, self.fields.get("resources", ()), "resources")
        self._merge_specs(accumulator)
        self._generators(accumulator)
        for index, path in enumerate(self.fields.get("components", ())):
            accumulator = self._directory(accumulator, path, ("components", index), component=True)
        self._count(accumulator)
        run_pipeline(accumulator.resmap, self.context, accumulator.specs, self.origin)
        if "transformers" in self.fields:
            self._transformers(accumulator)
        if "validators" in self.fields:
            self._validators(accumulator)
        if "vars" in self.fields:
            from cmp.kustomize.vars import register

            register(accumulator, self.context)
        return accumulator

    # -- resources and bases

    def _resources(self, accumulator: Accumulator, paths: list[str], field: str) -> None:
        """Each path is a file, or else a directory or repository with a kustomization."""
        for index, path in enumerate(paths):
            try:
                directory = self._is_directory(path)
                if not directory:
                    self._file(accumulator, path)
            except CmpError as error:
                if is_remote_file(path) and self._try_repository(accumulator, path, (field, index), error):
                    continue
                raise self._tell(error, (field, index), path) from error
            if directory:
                self._directory(accumulator, path, (field, index), component=False)

    def _is_directory(self, path: str) -> bool:
        """Whether `path` is no file: what upstream finds out by failing to read it."""
        if is_remote_file(path):
            return False
        from cmp.kustomize.loader import maybe_repository

        kind = self.loader.tree.kind(self.loader.path_of(path)) if path else "missing"
        if kind == "missing" and path and maybe_repository(path):
            return True
        return kind == "dir"

    def _try_repository(
        self, accumulator: Accumulator, path: str, place: tuple[str | int, ...], error: CmpError
    ) -> bool:
        """An address that is no file may be a repository; upstream stops at HTTP errors of others."""
        from cmp.kustomize.errors import RefusedError
        from cmp.kustomize.remote import parse

        if isinstance(error, RefusedError) or parse(path) is None:
            return False
        self._directory(accumulator, path, place, component=False)
        return True

    def _tell(self, error: CmpError, place: tuple[str | int, ...], path: str) -> CmpError:
        """Say which entry of which kustomization led to a file that could not be read."""
        where = self.layer.where(place)
        if not error.where.file:
            error.at(file=where.file, line=where.line, column=where.column, field=self._dotted(place))
        elif error.where.file != where.file:
            if error.named_by is None:
                error.named_by = where
            if not error.hint or error.hint.startswith("did you mean"):  # a file or directory that is missing
                line = f":{where.line}" if where.line else ""
                named = f"it is named by {self._dotted(place)} in {where.file}{line}"
                error.hint = f"{error.hint} {named}" if error.hint else named
        return error

    @staticmethod
    def _dotted(place: tuple[str | int, ...]) -> str:
        from cmp.kustomize.context import dotted

        return dotted(place)

    def _file(self, accumulator: Accumulator, path: str) -> None:
        """Add the resources of a file."""
        data = self.loader.load(path)
        resources = from_bytes(data, self.build.options.limits, file=self.loader.display(path))
        if self.origin is not None:
            text = self.origin.append(path).text()
            for resource in resources:
                from cmp.kustomize.origin import set_origin

                set_origin(resource, text)
        accumulator.resmap.append_all(resources)
        self._count(accumulator)

    def _directory(
        self, accumulator: Accumulator, path: str, place: tuple[str | int, ...], *, component: bool
    ) -> Accumulator:
        """Add what the kustomization in a directory or repository makes."""
        try:
            target = self._child(path, component=component)
        except CmpError as error:
            raise self._tell(error, place, path) from error
        if component:
            accumulator = target.accumulate(accumulator)
            # Upstream adds them all to a new accumulator, which refuses ids that a replacement made equal.
            accumulator.resmap.check_ids()
            return accumulator
        below = target.accumulate(Accumulator())
        accumulator.merge(below)
        self._count(accumulator)
        return accumulator

    def _count(self, accumulator: Accumulator) -> None:
        """A base used many times, or a generator, must not make more objects than are allowed."""
        self.build.options.limits.check("objects", len(accumulator.resmap))

    def _child(self, path: str, *, component: bool) -> Target:
        loader = self.loader.new(path)
        build = self.build
        build.layers += 1
        build.options.limits.check("layers", _depth(loader))
        build.options.limits.check("visits", build.layers)
        child = Target(build, loader)
        if "buildMetadata" in self.fields:
            child.fields["buildMetadata"] = self.fields["buildMetadata"]
        else:
            child.fields.pop("buildMetadata", None)
        child.origin = self.origin.append(path) if self.origin is not None else None
        child.helm_namespace = self.fields.get("namespace") or self.helm_namespace
        build.use_openapi(child.layer, loader)
        is_component = child.layer.kind == COMPONENT_KIND
        if component and not is_component:
            raise KustomizationFileError(
                "is a Kustomization, not a Component",
                where=child.layer.where(("kind",)),
                hint="list it in `resources`, or give it `kind: Component`",
            )
        if is_component and not component:
            raise KustomizationFileError(
                "is a Component", where=child.layer.where(("kind",)), hint="list it in `components`"
            )
        return child

    # -- field specs

    def _merge_specs(self, accumulator: Accumulator) -> None:
        """The built-in tables, with those of `configurations` and `crds`, join the accumulator's."""
        mine = field_specs.BUILT_IN
        if self.fields.get("configurations"):
            from cmp.kustomize.configurations import load as load_configurations

            mine = mine.merge(load_configurations(self.fields["configurations"], self.loader))
        accumulator.specs = accumulator.specs.merge(mine)
        if self.fields.get("crds"):
            from cmp.kustomize.crds import load as load_crds

            accumulator.specs = accumulator.specs.merge(load_crds(self.fields["crds"], self.loader))

    # -- generators

    def _generators(self, accumulator: Accumulator) -> None:
        """Built-in generators, Helm charts, then `generators` entries; each may merge into what is there."""
        fields = self.fields
        if "configMapGenerator" in fields or "secretGenerator" in fields:
            from cmp.kustomize import generators

            for kind, resource in generators.run(self.context):
                self._absorb(accumulator, ResMap((resource,)), kind)
        if fields.get("helmCharts"):
            from cmp.kustomize.helm import generate as inflate

            for chart in fields["helmCharts"]:
                namespace = chart.get("namespace") or fields.get("namespace") or self.helm_namespace
                args = {**chart, "namespace": namespace} if namespace else chart
                made = inflate(args, fields.get("helmGlobals") or {}, self.context)
                self._absorb(accumulator, made, "HelmChartInflationGenerator")
        if fields.get("generators"):
            from cmp.kustomize.plugins import load_generators

            configs = self._plugin_configs("generators")
            for config, generate in load_generators(configs, self.context):
                self._absorb_from(accumulator, generate(), config)

    def _absorb(self, accumulator: Accumulator, made: ResMap, kind: str) -> None:
        if self.origin is not None:
            from cmp.kustomize.origin import add_origins

            add_origins(made, self.origin.configured(self.layer.name, "builtin", kind).text())
        absorb_all(accumulator.resmap, made)

    def _absorb_from(self, accumulator: Accumulator, made: ResMap, config: Any) -> None:
        if self.origin is not None:
            from cmp.kustomize.origin import add_origins, from_config

            origin = from_config(config)
            if origin is not None:
                add_origins(made, origin.text())
        absorb_all(accumulator.resmap, made)

    def _plugin_configs(self, field: str) -> ResMap:
        """What `generators`, `transformers` or `validators` name: inline YAML, files, directories."""
        below = Accumulator()
        paths = []
        for number, text in enumerate(self.fields[field]):
            try:
                inline = from_bytes(text.encode(), self.build.options.limits, file=self.layer.display)
            except CmpError as error:
                from cmp.kustomize.inline import is_inline, settle

                if is_inline(text, self.loader):
                    raise settle(error, self.context, field, number) from error
                paths.append(text)
                continue
            if self.origin is not None:
                from cmp.kustomize.origin import set_origin

                for resource in inline:
                    set_origin(resource, self.origin.append(self.layer.name).text())
            below.resmap.append_all(inline)
        self._resources(below, paths, field)
        return below.resmap

    # -- transformers and validators

    def _transformers(self, accumulator: Accumulator) -> None:
        from cmp.kustomize.plugins import load_transformers

        configs = self._plugin_configs("transformers")
        for config, transform in load_transformers(configs, self.context):
            transform(accumulator.resmap)
            if self.origin is not None:
                from cmp.kustomize.origin import add_transformation, from_config

                origin = from_config(config)
                if origin is not None:
                    add_transformation(accumulator.resmap, origin.text())
            accumulator.resmap.drop_empties()

    def _validators(self, accumulator: Accumulator) -> None:
        from cmp.kustomize.plugins import load_transformers
        from cmp.kustomize.validators import run

        configs = self._plugin_configs("validators")
        for config, transform in load_transformers(configs, self.context):
            run(accumulator.resmap, config, transform)


def absorb_all(resmap: ResMap, made: ResMap) -> None:
    """Add generated resources: new ones, or merged into or in place of the one of the same id."""
    from cmp.kustomize.generators import absorb

    for resource in made:
        absorb(resmap, resource)


def _depth(loader: Loader | None) -> int:
    depth = 0
    while loader is not None:
        depth += 1
        loader = loader.referrer
    return depth


def build(tree: Tree, path: str, options: Options, hooks: Hooks) -> ResMap:
    """`cmp.kustomize.build`."""
    run = Build(options, hooks)
    with asking(run.schema.cluster_scoped):
        return _build(run, tree, path)


def _build(run: Build, tree: Tree, path: str) -> ResMap:
    options, hooks = run.options, run.hooks
    target = Target(run, top_loader(tree, path, options), top=True)
    run.use_openapi(target.layer, target.loader)
    fields = target.fields
    if fields.get("buildMetadata"):
        from cmp.kustomize.origin import Origin

        target.origin = Origin()
    accumulator = target.accumulate(Accumulator())
    resmap = accumulator.resmap
    hooks.before_references(resmap)
    _finish(accumulator, target)
    return resmap


def _finish(accumulator: Accumulator, target: Target) -> None:
    """What is done once, at the very top, after all layers."""
    from cmp.kustomize.references import fix_references
    from cmp.kustomize.sorting import sort
    from cmp.kustomize.tidy import drop_local, tidy

    resmap, fields = accumulator.resmap, target.fields
    if any(resource.needs_hash for resource in resmap):
        from cmp.kustomize.hashes import add_hashes

        add_hashes(resmap)
    fix_references(resmap, accumulator.specs.references())
    if accumulator.vars:
        from cmp.kustomize.vars import resolve

        resolve(accumulator, target.context)
    drop_local(resmap)
    sort(resmap, fields.get("sortOptions"), target.build.options.reorder, target.layer)
    options = target.build.options
    wanted = list(fields.get("buildMetadata") or ())
    if options.managed_by_label:
        wanted.append("managedByLabel")
    tidy(resmap, wanted, options.version)
