"""Walking to the fields that field specs name (api/filters/fieldspec, api/filters/fsslice)."""

from __future__ import annotations

from functools import lru_cache

from cmp.kustomize.errors import KustomizeError
from cmp.yaml.go.resolve import resolve
from cmp.yaml.value import BrokenMap, Scalar
from cmp.yaml.value import is_null as is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cmp.kustomize.resid import Gvk
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import FieldSpec
    from cmp.yaml.value import Value

    Leaf = Callable[[Any, Any], None]
    Step = tuple[str, bool]
    Route = tuple[tuple[Step, ...], FieldSpec]


class FieldError(KustomizeError):
    """A field spec leads through or to a value of the wrong kind."""


def split_path(path: str, separator: str = "/") -> list[str]:
    """The steps of a field spec's path: a leading separator is dropped, `\\/` stands for a slash."""
    if "\\" not in path:
        parts = path.split(separator)
        return parts[1:] if len(parts) > 1 and not parts[0] else parts
    parts = path.split(separator)
    if len(parts) > 1 and not parts[0]:
        parts = parts[1:]
    steps = [parts[0]]
    for part in parts[1:]:
        if steps[-1].endswith("\\"):
            steps[-1] = steps[-1][:-1] + separator + part
        else:
            steps.append(part)
    return steps


class Walker:
    """A list of field specs, ready to be applied: the routes for each kind are found once.

    leaf(container, key) is called for each field found; make() gives what a missing or null field at the
    end of a creating path becomes first, None forbids all creation (as a missing CreateKind upstream).
    """

    __slots__ = ("_by_gvk", "make", "specs")

    def __init__(self, specs: Sequence[FieldSpec], make: Callable[[], Value] | None = None) -> None:
        self.specs = specs
        self.make = make
        self._by_gvk: dict[Gvk, list[Route]] = {}

    def routes(self, gvk: Gvk) -> list[Route]:
        """The steps of each spec that applies to objects of `gvk`, in order."""
        routes = self._by_gvk.get(gvk)
        if routes is None:
            routes = self._by_gvk[gvk] = [
                (compile_path(spec.path), spec) for spec in self.specs if gvk.selected_by(spec.gvk)
            ]
        return routes

    def apply(self, resource: Resource, leaf: Leaf, gvk: Gvk | None = None) -> None:
        """Call `leaf` for every field of `resource` that the specs name; a `FieldError` says which."""
        for steps, spec in self.routes(resource.gvk if gvk is None else gvk):
            try:
                walk(resource.body, steps, 0, leaf, self.make if spec.create else None)
            except FieldError as error:
                # Not `located`: this runs for each field of each object, and a `try` costs nothing.
                error.at(file=resource.file, object=str(resource), field=spec.path)
                raise


@lru_cache(maxsize=1024)  # more than the built-in tables have
def compile_path(path: str) -> tuple[Step, ...]:
    """The steps of `path` as (name, marked as a sequence); an empty name is one that no mapping has."""
    return tuple(
        (_name(step[:-2]), True) if step.endswith("[]") else (_name(step), False) for step in split_path(path)
    )


def _name(step: str) -> str:
    """Upstream takes numbers, `-`, `*` and brackets for list steps, which a mapping does not have."""
    if step.lstrip("+-").isdigit() or step in ("-", "*") or (step[:1] == "[" and step[-1:] == "]"):
        return ""
    return step


def walk(
    node: Value, steps: tuple[Step, ...], index: int, leaf: Leaf, make: Callable[[], Value] | None
) -> None:
    """Follow `steps[index:]` below `node`, entering lists on the way, and call `leaf` at the end."""
    if isinstance(node, list):
        for item in node:
            walk(item, steps, index, leaf, make)
        return
    if not isinstance(node, dict):
        if is_null(node):
            return
        raise FieldError("a path goes on below this value, which is neither a mapping nor a list")
    name, is_sequence = steps[index]
    if not name:
        raise FieldError("the path has an empty or numeric step here, where there is a mapping")
    last = index + 1 == len(steps)
    if name not in node:
        if make is None or is_sequence:
            return
        child = node[name] = make() if last else {}
    else:
        child = node[name]
        if child is None or (type(child) is Scalar and child.tag == "!!null"):
            # Upstream turns a null that it would have created into an empty node of the kind wanted.
            if is_sequence:
                child = node[name] = []
            elif make is not None:
                child = node[name] = make() if last else {}
    if last:
        leaf(node, name)
    else:
        walk(child, steps, index + 1, leaf, make)


# -- leaf setters


def is_text_key(key: str) -> bool:
    """Whether `key`, written without quotes, is read as a string again.

    Upstream writes the keys that it adds without quotes; one that looks like a number, a date or null makes
    the object unprintable.
    """
    return not key or (isinstance(resolve(key), str) and key != "<<")


def new_map(entries: dict[str, Value]) -> dict[str, Value]:
    """`entries` as a mapping whose keys upstream writes itself."""
    odd = next((key for key in entries if not is_text_key(key)), None)
    return entries if odd is None else break_map(entries, odd)


def break_map(entries: dict[str, Value], key: str) -> BrokenMap:
    """`entries` as a mapping that can be carried on but not printed, because of `key`."""
    broken = BrokenMap(entries)
    broken.problem = (
        f"the key {key} looks like a number, date, truth value or null, and kustomize writes it unquoted"
    )
    return broken


def set_scalar(change: Callable[[Value], Value]) -> Leaf:
    """A leaf that puts `change(old)` in place of a scalar."""

    def leaf(container: Any, key: Any) -> None:
        if isinstance(container[key], (dict, list)):
            raise FieldError("must be a scalar")
        container[key] = change(container[key])

    return leaf
