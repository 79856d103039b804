"""Change values inside a YAML text and leave every other character alone.

`rewrite(text, old, new)` takes a text, the branches it reads as and the branches it shall read as, and edits
the text where the two differ: comments, order, quoting, indentation and blank lines survive. It proves its
work by reading the result; where it cannot edit or the proof fails it returns None, and the caller prints
the document as SOPS itself would.

The edits are those of `cmp.yaml.edit`. Comments come from the gaps between ruamel.yaml's tokens. What
anything *means* comes from `cmp.sops.stores.yaml` alone.
"""

from __future__ import annotations

import re

from cmp.sops.document import Branch, Comment, Item, Time, is_sequence
from cmp.sops.errors import EmitError
from cmp.sops.stores import yaml as store
from cmp.yaml import marks
from cmp.yaml.edit import TextEdits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.sops.document import Value

METADATA_KEY = "sops"
_SEALED = re.compile(r"ENC\[AES256_GCM,[A-Za-z0-9+/=,:]+\]\Z")
# What an edit would leave in a mixed state: other line breaks and byte order marks.
_FOREIGN = re.compile("[\r\ufeff]")
_BLANK_LINE = re.compile(r"[ ]*+(#[^\n]*)?(\n|\Z)")
_SCALARS = (str, int, float, bool, Time, type(None))


class _CannotError(Exception):
    """The text cannot be edited at this place; the entry around it may still be printed anew."""


def rewrite(text: str, old: list[Branch], new: list[Branch], indent: int = store.INDENT) -> str | None:
    """`text`, edited so that it reads as `new`; None when that is not possible."""
    edited = _edit(text, old, new, indent)
    return edited[0] if edited is not None and edited[1] == new else None


def reveal(text: str, old: list[Branch], new: list[Branch], indent: int = store.INDENT) -> str | None:
    """As `rewrite`, for a person to read: a comment may read as another mapping's, none may be lost."""
    edited = _edit(text, old, new, indent)
    if edited is None or [*map(without_comments, edited[1])] != [*map(without_comments, new)]:
        return None
    found, meant = (sorted(comment.text for comment in _all_comments(side)) for side in (edited[1], new))
    return edited[0] if found == meant else None


def append(
    text: str, old: list[Branch], item: Item, indent: int = store.INDENT
) -> tuple[str, list[Branch]] | None:
    """`text` with an entry behind the last one of each document, and what it reads as.

    Comments may read as another mapping's than before, as the entry follows them now; values never change.
    None when there is no place for it.
    """
    edited = _edit(text, old, [Branch([*branch, item]) for branch in old], indent)
    if edited is None:
        return None
    for before, after in zip(old, edited[1], strict=True):
        if without_comments(after) != Branch([*without_comments(before), item]):
            return None
    return edited


def _edit(text: str, old: list[Branch], new: list[Branch], indent: int) -> tuple[str, list[Branch]] | None:
    if _FOREIGN.search(text) or len(old) != len(new):
        return None
    try:
        editor = _Editor(text, indent)
        if len(editor.roots) != len(old):
            return None
        editor.comments(old, new)
        for root, before, after in zip(editor.roots, old, new, strict=True):
            editor.document(root, before, after)
    except (marks.errors(), _CannotError, EmitError, RecursionError):
        return None
    edited = editor.read_back(lambda changed: store.load(changed.encode("utf-8")))
    return edited if edited is not None and len(edited[1]) == len(old) else None


def without_comments(branch: Branch) -> Branch:
    """A copy that holds values only."""
    return Branch(Item(key, _bare(value)) for key, value in branch.entries())


def _bare(value: Value) -> Value:
    if isinstance(value, Branch):
        return without_comments(value)
    if is_sequence(value):
        return [_bare(item) for item in value if not isinstance(item, Comment)]
    return value


