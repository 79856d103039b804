"""Which file brought a value: the last one read that gives it, a patch before the object that it changes."""

from __future__ import annotations

from cmp.errors import CmpError, Where
from cmp.lighttyping import NamedTuple
from cmp.paths import steps_of, value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterator, Mapping
    from typing import TypeAlias

    from cmp.kustomize.resource import Resource
    from cmp.yaml.locate import Positions
    from cmp.yaml.value import Value

    Steps: TypeAlias = tuple[str | int, ...]


# Of more objects and patches with one kind and name than this, none is asked for.
_MOST_PARTS = 1000


class Part(NamedTuple):
    """An object, or a patch of one, as a file has it.

    number: its document's, among those of the file that are not empty. inside: where the document, a
    kustomization, has the patch as a string; empty where the document is the object.
    """

    file: str
    number: int
    inside: Steps
    content: Value


class Authors:
    """Reads nothing anew: asks for the files that were read, and takes them apart, at the first question.

    reads: gives the files as they are stored, in the order read, as `Tree.reads`. encrypted: those whose
    values cannot be compared; there, giving the field at all counts.
    """

    def __init__(self, reads: Callable[[], Mapping[str, bytes]], encrypted: Container[str] = ()) -> None:
        self.encrypted = encrypted
        self._reads = reads
        self._files: Mapping[str, bytes] | None = None
        self._documents: dict[str, list[Value]] = {}
        self._order: dict[str, int] = {}
        self._held: dict[tuple[str, str], list[Part]] | None = None
        self._numbers: dict[str, dict[tuple[str, str], int]] = {}
        self._positions: dict[str, Positions] = {}

    @property
    def files(self) -> Mapping[str, bytes]:
        """The files that were read when the first question came."""
        if self._files is None:
            self._files = self._reads()
        return self._files

    def documents(self, file: str) -> list[Value]:
        """The documents of a file that are not empty; none of one that is not YAML."""
        if file not in self._documents:
            self._documents[file] = _parsed(self.files.get(file, b""))
        return self._documents[file]

    def of(self, resource: Resource, field: str) -> str:
        """The file that gives `resource` the value which it has at `field`; its own where none is found."""
        part = self.part(resource, field)
        return part.file if part is not None else resource.file

    def part(self, resource: Resource, field: str) -> Part | None:
        """What gives `resource` the value; None where nothing is found, and for an object as a whole."""
        steps = steps_of(field)
        return self.part_with(resource, steps, value_at(resource.body, steps))

    def part_with(self, resource: Resource, steps: Steps, value: object) -> Part | None:
        """As `part`, for a value as the caller has it."""
        if not steps or value is None:
            return None
        parts = self._parts()
        first = self._order.get(resource.file, 0)
        found = []
        for name in resource.names():
            same_name = parts.get((resource.kind, name), ())
            if len(same_name) > _MOST_PARTS:
                return None
            for part in same_name:
                given = value_at(part.content, steps)
                same = given is not None if part.file in self.encrypted else given == value
                # A kustomization is read before what it builds upon, and its patches come after it.
                if same and (part.inside or self._order[part.file] >= first):
                    found.append(part)
        return self._outermost(found)

    def declared(self, where: Where) -> Part | None:
        """What gives a declaration its field: an overlay's patch, not its base.

        Its name in the file may be one that prefixes and suffixes were added to.
        """
        kind, _, name = where.object.partition("/")
        steps = steps_of(where.field)
        found = [
            part
            for (other, own), parts in self._parts().items()
            if other == kind and own in name
            for part in parts
            if value_at(part.content, steps) is not None
        ]
        return self._outermost(found) if steps and name else None

    def placed(self, where: Where) -> Where:
        """The place of a declaration's field, in the file that gives it."""
        part = self.declared(where)
        return Where(file=part.file, object=where.object, field=where.field) if part is not None else where

    def number(self, file: str, kind: object, names: Collection[str]) -> int | None:
        """The number of the document that holds an object of one of these names; the first of several."""
        if file not in self._numbers:
            found = self._numbers[file] = {}
            for number, document in enumerate(self.documents(file)):
                found.setdefault((text_of(value_at(document, ("kind",))), name_of(document)), number)
        numbers = (self._numbers[file].get((text_of(kind), name)) for name in names)
        return min((number for number in numbers if number is not None), default=None)

    def position(self, file: str, number: int, steps: Steps) -> tuple[int, int] | None:
        """(line, column) of a document's field, or of what is nearest above it."""
        from cmp.yaml.locate import Positions

        if file not in self._positions:
            self._positions[file] = Positions(self.files[file])
        return self._positions[file].of(number, steps, nearest=True)

    def _outermost(self, parts: list[Part]) -> Part | None:
        """The last one read; a kustomization with a patch in it is read before its base."""
        inline = [part for part in parts if part.inside]
        if inline:
            return min(inline, key=self._position)
        return max(reversed(parts), key=self._position, default=None)

    def _position(self, part: Part) -> int:
        return self._order[part.file]

    def _parts(self) -> dict[tuple[str, str], list[Part]]:
        """(kind, name) to all that the files say of it, in the order in which they were read."""
        if self._held is None:
            self._held = {}
            self._order = {file: position for position, file in enumerate(self.files)}
            for file in self.files:
                for number, document in enumerate(self.documents(file)):
                    for inside, content in (((), document), *_inline(document)):
                        kind, name = value_at(content, ("kind",)), name_of(content)
                        if isinstance(kind, str) and name:
                            part = Part(file, number, inside, content)
                            self._held.setdefault((kind, name), []).append(part)
        return self._held


def text_of(value: object) -> str:
    """A string as it is; "" for anything else."""
    return value if isinstance(value, str) else ""


def name_of(document: Value) -> str:
    """The name that a document gives its object; "" without one."""
    name = value_at(document, ("metadata", "name"))
    return name if isinstance(name, str) else ""


def _parsed(data: bytes) -> list[Value]:
    from cmp.yaml import is_null, load_all

    try:
        return [each for each in load_all(data) if not is_null(each)]
    except CmpError:
        return []


def _inline(document: Value) -> Iterator[tuple[Steps, Value]]:
    """The patches that stand in a kustomization itself, with the places of their strings."""
    for key in ("patches", "patchesStrategicMerge"):
        patches = value_at(document, (key,))
        for number, each in enumerate(patches if isinstance(patches, list) else ()):
            text = each.get("patch") if isinstance(each, dict) else each
            if isinstance(text, str) and "\n" in text:
                steps = (key, number, "patch") if isinstance(each, dict) else (key, number)
                yield from ((steps, patch) for patch in _parsed(text.encode()))
