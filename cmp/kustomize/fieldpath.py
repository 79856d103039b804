"""The path grammar of replacements: split, look up, create (kyaml: pathsplitter.go, fns.go).

`spec.template.spec.containers.[name=web].env.0.value`: steps are separated by dots; a dot inside a step is
written `\\.` or `[a.b/c]`. In a list a step is an index, `[key=value]`, `[=value]` or `*`. For `lookup` the
value is plain text; for `fieldmatch` it is an unanchored regular expression.
"""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import into, retext, untagged
from cmp.yaml.go.resolve import resolve
from cmp.yaml.value import Quoted, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from cmp.limits import Limits
    from cmp.yaml.value import Value

    # What a missing last step is created as: the kind of node that will be written there.
    Shape = Literal["scalar", "map", "list"]


class FieldPathError(KustomizeError):
    """A path that does not fit the object it is applied to."""


class Slot:
    """A place inside an object: read with `get`, written with `set` or `set_text`.

    fresh: the path created it, so it has no type yet and takes that of the text written to it.
    """

    __slots__ = ("container", "fresh", "key")

    def __init__(
        self, container: dict[str, Value] | list[Value], key: str | int, fresh: bool = False
    ) -> None:
        self.container = container
        self.key = key
        self.fresh = fresh

    def get(self) -> Value:
        """The value there."""
        return self.container[self.key]  # type: ignore[index]

    def set(self, value: Value) -> None:
        """Put `value` there as it is."""
        self.container[self.key] = into(self.container, value)  # type: ignore[index]

    def set_text(self, text: str) -> None:
        """Write a scalar's text and keep the type of the scalar that is there.

        Upstream keeps the node's tag: `"5"` into a number stays a number, and a string that does not fit the
        tag is found out when the object is printed.
        """
        self.set(untagged(text) if self.fresh else retext(self.get(), text))


def shape_of(value: Value) -> Shape:
    """`map`, `list` or `scalar`."""
    if isinstance(value, dict):
        return "map"
    return "list" if isinstance(value, list) else "scalar"


# -- splitting


def split_at(path: str, delimiter: str) -> list[str]:
    """Split at `delimiter` unless a backslash precedes it; one leading delimiter is dropped."""
    parts = path.split(delimiter)
    if len(parts) > 1 and not parts[0]:
        del parts[0]
    result = [parts[0]]
    for part in parts[1:]:
        if result[-1].endswith("\\"):
            result[-1] = result[-1][:-1] + delimiter + part
        else:
            result.append(part)
    return result


def split(path: str, delimiter: str = ".") -> list[str]:
    """The steps of a path; `[k=v]` keeps its brackets, a bracketed key loses them."""
    if "[" not in path and "\\" not in path and path[:1] != delimiter:
        return path.split(delimiter)
    result: list[str] = []
    parts = iter(split_at(path, delimiter))
    for part in parts:
        if not part.startswith("[") or part.endswith("]"):
            result.append(part)
            continue
        bracketed = [part]
        for more in parts:
            bracketed.append(more)
            if more.endswith("]"):
                break
        text = delimiter.join(bracketed)
        result.append(text if "=" in text else text.strip("[]"))
    return result


def index_of(step: str) -> int | None:
    """The number that Go's `Atoi` reads from a step, or None."""
    digits = step[1:] if step[:1] in ("+", "-") else step
    if not digits.isdecimal() or not digits.isascii() or len(digits) > 19:
        return None
    return int(step)


def is_list_step(step: str) -> bool:
    """Whether a step has the form `[...]`."""
    return step.startswith("[") and step.endswith("]")


def key_value(step: str) -> tuple[str, str]:
    """`(key, value)` of `[key=value]`; the key of `[=value]` is empty."""
    key, equals, value = step.removesuffix("]").removeprefix("[").partition("=")
    if not equals:
        raise FieldPathError(f"the step {step!r} needs the form [key=value]")
    return key, value


# -- looking up one value


def lookup(body: Value, steps: list[str]) -> Slot | None:
    """The place that plain steps lead to, or None (kyaml's PathGetter): list items are matched by exact text.

    Raises `FieldPathError` where a step does not fit the value, for wildcards and negative indices.
    """
    slot = Slot([body], 0)
    for raw in steps:
        step = raw.strip()
        if not step:
            continue
        value = slot.get()
        found = lookup_step(value, step)
        if found is None:
            return None
        slot = found
    return slot


