"""The operations of a JSON patch: package `jsonpatch`, with the differences of evanphx/json-patch v4.

RFC 6902 leaves no room for what upstream accepts, so each operation is a subclass that says where it departs:
a `replace` of a missing key adds it, indices may be negative, the text before the first `/` of a path is
ignored, escapes are never invalid, a null is not a parent, a missing value is one, `test` compares strings.
Apart from that the package does the work: it checks the operations, dispatches them and removes values.
This module is imported when the first patch is applied, as the package takes milliseconds to import.
"""

from __future__ import annotations

import json
from json import decoder, scanner
from types import MappingProxyType
from typing import cast

from jsonpatch import (
    AddOperation,
    CopyOperation,
    JsonPatch,
    JsonPatchConflict,
    JsonPatchException,
    JsonPatchTestFailed,
    MoveOperation,
    RemoveOperation,
    ReplaceOperation,
    TestOperation,
)
from jsonpointer import JsonPointer, JsonPointerException

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldpath import index_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.budget import Budget


# -- where an operation acts


class Pointer(JsonPointer):
    """A path as upstream reads it: split at `/`, the first part ignored, `~1` and `~0` replaced."""

    def __init__(self, pointer: str) -> None:
        self.parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]

    def to_last(self, doc: Any) -> tuple[Any, Any]:
        """The container of the last step, and the key or index there; an error where there is none."""
        if not self.parts:
            return doc, None
        for part in self.parts[:-1]:
            doc = step(doc, part)
            if not isinstance(doc, (dict, list)):
                raise JsonPointerException("the path leads through a value that is missing or has no fields")
        last = self.parts[-1]
        return doc, last if isinstance(doc, dict) or last == "-" else position(doc, last)

    def location(self, doc: Any) -> tuple[Any, Any]:
        """As `to_last`, for operations that cannot act on the whole object."""
        container, key = self.to_last(doc)
        if key is None:
            raise JsonPointerException("the path has to name a field")
        return container, key


def position(items: list[Any], part: str) -> int:
    """The index that Go's Atoi reads; negative ones count from the end and must be in the list."""
    index = index_of(part)
    if index is None:
        raise JsonPointerException(f"{part!r} is not a list index")
    if index < -len(items):
        raise JsonPointerException(f"the index {index} is before the start of the list")
    return index


def step(doc: Any, part: str) -> Any:
    """The value one step below a container; None for a missing field."""
    if isinstance(doc, dict):
        return doc.get(part)
    index = position(doc, part)
    if index >= len(doc):
        raise JsonPointerException(f"the index {index} is beyond the end of the list")
    return doc[index]


def add(container: Any, key: Any, value: Any) -> None:
    """Add a field, or insert before an index; `-` appends, and `-1` as well."""
    if isinstance(container, dict):
        container[key] = value
    elif key == "-":
        container.append(value)
    else:
        if key > len(container):
            raise JsonPatchConflict(f"the index {key} is beyond the end of the list")
        container.insert(key if key >= 0 else key + len(container) + 1, value)


# -- the operations


class Add(AddOperation):
    """`add`: negative indices; a missing value is a null."""

    def apply(self, obj: Any) -> Any:
        """Apply to `obj` in place."""
        container, key = _insertion(self.pointer, obj)
        add(container, key, self.operation["budget"].copy(self.operation.get("value")))
        return obj


class Remove(RemoveOperation):
    """`remove`: as the package does, with upstream's paths."""

    def apply(self, obj: Any) -> Any:
        """Apply to `obj` in place."""
        _, key = cast("Pointer", self.pointer).location(obj)
        if key == "-" and not isinstance(self.pointer.to_last(obj)[0], dict):
            raise JsonPointerException("'-' is not a list index")
        return super().apply(obj)


class Replace(ReplaceOperation):
    """`replace`: adds a missing key; a path of "" replaces the object."""

    def apply(self, obj: Any) -> Any:
        """Apply to `obj` in place; returns the new one for a path of ""."""
        value = self.operation["budget"].copy(self.operation.get("value"))
        if not self.operation["path"]:
            if not isinstance(value, (dict, list)):
                raise JsonPatchConflict("the whole object can be replaced by an object only")
            return value
        container, key = cast("Pointer", self.pointer).location(obj)
        if isinstance(container, list):
            step(container, str(key))
        container[key] = value
        return obj


