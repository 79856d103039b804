"""Text and actions of a Go template, and the words inside an action (text/template/parse/lex.go)."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from cmp.fleet.errors import TemplateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT, RIGHT = "{{", "}}"
_SPACE = " \t\r\n"
_MOST_DIGITS = 400
_WORD = re.compile(
    r"""(?P<space>\s+)
    | (?P<string>"(?:[^"\\\n]++|\\.)*+"|`[^`]*`)
    | (?P<char>'(?:[^'\\\n]++|\\.)++')
    | (?P<number>[+-]?[0-9][0-9_]*(?:\.[0-9]+)?(?![\w.]))
    | (?P<declare>:=)
    | (?P<variable>\$\w*)
    | (?P<field>\.\w+)
    | (?P<dot>\.(?!\w))
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark>[|(),=])""",
    re.VERBOSE,
)


class Word(NamedTuple):
    """kind: string, number, declare, variable, field, dot, name, mark. joined: no space stands before it."""

    kind: str
    text: str
    joined: bool

    @property
    def value(self) -> str | int | float:
        """What a string or number literal means."""
        if self.kind == "number":
            digits = self.text.replace("_", "")
            if len(digits) > _MOST_DIGITS:
                raise TemplateError("a number is too long")
            return float(digits) if "." in digits else int(digits)
        if self.text.startswith("`"):
            return self.text[1:-1]
        try:
            return str(json.loads(self.text.replace("\\'", "'")))
        except ValueError as err:
            raise TemplateError(f"the string {self.text} has an escape we do not read") from err


def pieces(template: str) -> Iterator[str | list[Word]]:
    """Text, and the words of each action, in order; `{{-` and `-}}` have trimmed, comments are gone."""
    place, trim = 0, False
    while True:
        start = template.find(LEFT, place)
        text = template[place:] if start < 0 else template[place:start]
        if trim:
            text = text.lstrip(_SPACE)
        if start < 0:
            if text:
                yield text
            return
        inner = start + len(LEFT)
        if template[inner : inner + 1] == "-" and template[inner + 1 : inner + 2] in tuple(_SPACE):
            text, inner = text.rstrip(_SPACE), inner + 1
        if text:
            yield text
        body, place, trim = _action(template, inner)
        if body is not None:
            yield body


def _past_space(template: str, place: int) -> int:
    """Where the blanks at `place` end; without a copy of all that follows."""
    while template[place : place + 1] in tuple(_SPACE):
        place += 1
    return place


def _action(template: str, place: int) -> tuple[list[Word] | None, int, bool]:
    """The words of the action that begins at `place` (None: a comment), where it ends, whether it trims."""
    start = _past_space(template, place)
    if template.startswith("/*", start):
        end = template.find("*/", start)
        if end < 0:
            raise TemplateError("a comment is not closed")
        place = _past_space(template, end + 2)
        if template.startswith("-}}", place):
            return None, place + 3, True
        if template.startswith(RIGHT, place):
            return None, place + 2, False
        raise TemplateError("a comment is not followed by the end of its action")
    words: list[Word] = []
    joined = False
    while True:
        if template.startswith(RIGHT, place):
            return words, place + 2, False
        if template.startswith("-}}", place) and not joined:
            return words, place + 3, True
        found = _WORD.match(template, place)
        if found is None:
            rest = template[place : place + 10].split("\n")[0]
            raise TemplateError(f"an action is not closed or has an unexpected character at «{rest}»")
        kind, place = str(found.lastgroup), found.end()
        if kind == "char":
            raise TemplateError("character constants are outside our subset of Go templates")
        if kind != "space":
            words.append(Word(kind, found[0], joined))
        joined = kind != "space"
