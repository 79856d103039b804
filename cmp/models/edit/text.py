"""Set, merge, append and remove values in a YAML text; comments, order, quoting and line ends stay.

The edits are those of `cmp.yaml.edit`: the result is read again, as kustomize reads it, and compared with
what was meant. Where that proof fails (an alias, an unusual layout) an error says so.
"""

from __future__ import annotations

import re

from cmp.models.errors import ModelError
from cmp.yaml import YamlError, marks
from cmp.yaml.edit import TextEdits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from cmp.yaml.edit import Span

    Path: TypeAlias = tuple[str | int, ...]


class Editor(TextEdits):
    """The edits of one text. Paths lead from a document's top; `document` counts from 0."""

    def __init__(self, text: str) -> None:
        self._newline = "\r\n" if "\r\n" in text else "\n"
        try:
            super().__init__(text)
            self._meant = _read(text)
        except (marks.errors(), YamlError) as error:
            mark = getattr(error, "problem_mark", None)
            broken = ModelError("the file is not valid YAML")
            if mark is not None:
                broken.at(line=mark.line + 1, column=mark.column + 1)
            raise broken from error
        # keys to positions, by mapping node: nodes never change
        self._places: dict[int, dict[Any, int]] = {}
        # new entries by the mapping they go to: its path, its document, the entries
        self._new: dict[int, tuple[Path, int, dict[str, Any]]] = {}
        self._unit = _indent_unit(self.roots)

    @property
    def documents(self) -> list[Any]:
        """The documents as they will read: plain Python values, not to be changed."""
        return self._meant

    def line(self, path: Path, document: int = 0) -> int:
        """The 1-based line of a value, 0 when it is not there."""
        node = self._node(path, document)
        return node.start_mark.line + 1 if node is not None else 0

    def has(self, path: Path, document: int = 0) -> bool:
        """Whether there is something at `path`, a null included."""
        return self._node(path, document) is not None

    # -- edits

    def set(self, path: Path, value: Any, document: int = 0) -> None:
        """Put `value` (a scalar, or nested mappings) at `path`; missing mappings on the way are made."""
        node = self._node(path, document)
        if node is None:
            self._insert(path, value, document)
        elif isinstance(value, (dict, list)):
            self._replace_collection(path, node, value, document)
        elif self._plain(path, document) != value or type(self._plain(path, document)) is not type(value):
            if node.id != "scalar":
                raise ModelError("a mapping or list is where a single value was expected").at(
                    field=_show(path)
                )
            style = node.style if node.style in ("'", '"') else ""
            self._replace_node(node, scalar(value, style, self.in_flow(node)))
        else:
            return
        self._put(path, document, value)

    def merge(self, path: Path, values: dict[str, Any], document: int = 0) -> None:
        """Make the mapping at `path` equal `values`, touching only what differs."""
        node = self._node(path, document)
        # What keeps none of its keys is written as a whole.
        if node is None or node.id != "mapping" or self._plain(path, document).keys().isdisjoint(values):
            self.set(path, values, document)
            return
        for key in list(self._plain(path, document)):
            if key not in values:
                self.remove((*path, key), document)
        for key, value in values.items():
            if isinstance(value, dict) and value:
                self.merge((*path, key), value, document)
            else:
                self.set((*path, key), value, document)

    def replace_part(self, path: Path, old: str, new: str, document: int = 0) -> None:
        """Put `new` in the place of `old` in the string at `path`; its quotes and layout stay.

        `ModelError` unless `old` stands there once, in the text as in the value.
        """
        node = self._node(path, document)
        value = self._plain(path, document) if node is not None else None
        source = self.text[node.start_mark.index : self.end_of(node)] if node is not None else ""
        if not isinstance(value, str) or value.count(old) != 1 or source.count(old) != 1:
            raise ModelError("the text cannot be replaced here").at(field=_show(path))
        start = node.start_mark.index + source.index(old)
        self.replace(start, start + len(old), new)
        self._put(path, document, value.replace(old, new))

    def set_block(self, path: Path, text: str, document: int = 0) -> None:
        """Put the lines of `text` into the block scalar (`|`) at `path`."""
        node = self._node(path, document)
        if node is None or node.id != "scalar" or node.style != "|":
            self.set(path, text, document)
            return
        start, end = node.start_mark.index, self.end_of(node)
        first = self.text[self.next_line(start) : end]
        pad = first[: len(first) - len(first.lstrip(" "))]
        lines = [f"{pad}{line}" if line else "" for line in text.rstrip("\n").split("\n")]
        self.replace(self.next_line(start), end, self._newline.join(lines))
        # The header says whether the last line break is part of the value.
        header = self.text[start : self.line_end(start)].partition("#")[0]
        self._put(path, document, text.rstrip("\n") + ("" if "-" in header else "\n"))

    def remove(self, path: Path, document: int = 0) -> None:
        """Take an entry out of its mapping or list; nothing happens when it is not there.

        Of several items of a list, the last one goes first: `path` counts those that are left.
        """
        parent = self._node(path[:-1], document)
        place = self._place(parent, path[-1])
        if parent is None or place is None:
            return
        is_map = parent.id == "mapping"
        # first and last node of each entry
        entries = [each if is_map else (each, each) for each in parent.value]
        if len(entries) == 1:
            self.replace(parent.start_mark.index, self.end_of(parent), "{}" if is_map else "[]")
        elif parent.flow_style:
            start, end = entries[place][0].start_mark.index, self.end_of(entries[place][1])
            if place + 1 < len(entries):
                end = entries[place + 1][0].start_mark.index
            else:
                start = self.end_of(entries[place - 1][1])
            self.replace(start, end, "")
        else:
            start = self.line_start(entries[place][0].start_mark.index)
            self.replace(start, self.next_line(self.end_of(entries[place][1])), "")
        self._mean("remove", path, document)

    def rename(self, path: Path, key: str, value: Any, document: int = 0) -> None:
        """Give the entry at `path` another key and a scalar value, where it stands."""
        parent = self._node(path[:-1], document)
        place = self._place(parent, path[-1])
        if parent is None or place is None or not isinstance(path[-1], str):
            raise ModelError("there is no such entry").at(field=_show(path))
        old_key, node = parent.value[place]
        in_flow = self.in_flow(old_key)
        style = node.style if node.id == "scalar" and node.style in ("'", '"') else ""
        self.replace(old_key.start_mark.index, old_key.end_mark.index, scalar(key, "", in_flow))
        self._replace_node(node, scalar(value, style, in_flow))
        self._mean("remove", path, document)
        self._mean("add", (*path[:-1], key), document, value)

    def append(self, path: Path, value: str | dict[str, str], document: int = 0) -> None:
        """Add a string or small mapping at the end of the list at `path`, made when it is missing."""
        node = self._node(path, document)
        if node is None:
            self._insert(path, [value], document)
            self._put(path, document, [value])
            return
        if node.id != "sequence":
            raise ModelError("a list was expected").at(field=_show(path))
        if node.flow_style or not node.value:
            comma = ", " if node.value else ""
            at = self.end_of(node.value[-1]) if node.value else node.start_mark.index + 1
            self.replace(at, at, comma + flow(value))
        else:
            column = self._dash_column(node)
            at = self.next_line(self.end_of(node.value[-1]))
            self.replace(*self._new_line(at, " " * column + "- " + _item(value)))
        self._mean("add", (*path, "-"), document, value)

    def result(self) -> str:
        """The edited text; `ModelError` when it does not read as meant."""
        edited = self.read_back(_read, self._inserted())
        if edited is None or edited[1] != self._meant:
            raise ModelError(
                "the file cannot be edited here without touching more",
                hint="is it an anchor, an alias, or an unusual layout? Edit it by hand",
            )
        return edited[0]

    # -- what the text will mean, by JSON patches: not by the edits that are to be proved

    def _mean(self, kind: str, path: Path, document: int, value: Any = None) -> None:
        """One operation of RFC 6902 on the document."""
        from jsonpatch import JsonPatch
        from jsonpointer import JsonPointer

        pointer = JsonPointer.from_parts([document, *path]).path
        self._meant = JsonPatch([{"op": kind, "path": pointer, "value": value}]).apply(
            self._meant, in_place=True
        )

    def _put(self, path: Path, document: int, value: Any) -> None:
        """Put `value` at `path`; the mappings that miss on the way are made."""
        above = self._meant[document]
        for depth, key in enumerate(path[:-1], start=1):
            if isinstance(above, dict) and above.get(key) is None:
                self._mean("add", path[:depth], document, {})
            above = self._plain(path[:depth], document)
        self._mean("add" if isinstance(above, dict) and path else "replace", path, document, value)

    # -- nodes and positions

    def _node(self, path: Path, document: int) -> Any:
        node: Any = self.roots[document]
        for step in path:
            place = self._place(node, step)
            if place is None:
                return None
            node = node.value[place][1] if node.id == "mapping" else node.value[place]
        return node

    def _place(self, node: Any, step: str | int) -> int | None:
        """The position of a key or index among a node's children."""
        if node is None or node.id == "scalar":
            return None
        if node.id != "mapping":
            return step if isinstance(step, int) and step < len(node.value) else None
        places = self._places.get(id(node))
        if places is None:
            places = self._places[id(node)] = {key.value: place for place, (key, _) in enumerate(node.value)}
        return places.get(step)

    def _plain(self, path: Path, document: int) -> Any:
        value = self._meant[document]
        for step in path:
            value = value[step]
        return value

    def _dash_column(self, node: Any) -> int:
        first = node.value[0].start_mark.index
        start = self.line_start(first)
        return self.text[start:first].rindex("-")

    def _new_line(self, at: int, line: str) -> Span:
        """Whole lines, put at the beginning of a line or behind a last line without a break."""
        text = line.replace("\n", self._newline)
        if at == len(self.text) and self.text and not self.text.endswith("\n"):
            return (at, at, self._newline + text)
        return (at, at, text + self._newline)

    def _replace_node(self, node: Any, text: str) -> None:
        start, end = node.start_mark.index, self.end_of(node)
        if start == end:  # an empty value: `key:`
            text = " " + text
        self.replace(start, end, text)

    def _insert(self, path: Path, value: Any, document: int) -> None:
        """Remember a new entry of the nearest mapping that is there; `_inserted` writes all at once."""
        lengths = range(len(path) - 1, -1, -1)
        depth = next(length for length in lengths if self._node(path[:length], document) is not None)
        parent = self._node(path[:depth], document)
        if parent.id != "mapping" and not (parent.id == "scalar" and self._was_null(parent)):
            raise ModelError("a mapping was expected").at(field=_show(path[:depth]))
        _, _, entries = self._new.setdefault(id(parent), (path[:depth], document, {}))
        for step in path[depth:-1]:
            entries = entries.setdefault(str(step), {})
        entries[str(path[-1])] = value

    @staticmethod
    def _was_null(node: Any) -> bool:
        return bool(node.tag == "tag:yaml.org,2002:null")

    def _inserted(self) -> list[Span]:
        return [self._inserted_at(path, document, entries) for path, document, entries in self._new.values()]

    def _inserted_at(self, path: Path, document: int, entries: dict[str, Any]) -> Span:
        parent = self._node(path, document)
        start, end = parent.start_mark.index, self.end_of(parent)
        if parent.id == "mapping" and parent.value and parent.flow_style:
            at = self.end_of(parent.value[-1][1])
            return (at, at, ", " + flow(entries)[1:-1])
        if parent.id == "mapping" and parent.value:
            at = self.next_line(self.end_of(parent.value[-1][1]))
            return self._new_line(at, block(entries, parent.value[0][0].start_mark.column, self._unit))
        if not path or self.in_flow(parent):
            return (start, end, (" " if start == end else "") + flow(entries))
        # `key: {}` or `key:` in block style: the entries go below the key
        place = self._place(self._node(path[:-1], document), path[-1])
        holder = self._node(path[:-1], document)
        if holder.id != "mapping" or place is None:
            return (start, end, flow(entries))
        column = holder.value[place][0].start_mark.column + self._unit
        while self.text[start - 1] == " ":
            start -= 1
        return (start, end, self._newline + block(entries, column, self._unit).replace("\n", self._newline))

    def _replace_collection(self, path: Path, node: Any, value: Any, document: int) -> None:
        parent = self._node(path[:-1], document)
        if parent is None or self.in_flow(node) or not value:
            self._replace_node(node, flow(value))
            return
        place = self._place(parent, path[-1])
        if place is None or parent.id != "mapping":
            raise ModelError("the entry cannot be replaced").at(field=_show(path))
        key = parent.value[place][0]
        start = self.line_start(key.start_mark.index)
        end = self.next_line(self.end_of(node))
        text = block({str(path[-1]): value}, key.start_mark.column, self._unit).replace("\n", self._newline)
        self.replace(start, end, text + self._newline)


