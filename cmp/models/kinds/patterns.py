"""The patterns of the table of kinds, and the places they lead to: `spec.predictors[].graph.modelUri`.

name          the value of that key            {a,b}         the values of these keys, in this order
*             the values of all keys           name[]        each item of the list at that key
[a.b/c]       a key that holds a dot           name[]*       the mapping itself, then the items of the list at
name[k=v]     the items whose key k is v                     that key, their items, and so on

A pattern of `uris` and `chosen` ends at a key; one that `texts` reads may end at the items of a list.
"""

from __future__ import annotations

import re
from functools import cache

from cmp.models.kinds.places import Spot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from cmp.models.kinds.places import Map, Path
    from cmp.yaml.value import Value

    # operation and argument: ("keys", names), ("all", ()), ("items", (key, value) or ()), ("deep", (key,))
    Step: TypeAlias = tuple[str, tuple[str, ...]]

_TOKEN = re.compile(r"\.?(?:\{(?P<names>[^}]+)\}|\[(?P<inside>[^\]]*)\](?P<deep>\*?)|(?P<name>[^.\[\]{}]+))")


@cache
def steps_of(pattern: str, ends_at_key: bool = True) -> tuple[Step, ...]:
    """The pattern taken apart; the table is ours, so a mistake in it is an `AssertionError`."""
    steps: list[Step] = []
    end = 0
    for token in _TOKEN.finditer(pattern):
        if token.start() != end:
            break
        end = token.end()
        inside = token["inside"]
        if token["deep"]:
            steps.append(("deep", steps.pop()[1]))
        elif inside is not None:
            key, equals, value = inside.partition("=")
            steps.append(("items", (key, value) if equals else ()) if equals or not key else ("keys", (key,)))
        elif token["names"]:
            steps.append(("keys", tuple(token["names"].split(","))))
        else:
            steps.append(("all", ()) if token["name"] == "*" else ("keys", (token["name"],)))
    if end != len(pattern) or not steps:
        raise AssertionError(f"{pattern!r} is not a pattern")
    if ends_at_key and steps[-1][0] not in ("keys", "all"):
        raise AssertionError(f"{pattern!r} does not end at a key")
    return tuple(steps)


@cache
def _keys_of(pattern: str) -> tuple[str, ...]:
    """The path of a pattern that leads to one place; empty for any other."""
    steps = steps_of(pattern)
    single = all(operation == "keys" and len(names) == 1 for operation, names in steps)
    return tuple(names[0] for _, names in steps) if single else ()


def _spot(body: Map, path: tuple[str, ...]) -> Spot | None:
    """The place at a path, if it is there."""
    value: Value = body
    for key in path[:-1]:
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return Spot(value, path[-1], path) if isinstance(value, dict) and path[-1] in value else None


def spots(body: Map, pattern: str) -> Iterator[Spot]:
    """Every place in `body` that the pattern leads to and that is there; what does not fit is skipped."""
    only = _keys_of(pattern)
    if only:
        spot = _spot(body, only)
        if spot is not None:
            yield spot
        return
    steps = steps_of(pattern)
    operation, names = steps[-1]
    for value, path in _values(body, (), steps[:-1]):
        if isinstance(value, dict):
            for key in tuple(value) if operation == "all" else names:
                if key in value:
                    yield Spot(value, key, (*path, key))


def texts(body: Map, pattern: str) -> Iterator[str]:
    """The strings that the pattern leads to, in mappings or lists."""
    for value, _ in _values(body, (), steps_of(pattern, ends_at_key=False)):
        if isinstance(value, str):
            yield value


def strings(body: Map, patterns: tuple[str, ...]) -> Iterator[tuple[Spot, str]]:
    """The places of the patterns that hold a string, with it."""
    for pattern in patterns:
        for spot in spots(body, pattern):
            value = spot.get()
            if isinstance(value, str):
                yield spot, value


def lists(body: Map, pattern: str) -> Iterator[tuple[list[Value], Path]]:
    """The lists in whose items the pattern ends, with their paths: `refs` of `refs[].weight`."""
    steps = steps_of(pattern)
    if len(steps) > 1 and steps[-2][0] == "items":
        for value, path in _values(body, (), steps[:-2]):
            if isinstance(value, list):
                yield value, path


def _values(value: Value, path: Path, steps: tuple[Step, ...]) -> Iterator[tuple[Value, Path]]:
    if not steps:
        yield value, path
        return
    (operation, names), rest = steps[0], steps[1:]
    if operation == "items":
        for position, item in enumerate(value if isinstance(value, list) else ()):
            if not names or (isinstance(item, dict) and item.get(names[0]) == names[1]):
                yield from _values(item, (*path, position), rest)
    elif operation == "deep":
        for node, at in descend(value, path, names[0]):
            yield from _values(node, at, rest)
    elif isinstance(value, dict):
        for name in tuple(value) if operation == "all" else names:
            if name in value:
                yield from _values(value[name], (*path, name), rest)


def descend(value: Value, path: Path, key: str) -> Iterator[tuple[Map, Path]]:
    """A mapping and, at any depth, the mappings in its list `key`; parents first."""
    stack: list[tuple[Value, Path]] = [(value, path)]
    while stack:
        current, at = stack.pop()
        if not isinstance(current, dict):
            continue
        yield current, at
        children = current.get(key)
        if isinstance(children, list):
            stack.extend(reversed([(item, (*at, key, place)) for place, item in enumerate(children)]))
