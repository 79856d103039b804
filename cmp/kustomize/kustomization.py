"""Finding and reading a kustomization file (api/types/kustomization.go, LoadKustFile in kusttarget.go)."""

from __future__ import annotations

from cmp.errors import CmpError, Where, located
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.kinds import KUSTOMIZATION
from cmp.kustomize.options import Notice
from cmp.kustomize.structs import StructError, decode
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.loader import Loader
    from cmp.kustomize.options import Hooks
    from cmp.yaml.config import Positions

FILE_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
KUSTOMIZATION_KIND = "Kustomization"
COMPONENT_KIND = "Component"
API_VERSIONS = {
    KUSTOMIZATION_KIND: "kustomize.config.k8s.io/v1beta1",
    COMPONENT_KIND: "kustomize.config.k8s.io/v1alpha1",
}
# Deprecated fields and what replaces them; upstream warns about these on stderr.
DEPRECATED = {
    "bases": "resources",
    "commonLabels": "labels",
    "imageTags": "images",
    "patchesJson6902": "patches",
    "patchesStrategicMerge": "patches",
    "vars": "replacements",
}


class KustomizationFile:
    """A kustomization as used: fields by canonical name, deprecated ones moved; file: its absolute path."""

    __slots__ = ("display", "fields", "file", "name", "positions")

    def __init__(
        self,
        fields: dict[str, Any],
        file: str,
        display: str,
        positions: Positions,
    ) -> None:
        self.fields = fields
        self.file = file
        self.name = file.rpartition("/")[2]
        self.display = display
        self.positions = positions

    @property
    def kind(self) -> str:
        """`Kustomization` or `Component`."""
        kind: str = self.fields["kind"]
        return kind

    def where(self, path: tuple[str | int, ...], field: str = "") -> Where:
        """The place of the value at `path`, or of what is nearest above it."""
        return _Place(self.display, self.positions, path, field)


class _Place(Where):
    """A place whose line is looked for only when it is asked for, as that takes a parse."""

    __slots__ = ("_found", "_path", "_positions")

    def __init__(self, file: str, positions: Positions, path: tuple[str | int, ...], field: str) -> None:
        self._positions = positions
        self._path = path
        self._found: tuple[int, int] | None = None
        self.file = file
        self.object = ""
        self.field = field

    def _find(self) -> tuple[int, int]:
        if self._found is None:
            path = self._path
            while path and path not in self._positions:
                path = path[:-1]
            self._found = self._positions.get(path, (0, 0)) if path else (0, 0)
        return self._found

    @property
    def line(self) -> int:
        """1-based, 0 for unknown."""
        return self._find()[0]

    @line.setter
    def line(self, line: int) -> None:
        self._found = (line, self._find()[1])

    @property
    def column(self) -> int:
        """1-based, 0 for unknown."""
        return self._find()[1]

    @column.setter
    def column(self, column: int) -> None:
        self._found = (self._find()[0], column)


def read(loader: Loader, hooks: Hooks, *, top: bool) -> KustomizationFile:
    """The kustomization in the loader's directory; `KustomizeError` and `YamlError`."""
    name, data = find(loader)
    path = loader.path_of(name)
    layer = parse(data, path, loader.tree.display(path), loader, hooks)
    if top:
        layer.fields = hooks.edit(layer.fields, path)
    check_empty(layer)
    check_kind(layer)
    return layer


def find(loader: Loader) -> tuple[str, bytes]:
    """Name and bytes of the one kustomization file in the loader's directory."""
    found: list[tuple[str, bytes]] = []
    trouble: CmpError | None = None
    for name in FILE_NAMES:
        if loader.tree.kind(loader.path_of(name)) == "missing":
            continue
        # A file that cannot be loaded counts as missing; it is told only when there is no other.
        try:
            found.append((name, loader.load_raw(name)))
        except CmpError as error:
            trouble = trouble or error.at(file=loader.display(name))
    where = Where(file=loader.tree.display(loader.root) or ".")
    if not found:
        if trouble is not None:
            raise trouble
        from cmp.kustomize.absent import hint

        raise KustomizeError(
            "holds no kustomization.yaml, kustomization.yml or Kustomization",
            where=where,
            hint=hint(loader.tree, loader.root, FILE_NAMES),
        )
    if len(found) > 1:
        names = " and ".join(name for name, _ in found)
        raise KustomizeError(f"holds {names}", where=where, hint="keep one of them")
    return found[0]