def lookup_step(value: Value, step: str) -> Slot | None:
    """The place that one plain step leads to from `value`, or None; `FieldPathError` as `lookup`."""
    index = index_of(step)
    if index is not None or step == "-":
        items = items_of(value)
        if index is None:
            index = len(items) - 1
        if index < 0:
            raise FieldPathError(f"the index {step!r} is not in the list")
        return Slot(items, index) if index < len(items) else None
    if step == "*":
        raise FieldPathError("a wildcard cannot be used to look up one value")
    if is_list_step(step):
        key, wanted = key_value(step)
        items = items_of(value)
        for position, item in enumerate(items):
            if not key:
                if text_of(item) == wanted:
                    return Slot(items, position)
            elif isinstance(item, dict) and key in item and text_of(item[key]) == wanted:
                return Slot(items, position)
        return None
    return field_of(value, step)


def items_of(value: Value) -> list[Value]:
    """The items of a list; none of a null, an error for other values."""
    if isinstance(value, list):
        return value
    if is_null(value):
        return []
    raise FieldPathError(f"expected a list but found a {_noun(value)}")


def _noun(value: Value) -> str:
    return {"map": "mapping", "list": "list", "scalar": "single value"}[shape_of(value)]


def field_of(value: Value, name: str) -> Slot | None:
    """The field `name` of a mapping, or None; an error for other values, but for a null."""
    if isinstance(value, dict):
        if not name:
            raise FieldPathError("an empty step cannot be used in a mapping")
        return Slot(value, name) if name in value else None
    if is_null(value):
        return None
    if not name and shape_of(value) == "scalar":
        return Slot([value], 0) if not text_of(value) else None
    raise FieldPathError(f"expected a mapping at {name!r} but found a {_noun(value)}")


def create(body: Value, steps: list[str]) -> Slot | None:
    """As `lookup`, making what is missing but list items by index (kyaml's PathGetter with Create).

    The last step is made as an empty scalar. None where a null is in the way.
    """
    steps = [step.strip() for step in steps if step.strip()]
    slot = Slot([body], 0)
    for at, step in enumerate(steps):
        value = slot.get()
        found = lookup_step(value, step)
        if found is None:
            if is_null(value) or index_of(step) is not None:
                return None
            if is_list_step(step) and isinstance(value, list):
                key, text = key_value(step)
                value.append(into(value, {key: untagged(text)} if key else untagged(text)))
                found = Slot(value, len(value) - 1, fresh=not key)
            elif isinstance(value, dict):
                value[step] = into(value, empty_of(shape_for(steps, at + 1, "scalar")))
                found = Slot(value, step, fresh=True)
            else:
                return None
        slot = found
    return slot


# -- following plain steps


def plain_steps(steps: list[str]) -> tuple[str | int, ...] | None:
    """Names, and indices as numbers; None where a step is anything else."""
    found: list[str | int] = []
    for step in steps:
        index = index_of(step)
        if index is not None:
            if index < 0 or step != str(index):
                return None
            found.append(index)
        elif step and step == step.strip() and step[0] not in "[*-+":
            found.append(step)
        else:
            return None
    return tuple(found)


def direct(body: Value, steps: tuple[str | int, ...], limits: Limits) -> Slot | None:
    """The place that plain steps lead to, where all of it is there; None where anything is in the way.

    Then `match` says what, a limit included: it finds the same place, but looks at each step in every way.
    """
    container: Value = None
    value = body
    for step in steps:
        container = value
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return None
            value = value[step]
        else:
            if not isinstance(value, list) or step >= len(value) or step > limits.patch_index:
                return None
            value = value[step]
    return Slot(container, steps[-1])  # type: ignore[arg-type]


# -- what a matcher needs too


def rendered(value: Value) -> str:
    """A value as kyaml prints it on its own, without the outer blanks: what list steps are compared with.

    A string that was quoted keeps its quotes, so that `^web$` does not match `"web"`; which kind of quotes
    they were is not known here.
    """
    if isinstance(value, Quoted) and "\n" not in value:
        return f'"{value}"'
    if isinstance(value, str) and value.isascii() and value.replace("-", "").isalnum() and value[0].isalpha():
        if isinstance(resolve(value), str):
            return value
    elif shape_of(value) == "scalar" and not isinstance(value, str):
        return text_of(value)
    from cmp.yaml import dump

    return dump(value).strip()


def shape_for(steps: list[str], at: int, create: Shape) -> Shape:
    """The shape a missing step needs for the step after it."""
    if at >= len(steps) or not steps[at]:
        return create
    step = steps[at]
    index = index_of(step)
    return "list" if is_list_step(step) or (index is not None and index >= 0) else "map"


def empty_of(shape: Shape) -> Value:
    """The value that a missing step is created as."""
    if shape == "map":
        return {}
    return [] if shape == "list" else ""
