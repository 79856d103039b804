"""After a failure: adds the line and column that an error does not have yet, and the line if it may be shown.

Works on the files that the render has read, as they are stored; nothing is read again. A place in an
encrypted file is one in the file that people see, and its lines are never shown.
"""

from __future__ import annotations

import re

from cmp.paths import steps_of
from cmp.render.authors import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.errors import CmpError, Where
    from cmp.render.authors import Authors, Part

# An object in messages: `Kind/name`.
_OBJECT = re.compile(r"([A-Za-z]\w*)/(\S+)")
# These are merged from several files as a rule, and their names are unique.
_DECLARATIONS = ("ModelConfig", "ModelLock")


def point(err: CmpError, authors: Authors) -> None:
    """Complete the error and those behind it."""
    for each in (err, *err.others):
        _find_author(each.where, authors)
        place = each.where
        _complete(place, authors, each.document)
        if not place.line and each.named_by is not None:
            place = each.named_by
            _complete(place, authors)
        if not each.excerpt and place.file not in authors.encrypted:
            each.excerpt = _shown(place, authors.files, aside=place is not each.where)


def blame(where: Where, part: Part, authors: Authors) -> None:
    """Say that a part of a file brought the value; of a patch in a kustomization, where its string starts."""
    where.file = part.file
    if part.inside:
        where.line, where.column = authors.position(part.file, part.number, part.inside) or (0, 0)


def _complete(where: Where, authors: Authors, document: int | None = None) -> None:
    """Line and column of the object's field, or of what is nearest above it."""
    data = authors.files.get(where.file)
    if data is None:
        return
    if not where.line:
        place = _located(authors, where, document)
        if place:
            where.line, where.column = place
    elif not where.column:
        where.column = _column(data, where)


def _located(authors: Authors, where: Where, number: int | None) -> tuple[int, int] | None:
    match = _OBJECT.fullmatch(where.object)
    if number is None and match:
        number = _document_of(authors, where.file, match[1], match[2])
    if number is None:
        return None
    return authors.position(where.file, number, steps_of(where.field) or ("metadata", "name"))


def _document_of(authors: Authors, file: str, kind: str, name: str) -> int | None:
    """The document of an object by its final name, or by one that prefixes and suffixes were added to."""
    number = authors.number(file, kind, (name,))
    if number is None:
        parts = {own for own in map(name_of, authors.documents(file)) if own and own in name}
        number = authors.number(file, kind, parts)
    return number


def _find_author(where: Where, authors: Authors) -> None:
    """A declaration's wrong value stands in the last file that gives the field."""
    is_declared = where.object.partition("/")[0] in _DECLARATIONS
    if is_declared and not where.line and where.file in authors.files:
        part = authors.declared(where)
        if part is not None:
            blame(where, part, authors)


def _column(data: bytes, where: Where) -> int:
    """The column of the field when it is in that line, else where the line's text starts."""
    from cmp.yaml.locate import locate

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
    from cmp.yaml.locate import excerpt

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