class _Editor(TextEdits):
    """Edits of one text, found by comparing what it reads as with what it shall read as."""

    def __init__(self, text: str, indent: int) -> None:
        super().__init__(text)
        self.indent = indent
        self.seen: set[int] = set()

    # Comments.

    def comments(self, old: list[Branch], new: list[Branch]) -> None:
        """Replace the comments that differ; equal texts are taken in order of appearance."""
        before, after = _all_comments(old), _all_comments(new)
        if [comment.text for comment in before] == [comment.text for comment in after]:
            return
        if len(before) != len(after):
            return  # comments went with a removed entry: the proof tells whether that is all
        places: dict[str, list[tuple[int, int]]] = {}
        for start, end in reversed(_comment_spans(self.text)):
            places.setdefault(self.text[start + 1 : end], []).append((start, end))
        for one, other in zip(before, after, strict=True):
            spans = places.get(one.text)
            if not spans or "\n" in other.text:
                raise _CannotError
            start, end = spans.pop()
            if one.text != other.text:
                self.replace(start + 1, end, other.text)

    # Nodes.

    def document(self, root: Any, old: Branch, new: Branch) -> None:
        if root is None or root.id != "mapping" or root.flow_style:
            if old != new:
                raise _CannotError
            return
        self.mapping(root, old, new)

    def value(self, node: Any, old: Value, new: Value) -> None:
        """Edit the value at `node`."""
        if node.id != "scalar":
            # An alias shows as its anchor's node for a second time: an edit would change both places.
            if id(node) in self.seen and old != new:
                raise _CannotError
            self.seen.add(id(node))
        if old == new and type(old) is type(new):
            return
        if isinstance(old, Branch) and isinstance(new, Branch) and node.id == "mapping":
            self.mapping(node, old, new)
        elif is_sequence(old) and is_sequence(new) and node.id == "sequence":
            self.sequence(node, old, new)
        elif isinstance(old, _SCALARS) and isinstance(new, _SCALARS) and node.id == "scalar":
            self.scalar(node, new)
        else:
            raise _CannotError

    def mapping(self, node: Any, old: Branch, new: Branch) -> None:
        """Edit a mapping's entries, drop those that went and add those that came, which must stand last."""
        before, after = list(old.entries()), list(new.entries())
        pairs = node.value
        if [key for key, _ in before] != [key.value for key, _ in pairs]:
            raise _CannotError
        wanted = dict(after)
        if len(wanted) != len(after) or len(dict(before)) != len(before) or (before and not after):
            raise _CannotError
        kept = [key for key, _ in before if key in wanted]
        added = [item for item in after if item[0] not in dict(before)]
        if [key for key, _ in after] != kept + [key for key, _ in added]:
            raise _CannotError
        for (key, value), (key_node, value_node) in zip(before, pairs, strict=True):
            if key not in wanted:
                self.remove(node, key_node, value_node)
            elif key == METADATA_KEY and isinstance(value, Branch) and value != wanted[key]:
                self.print_entry(node, key_node, value_node, key, wanted[key])
            else:
                self.entry(node, key_node, value_node, value, wanted[key])
        if added:
            self.add(node, pairs[-1][1] if pairs else None, added)

    def entry(self, parent: Any, key_node: Any, value_node: Any, old: Value, new: Value) -> None:
        """Edit one entry; where its inside cannot be edited, print the whole entry anew."""
        mark = self.mark()
        try:
            self.value(value_node, old, new)
        except _CannotError:
            self.back_to(mark)
            self.print_entry(parent, key_node, value_node, key_node.value, new)

    def sequence(self, node: Any, old: list[Value], new: list[Value]) -> None:
        """Edit the items; their number and the comments among them must be the same."""
        before = [item for item in old if not isinstance(item, Comment)]
        after = [item for item in new if not isinstance(item, Comment)]
        if len(before) != len(after) or len(before) != len(node.value):
            raise _CannotError
        for child, one, other in zip(node.value, before, after, strict=True):
            self.value(child, one, other)

    def scalar(self, node: Any, new: Value) -> None:
        """Replace a scalar; a comment behind it, or behind a block scalar's header, stays on its line."""
        if id(node) in self.seen:
            raise _CannotError
        self.seen.add(id(node))
        start, end = node.start_mark.index, node.end_mark.index
        head, newline, tail = self.scalar_text(node, new).partition("\n")
        line_end = self.line_end(start if node.style in ("|", ">") else end)
        if node.style in ("|", ">"):
            body_end = self.end_of(node)
            mark = self.text.find(" #", start, line_end)
            end = len(self.text[:mark].rstrip(" ")) if mark >= 0 else line_end
            if body_end > line_end or tail:
                self.replace(line_end, max(body_end, line_end), newline + tail)
        elif newline:
            self.replace(line_end, line_end, newline + tail)
        # An empty value: its place is right behind the colon or the dash.
        self.replace(start, end, f" {head}" if start == end else head)

    def scalar_text(self, node: Any, value: Value) -> str:
        """The new scalar, in the quotes of the one it replaces where both are texts."""
        quote = node.style if node.style in ("'", '"') else ""
        flow = self.in_flow(node)
        if isinstance(value, str) and (_SEALED.match(value) or (quote and _simple(value))):
            quote = quote or ('"' if flow else "")
            return quote + (value.replace("'", "''") if quote == "'" else value) + quote
        if isinstance(value, str) and quote == '"':
            return _double(value)
        text = _print(Branch([Item("k", value)]), self.indent)[2:].removesuffix("\n").removeprefix(" ")
        if isinstance(value, float) and text.lstrip("-").isdecimal():
            return f"{text}.0"  # a whole number would be read as an integer
        if "\n" not in text:
            return text if not flow or text[:1] in "'\"" or not set(text) & set(",[]{}") else _double(value)
        if flow or text.startswith("|+"):
            # Line breaks at its end would run into the empty lines that follow it.
            return _double(value)
        return _shift(text, self._line_indent(node.start_mark.index))

    # Entries on lines of their own.

    def print_entry(self, parent: Any, key_node: Any, value_node: Any, key: str, value: Value) -> None:
        """Print an entry of a block mapping anew, its comments inside included."""
        start, end = self._entry_lines(parent, key_node, value_node)
        column = key_node.start_mark.column
        self.forget(start, end)
        text = _print(Branch([Item(key, value)]), self.indent)
        final = "\n" if self.text[end - 1] == "\n" else ""
        self.replace(start, end, _shift(text, column).removesuffix("\n") + final)

    def remove(self, parent: Any, key_node: Any, value_node: Any) -> None:
        """Remove an entry's lines, with a comment behind its value."""
        start, end = self._entry_lines(parent, key_node, value_node)
        line_start = self.line_start(start)
        if self.text[line_start:start].strip():
            raise _CannotError  # the first entry of a list item: its line holds the dash
        self.forget(line_start, end)
        self.replace(line_start, end, "")

    def add(self, node: Any, last: Any, items: list[tuple[str, Value]]) -> None:
        """Add entries behind the last one of a block mapping."""
        if node.flow_style or last is None:
            raise _CannotError
        column = node.start_mark.column
        position = self._skip_foot(self._content_end(last), column)
        text = _print(Branch(Item(key, value) for key, value in items), self.indent)
        text = " " * column + _shift(text, column)
        lead = "" if position == 0 or self.text[position - 1] == "\n" else "\n"
        self.replace(position, position, lead + text)

    def _skip_foot(self, position: int, column: int) -> int:
        """Behind the comment lines that follow the last entry, up to the end of its mapping."""
        while position < len(self.text):
            match = _BLANK_LINE.match(self.text, position)
            if match is None:
                break
            if match.group(1) and self.text.index("#", match.start()) - match.start() < column:
                break
            position = match.end()
        # Blank lines behind the last comment stay behind what is added.
        head = self.text[:position]
        stripped = head.rstrip(" \n")
        return min(position, len(stripped) + 1) if len(stripped) < len(head) else position

    def _entry_lines(self, parent: Any, key_node: Any, value_node: Any) -> tuple[int, int]:
        if parent.flow_style:
            raise _CannotError
        start = key_node.start_mark.index
        if self.text[start - 1 : start] not in ("", " ", "\n"):
            raise _CannotError
        return start, self._content_end(value_node)

    def _content_end(self, node: Any) -> int:
        """Behind the line on which a node's content ends."""
        end = self.end_of(node)
        # The mark of a plain scalar of several lines may stand behind its line break already.
        return end if self.text[end - 1 : end] == "\n" else self.next_line(end)

    def _line_indent(self, position: int) -> int:
        line = self.text[self.line_start(position) : position]
        return len(line) - len(line.lstrip(" -"))


