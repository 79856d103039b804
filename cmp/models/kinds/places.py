"""Places in objects that hold one value each, and how a step from one to the next can fail."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.models.errors import TargetError
from cmp.nearest import did_you_mean
from cmp.paths import dotted, found_at, value_at
from cmp.yaml.strict import noun
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, TypeAlias

    from cmp.kustomize.fieldpath import Slot
    from cmp.yaml.value import Value

    Path: TypeAlias = tuple[str | int, ...]
    Map: TypeAlias = dict[str, Value]

    class Place(Protocol):
        """Where one value of a target is written; what the injection needs to know of it."""

        @property
        def field(self) -> str:
            """The path as messages show it."""

        @property
        def claims(self) -> list[tuple[int, object]]:
            """What it writes: (id of the mapping or list, key) of each; two models must not share one."""

        def get(self) -> Value:
            """What is there; None when nothing is."""

        def put(self, value: Value) -> None:
            """Write `value`."""

        def read(self, body: Map) -> list[Value]:
            """What the same place of another state of the object holds; empty when it is gone."""


class Spot:
    """A key of a mapping. container: the mapping. path: from the top of the object, the key included."""

    __slots__ = ("container", "key", "path")

    def __init__(self, container: Map, key: str, path: Path) -> None:
        self.container = container
        self.key = key
        self.path = path

    @property
    def field(self) -> str:
        """As `Place.field`."""
        return dotted(self.path)

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        return [(id(self.container), self.key)]

    def get(self) -> Value:
        """As `Place.get`."""
        return self.container.get(self.key)

    def put(self, value: Value) -> None:
        """As `Place.put`."""
        self.container[self.key] = value

    def read(self, body: Map) -> list[Value]:
        """As `Place.read`."""
        return found_at(body, self.path)


class FieldPath:
    """Everything that a `fieldPath` leads to, in the path grammar of kustomize's replacements.

    `TargetError` when it leads to nothing, or to a mapping or list.
    """

    __slots__ = ("field", "slots")

    def __init__(self, body: Map, path: str) -> None:
        self.field = path
        self.slots: list[Slot] = _find(body, path)
        if not self.slots:
            raise TargetError(f"the path {path!r} leads to nothing")
        if any(isinstance(slot.get(), (dict, list)) for slot in self.slots):
            raise TargetError(f"the path {path!r} does not lead to a single value")

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        return [(id(slot.container), slot.key) for slot in self.slots]

    def get(self) -> Value:
        """As `Place.get`: the first of them."""
        return self.slots[0].get()

    def put(self, value: Value) -> None:
        """As `Place.put`; what is there keeps its type, as in a replacement. Null has none to keep."""
        try:
            for slot in self.slots:
                if is_null(slot.get()) and isinstance(value, str):
                    slot.set(value)
                else:
                    slot.set_text(str(value))
        except CmpError as error:
            raise TargetError(error.message, hint=error.hint) from error

    def read(self, body: Map) -> list[Value]:
        """As `Place.read`."""
        return [slot.get() for slot in _find(body, self.field)]


def _find(body: Map, path: str) -> list[Slot]:
    from cmp.kustomize.fieldmatch import find

    try:
        return find(body, path)
    except CmpError as error:
        raise TargetError(error.message, hint=error.hint) from error


class Argument:
    """The value of a command line's argument: `--model=x` as one item of the list, or `--model x` as two.

    items: the list. path: of the list. name: with its hyphens. `TargetError` when it is not there once.
    """

    __slots__ = ("items", "name", "path")

    def __init__(self, items: list[Value], path: Path, name: str) -> None:
        self.items = items
        self.path = path
        self.name = name
        position, _ = self._find()
        if position >= len(items) or not isinstance(items[position], str):
            raise missing(path, f"the argument {name} has no value")

    @staticmethod
    def count(items: Value, name: str) -> int:
        """How often a list of arguments has it."""
        found = items if isinstance(items, list) else []
        return sum(isinstance(each, str) and each.partition("=")[0] == name for each in found)

    def _find(self) -> tuple[int, str]:
        """The position of the item that holds the value, and what stands before the value in it."""
        for position, each in enumerate(self.items):
            if each == self.name:
                return position + 1, ""
            if isinstance(each, str) and each.startswith(f"{self.name}="):
                return position, f"{self.name}="
        return len(self.items), ""

    @property
    def field(self) -> str:
        """As `Place.field`."""
        return dotted((*self.path, self._find()[0]))

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        return [(id(self.items), self._find()[0])]

    def get(self) -> Value:
        """As `Place.get`: without the argument's name."""
        position, lead = self._find()
        value = self.items[position] if position < len(self.items) else None
        return value[len(lead) :] if isinstance(value, str) else value

    def put(self, value: Value) -> None:
        """As `Place.put`."""
        position, lead = self._find()
        self.items[position] = f"{lead}{value}"

    def read(self, body: Map) -> list[Value]:
        """As `Place.read`."""
        found = found_at(body, self.path)
        if not found or not isinstance(found[0], list) or self.count(found[0], self.name) != 1:
            return []
        return [Argument(found[0], self.path, self.name).get()]


