"""After a failure: the line and column an error left open, and the line itself where it may be shown.

Works on the files that the render has read, as they are stored; nothing is read again. A place in an
encrypted file is one in the file that people see, and its lines are never shown.
"""

from __future__ import annotations

import re

from cmp.errors import CmpError, Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

_STEP = re.compile(r"\[(\d+)\]|\[([^\]]*)\]|([^.\[\]]+)")
# An object in messages: `Kind/name`.
_OBJECT = re.compile(r"([A-Za-z]\w*)/(\S+)")
# These are merged from several files as a rule, and their names are unique.
_DECLARATIONS = ("ModelConfig", "ModelLock")


def point(err: CmpError, files: Mapping[str, bytes], encrypted: Container[str]) -> None:
    """Complete the error and those behind it. files: as `Tree.reads` gives them."""
    for each in (err, *getattr(err, "others", ())):
        _find_author(each.where, files)
        place = each.where
        _complete(place, files, getattr(each, "document", None))
        if not place.line and each.named_by is not None:
            place = each.named_by
            _complete(place, files)
        if not each.excerpt and place.file not in encrypted:
            each.excerpt = _shown(place, files, aside=place is not each.where)


def author(resource: Resource, field: str, files: Mapping[str, bytes], encrypted: Container[str]) -> str:
    """The file that wrote the value which `resource` has at `field`: the last one read in which it stands."""
    steps = steps_of(field)
    value = _value_at(resource.body, steps)
    if not steps or value is None:
        return resource.file
    names = {resource.name, *(name for _, name, _ in resource.previous)}
    found, after = resource.file, False
    for file, data in files.items():
        after = after or file == resource.file
        if not after or file in encrypted:
            continue
        for document in _documents(data):
            if (
                _kind(document) == resource.kind
                and _name(document) in names
                and _value_at(document, steps) == value
            ):
                found = file
    return found


def steps_of(field: str) -> tuple[str | int, ...]:
    """`a.b[0][x.y]` as its steps."""
    return tuple(int(m[1]) if m[1] else m[2] if m[2] is not None else m[3] for m in _STEP.finditer(field))


def _complete(where: Where, files: Mapping[str, bytes], document: int | None = None) -> None:
    """Line and column of the object's field, or of what is nearest above it."""
    data = files.get(where.file)
    if data is None:
        return
    if not where.line:
        place = _located(data, where, document)
        if place:
            where.line, where.column = place
    elif not where.column:
        where.column = _column(data, where)


def _located(data: bytes, where: Where, number: int | None) -> tuple[int, int] | None:
    from cmp.yaml import locate

    match = _OBJECT.fullmatch(where.object)
    if number is None and match:
        number = _document_of(data, match[1], match[2])
    if number is None:
        return None
    steps = steps_of(where.field) or ("metadata", "name")
    for length in range(len(steps), -1, -1):
        place = locate(data, number, steps[:length])
        if place:
            return place
    return None


def _document_of(data: bytes, kind: str, name: str) -> int | None:
    """The document of an object by its final name, or by one that prefixes and suffixes were added to."""
    same_kind = [(number, _name(each)) for number, each in enumerate(_documents(data)) if _kind(each) == kind]
    for number, own in same_kind:
        if own == name:
            return number
    for number, own in same_kind:
        if own and own in name:
            return number
    return None


def _documents(data: bytes) -> list[Value]:
    from cmp.yaml import is_null, load_all

    try:
        return [each for each in load_all(data) if not is_null(each)]
    except CmpError:
        return []


def _kind(document: Value) -> Value:
    return document.get("kind") if isinstance(document, dict) else None


def _name(document: Value) -> str:
    name = _value_at(document, ("metadata", "name"))
    return name if isinstance(name, str) else ""


def _value_at(value: Value, steps: tuple[str | int, ...]) -> Value:
    for step in steps:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def _find_author(where: Where, files: Mapping[str, bytes]) -> None:
    """A declaration's wrong value stands in the last file that gives the field."""
    match = _OBJECT.fullmatch(where.object)
    if not match or match[1] not in _DECLARATIONS or where.line or where.file not in files:
        return
    steps = steps_of(where.field)
    for file, data in files.items():
        for document in _documents(data) if match[1].encode() in data else ():
            if (
                _kind(document) == match[1]
                and _name(document) in match[2]
                and _value_at(document, steps) is not None
            ):
                where.file = file


def _column(data: bytes, where: Where) -> int:
    """The column of the field when it is in that line, else where the line's text starts."""
    from cmp.yaml import locate

    steps = steps_of(where.field)
    place = locate(data, 0, steps) if steps else None
    if place and place[0] == where.line:
        return place[1]
    lines = data.splitlines()
    if where.line > len(lines):
        return 0
    line = lines[where.line - 1]
    return len(line) - len(line.lstrip(b" ")) + 1


def _shown(place: Where, files: Mapping[str, bytes], aside: bool) -> str:
    """The excerpt; aside: of another file than the message names."""
    from cmp.render.showable import may_show
    from cmp.yaml import excerpt

    data = files.get(place.file)
    if data is None or not place.line or not place.column:
        return ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    showable = may_show(text, place.file.rpartition("/")[2], place.line)
    made = excerpt(data, place.line, place.column) if showable else ""
    return f"{place.file}:{place.line}:{place.column}\n{made}".rstrip("\n") if aside else made