def _all_comments(branches: list[Branch]) -> list[Comment]:
    found: list[Comment] = []

    def walk(value: Value) -> None:
        if isinstance(value, Branch):
            for item in value:
                if isinstance(item.key, Comment):
                    found.append(item.key)
                else:
                    walk(item.value)
        elif is_sequence(value):
            for child in value:
                walk(child)
        elif isinstance(value, Comment):
            found.append(value)

    for branch in branches:
        walk(branch)
    return found


def _comment_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each comment: a `#` behind a blank or a line break, outside all tokens."""
    spans = []
    position = 0
    for token in marks.scan(text):
        start, end = token.start_mark.index, token.end_mark.index
        if end <= start:
            continue
        spans += _comments_between(text, position, start)
        if type(token).__name__ == "ScalarToken" and token.style in ("|", ">"):
            # The header of a block scalar may carry a comment; its text may not.
            header = text.find("\n", start)
            spans += _comments_between(text, start + 1, header if header >= 0 else end)
        position = max(position, end)
    return spans + _comments_between(text, position, len(text))


def _comments_between(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    while start < end:
        mark = text.find("#", start, end)
        if mark < 0:
            break
        line_end = text.find("\n", mark)
        line_end = len(text) if line_end < 0 else line_end
        if mark == 0 or text[mark - 1] in " \n":
            spans.append((mark, line_end))
        start = line_end
    return spans


def _print(branch: Branch, indent: int) -> str:
    return store.emit([branch], indent).decode("utf-8")


def _shift(text: str, column: int) -> str:
    """`text` with all lines but the first indented by `column`."""
    return re.sub(r"\n(?=[^\n])", "\n" + " " * column, text)


def _simple(value: str) -> bool:
    """Whether a string may stand as it is between quotes of either kind (a single quote is doubled)."""
    return re.fullmatch(r"[ -!#-\[\]-~]*", value) is not None


def indent_of(text: str) -> int:
    """The indentation of the first nested mapping of a YAML text; SOPS' own where there is none."""
    below_key = False
    for line in text.split("\n"):
        content = line.lstrip(" ")
        if not content or content[0] == "#":
            continue
        column = len(line) - len(content)
        begins = content[0] == "_" or (content[0].isascii() and content[0].isalpha())
        if below_key and begins and 2 <= column <= 9:
            return column
        before_comment = line.partition("#")[0].rstrip(" ")
        below_key = column == 0 and begins and before_comment.endswith(":")
    return store.INDENT


def _double(value: Value) -> str:
    """A text in double quotes; JSON's escapes are YAML's too."""
    if not isinstance(value, str):
        raise _CannotError
    from json import dumps

    return dumps(value, ensure_ascii=False)
