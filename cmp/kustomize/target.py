"""A build, layer by layer, in upstream's order (api/internal/target, api/krusty/kustomizer.go)."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize import specs as field_specs
from cmp.kustomize.accumulator import Accumulator
from cmp.kustomize.context import Context
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.kustomization import COMPONENT_KIND, KustomizationFile, read
from cmp.kustomize.loader import is_remote_file, top_loader
from cmp.kustomize.pipeline import run_pipeline
from cmp.kustomize.resmap import ResMap
from cmp.kustomize.scope import asking
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.kustomize.loader import Loader
    from cmp.kustomize.origin import Origin
    from cmp.kustomize.state import BuildState
    from cmp.tree.protocol import Tree


class Target:
    """One layer: a kustomization and its loader."""

    __slots__ = ("_renames", "context", "helm_namespace", "layer", "loader", "origin", "state")

    def __init__(self, state: BuildState, loader: Loader, *, top: bool = False) -> None:
        self.state = state
        self.loader = loader
        self.layer = read(loader, state.hooks, top=top)
        self.context = Context(state, loader, self.layer)
        self.origin: Origin | None = None
        self.helm_namespace = ""
        # Path of a component -> the fields with which it renames objects.
        self._renames: dict[str, str] = {}

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the kustomization."""
        return self.layer.fields

    def accumulate(self, accumulator: Accumulator) -> Accumulator:
        """Run this layer on `accumulator`: an empty one, or the parent's for a component."""
        self._resources(accumulator, self.fields.get("resources", ()), "resources")
        self._merge_specs(accumulator)
        self._generators(accumulator)
        components = self.fields.get("components", ())
        for index, path in enumerate(components):
            before = len(accumulator.resmap)
            accumulator = self._directory(accumulator, path, ("components", index), component=True)
            if index and len(accumulator.resmap) > before:
                self._note_missed(components[:index], path, index)
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

    def _note_missed(self, earlier: Sequence[str], path: str, index: int) -> None:
        """A notice when a component before this one renames objects: those that this one adds are missed."""
        for other in earlier:
            fields = self._renames.get(other)
            if fields:
                self.context.notice(
                    "component-misses-later",
                    f"the component {other} sets {fields}, which misses what {path} below it adds",
                    "components",
                    index,
                    hint=f"list {other} last, or set {fields} in the kustomization itself",
                )

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
                self._tell(error, (field, index), path)
                raise
            if directory:
                self._directory(accumulator, path, (field, index), component=False)

    def _is_directory(self, path: str) -> bool:
        """Whether `path` is not a file: what upstream finds out by failing to read it."""
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
        """An address that is not a file may be a repository; upstream stops at HTTP errors of others."""
        from cmp.kustomize.errors import RefusedError
        from cmp.kustomize.remote import parse

        if isinstance(error, RefusedError) or parse(path) is None:
            return False
        self._directory(accumulator, path, place, component=False)
        return True

    def _tell(self, error: CmpError, place: tuple[str | int, ...], path: str) -> None:
        """Say which entry of which kustomization led to a file that could not be read."""
        where = self.layer.where(place)
        if not error.where.file:
            error.at(file=where.file, line=where.line, column=where.column, field=dotted(place))
        elif error.where.file != where.file:
            if error.named_by is None:
                error.named_by = where
            if not error.hint or error.hint.startswith(
                ("did you mean", "rename ", "paths are ")
            ):  # a file or directory that is missing
                line = f":{where.line}" if where.line else ""
                named = f"it is named by {dotted(place)} in {where.file}{line}"
                joint = " " if error.hint.endswith("?") else "; "
                error.hint = f"{error.hint}{joint}{named}" if error.hint else named

    def _file(self, accumulator: Accumulator, path: str) -> None:
        """Add the resources of a file."""
        data = self.loader.load(path)
        file = self.loader.display(path)
        self.state.sources[file] = data if is_remote_file(path) else (self.loader, path)
        resources = from_bytes(data, self.state.options.limits, file=file)
        if self.origin is not None:
            from cmp.kustomize.origin import set_origins

            set_origins(resources, self.origin.append(path).text(), self.state.budget)
        accumulator.resmap.append_all(resources)
        self._count(accumulator)

    def _directory(
        self, accumulator: Accumulator, path: str, place: tuple[str | int, ...], *, component: bool
    ) -> Accumulator:
        """Add what the kustomization in a directory or repository makes."""
        try:
            target = self._child(path, component=component)
        except CmpError as error:
            self._tell(error, place, path)
            raise
        if component:
            accumulator = target.accumulate(accumulator)
            self._renames[path] = " and ".join(
                field for field in ("namePrefix", "nameSuffix") if target.fields.get(field)
            )
            # Upstream adds them all to a new accumulator, which refuses ids that a replacement made equal.
            accumulator.resmap.check_ids()
            return accumulator
        below = target.accumulate(Accumulator())
        accumulator.merge(below)
        self._count(accumulator)
        return accumulator

    def _count(self, accumulator: Accumulator) -> None:
        """A base used many times, or a generator, must not make more objects than are allowed."""
        self.state.options.limits.check("objects", len(accumulator.resmap))

    def _child(self, path: str, *, component: bool) -> Target:
        loader = self.loader.new(path)
        state = self.state
        state.layers += 1
        state.options.limits.check("layers", _depth(loader))
        state.options.limits.check("visits", state.layers)
        child = Target(state, loader)
        if "buildMetadata" in self.fields:
            child.fields["buildMetadata"] = self.fields["buildMetadata"]
        else:
            child.fields.pop("buildMetadata", None)
        child.origin = self.origin.append(path) if self.origin is not None else None
        child.helm_namespace = self.fields.get("namespace") or self.helm_namespace
        use_openapi(state, child.layer, loader)
        is_component = child.layer.kind == COMPONENT_KIND
        if component and not is_component:
            raise KustomizeError(
                "is a Kustomization, not a Component",
                where=child.layer.where(("kind",)),
                hint="list it in `resources`, or give it `kind: Component`",
            )
        if is_component and not component:
            raise KustomizeError(
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

            for kind, resource in generators.generate_all(self.context):
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

            text = self.origin.configured(self.layer.name, "builtin", kind).text()
            add_origins(made, text, self.state.budget)
        absorb_all(accumulator.resmap, made)

    def _absorb_from(self, accumulator: Accumulator, made: ResMap, config: Any) -> None:
        if self.origin is not None:
            from cmp.kustomize.origin import add_origins, from_config

            origin = from_config(config)
            if origin is not None:
                add_origins(made, origin.text(), self.state.budget)
        absorb_all(accumulator.resmap, made)

    def _plugin_configs(self, field: str) -> ResMap:
        """What `generators`, `transformers` or `validators` name: inline YAML, files, directories."""
        below = Accumulator()
        paths = []
        for number, text in enumerate(self.fields[field]):
            try:
                inline = from_bytes(text.encode(), self.state.options.limits, file=self.layer.display)
            except CmpError as error:
                from cmp.kustomize.inline import is_inline, settle

                if is_inline(text, self.loader):
                    raise settle(error, self.context, field, number) from error
                paths.append(text)
                continue
            if self.origin is not None:
                from cmp.kustomize.origin import set_origins

                set_origins(inline, self.origin.append(self.layer.name).text(), self.state.budget)
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
                    add_transformation(accumulator.resmap, origin.text(), self.state.budget)
            accumulator.resmap.drop_empties()

    def _validators(self, accumulator: Accumulator) -> None:
        from cmp.kustomize.plugins import load_transformers
        from cmp.kustomize.validators import validate

        configs = self._plugin_configs("validators")
        for config, transform in load_transformers(configs, self.context):
            validate(accumulator.resmap, config, transform)


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


def use_openapi(state: BuildState, layer: KustomizationFile, loader: Loader) -> None:
    """Take the `openapi` field of a layer, unless an earlier layer set it."""
    field: dict[str, str] = layer.fields.get("openapi") or {}
    data = loader.load(field["path"]) if "path" in field else None
    if not state.schema.named and (data is not None or field.get("version")):
        state.schema.use(data, field.get("version"), layer.where(("openapi",), field="openapi"))


def build_tree(tree: Tree, path: str, state: BuildState) -> ResMap:
    """Run the layers of the kustomization in the directory `path`, then the steps done once, at the top."""
    with asking(state.schema.cluster_scoped):
        target = Target(state, top_loader(tree, path, state.options), top=True)
        use_openapi(state, target.layer, target.loader)
        if target.fields.get("buildMetadata"):
            from cmp.kustomize.origin import Origin

            target.origin = Origin()
        accumulator = target.accumulate(Accumulator())
        state.hooks.before_references(accumulator.resmap)
        _finish(accumulator, target)
        return accumulator.resmap


def _finish(accumulator: Accumulator, target: Target) -> None:
    """What is done once, at the very top, after all layers."""
    from cmp.kustomize.references import fix_references
    from cmp.kustomize.sorting import sort
    from cmp.kustomize.tidy import drop_local, tidy

    resmap, fields = accumulator.resmap, target.fields
    if any(resource.needs_hash for resource in resmap):
        from cmp.kustomize.hashes import add_hashes

        add_hashes(resmap, target.context)
    budget = target.state.budget
    fix_references(resmap, accumulator.specs.references(), budget)
    if accumulator.vars:
        from cmp.kustomize.vars import resolve

        resolve(accumulator, target.context)
    drop_local(resmap)
    sort(resmap, fields.get("sortOptions"), target.state.options.reorder, target.layer, budget)
    options = target.state.options
    wanted = list(fields.get("buildMetadata") or ())
    if options.managed_by_label:
        wanted.append("managedByLabel")
    tidy(resmap, wanted, options.version)