def parse(data: bytes, path: str, display: str, loader: Loader, hooks: Hooks) -> KustomizationFile:
    """The bytes of a kustomization file as a `KustomizationFile`; emptiness and kind are not checked yet."""
    from cmp.yaml import load_config

    with located(file=display):
        config = load_config(data, loader.options.limits)
    layer = KustomizationFile({}, path, display, config.positions)
    for duplicate in config.duplicates:
        key = ".".join(str(step) for step in duplicate.path)
        hooks.notice(
            Notice(
                "duplicate-key",
                f"{key} is given twice; the first one, in line {duplicate.first[0]}, is ignored",
                Where(file=display, line=duplicate.second[0], column=duplicate.second[1], field=key),
                hint="join the two",
            )
        )
    try:
        fields = decode(config.value, KUSTOMIZATION, strict=True) or {}
    except StructError as error:
        where = layer.where(error.path, field="" if error.on_key else dotted(error.path))
        raise KustomizeError(error.message, where=where, hint=error.hint) from error
    for field, better in DEPRECATED.items():
        if field in fields:
            hooks.notice(
                Notice(
                    "deprecated-field",
                    f"{field!r} is deprecated, use {better!r}",
                    layer.where((field,), field=field),
                )
            )
    layer.fields = fix(fields)
    if any(spelling in data for spelling in _NEXT_LINE):
        layer.fields.update({key: _folded(fields[key]) for key in fields.keys() - _NOT_PRINTED})
    return layer


# The ways to write U+0085 in UTF-8 and in double quotes.
_NEXT_LINE = (b"\xc2\x85", b"\\N", b"\\x85", b"\\u0085", b"\\U00000085")
_NOT_PRINTED = frozenset(("resources", "components", "generators", "transformers", "validators", "vars"))


def _folded(value: Any) -> Any:
    """Upstream prints what it configures a built-in step with as JSON, and reads that as YAML."""
    from cmp.yaml.scalarstyle import fold_next_lines

    if isinstance(value, dict):
        return {key: _folded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return fold_next_lines(value) if isinstance(value, str) else value


def fix(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` with defaults filled in and deprecated fields moved to the ones that replace them."""
    if not fields.get("kind"):
        fields["kind"] = KUSTOMIZATION_KIND
    if not fields.get("apiVersion"):
        fields["apiVersion"] = API_VERSIONS.get(fields["kind"], API_VERSIONS[KUSTOMIZATION_KIND])
    for old, new in (("bases", "resources"), ("imageTags", "images")):
        moved = fields.pop(old, None)
        if moved:
            fields[new] = fields.get(new, []) + moved
    for generator in ("configMapGenerator", "secretGenerator"):
        for args in fields.get(generator, ()):
            if args.get("env"):
                args["envs"] = [*args.get("envs", ()), args.pop("env")]
    charts = fields.pop("helmChartInflationGenerator", None)
    if charts:
        _fix_charts(fields, charts)
    return fields


_CHART_FIELDS = {
    "chartName": "name",
    "chartVersion": "version",
    "chartRepoUrl": "repo",
    "values": "valuesFile",
    "valuesLocal": "valuesInline",
    "valuesMerge": "valuesMerge",
    "releaseName": "releaseName",
}


def _fix_charts(fields: dict[str, Any], charts: list[dict[str, Any]]) -> None:
    """helmChartInflationGenerator entries as helmCharts and helmGlobals."""
    global_fields = {}
    for chart in charts:
        for old, new in (("helmHome", "configHome"), ("chartHome", "chartHome")):
            if chart.get(old):
                global_fields[new] = chart[old]
    if global_fields and "helmGlobals" not in fields:
        fields["helmGlobals"] = global_fields
    moved = [{new: chart[old] for old, new in _CHART_FIELDS.items() if old in chart} for chart in charts]
    fields["helmCharts"] = fields.get("helmCharts", []) + moved


def check_empty(layer: KustomizationFile) -> None:
    """A kustomization in which nothing is set is an error; an empty list counts as set."""
    if all(key in ("kind", "apiVersion") or value == "" for key, value in layer.fields.items()):
        raise KustomizeError(
            "is empty", where=Where(file=layer.display), hint="add a field, such as `resources:`"
        )


def check_kind(layer: KustomizationFile) -> None:
    """`kind` and `apiVersion` must be those of a Kustomization or Component."""
    kind, api_version = layer.fields["kind"], layer.fields["apiVersion"]
    if kind not in API_VERSIONS:
        from cmp.nearest import nearest

        raise KustomizeError(
            f"kind must be {KUSTOMIZATION_KIND} or {COMPONENT_KIND}, not {kind}",
            where=layer.where(("kind",), "kind"),
            hint=f"write `kind: {nearest(kind, API_VERSIONS) or KUSTOMIZATION_KIND}`",
        )
    if api_version != API_VERSIONS[kind]:
        raise KustomizeError(
            f"the apiVersion of a {kind} must be {API_VERSIONS[kind]}, not {api_version}",
            where=layer.where(("apiVersion",), "apiVersion"),
            hint=f"write `apiVersion: {API_VERSIONS[kind]}`, or leave the line out",
        )
