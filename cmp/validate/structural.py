"""An object against a structural schema, as a kube-apiserver does it: OpenAPI v3 with Kubernetes' extensions.

Follows k8s.io/apiextensions-apiserver/pkg/apiserver (schema/defaulting, schema/pruning, schema/listtype,
validation) and k8s.io/kube-openapi/pkg/validation. A schema stands in one of two forms: nested as in a
CustomResourceDefinition, or as rows, where a number means the row of that number. jsonschema is not used
here: it knows neither rows nor the extensions, and its import takes longer than a whole check may.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

from cmp.nearest import nearest
from cmp.paths import dotted
from cmp.validate import formats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Schema = dict[str, Any]
    Steps = tuple[str | int, ...]
    Found = Iterator[tuple[Steps, str]]

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}
_OPEN = "x-kubernetes-preserve-unknown-fields"
_EITHER = "x-kubernetes-int-or-string"
_RULES = "x-kubernetes-validations"
# So many unknown fields of one mapping get a suggestion, and so many words of an enumeration are told: a
# schema of a repository can be large, and each value that is wrong would repeat it.
_MOST_HINTS, _MOST_WORDS = 20, 50
_LONGEST = 1000
_NONE: Any = object()


class Rule(NamedTuple):
    """A rule of `x-kubernetes-validations` with the value that it is about."""

    steps: Steps
    value: Any
    rule: Schema


class Structure(NamedTuple):
    """A schema, the rows and the `$defs` that it refers to.

    custom: of a CustomResourceDefinition; Kubernetes' own kinds take null for an absent field.
    """

    root: Schema | int
    rows: tuple[Schema, ...] | list[Schema] = ()
    shared: Schema | None = None
    custom: bool = True

    def problems(self, body: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """(field, message) of what the schema says against an object, never with a value."""
        for steps, message in self._check(self.prepared(body), self.root, (), closed=True):
            yield dotted(steps), message if len(message) <= _LONGEST else message[:_LONGEST] + "..."

    def prepared(self, body: dict[str, Any]) -> dict[str, Any]:
        """A copy with the defaults that an API server fills in before it validates, and without its nulls.

        A default stands in it once, however many items of a list have it: it is not to be changed.
        """
        if not self.custom:
            return body
        made = copy.deepcopy(body)
        self._default(made, self.root, {})
        return made

    def rules(self, body: dict[str, Any]) -> Iterator[Rule]:
        """The CEL rules with what they are about; `body` comes from `prepared`."""
        yield from self._rules(body, self.root, ())

    def _row(self, schema: Schema | int) -> Schema:
        if isinstance(schema, int):
            return self.rows[schema]
        if "$ref" in schema and self.shared is not None:
            found: Schema = self.shared.get(schema["$ref"].rpartition("/")[2], {})
            return found
        return schema

    def _below(self, row: Schema, key: str | int) -> Schema | int | None:
        """The schema of a mapping's key, or of a list's items; None where none is given."""
        if isinstance(key, int):
            found = row.get("items")
        else:
            found = row.get("properties", {}).get(key)
            found = row.get("additionalProperties") if found is None else found
        return None if isinstance(found, bool) else found

    # -- defaults

    def _default(self, value: Any, schema: Schema | int, filled: dict[int, Any]) -> None:
        """filled: the defaults that are complete, by the identity of their schema."""
        row = self._row(schema)
        if isinstance(value, dict):
            for name, inner in row.get("properties", {}).items():
                below = self._row(inner)
                if "default" in below and (name not in value or self._is_stray_null(value[name], below)):
                    if id(below) not in filled:
                        filled[id(below)] = copy.deepcopy(below["default"])
                        self._default(filled[id(below)], below, filled)
                    value[name] = filled[id(below)]
        entries = (
            list(value.items())
            if isinstance(value, dict)
            else list(enumerate(value))
            if isinstance(value, list)
            else []
        )
        for key, item in entries:
            below_schema = self._below(row, key)
            if below_schema is None:
                continue
            if isinstance(value, dict) and self._is_stray_null(item, self._row(below_schema)):
                del value[key]
            elif item is not filled.get(id(self._row(below_schema)), _NONE):
                self._default(item, below_schema, filled)

    def _is_stray_null(self, value: Any, row: Schema) -> bool:
        return value is None and not row.get("nullable") and "null" not in (row.get("type") or "null")

    # -- structure and values

    def _check(self, value: Any, schema: Schema | int, steps: Steps, *, closed: bool) -> Found:
        row = self._row(schema)
        if value is None:
            if self.custom and row.get("type") and not row.get("nullable") and "null" not in row["type"]:
                yield steps, f"must be of type {_words(row['type'])}, not null"
            return
        wrong = _type_problem(value, row)
        if wrong:
            yield steps, wrong
            return
        if "enum" in row and not any(value == each and type(value) is type(each) for each in row["enum"]):
            yield steps, _not_listed(value, row["enum"])
        if isinstance(value, str):
            yield from _string(value, row, steps)
        elif isinstance(value, dict):
            yield from self._mapping(value, row, steps, closed=closed)
        elif isinstance(value, list):
            yield from self._list(value, row, steps, closed=closed)
        elif not isinstance(value, bool):
            yield from _number(value, row, steps)
        for keyword in ("allOf", "anyOf", "oneOf", "not"):
            if keyword in row and not row.get(_EITHER):
                yield from self._combined(value, keyword, row[keyword], steps)

    def _mapping(self, value: dict[str, Any], row: Schema, steps: Steps, *, closed: bool) -> Found:
        known, others = row.get("properties", {}), row.get("additionalProperties")
        missing = [name for name in row.get("required", ()) if name not in value]
        # An API server drops the status of its own kinds when it creates them.
        if missing and (self.custom or steps[:1] != ("status",)):
            yield steps, f"needs {', '.join(missing)}"
        yield from _sized(len(value), row, "Properties", steps)
        is_open = not closed or not known or bool(row.get(_OPEN))
        if row.get("x-kubernetes-embedded-resource"):
            known = {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
            } | known
            lacking = [name for name in ("apiVersion", "kind") if not value.get(name)]
            if lacking:
                yield steps, f"needs {', '.join(lacking)}"
        hints = 0
        for key, item in value.items():
            below = known.get(key)
            if below is None and isinstance(others, (dict, int)) and not isinstance(others, bool):
                below = others
            if below is not None:
                yield from self._check(item, below, (*steps, key), closed=closed)
            elif not is_open and others is not True:
                hints += 1
                near = nearest(key, known) if hints <= _MOST_HINTS else ""
                yield (*steps, key), f"unknown field {key}" + (f", did you mean {near}?" if near else "")

    def _list(self, value: list[Any], row: Schema, steps: Steps, *, closed: bool) -> Found:
        yield from _sized(len(value), row, "Items", steps)
        kind = row.get("x-kubernetes-list-type")
        if row.get("uniqueItems") or (self.custom and kind in ("set", "map")):
            yield from _repeated(
                value, row.get("x-kubernetes-list-map-keys") if kind == "map" else None, steps
            )
        if "items" in row:
            for index, item in enumerate(value):
                yield from self._check(item, row["items"], (*steps, index), closed=closed)

    def _combined(self, value: Any, keyword: str, given: Any, steps: Steps) -> Found:
        """allOf and its like; they check values only, and say nothing of unknown fields."""
        if keyword == "not":
            if self._fits(value, given, steps):
                yield steps, self._not_both(value, given)
            return
        if keyword == "allOf":
            for each in given:
                yield from self._check(value, each, steps, closed=False)
            return
        fitting = [each for each in given if self._fits(value, each, steps)]
        if not fitting:
            yield steps, self._none_fits(value, given, steps)
        elif keyword == "oneOf" and len(fitting) > 1:
            yield steps, "may have only one of the forms that exclude each other" + self._listed(fitting)

    def _fits(self, value: Any, schema: Schema | int, steps: Steps) -> bool:
        return next(self._check(value, schema, steps, closed=False), None) is None

    def _none_fits(self, value: Any, given: list[Any], steps: Steps) -> str:
        rows = [self._row(each) for each in given]
        if all(set(row) == {"required"} for row in rows):
            return "needs " + " or ".join(" and ".join(row["required"]) for row in rows)
        for each in given:
            first = next(self._check(value, each, steps, closed=False), None)
            if first is not None and len(first[0]) > len(steps):
                inner = f"{dotted(first[0][len(steps) :])} {first[1]}"
                return f"does not fit any form that the schema allows; one of them: {inner}"
        return (
            "does not fit any form that the schema allows, or fits forms that exclude each other"
            + self._listed(given)
        )

    def _not_both(self, value: Any, given: Any) -> str:
        row = self._row(given)
        return (
            f"must not have {' and '.join(row['required'])}"
            if row.get("required")
            else "has a form that the schema excludes"
        )

    def _listed(self, given: list[Any]) -> str:
        names = [name for each in given for name in self._row(each).get("required", ())]
        return f": {', '.join(dict.fromkeys(names))}" if names else ""

    # -- rules

    def _rules(self, value: Any, schema: Schema | int, steps: Steps) -> Iterator[Rule]:
        row = self._row(schema)
        if value is None:
            return
        for rule in row.get(_RULES, ()):
            yield Rule(steps, value, rule)
        entries = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, item in entries:
            below = self._below(row, key)
            if below is not None:
                yield from self._rules(item, below, (*steps, key))


def _words(kinds: str | list[str]) -> str:
    return kinds if isinstance(kinds, str) else " or ".join(kinds)


def _type_problem(value: Any, row: Schema) -> str:
    if row.get(_EITHER):
        fits = isinstance(value, str) or _is_whole(value)
        return "" if fits else f"must be of type integer or string, not {_NAMES[type(value)]}"
    wanted = row.get("type")
    if wanted is None:
        return ""
    for kind in (wanted,) if isinstance(wanted, str) else wanted:
        if kind == "integer":
            if _is_whole(value):
                return ""
        elif kind != "boolean" and isinstance(value, bool):
            continue
        elif isinstance(value, _TYPES.get(kind, ())):
            return ""
    return f"must be of type {_words(wanted)}, not {_NAMES.get(type(value), 'null')}"


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def _not_listed(value: Any, allowed: list[Any]) -> str:
    texts = [str(each) for each in allowed[:_MOST_WORDS]]
    # The value itself is not shown; a known word near to it may be.
    near = nearest(value, texts) if isinstance(value, str) else ""
    more = ", ..." if len(allowed) > _MOST_WORDS else ""
    return f"must be one of {', '.join(texts)}{more}" + (f"; did you mean {near}?" if near else "")


def _string(value: str, row: Schema, steps: Steps) -> Found:
    yield from _sized(len(value), row, "Length", steps)
    pattern = row.get("pattern")
    if pattern is not None and not formats.matches(pattern, value):
        yield steps, f"breaks pattern: {pattern}"
    name = row.get("format")
    if name is not None and not formats.fits(name, value):
        yield steps, f"breaks format: {name}"


def _sized(size: int, row: Schema, what: str, steps: Steps) -> Found:
    for keyword, breaks in ((f"min{what}", int.__lt__), (f"max{what}", int.__gt__)):
        bound = row.get(keyword)
        if bound is not None and breaks(size, bound):
            yield steps, f"breaks {keyword}: {bound}"


def _number(value: float, row: Schema, steps: Steps) -> Found:
    low, high = row.get("minimum"), row.get("maximum")
    if low is not None and (value < low or (value == low and row.get("exclusiveMinimum"))):
        yield steps, f"breaks minimum: {low}"
    if high is not None and (value > high or (value == high and row.get("exclusiveMaximum"))):
        yield steps, f"breaks maximum: {high}"
    bits = {"int32": 31, "int64": 63}.get(row.get("format", ""))
    if bits is not None and not -(2**bits) <= value < 2**bits:
        yield steps, f"breaks format: {row['format']}"
    if row.get("multipleOf") and value % row["multipleOf"]:
        yield steps, f"breaks multipleOf: {row['multipleOf']}"


def _repeated(value: list[Any], keys: list[str] | None, steps: Steps) -> Found:
    seen: list[Any] = []
    for index, item in enumerate(value):
        told = [item.get(key) for key in keys] if keys and isinstance(item, dict) else item
        if told in seen:
            what = f"the same {', '.join(keys)} as" if keys else "equal to"
            yield (*steps, index), f"is {what} an earlier item of the list"
        seen.append(told)
