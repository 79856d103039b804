"""Places inside a document, `["a"]["b"][0]` or `a.b[0]`: read, set and remove what stands there."""

from __future__ import annotations

import re

from cmp.sops.document import Branch, Comment, Item, is_sequence
from cmp.sops.errors import SopsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from cmp.sops.document import Value

    Path: TypeAlias = tuple[str | int, ...]

_BRACKET = re.compile(
    r"""\[(?:"((?:[^"\\]++|\\.)*+)"|'((?:[^'\\]++|\\.)*+)'|(0|[1-9][0-9]{0,8}))\]""", re.DOTALL
)
_DOTTED = re.compile(r"(?:\A|(?<=.)\.)([^.\[\]]+)|\[(0|[1-9][0-9]{0,8})\]")


class PathError(SopsError):
    """A path that cannot be read, or that leads nowhere."""


def parse(text: str) -> Path:
    """The components of a path; raises `PathError`."""
    if text.startswith(('["', "['")):
        return _scan(_BRACKET, text, _bracket_part)
    return _scan(_DOTTED, text, lambda match: int(match[2]) if match[2] else match[1])


def show(path: Path) -> str:
    """A path as SOPS writes it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in path)


def get_value(branch: Branch, path: Path) -> Value:
    """The value at `path`; raises `PathError`."""
    value: Value = branch
    for position, part in enumerate(path):
        place = _find(value, part)
        if place is None:
            raise _missing(path[: position + 1])
        value = _at(value, place)
    return value


def set_value(branch: Branch, path: Path, new: Value) -> None:
    """Put `new` at `path`, whose last keys or list place may be new; raises `PathError`."""
    value: Value = branch
    for position, part in enumerate(path[:-1]):
        place = _find(value, part)
        if place is None:
            # The rest of the path does not exist yet: keys only, as nothing says how long a list shall be.
            if not all(isinstance(rest, str) for rest in path[position:]):
                raise _missing(path[: position + 1])
            for rest in reversed(path[position + 1 :]):
                new = Branch([Item(str(rest), new)])
            _put(value, part, new, path[: position + 1])
            return
        value = _at(value, place)
    _put(value, path[-1], new, path)


def unset_value(branch: Branch, path: Path) -> None:
    """Remove what stands at `path`, with a comment on its own line; raises `PathError`."""
    parent = get_value(branch, path[:-1])
    place = _find(parent, path[-1])
    if place is None:
        raise _missing(path)
    if isinstance(parent, Branch):
        start = place
        while start and isinstance(comment := parent[start - 1].key, Comment) and comment.inline:
            start -= 1
        del parent[start : place + 1]
    elif is_sequence(parent):
        start = place
        while start and isinstance(before := parent[start - 1], Comment) and before.inline:
            start -= 1
        del parent[start : place + 1]


def _find(value: Value, part: str | int) -> int | None:
    """The index of a component among the items of a mapping or list, comments counted."""
    if isinstance(value, Branch):
        return next((index for index, item in enumerate(value) if item.key == part), None)
    if is_sequence(value) and isinstance(part, int):
        places = [index for index, item in enumerate(value) if not isinstance(item, Comment)]
        return places[part] if part < len(places) else None
    return None


def _at(value: Value, place: int) -> Value:
    if isinstance(value, Branch):
        return value[place].value
    return value[place] if is_sequence(value) else None


def _put(value: Value, part: str | int, new: Value, path: Path) -> None:
    place = _find(value, part)
    if isinstance(value, Branch) and isinstance(part, str):
        if place is None:
            value.append(Item(part, new))
        else:
            value[place].value = new
    elif is_sequence(value) and isinstance(part, int):
        if place is not None:
            value[place] = new
        elif part == sum(not isinstance(item, Comment) for item in value):
            value.append(new)
        else:
            raise _missing(path)
    else:
        raise PathError(f"{show(path)} does not fit the document: a key needs a mapping, an index a list")


def _missing(path: Path) -> PathError:
    return PathError(f"there is nothing at {show(path)}")


def _bracket_part(match: re.Match[str]) -> str | int:
    if match[3]:
        return int(match[3])
    return re.sub(r"\\(.)", r"\1", match[1] if match[1] is not None else match[2], flags=re.DOTALL)


def _scan(pattern: re.Pattern[str], text: str, convert: Callable[[re.Match[str]], str | int]) -> Path:
    parts: list[str | int] = []
    position = 0
    while position < len(text):
        match = pattern.match(text, position)
        if match is None:
            break
        parts.append(convert(match))
        position = match.end()
    if not parts or position < len(text):
        raise PathError("the path cannot be read", hint='write it as ["data"]["password"] or data.password')
    return tuple(parts)
