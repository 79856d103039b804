"""Paths that go on inside a scalar holding JSON or YAML (setValueInStructuredData, filters/replacement)."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize import nodepath
from cmp.kustomize.fieldpath import FieldPathError, Slot, lookup_step, shape_of
from cmp.kustomize.resource import text_of
from cmp.limits import DEFAULT
from cmp.yaml.documents import GO_SPACE
from cmp.yaml.go.emitter import emit
from cmp.yaml.go.node import SCALAR_NODE
from cmp.yaml.taint import carry, carry_all, untaint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.fieldpath import Shape
    from cmp.limits import Limits
    from cmp.yaml.go.node import Node
    from cmp.yaml.value import Value


class Document:
    """A scalar of an object, read as a document of its own; `flush` writes it back.

    more: other documents follow in the scalar; upstream drops them.
    """

    __slots__ = ("more", "outer", "root", "text", "written")

    def __init__(self, outer: Slot, limits: Limits = DEFAULT) -> None:
        self.outer = outer
        self.text = text_of(outer.get())
        self.root, self.more = nodepath.read(untaint(self.text), limits)
        self.written: list[Value] = []

    def flush(self) -> None:
        """Print the document into its scalar, in the form it had: JSON (compact or indented) or YAML.

        A document that cannot be printed leaves the scalar as it was, as upstream does.
        """
        try:
            text = emit([self.root])
            if _is_json(self.text):
                text = serialize(_printed_value(text), untaint(self.text))
            else:
                text = text.strip(GO_SPACE)
        except CmpError:
            return
        self.outer.set_text(carry_all(text, [self.text, *self.written]))


class EmbeddedSlot(Slot):
    """A place inside a `Document`; writing it writes the document."""

    __slots__ = ("document", "node")

    def __init__(self, node: Node, document: Document) -> None:
        super().__init__([], 0)
        self.node = node
        self.document = document

    def get(self) -> Value:
        """The value there."""
        from cmp.yaml.expand import Expander

        return carry(Expander().value(self.node), self.document.text)

    def set(self, value: Value) -> None:
        """Put `value` there and print the document."""
        self.put(value)
        self.document.flush()

    def set_text(self, text: str) -> None:
        """Write a scalar's text, whose tag and style stay, and print the document."""
        self.node.value = untaint(text)
        self.document.written.append(text)
        self.document.flush()

    def put(self, value: Value) -> None:
        """Put `value` there as a replacement does: a scalar gets its text and keeps the rest."""
        self.document.written.append(value)
        if self.node.kind == SCALAR_NODE:
            self.node.value = untaint(text_of(value))
        else:
            self.node.become(nodepath.node_of(untaint(value)))


def find_embedded(
    body: Value, steps: list[str], create: Shape | None, limits: Limits = DEFAULT
) -> list[EmbeddedSlot] | None:
    """The places below a scalar on the path that holds a document, or None when the path is an ordinary one.

    None as well where the rest of the path does not fit the document: upstream then takes the ordinary way,
    which finds throw-away places inside the scalar, or the error to report.
    """
    slot = Slot([body], 0)
    for position, raw in enumerate(steps[:-1]):
        step = raw.strip()
        if step:
            try:
                found = lookup_step(slot.get(), step)
            except FieldPathError:
                return None
            if found is None:
                return None
            slot = found
        if shape_of(slot.get()) != "scalar":
            continue
        try:
            return inside(slot, steps[position + 1 :], create, limits) or None
        except CmpError:
            return None
    return None


def inside(
    outer: Slot, steps: list[str], create: Shape | None, limits: Limits = DEFAULT
) -> list[EmbeddedSlot]:
    """The places that the steps lead to in the document that a scalar holds.

    `CmpError` where it holds none, or where the steps do not fit it.
    """
    document = Document(outer, limits)
    return [
        EmbeddedSlot(each, document)
        for each in nodepath.match(document.root.content[0], steps, create, limits)
    ]


def write(slots: list[EmbeddedSlot], value: Value) -> Document:
    """Write `value` to slots of one document and print that once; scalars keep their type."""
    for slot in slots:
        slot.put(value)
    slots[0].document.flush()
    return slots[0].document


def serialize(value: Value, original: str) -> str:
    """`value` in the form of `original`: JSON if that begins like JSON, indented if it was, else YAML."""
    if _is_json(original):
        from cmp.yaml import gojson

        compact = gojson.dumps(value).decode()
        return indented(compact) if "\n" in original and "  " in original else compact
    return emit([nodepath.node_of(value)]).strip(GO_SPACE)


def _printed_value(text: str) -> Value:
    """The value of a document that was printed; JSON cannot hold one with a key that is not a string."""
    from cmp.yaml.expand import Expander
    from cmp.yaml.go.parser import Parser

    root = Parser(text).document()
    return None if root is None else Expander().value(root)


def _is_json(text: str) -> bool:
    return text.lstrip(GO_SPACE)[:1] in ("{", "[")


def indented(compact: str) -> str:
    """Compact JSON text in Go's `MarshalIndent` form with two blanks."""
    out: list[str] = []
    depth = 0
    position = 0
    while position < len(compact):
        char = compact[position]
        if char == '"':
            end = position + 1
            while compact[end] != '"':
                end += 2 if compact[end] == "\\" else 1
            out.append(compact[position : end + 1])
            position = end + 1
            continue
        if char in "{[" and compact[position + 1] in "}]":
            out.append(compact[position : position + 2])
            position += 2
            continue
        if char in "{[":
            depth += 1
            out.append(char + "\n" + "  " * depth)
        elif char in "}]":
            depth -= 1
            out.append("\n" + "  " * depth + char)
        elif char == ",":
            out.append(",\n" + "  " * depth)
        else:
            out.append(": " if char == ":" else char)
        position += 1
    return "".join(out)
