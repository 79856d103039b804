"""Field specs: which fields of which kinds a transformer touches; how custom ones join the built-in tables.

Follows api/types/fieldspec.go and api/internal/plugins/builtinconfig. The built-in tables are the files
`fieldspecs/<table>.txt`, one line per path, in the order in which upstream applies them:

    [Kind] or [group/version/Kind]    heads the paths of one kind; `*` is any
    +path                             a path that is created where it is missing; without + it is not
    @ group/version/Kind              (nameReference only) heads the fields that refer to objects of a kind

`T/` and `J/` stand for the pod specs of a template and of a CronJob.
"""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.kind_order import FIRST, LAST
from cmp.kustomize.resid import Gvk
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

TABLES = (
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "templateLabels",
    "commonAnnotations",
    "varReference",
    "images",
    "replicas",
)
_SHORT = {"T/": "spec/template/spec/", "J/": "spec/jobTemplate/spec/template/spec/"}
# Kinds that sort before and after all others when specs are put in order.
_RANK = {
    **{kind: place - len(FIRST) for place, kind in enumerate(FIRST)},
    **{kind: place + 1 for place, kind in enumerate(LAST)},
}


class FieldSpec(NamedTuple):
    """A path in objects of a kind; empty parts of `gvk` match any. create: make it where it is missing."""

    gvk: Gvk
    path: str
    create: bool = False


class BackReference(NamedTuple):
    """The fields, `referrers`, that hold the name of an object of `target`."""

    target: Gvk
    referrers: tuple[FieldSpec, ...]


class Specs:
    """The field specs in force for a layer, by table; immutable, merged into new ones."""

    __slots__ = ("_references", "_tables")

    def __init__(
        self,
        tables: dict[str, tuple[FieldSpec, ...]] | None = None,
        references: tuple[BackReference, ...] | None = None,
    ) -> None:
        self._tables = tables
        self._references = references

    @property
    def built_in(self) -> bool:
        """Whether these are exactly the built-in tables."""
        return self._tables is None

    def table(self, name: str) -> tuple[FieldSpec, ...]:
        """The specs of one of `TABLES`."""
        return _built_in(name) if self._tables is None else self._tables.get(name, ())

    def references(self) -> tuple[BackReference, ...]:
        """The name reference table."""
        if self._tables is None:
            return _built_in_references()
        return self._references or ()

    def merge(self, other: Specs) -> Specs:
        """These specs with those of `other` added, sorted; `KustomizeError` when they conflict."""
        if other is EMPTY or (self.built_in and other.built_in):
            return self
        if self is EMPTY and other.built_in:
            return other
        tables = {}
        for name in TABLES:
            mine, theirs = self.table(name), other.table(name)
            tables[name] = tuple(sorted(merge_specs(mine, theirs), key=_spec_order)) if theirs else mine
        references = merge_references(self.references(), other.references())
        return Specs(tables, tuple(sorted(references, key=_reference_order)))


def merge_specs(base: Sequence[FieldSpec], more: Iterable[FieldSpec]) -> list[FieldSpec]:
    """`base` and those of `more` that no earlier spec covers, in order; `KustomizeError` on a conflict."""
    result = list(base)
    by_path: dict[str, list[FieldSpec]] = {}
    for spec in result:
        by_path.setdefault(spec.path, []).append(spec)
    for spec in more:
        same_path = by_path.setdefault(spec.path, [])
        # Upstream asks whether the earlier spec is selected by the later one, so a later wildcard is
        # covered by any earlier kind.
        twin = next((earlier for earlier in same_path if earlier.gvk.selected_by(spec.gvk)), None)
        if twin is None:
            same_path.append(spec)
            result.append(spec)
        elif twin.create != spec.create:
            raise KustomizeError(
                f"conflicting field specs for {spec.path}: for {twin.gvk} with create: {_yes(twin.create)}, "
                f"for {spec.gvk} with create: {_yes(spec.create)}",
                hint="give both the same `create`",
            )
    return result