def _read(text: str) -> list[Any]:
    """The documents as plain values."""
    from cmp.yaml.plain import plain_values

    return plain_values(text)


def _indent_unit(roots: list[Any]) -> int:
    """How far the text indents nested mappings; 2 where it does not show."""
    stack = [root for root in roots if root is not None]
    while stack:
        node = stack.pop()
        if node.id == "mapping" and not node.flow_style:
            for key, value in node.value:
                if value.id == "mapping" and not value.flow_style and value.value:
                    step = value.value[0][0].start_mark.column - key.start_mark.column
                    if step > 0:
                        return int(step)
                stack.append(value)
        elif node.id == "sequence":
            stack.extend(node.value)
    return 2


def _show(path: Path) -> str:
    return ".".join(str(step) for step in path)


# -- printing


# Texts of these need no quotes unless they read as another type.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@+: ")

# Resource quantities with a suffix, which no reader takes for a number.
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGTP]|[KMGTP]i)\Z")
# Line breaks and invisible characters that YAML would fold or refuse.
_ESCAPED = "\x7f\x85\u2028\u2029\ufeff"


def scalar(value: Any, style: str, in_flow: bool) -> str:
    """A scalar's text: `style` is a quote to keep, or empty for plain where that reads back as the same."""
    import json

    from cmp.yaml import load_config
    from cmp.yaml.plain import plain_values

    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    single = "'" + value.replace("'", "''") + "'"
    printable = all(character >= " " and character not in _ESCAPED for character in value)
    if style == "'" and printable:
        return single
    if not style and _QUANTITY.match(value):
        return value
    if not style and _PLAIN.issuperset(value) and value[:1].isalpha() and ": " not in value + " ":
        line = f"a: {value}"
        if (
            plain_values(line) == [{"a": value}]
            and load_config(line.encode()).value == {"a": value}
            and not (in_flow and ":" in value)
            and value.lower() not in ("y", "n", "nan")
        ):
            return value
    text = json.dumps(value, ensure_ascii=False)
    return "".join(each if each not in _ESCAPED else f"\\u{ord(each):04x}" for each in text)


def flow(value: Any) -> str:
    """A value in flow style on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key, '', True)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return scalar(value, "", True)


def _item(value: Any) -> str:
    """An item of a list in block style, on one line; a mapping of one entry without braces."""
    if isinstance(value, dict) and len(value) == 1:
        key, item = next(iter(value.items()))
        return f"{scalar(key, '', False)}: {flow(item)}"
    return flow(value) if isinstance(value, (dict, list)) else scalar(value, "", False)


def block(value: dict[str, Any], column: int, unit: int) -> str:
    """A mapping in block style from `column` on, without a last line break."""
    lines = []
    pad = " " * column
    for key, item in value.items():
        head = f"{pad}{scalar(key, '', False)}:"
        if isinstance(item, dict) and item:
            lines += [head, block(item, column + unit, unit)]
        elif isinstance(item, list) and item:
            lines.append(head)
            lines += [f"{' ' * (column + unit)}- {_item(each)}" for each in item]
        else:
            text = flow(item) if isinstance(item, (dict, list)) else scalar(item, "", False)
            lines.append(f"{head} {text}")
    return "\n".join(lines)