class Served(Argument):
    """The model of `vllm serve MODEL` where `serve` ends the command: the first item of the arguments."""

    __slots__ = ()

    def __init__(self, items: list[Value], path: Path) -> None:
        super().__init__(items, path, "")

    def _find(self) -> tuple[int, str]:
        return 0, ""

    def read(self, body: Map) -> list[Value]:
        """As `Place.read`."""
        found = found_at(body, self.path)
        return [found[0][0]] if found and isinstance(found[0], list) and found[0] else []


class RevisionArgument:
    """An argument that holds the revision of a model, and is added where it is missing.

    path: of the list of arguments. name: with its hyphens.
    """

    __slots__ = ("name", "path")

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name

    def items(self) -> Value:
        """The list of arguments, or what stands in its place."""
        raise NotImplementedError

    def add(self, value: Value) -> None:
        """Put the argument into the list, which does not have it."""
        raise NotImplementedError

    def held(self) -> Argument | None:
        """The argument, where it is there."""
        return self._held(self.items())

    def _held(self, items: Value) -> Argument | None:
        if not isinstance(items, list) or not Argument.count(items, self.name):
            return None
        return Argument(items, self.path, self.name)

    @property
    def field(self) -> str:
        """As `Place.field`."""
        held = self.held()
        return held.field if held is not None else dotted(self.path)

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        raise NotImplementedError

    def get(self) -> Value:
        """As `Place.get`."""
        held = self.held()
        return held.get() if held is not None else None

    def put(self, value: Value) -> None:
        """As `Place.put`."""
        held = self.held()
        if held is None:
            self.add(value)
        else:
            held.put(value)

    def read(self, body: Map) -> list[Value]:
        """As `Place.read`."""
        held = self._held(value_at(body, self.path))
        return [held.get() if held is not None else None]


class Revision(RevisionArgument):
    """The argument beside a model's, added behind it."""

    __slots__ = ("argument",)

    def __init__(self, argument: Argument, name: str) -> None:
        super().__init__(argument.path, name)
        self.argument = argument

    def items(self) -> Value:
        """As `RevisionArgument.items`."""
        return self.argument.items

    def add(self, value: Value) -> None:
        """As `RevisionArgument.add`, in the form that the model's argument has."""
        position, lead = self.argument._find()
        new = [f"{self.name}={value}"] if lead else [self.name, value]
        self.argument.items[position + 1 : position + 1] = new

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        return [(id(self.argument.items), self.name)]


class Flag(RevisionArgument):
    """An argument in a list of arguments that a server gets besides its own, added at the end.

    body: the object. path: of the list, whose last steps may be missing.
    """

    __slots__ = ("body",)

    def __init__(self, body: Map, path: Path, name: str) -> None:
        super().__init__(path, name)
        self.body = body

    def items(self) -> Value:
        """As `RevisionArgument.items`."""
        found: Value = value_at(self.body, self.path)
        return found

    def add(self, value: Value) -> None:
        """As `RevisionArgument.add`; what is missing on the way is made."""
        holder = self.body
        for position, step in enumerate(self.path[:-1]):
            if is_null(holder.get(str(step))):
                holder[str(step)] = {}
            holder = child(holder, self.path[:position], str(step))
        items = self.items()
        holder[str(self.path[-1])] = [*(items if isinstance(items, list) else ()), f"{self.name}={value}"]

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        return [(id(self.body), (self.path, self.name))]


