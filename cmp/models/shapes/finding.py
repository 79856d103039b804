"""Places in objects, and how a step from one to the next can fail."""

from __future__ import annotations

from cmp.models.errors import TargetError
from cmp.models.nearest import did_you_mean
from cmp.models.strict import dotted, noun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from cmp.yaml.value import Value

    Path: TypeAlias = tuple[str | int, ...]
    Map: TypeAlias = dict[str, Value]


class Spot:
    """A place for one text: the mapping that holds it, its key there, and the path from the object's top."""

    __slots__ = ("container", "key", "path")

    def __init__(self, container: Map, key: str, path: Path) -> None:
        self.container = container
        self.key = key
        self.path = path

    @property
    def field(self) -> str:
        """The path as messages show it."""
        return dotted(self.path)

    def get(self) -> Value:
        """What is there; None when the key is missing."""
        return self.container.get(self.key)


class Found:
    """A model's field in an object. holders: paths of the mappings whose annotations carry its provenance."""

    __slots__ = ("holders", "spot")

    def __init__(self, spot: Spot | None, holders: tuple[Path, ...]) -> None:
        self.spot = spot
        self.holders = holders


class Finder:
    """Walks objects and remembers, for the length of one injection, the names in the lists it met.

    Without the memory a list with one item per model would be scanned once per model.
    """

    def __init__(self) -> None:
        self._lists: dict[tuple[int, str], dict[str, int]] = {}

    def index(self, items: list[Value], key: str, wanted: str) -> int | None:
        """The position of the item whose `key` (dots for nested keys) is `wanted`, or None."""
        return self.positions(items, key).get(wanted)

    def positions(self, items: list[Value], key: str) -> dict[str, int]:
        """Names to positions; the first of equal names counts."""
        found = self._lists.get((id(items), key))
        if found is None:
            found = {}
            steps = key.split(".")
            for position, item in enumerate(items):
                value: Value = item
                for step in steps:
                    value = value.get(step) if isinstance(value, dict) else None
                if isinstance(value, str):
                    found.setdefault(value, position)
            self._lists[id(items), key] = found
        return found


def child(value: Value, path: Path, key: str) -> Map:
    """The mapping at `key`; `TargetError` when it is missing or something else."""
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise missing((*path, key), f"expected a mapping, found {noun(found)}")
    return found


def walk(body: Map, path: Path) -> Map:
    """The mapping at the end of a path of keys."""
    value = body
    for position, step in enumerate(path):
        value = child(value, path[:position], str(step))
    return value


def items_at(value: Map, path: Path, key: str) -> list[Value]:
    """The list at `key`; `TargetError` when it is missing or something else."""
    found = value.get(key)
    if not isinstance(found, list):
        raise missing((*path, key), f"expected a list, found {noun(found)}")
    return found


def missing(path: Path, message: str, hint: str = "") -> TargetError:
    """An error about a field of the object; the caller adds which object."""
    error = TargetError(message, hint=hint)
    error.at(field=dotted(path))
    return error


def named(
    finder: Finder, items: list[Value], path: Path, name: str, what: str, key: str = "name"
) -> tuple[Map, Path]:
    """The item of a list with that name, and its path; an error names the nearest."""
    position = finder.index(items, key, name)
    item = items[position] if position is not None else None
    if position is None or not isinstance(item, dict):
        names = finder.positions(items, key)
        raise missing(path, f"no {what} is named {name!r}", did_you_mean(name, names, f"its {what}s are"))
    return item, (*path, position)


def need(options: dict[str, str], name: str) -> str:
    """An option that this target cannot do without."""
    if name not in options:
        raise TargetError(f"the target needs {name!r}")
    return options[name]
