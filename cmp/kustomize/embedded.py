"""Paths that go on inside a scalar holding JSON or YAML (setValueInStructuredData, filters/replacement)."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize.fieldpath import (
    FieldPathError,
    Slot,
    lookup_step,
    match,
    shape_of,
)
from cmp.kustomize.resource import text_of
from cmp.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.fieldpath import Shape
    from cmp.limits import Limits
    from cmp.yaml.value import Value


class Document:
    """A scalar of an object, read as a document of its own; `flush` writes it back."""

    __slots__ = ("outer", "root", "text")

    def __init__(self, outer: Slot, text: str, root: Value) -> None:
        self.outer = outer
        self.text = text
        self.root = [root]

    def flush(self) -> None:
        """Print the document into its scalar, in the form it had: JSON (compact or indented) or YAML.

        A document that cannot be printed leaves the scalar as it was, as upstream does.
        """
        try:
            text = serialize(self.root[0], self.text)
        except CmpError:
            return
        self.outer.set_text(text)


class EmbeddedSlot(Slot):
    """A place inside a `Document`; writing it writes the document."""

    __slots__ = ("document",)

    def __init__(self, slot: Slot, document: Document) -> None:
        super().__init__(slot.container, slot.key, slot.fresh)
        self.document = document

    def set(self, value: Value) -> None:
        """Put `value` there and print the document."""
        super().set(value)
        self.document.flush()


def find_embedded(
    body: Value, steps: list[str], create: Shape | None, limits: Limits = DEFAULT
) -> list[Slot] | None:
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
            text = text_of(slot.get())
            document = Document(slot, text, parse_embedded(slot.get()))
            inside = match(document.root[0], steps[position + 1 :], create, limits)
        except CmpError:
            return None
        return [EmbeddedSlot(each, document) for each in inside] or None
    return None


def parse_embedded(value: Value) -> Value:
    """The document that a scalar's text holds; `CmpError` when it holds none."""
    from cmp.yaml import load_all, resolve
    from cmp.yaml.value import is_null

    text = text_of(value)
    documents = load_all(text.encode())
    if not documents:
        alone = resolve(text.strip())
        if text.strip() and is_null(alone):
            return alone
        raise FieldPathError("the path goes on inside an empty value")
    return documents[0]


def write(slots: list[Slot], value: Value) -> None:
    """Write `value` to slots of one document and print that once; scalars keep their type."""
    for slot in slots:
        if shape_of(slot.get()) == "scalar":
            Slot(slot.container, slot.key, slot.fresh).set_text(text_of(value))
        else:
            Slot.set(slot, value)
    for slot in slots[:1]:
        if isinstance(slot, EmbeddedSlot):
            slot.document.flush()


def serialize(value: Value, original: str) -> str:
    """`value` in the form of `original`: JSON if that begins like JSON, indented if it was, else YAML."""
    if original.lstrip()[:1] in ("{", "["):
        from cmp.yaml import gojson

        compact = gojson.dumps(value).decode()
        return indented(compact) if "\n" in original and "  " in original else compact
    return "\n".join(lines_of(value)).strip()


def lines_of(value: Value) -> list[str]:
    """YAML lines in the document's own order of keys; scalars that were not quoted keep their text.

    Upstream prints the document's nodes, so comments and the kind of quotes stay as well; here comments are
    lost and quoted texts are printed in double quotes.
    """
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key, item in value.items():
            name = _scalar_line(key)
            if not isinstance(item, (dict, list)) or not item:
                lines += _after(f"{name}:", item)
                continue
            # A list stands as deep as its key.
            lines.append(f"{name}:")
            pad = "  " if isinstance(item, dict) else ""
            lines += [pad + line if line else line for line in lines_of(item)]
        return lines
    if isinstance(value, list) and value:
        return [("- " if not at else "  ") + line for item in value for at, line in enumerate(lines_of(item))]
    return _after("", value)


def _after(lead: str, value: Value) -> list[str]:
    """A scalar or empty container behind `lead`."""
    if isinstance(value, str) and "\n" in value:
        from cmp.yaml import dump

        first, *rest = dump({"k": value}).rstrip("\n").split("\n")
        return [f"{lead} {first[3:]}".lstrip(), *rest]
    text = "{}" if value == {} else "[]" if value == [] else _scalar_line(value)
    return [f"{lead} {text}".strip()]


def _scalar_line(value: Value) -> str:
    from cmp.yaml import dump
    from cmp.yaml.value import Quoted

    if isinstance(value, Quoted):
        from cmp.yaml import gojson

        return gojson.dumps(str(value)).decode()
    if isinstance(value, str):
        return dump(value).rstrip("\n")
    return text_of(value)


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