class Inside:
    """A place inside of a string that holds YAML or JSON; what surrounds it stays, comments included.

    body: the object. outer: path of the string, inner: path in its document, both as in `FieldPath`.
    `TargetError` when either leads to nothing.
    """

    __slots__ = ("_outer", "_path", "field", "inner")

    def __init__(self, body: Map, outer: str, inner: str) -> None:
        self.field = f"{outer}: {inner}"
        self.inner = inner
        self._outer = FieldPath(body, outer).slots[0]
        self._path = _only_path(_document(self._outer.get(), outer), inner, outer)

    @property
    def claims(self) -> list[tuple[int, object]]:
        """As `Place.claims`."""
        return [(id(self._outer.container), (self._outer.key, self._path))]

    def get(self) -> Value:
        """As `Place.get`."""
        found: Value = value_at(_document(self._outer.get(), self.field), self._path)
        return found

    def put(self, value: Value) -> None:
        """As `Place.put`."""
        from cmp.yaml.taint import carry

        text = str(self._outer.get())
        self._outer.set_text(carry(_written(text, self._path, str(value)), text))

    def read(self, body: Map) -> list[Value]:
        """As `Place.read`."""
        outer, _, inner = self.field.partition(": ")
        return [Inside(body, outer, inner).get()]


def _document(text: Value, where: str) -> Value:
    """The document that a string holds."""
    from cmp.yaml import load_all

    try:
        documents = load_all(str(text).encode()) if isinstance(text, str) else []
    except CmpError as error:
        raise TargetError(f"the string at {where} is neither YAML nor JSON") from error
    if len(documents) != 1 or not isinstance(documents[0], (dict, list)):
        raise TargetError(f"the string at {where} does not hold one YAML or JSON document")
    return documents[0]


def _only_path(document: Value, inner: str, outer: str) -> Path:
    """The path of the one scalar in a document that `inner` leads to."""
    from cmp.kustomize.fieldmatch import match
    from cmp.kustomize.fieldpath import split

    try:
        slots = match(document, split(inner), None)
    except CmpError as error:
        raise TargetError(error.message, hint=error.hint) from error
    if len(slots) != 1 or isinstance(slots[0].get(), (dict, list)):
        raise TargetError(f"inside of {outer}, the path {inner!r} does not lead to one value")
    return (*path_to(document, id(slots[0].container)), slots[0].key)


def path_to(document: Value, wanted: int) -> Path:
    """The path of the mapping or list with that `id`, which is known to be in a document."""
    stack: list[tuple[Value, Path]] = [(document, ())]
    while stack:
        value, path = stack.pop()
        if id(value) == wanted:
            return path
        if isinstance(value, dict):
            stack += [(each, (*path, key)) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(each, (*path, position)) for position, each in enumerate(value)]
    raise AssertionError("the path was found in this document")


def _written(text: str, path: Path, value: str) -> str:
    """The text with the value at a path; JSON keeps its form, YAML its comments, quotes and order."""
    from cmp.kustomize.embedded import serialize
    from cmp.models.edit.text import Editor

    try:
        editor = Editor(text)
        editor.set(path, value)
        return editor.result()
    except CmpError:
        document = _document(text, "")
        value_at(document, path[:-1])[path[-1]] = value
        return serialize(document, text)


class Located:
    """What a target's options chose in an object.

    spot: None for a kind that holds no URI. holders: paths of the mappings whose annotations carry its
    provenance. dialect: how the place reads a URI, a key of `cmp.models.kinds.dialects`. also: further places
    with their dialects, which hold other parts of the same URI; one may turn out empty, and is left alone.
    """

    __slots__ = ("also", "dialect", "holders", "spot")

    def __init__(
        self,
        spot: Place | None,
        holders: tuple[Path, ...] = (),
        dialect: str = "plain",
        also: tuple[tuple[Place, str], ...] = (),
    ) -> None:
        self.spot = spot
        self.holders = holders
        self.dialect = dialect
        self.also = also


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
    """The mapping at the end of a path of keys; `TargetError` names the first step that is not one."""
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


def mappings(value: Value) -> list[tuple[int, Map]]:
    """The mappings in a list with their positions; an empty list for anything else."""
    items = value if isinstance(value, list) else []
    return [(position, item) for position, item in enumerate(items) if isinstance(item, dict)]


def mapping(value: Value) -> Map:
    """`value` if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def spec_of(body: Map) -> Map:
    """The object's spec, empty when there is none."""
    return mapping(body.get("spec"))


def annotations_of(body: Map) -> Map:
    """The object's annotations; an empty mapping, which is not part of the object, when there are none."""
    return mapping(mapping(body.get("metadata")).get("annotations"))