class Move(MoveOperation):
    """`move`: removes, then adds, without looking whether a value would move into itself."""

    def apply(self, obj: Any) -> Any:
        """Apply to `obj` in place."""
        value = _take(self.operation, obj, remove=True)
        container, key = _insertion(self.pointer, obj)
        add(container, key, value)
        return obj


class Copy(CopyOperation):
    """`copy`: a missing key copies a null."""

    def apply(self, obj: Any) -> Any:
        """Apply to `obj` in place."""
        value = self.operation["budget"].copy(_take(self.operation, obj, remove=False))
        container, key = _insertion(self.pointer, obj)
        add(container, key, value)
        return obj


class Test(TestOperation):
    """`test`: compares single values as strings; a missing field equals null."""

    def apply(self, obj: Any) -> Any:
        """Return `obj` if the test holds."""
        wanted = self.operation.get("value")
        if not self.operation["path"]:
            found = obj
        else:
            container, key = cast("Pointer", self.pointer).location(obj)
            found = step(container, str(key))
        if found is None and wanted is None:
            return obj
        if not same(found, wanted):
            raise JsonPatchTestFailed("the value there is not the expected one")
        return obj


def _insertion(pointer: Any, obj: Any) -> tuple[Any, Any]:
    """Where to add: like `location`, but an index may be one before the first, counted from the end."""
    container, key = _parent(pointer, obj)
    if isinstance(container, dict) or key == "-":
        return container, key
    index = index_of(key)
    if index is None or index < -len(container) - 1:
        raise JsonPointerException(f"{key!r} is not an index of the list")
    return container, index


def _parent(pointer: Any, obj: Any) -> tuple[Any, str]:
    if not pointer.parts:
        raise JsonPointerException("the path has to name a field")
    for part in pointer.parts[:-1]:
        obj = step(obj, part)
        if not isinstance(obj, (dict, list)):
            raise JsonPointerException("the path leads through a value that is missing or has no fields")
    return obj, pointer.parts[-1]


def _take(operation: dict[str, Any], obj: Any, remove: bool) -> Any:
    container, key = Pointer(operation["from"]).location(obj)
    value = step(container, str(key))
    if remove:
        if isinstance(container, dict) and key not in container:
            raise JsonPatchConflict(f"there is no field {key!r} to move")
        del container[key]
    return value


class GoPatch(JsonPatch):
    """A patch with upstream's operations."""

    operations = MappingProxyType(
        {"add": Add, "remove": Remove, "replace": Replace, "move": Move, "copy": Copy, "test": Test}
    )


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
    if not isinstance(kind, str) or str(kind) not in GoPatch.operations:
        problem = "its `op` is not one of " + ", ".join(GoPatch.operations)
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
        patch = GoPatch([{**compiled.operation, "budget": budget}], pointer_cls=Pointer)
        return patch.apply(document, in_place=True)
    except (JsonPatchException, JsonPointerException) as error:
        raise KustomizeError(
            f"{compiled.title} does not apply: {error}",
            hint=_nearest(document, compiled.operation["path"])
            or "compare the patch with the object it is meant for",
        ) from error


def _nearest(document: Any, path: str) -> str:
    """Which field the first step that leads nowhere could have meant."""
    from cmp.nearest import did_you_mean

    for part in Pointer(path).parts:
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


def raw_decoder() -> json.JSONDecoder:
    """A decoder that keeps strings and numbers as they are written."""

    def parse_string(text: str, begin: int, strict: bool = True) -> tuple[str, int]:
        value, end = cast("Any", decoder).scanstring(text, begin, strict)
        kept = RawText(value)
        kept.raw = text[begin - 1 : end]
        return kept, end

    def parse_number(text: str) -> RawNumber:
        kept = RawNumber(text)
        kept.raw = text
        return kept

    made = json.JSONDecoder(parse_float=parse_number, parse_int=parse_number)
    # The pure Python scanner is the one that asks for `parse_string`.
    changed: Any = made
    changed.parse_string = parse_string
    changed.scan_once = cast("Any", scanner).py_make_scanner(made)
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
