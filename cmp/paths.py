"""Field paths as text: `spec.containers[0].image`, `data[tls.crt]`.

A key with a dot or slash stands in brackets, as a list's index does: `metadata.annotations[a.b/c]`.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


def dotted(steps: Iterable[str | int]) -> str:
    """The text of a path given as keys and indices."""
    text = ""
    for step in steps:  # as `child`, whose call would cost as much as all the rest
        if isinstance(step, int) or "." in step or "/" in step:
            text = f"{text}[{step}]"
        else:
            text = f"{text}.{step}" if text else step
    return text


def child(path: str, key: str) -> str:
    """The text of a key below a path, "" for the root."""
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key


def steps_of(path: str) -> tuple[str | int, ...]:
    """The keys and indices of a string that `dotted` made. A number in brackets is an index."""
    # Behind the last `]` no bracket ends: each would be read to the end of the text.
    end = path.rfind("]") + 1
    found = re.finditer(r"\[(\d+)\]|\[([^\]]*)\]|([^.\[\]]+)", path[:end])
    steps = [int(m[1]) if m[1] else m[2] if m[2] is not None else m[3] for m in found]
    return (*steps, *(step for step in path[end:].replace("[", ".").split(".") if step))


def value_at(value: Any, steps: Iterable[str | int]) -> Any:
    """What is at a path of keys and indices; None where nothing is."""
    found = found_at(value, steps)
    return found[0] if found else None


def found_at(value: Any, steps: Iterable[str | int]) -> list[Any]:
    """As `value_at`, as a list of one; empty where nothing is, so that a null can be told from it."""
    for step in steps:
        is_index = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not is_index and not (isinstance(value, dict) and step in value):
            return []
        value = value[step]
    return [value]


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """(keys and indices, string) of every string below a value of mappings and lists."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif isinstance(value, str):
        yield path, value


def strings(value: object) -> Iterator[tuple[str, str]]:
    """(path, string) of every string below a value of mappings and lists."""
    return ((dotted(steps), text) for steps, text in leaves(value))
