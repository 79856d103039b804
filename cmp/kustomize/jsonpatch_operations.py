"""The operations of a JSON patch, as evanphx/json-patch v4 has them.

RFC 6902 leaves no room for what upstream accepts: a `replace` of a missing key adds it, indices may be
negative, the text before the first `/` of a path is ignored, escapes are never invalid, a null is not a
parent, a missing value is one, and `test` compares strings. The package `jsonpatch`, which edits users'
files, follows the RFC, and takes milliseconds to import.
"""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldpath import index_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from json import JSONDecoder
    from typing import Any

    from cmp.kustomize.budget import Budget


class InapplicableError(KustomizeError):
    """An operation does not apply to its object; `run` says which operation."""


# -- where an operation acts


def steps_of(pointer: str) -> list[str]:
    """A path as upstream reads it: split at `/`, the first part ignored, `~1` and `~0` replaced."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def parent_of(document: Any, pointer: str) -> tuple[Any, str]:
    """The container of the last step, and that step as it is written."""
    steps = steps_of(pointer)
    if not steps:
        raise InapplicableError("the path has to name a field")
    for each in steps[:-1]:
        document = step(document, each)
        if not isinstance(document, (dict, list)):
            raise InapplicableError("the path leads through a value that is missing or has no fields")
    return document, steps[-1]


def location(document: Any, pointer: str) -> tuple[Any, Any]:
    """The container of the last step, and the key or index there; `-` stays."""
    container, last = parent_of(document, pointer)
    return container, last if isinstance(container, dict) or last == "-" else position(container, last)


def insertion(document: Any, pointer: str) -> tuple[Any, Any]:
    """As `location`, for what is added: an index may be one before the first, counted from the end."""
    container, last = parent_of(document, pointer)
    if isinstance(container, dict) or last == "-":
        return container, last
    index = index_of(last)
    if index is None or index < -len(container) - 1:
        raise InapplicableError(f"{last!r} is not an index of the list")
    return container, index


def position(items: list[Any], part: str) -> int:
    """The index that Go's Atoi reads; negative ones count from the end and must be in the list."""
    index = index_of(part)
    if index is None:
        raise InapplicableError(f"{part!r} is not a list index")
    if index < -len(items):
        raise InapplicableError(f"the index {index} is before the start of the list")
    return index


def step(document: Any, part: str) -> Any:
    """The value one step below a container; None for a missing field."""
    if isinstance(document, dict):
        return document.get(part)
    index = position(document, part)
    if index >= len(document):
        raise InapplicableError(f"the index {index} is beyond the end of the list")
    return document[index]


# -- the operations: each changes the document in place and returns it, or the one that stands in its place


def _add(document: Any, operation: dict[str, Any], budget: Budget) -> Any:
    """Negative indices; a missing value is a null."""
    container, key = insertion(document, operation["path"])
    _insert(container, key, budget.copy(operation.get("value")))
    return document


def _insert(container: Any, key: Any, value: Any) -> None:
    """Add a field, or insert before an index; `-` appends, and `-1` as well."""
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    else:
        if key > len(container):
            raise InapplicableError(f"the index {key} is beyond the end of the list")
        container.insert(key if key >= 0 else key + len(container) + 1, value)


def _remove(document: Any, operation: dict[str, Any], budget: Budget) -> Any:
    container, key = location(document, operation["path"])
    _there(container, key, "remove")
    del container[key]
    return document


def _there(container: Any, key: Any, verb: str) -> None:
    """`InapplicableError` unless a container has the key or index."""
    if isinstance(container, dict):
        if key not in container:
            raise InapplicableError(f"there is no field {key!r} to {verb}")
    elif key == "-":
        raise InapplicableError("'-' is not a list index")
    elif key >= len(container):
        raise InapplicableError(f"the index {key} is beyond the end of the list")


def _replace(document: Any, operation: dict[str, Any], budget: Budget) -> Any:
    """Adds a missing key; a path of "" replaces the object."""
    value = budget.copy(operation.get("value"))
    if not operation["path"]:
        if not isinstance(value, (dict, list)):
            raise InapplicableError("the whole object can be replaced by an object only")
        return value
    container, key = location(document, operation["path"])
    if isinstance(container, list):
        step(container, str(key))
    container[key] = value
    return document


def _move(document: Any, operation: dict[str, Any], budget: Budget) -> Any:
    """Removes, then adds, without looking whether a value would move into itself."""
    container, key = location(document, operation["from"])
    value = step(container, str(key))
    _there(container, key, "move")
    del container[key]
    _insert(*insertion(document, operation["path"]), value)
    return document