def merge_references(base: Sequence[BackReference], more: Iterable[BackReference]) -> list[BackReference]:
    """Both name reference tables as one: referrers are joined by target."""
    result = list(base)
    for reference in more:
        found = False
        for place, earlier in enumerate(result):
            if earlier.target == reference.target:
                found = True
                joined = tuple(merge_specs(earlier.referrers, reference.referrers))
                result[place] = BackReference(earlier.target, joined)
        if not found:
            result.append(reference)
    return result


def from_config(config: dict[str, Any]) -> Specs:
    """The specs of a decoded `configurations:` file (`kinds.TRANSFORMER_CONFIG`)."""
    tables = {name: tuple(sorted(spec_list(config.get(name) or ()), key=_spec_order)) for name in TABLES}
    references = [
        BackReference(gvk_of(entry), tuple(spec_list(entry.get("fieldSpecs") or ())))
        for entry in config.get("nameReference") or ()
    ]
    return Specs(tables, tuple(sorted(references, key=_reference_order)))


def spec_list(entries: Iterable[dict[str, Any]]) -> Iterator[FieldSpec]:
    """`FieldSpec`s from decoded `kinds.FIELD_SPEC`s."""
    for entry in entries:
        yield FieldSpec(gvk_of(entry), entry.get("path", ""), entry.get("create", False))


def gvk_of(entry: dict[str, Any]) -> Gvk:
    """The `Gvk` in a decoded mapping with `group`, `version`, `kind`."""
    return Gvk(entry.get("group", ""), entry.get("version", ""), entry.get("kind", ""))


def _spec_order(spec: FieldSpec) -> tuple[int, str]:
    return _gvk_order(spec.gvk)


def _reference_order(reference: BackReference) -> tuple[int, str]:
    return _gvk_order(reference.target)


def _gvk_order(gvk: Gvk) -> tuple[int, str]:
    return _RANK.get(gvk.kind, 0), f"{gvk.group or '~G'}_{gvk.version or '~V'}_{gvk.kind or '~K'}"


def _yes(flag: bool) -> str:
    return "true" if flag else "false"


# -- the built-in tables, read on first use

_cache: dict[str, tuple[FieldSpec, ...]] = {"labels": ()}
_cached_references: list[tuple[BackReference, ...]] = []


def _built_in(name: str) -> tuple[FieldSpec, ...]:
    if name not in _cache:
        _cache[name] = tuple(spec for _, spec in _read(name))
    return _cache[name]


def _built_in_references() -> tuple[BackReference, ...]:
    if not _cached_references:
        grouped: dict[Gvk, list[FieldSpec]] = {}
        for target, spec in _read("nameReference"):
            grouped.setdefault(target, []).append(spec)
        _cached_references.append(tuple(BackReference(gvk, tuple(specs)) for gvk, specs in grouped.items()))
    return _cached_references[0]


def _read(name: str) -> Iterator[tuple[Gvk, FieldSpec]]:
    import os

    path = os.path.join(os.path.dirname(__file__), "fieldspecs", f"{name}.txt")
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    target = kind = Gvk("", "", "")
    for line in lines:
        first = line[0]
        if first == "[":
            kind = _parse_gvk(line[1:-1])
        elif first == "@":
            target = _parse_gvk(line[2:])
        elif first != "#":
            text = line.removeprefix("+")
            short = _SHORT.get(text[:2])
            yield target, FieldSpec(kind, short + text[2:] if short else text, first == "+")


def _parse_gvk(text: str) -> Gvk:
    """`Kind`, `*`, or `group/version/Kind` with `*` for any; one of upstream's groups holds a slash."""
    parts = ["" if part == "*" else part for part in text.rsplit("/", 2)]
    return Gvk(parts[0], parts[1], parts[2]) if len(parts) == 3 else Gvk("", "", parts[0])


EMPTY = Specs({}, ())
BUILT_IN = Specs()
