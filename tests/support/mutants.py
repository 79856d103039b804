"""Mutants of manifests: one change each, of the kinds that people make, chosen by a seeded generator."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

Steps = tuple[str | int, ...]

STRINGS = (
    "", "A", "a_b", "a b", "-a", "a-", "a.b", "a/b", "a/b/c", "../a", "/a", "1", "0", "-1", "1.5", "100m",
    "1Gi", "10%", "101%", "x%", "a" * 16, "a" * 64, "a" * 254, "HTTP", "http", "*.a.com", "*", "10.0.0.1",
    "10.0.0.0/33", "a--b", "\u00e4", ".", "..", "a=b", "None", "Exists", "0 25 * * *", "every day",
    "Mars/Base", "@daily",
)  # fmt: skip
NUMBERS = (-1, 0, 1, 2, 99, 101, 512, 3601, 65535, 65536, 2**31 - 1, 2**31, 1.5)


def places(value: Any, path: Steps = ()) -> Iterator[Steps]:
    """Every path below a value."""
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, item in entries:
        yield (*path, key)
        yield from places(item, (*path, key))


def mutant(body: dict[str, Any], seed: int) -> tuple[dict[str, Any], str]:
    """(the changed object, what was done to it)."""
    seeded = random.Random(seed)
    made = copy.deepcopy(body)
    chosen = seeded.choice([path for path in places(made) if path[0] not in ("apiVersion", "kind")])
    above, key = made, chosen[-1]
    for step in chosen[:-1]:
        above = above[step]  # type: ignore[index]
    value: Any = above[key]  # type: ignore[index]
    how = seeded.choice(_ways(above, value))
    return made, f"{how(above, key, value, seeded)} at {'.'.join(map(str, chosen))}"


def compared(
    accepted: Iterable[dict[str, Any]],
    seeds: Iterable[int],
    refusal: Callable[[dict[str, Any], str, str], str],
    ours: Callable[[dict[str, Any]], list[str]],
) -> Iterator[tuple[str, str, str, list[str]]]:
    """(kind, what was changed, what the server said, what we found) of every mutant.

    refusal: asks the server about (object, kind, apiVersion); "" for an accepted one.
    """
    kept = list(seeds)
    for body in accepted:
        kind, version = body["kind"], body["apiVersion"]
        for seed in kept:
            made, how = mutant(body, seed)
            if not how.endswith(("metadata.namespace", "at metadata")):  # the request's namespace counts then
                what = f"{version} {kind} seed {seed}, {how}"
                yield kind, what, refusal(made, kind, version), ours(made)


def _ways(above: Any, value: Any) -> list[Any]:
    ways = [_remove]
    if isinstance(value, str):
        ways += [_string] * 4 + [_case, _case]
    elif isinstance(value, int) and not isinstance(value, bool):
        ways += [_number] * 4
    elif isinstance(value, (dict, list)):
        ways += [_empty]
    if isinstance(above, list):
        ways += [_repeat, _repeat]
    if isinstance(above, dict) and isinstance(value, (str, int)):
        ways += [_rename]
    return ways


def _remove(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    del above[key]
    return "removed"


def _string(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    above[key] = seeded.choice(STRINGS)
    return f"{above[key][:20]!r}"


def _case(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    above[key] = value.swapcase()
    return f"case of {value[:20]!r}"


def _number(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    above[key] = seeded.choice(NUMBERS)
    return f"{above[key]}"


def _empty(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    above[key] = type(value)()
    return "emptied"


def _repeat(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    above.insert(key, copy.deepcopy(value))
    return "repeated"


def _rename(above: Any, key: Any, value: Any, seeded: random.Random) -> str:
    renamed = seeded.choice(STRINGS)
    above[renamed] = above.pop(key)
    return f"key {renamed[:20]!r}"