def _copy(document: Any, operation: dict[str, Any], budget: Budget) -> Any:
    """A missing key copies a null."""
    container, key = location(document, operation["from"])
    value = budget.copy(step(container, str(key)))
    _insert(*insertion(document, operation["path"]), value)
    return document


def _test(document: Any, operation: dict[str, Any], budget: Budget) -> Any:
    """Compares single values as strings; a missing field equals null."""
    wanted = operation.get("value")
    if not operation["path"]:
        found = document
    else:
        container, key = location(document, operation["path"])
        found = step(container, str(key))
    if not (found is None and wanted is None) and not same(found, wanted):
        raise InapplicableError("the value there is not the expected one")
    return document


OPERATIONS: dict[str, Callable[[Any, dict[str, Any], Budget], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


class Compiled:
    """One operation and what it is called in messages; or why it cannot be applied."""

    __slots__ = ("operation", "problem", "title")

    def __init__(self, operation: dict[str, Any], title: str, problem: str) -> None:
        self.operation = operation
        self.title = title
        self.problem = problem


def compile_operation(operation: dict[str, Any] | None, index: int) -> Compiled:
    """Check one operation; what is wrong with it is raised when it is run."""
    operation = operation or {}
    kind, path = operation.get("op"), operation.get("path")
    title = (
        f"operation {index + 1} ({kind} {path})"
        if isinstance(kind, str) and path
        else f"operation {index + 1}"
    )
    problem = ""
    if not isinstance(kind, str) or str(kind) not in OPERATIONS:
        problem = "its `op` is not one of " + ", ".join(OPERATIONS)
    elif not isinstance(path, str):
        problem = "it has no `path`"
    elif kind in ("move", "copy") and not isinstance(operation.get("from"), str):
        problem = "it has no `from`"
    return Compiled(operation, title, problem)


def run(compiled: Compiled, document: Any, budget: Budget) -> Any:
    """Apply one operation in place; `KustomizeError` when it does not apply."""
    if compiled.problem:
        raise KustomizeError(f"{compiled.title}: {compiled.problem}")
    try:
        return OPERATIONS[compiled.operation["op"]](document, compiled.operation, budget)
    except InapplicableError as error:
        raise KustomizeError(
            f"{compiled.title} does not apply: {error}",
            hint=_nearest(document, compiled.operation["path"])
            or "compare the patch with the object it is meant for",
        ) from error


def _nearest(document: Any, path: str) -> str:
    """Which field the first step that leads nowhere could have meant."""
    from cmp.nearest import did_you_mean

    for part in steps_of(path):
        if isinstance(document, list):
            return f"the list there has {len(document)} items, from 0" if index_of(part) is not None else ""
        if not isinstance(document, dict):
            return ""
        if part not in document:
            return did_you_mean(part, document, "the fields there are")
        document = document[part]
    return ""


# -- the strings that `test` compares


class RawText(str):
    """A string of a JSON patch with its text in the file."""

    raw: str


class RawNumber(float):
    """A number of a JSON patch with its text in the file."""

    raw: str


def raw_decoder() -> JSONDecoder:
    """A decoder that keeps strings and numbers as they are written."""
    from json import JSONDecoder, decoder, scanner

    decoding: Any = decoder
    scanning: Any = scanner

    def parse_string(text: str, begin: int, strict: bool = True) -> tuple[str, int]:
        value, end = decoding.scanstring(text, begin, strict)
        kept = RawText(value)
        kept.raw = text[begin - 1 : end]
        return kept, end

    def parse_number(text: str) -> RawNumber:
        kept = RawNumber(text)
        kept.raw = text
        return kept

    made = JSONDecoder(parse_float=parse_number, parse_int=parse_number)
    # The pure Python scanner is the one that asks for `parse_string`.
    changed: Any = made
    changed.parse_string = parse_string
    changed.scan_once = scanning.py_make_scanner(made)
    return made


def same(found: Any, wanted: Any) -> bool:
    """Whether a value of the document equals one of the patch; lists that hold nulls never do."""
    if isinstance(found, dict):
        return (
            isinstance(wanted, dict)
            and len(found) == len(wanted)
            and all(
                key in wanted and ((item is None and wanted[key] is None) or same(item, wanted[key]))
                for key, item in found.items()
            )
        )
    if isinstance(found, list):
        return isinstance(wanted, list) and len(found) == len(wanted) and all(map(same, found, wanted))
    if found is None or wanted is None or isinstance(wanted, (dict, list)):
        return False
    return _raw(found) == _raw(wanted)


def _raw(value: Any) -> str:
    if isinstance(value, (RawText, RawNumber)):
        return value.raw
    from cmp.yaml import gojson

    return gojson.dumps(value).decode()
