"""JSON values into the shape of a Go struct, by the rules of encoding/json: how upstream reads configuration.

Field names match in any case; `null` leaves a field unset; a value of another type is an error; unknown
fields are errors only where upstream says so. The result is plain: dict with the canonical field names
that are set, list, str, bool, int.
"""

from __future__ import annotations

from types import MappingProxyType

from cmp.kustomize.errors import KustomizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

STR = "a string"
BOOL = "true or false"
INT = "a whole number"
ANY = "any value"


class ListOf:
    """A list; `pointers`: a null item stays `None` instead of becoming an empty item."""

    __slots__ = ("item", "pointers")

    def __init__(self, item: Any, *, pointers: bool = False) -> None:
        self.item = item
        self.pointers = pointers


class MapOf:
    """A mapping with free keys."""

    __slots__ = ("item",)

    def __init__(self, item: Any) -> None:
        self.item = item


class Struct:
    """A mapping with these fields. embedded: those that the Go struct takes from one inside of it."""

    __slots__ = ("_folded", "embedded", "fields")

    def __init__(self, embedded: Mapping[str, Any] = MappingProxyType({}), /, **fields: Any) -> None:
        self.embedded = embedded
        self.fields = {**self.embedded, **fields}
        self._folded: dict[str, str] | None = None

    def name_of(self, key: str) -> str | None:
        """The canonical name of `key` in any case, or None."""
        if key in self.fields:
            return key
        if self._folded is None:
            self._folded = {fold(name): name for name in self.fields}
        return self._folded.get(fold(key))


class StructError(KustomizeError):
    """A value of the wrong type or an unknown field; `path` leads to it, in the file's own key names."""

    def __init__(
        self, message: str, path: tuple[str | int, ...], *, hint: str = "", on_key: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.on_key = on_key


def fold(name: str) -> str:
    """Names that encoding/json takes for the same field have the same fold."""
    return name.lower().replace("\u017f", "s").replace("\u212a", "k")


def decode(value: Any, shape: Any, *, strict: bool, path: tuple[str | int, ...] = ()) -> Any:
    """`value` as `shape`; None when it is null. `strict`: unknown fields are errors. Raises `StructError`."""
    if value is None:
        return None
    if shape is STR:
        if isinstance(value, str):
            return value
        raise mismatch(value, shape, path)
    if isinstance(shape, Struct):
        return _struct(value, shape, strict, path)
    if isinstance(shape, ListOf):
        return _list(value, shape, strict, path)
    if isinstance(shape, MapOf):
        if not isinstance(value, dict):
            raise mismatch(value, shape, path)
        items = {
            key: decode(value[key], shape.item, strict=strict, path=(*path, key)) for key in sorted(value)
        }
        return {key: _zero(shape.item) if item is None else item for key, item in items.items()}
    if shape is BOOL:
        if isinstance(value, bool):
            return value
        raise mismatch(value, shape, path)
    if shape is INT:
        return _integer(value, path)
    return value


def _struct(value: Any, shape: Struct, strict: bool, path: tuple[str | int, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise mismatch(value, shape, path)
    result: dict[str, Any] = {}
    # JSON made from YAML has its keys sorted; of spellings that differ in case the last one wins.
    for key in sorted(value):
        name = shape.name_of(key)
        if name is None:
            if strict:
                raise unknown(key, shape, path)
            continue
        item = decode(value[key], shape.fields[name], strict=strict, path=(*path, key))
        if item is None:
            if isinstance(shape.fields[name], (ListOf, MapOf, Struct)):
                result.pop(name, None)
        elif isinstance(item, dict) and name in result:
            result[name] = {**result[name], **item}
        else:
            result[name] = item
    return result


def _list(value: Any, shape: ListOf, strict: bool, path: tuple[str | int, ...]) -> list[Any]:
    if not isinstance(value, list):
        raise mismatch(value, shape, path)
    items = [decode(item, shape.item, strict=strict, path=(*path, index)) for index, item in enumerate(value)]
    if shape.pointers:
        return items
    return [_zero(shape.item) if item is None else item for item in items]


def _integer(value: Any, path: tuple[str | int, ...]) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise mismatch(value, INT, path)
    if isinstance(value, float):
        # 2.0 is written 2 on the way through JSON; beyond 1e21 it would get an exponent.
        if not value.is_integer() or abs(value) >= 1e21:
            raise mismatch(value, INT, path)
        value = int(value)
    if not -(2**63) <= value < 2**63:
        raise mismatch(value, INT, path)
    number: int = value
    return number


def _zero(shape: Any) -> Any:
    if shape is STR:
        return ""
    if shape is BOOL:
        return False
    if shape is INT:
        return 0
    if isinstance(shape, (Struct, MapOf)):
        return {}
    if isinstance(shape, ListOf):
        return []
    return None


def mismatch(value: Any, shape: Any, path: tuple[str | int, ...]) -> StructError:
    """The error for a value of the wrong type."""
    if isinstance(shape, ListOf):
        wanted = "a list"
    elif isinstance(shape, (MapOf, Struct)):
        wanted = "a mapping"
    else:
        wanted = shape
    hint = ""
    if isinstance(shape, ListOf) and path == ("resources",) and isinstance(value, dict):
        hint = "this lists files; requests and limits of a container belong into a patch"
    if shape is STR and isinstance(value, (bool, int, float)):
        hint = 'put it in quotes: "..."; YAML 1.1 reads y, n, yes, no, on, off and digits otherwise'
    if path[:1] == ("patches",) and isinstance(shape, Struct) and isinstance(value, str):
        hint = f"write `- path: {value}`" if "\n" not in value else "write the patch below `- patch: |-`"
    if path == ("labels",) and isinstance(value, dict):
        pairs = ", ".join(f"{key}: {text}" for key, text in value.items() if isinstance(text, str))
        hint = f"write `labels: [{{pairs: {{{pairs}}}}}]`"
    if isinstance(shape, ListOf) and isinstance(value, str):
        hint = "write each entry on a line of its own below it, as `- ENTRY`"
    return StructError(f"must be {wanted}, not {_kind(value)}", path, hint=hint)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "a list" if isinstance(value, list) else "a mapping"


def unknown(key: str, shape: Struct, path: tuple[str | int, ...]) -> StructError:
    """The error for a field that does not exist, with the nearest that does."""
    from cmp.nearest import nearest

    near = nearest(key, shape.fields)
    return StructError(
        f"unknown field {key!r}",
        (*path, key),
        hint=f"did you mean {near!r}?" if near else f"the fields here are {', '.join(sorted(shape.fields))}",
        on_key=True,
    )
