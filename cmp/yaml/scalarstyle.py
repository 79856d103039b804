"""How a string is written: plain, quoted or as a block, folded at 80 columns (go-yaml v2 `emitterc.go`)."""

from __future__ import annotations

import re

from cmp.yaml.errors import YamlError
from cmp.yaml.go.resolve import escaped, needs_quotes

WIDTH = 80
# A printed line may run past the width: it is broken at the first single space beyond it.

# Sets of wide characters are slow to compile: an ASCII text, the usual one, does without them.
_ASCII_UNPRINTABLE = r"[\x00-\x09\x0b-\x1f\x7f]"
_ASCII_TO_ESCAPE = re.compile(r"[\x00-\x1f\x22\x5c\x7f]")
# The one line break that JSON carries raw: go-yaml reads it back as the end of a line, and folds.
_NEL_INDICATOR = r"\x85(?:---|[.]{3})[ \x85]"
_BREAK_SPACE = r"[\n\u2028\u2029] "
_SPACE_BREAK = r" [\n\u2028\u2029]"
_BREAKS = "\n\u2028\u2029"
_INDICATORS = frozenset("#,[]{}&*!|>'\"%@`")
_NOT_PLAIN_INSIDE = re.compile(r":(?: |$)| #")
# Plain for certain, unless one of WORDS: a letter, slash or underscore first; inside, no blank or hash but
# single blanks before something harmless, and no colon but before something that is not blank.
SIMPLE = re.compile("[A-Za-z_/][!-9;-~]*(?:(?::+|[ ](?=[^#]))[!-9;-~]+)*+")
WORDS = frozenset(
    (
        *("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"),
        *("true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL"),
    )
)


def _unprintable(text: str) -> bool:
    """Whether go-yaml v2 has to escape a character of `text`."""
    if text.isascii():
        return not text.isprintable() and re.search(_ASCII_UNPRINTABLE, text) is not None
    from cmp.yaml.widechars import UNPRINTABLE

    return UNPRINTABLE.search(text) is not None


def _to_escape(text: str) -> re.Pattern[str]:
    """The characters that double quotes escape, as a pattern good enough for `text`."""
    if text.isascii():
        return _ASCII_TO_ESCAPE
    from cmp.yaml.widechars import TO_ESCAPE

    return TO_ESCAPE


def carried(text: str) -> str:
    """`text` after its trip through JSON, where a raw next-line character folds; raises `YamlError`."""
    refused = "\x7f" in text
    if not text.isascii():
        from cmp.yaml.widechars import REFUSED

        refused = REFUSED.search(text) is not None or re.search(_NEL_INDICATOR, text) is not None
    if refused:
        raise YamlError(
            "a string holds a control character that kustomize cannot print",
            hint="remove the character (DEL, or one of U+0080 to U+009F), or encode the value as base64",
        )
    return fold_next_lines(text)


def fold_next_lines(text: str) -> str:
    """`text` with its next-line characters folded, as a reader of YAML does to them in quotes."""
    if "\x85" not in text:
        return text
    return _next_lines_folded(text)


def _next_lines_folded(text: str) -> str:
    """Each run of next-line characters, and the blanks around it, as go-yaml folds line breaks."""
    parts = text.split("\x85")
    made = [parts[0].rstrip(" ")]
    breaks = 0
    for number, part in enumerate(parts[1:], 1):
        breaks += 1
        last = number == len(parts) - 1
        inner = part.lstrip(" ") if last else part.strip(" ")
        if inner or last:
            made += ["\n" * (breaks - 1) or " ", inner]
            breaks = 0
    return "".join(made)


def _folded(text: str, column: int, indent: int) -> str:
    """A plain scalar broken after column 80 at single spaces; continuation lines start at `indent`."""
    parts = []
    start = 0
    last = len(text) - 1
    at = text.find(" ", max(0, WIDTH + 1 - column))
    while at != -1:
        if at == last:
            break
        if text[at + 1] == " " or (at and text[at - 1] == " "):
            at = text.find(" ", at + 1)
            continue
        parts.append(text[start:at])
        start = at + 1
        at = text.find(" ", start + max(0, WIDTH + 1 - indent))
    if not parts:
        return text
    parts.append(text[start:])
    return ("\n" + " " * indent).join(parts)


def _single(text: str, column: int, indent: int, fold: bool) -> str:
    """Single quotes; character by character where quotes double and separators restart lines."""
    body = text.replace("'", "''")
    if "\u2028" not in body and "\u2029" not in body and (not fold or column + 1 + len(body) <= WIDTH):
        return f"'{body}'"
    out = ["'"]
    column += 1
    spaces = breaks = False
    last = len(text) - 1
    for i, char in enumerate(text):
        if char == " ":
            if fold and not spaces and column > WIDTH and 0 < i < last and text[i + 1] != " ":
                out.append("\n" + " " * indent)
                column = indent
            else:
                out.append(" ")
                column += 1
            spaces = True
        elif char in _BREAKS:
            out.append(char)
            column = 0
            breaks = True
        else:
            if breaks and column < indent:
                out.append(" " * (indent - column))
                column = indent
            if char == "'":
                out.append("'")
                column += 1
            out.append(char)
            column += 1
            spaces = breaks = False
    out.append("'")
    return "".join(out)


def _double(text: str, column: int, indent: int, fold: bool) -> str:
    if text[:1] == "\ufeff":  # upstream looks for the mark at the start of the text for every character
        return '"' + "".join(map(escaped, text)) + '"'
    if not fold or column + 1 + 10 * len(text) <= WIDTH or " " not in text:
        return '"' + _to_escape(text).sub(lambda match: escaped(match[0]), text) + '"'
    out = ['"']
    column += 1
    spaces = False
    last = len(text) - 1
    special = _to_escape(text).match
    for i, char in enumerate(text):
        if char == " ":
            if not spaces and column > WIDTH and 0 < i < last:
                out.append("\n" + " " * indent)
                column = indent
                if text[i + 1] == " ":
                    out.append("\\")
                    column += 1
            else:
                out.append(" ")
                column += 1
            spaces = True
        else:
            written = escaped(char) if special(char) else char
            out.append(written)
            column += len(written)
            spaces = False
    out.append('"')
    return "".join(out)


def _literal(text: str, indent: int) -> str:
    """A literal block, with the newline that ends it."""
    pad = " " * indent
    hint = "2" if text[0] in " \n\u2028\u2029" else ""
    if text[-1] not in _BREAKS:
        hint += "-"
    elif len(text) == 1 or text[-2] in _BREAKS:
        hint += "+"
    if "\u2028" in text or "\u2029" in text:
        lines = re.split("(?<=[\n\u2028\u2029])", text)
        body = "".join([line if line in _BREAKS else pad + line for line in lines])
    else:
        body = "\n".join([pad + line if line else line for line in text.split("\n")])
    return f"|{hint}\n{body}" if text[-1] in _BREAKS else f"|{hint}\n{body}\n"


def _plain_allowed(text: str) -> bool:
    """Whether a printable text without quotes would still be that text in block context."""
    first = text[0]
    if first in _INDICATORS or first == " " or text[-1] == " ":
        return False
    if first in "-?" and text[1:2] in ("", " "):
        return False
    return not text.startswith(("---", "...")) and not _NOT_PLAIN_INSIDE.search(text)


def write(text: str, column: int, indent: int, *, fold: bool = True) -> str:
    """The scalar as written from `column` (0-based) on, with the newline that ends it.

    Further lines start at `indent`. fold=False: a simple key, which may be neither folded nor a block.
    Raises `YamlError` for characters that kustomize cannot print.
    """
    if _unprintable(text):
        text = carried(text)
        if _unprintable(text):
            return _double(text, column, indent, fold) + "\n"
    if "\n" in text:
        if fold and text[-1] != " " and not re.search(_SPACE_BREAK, text):
            return _literal(text, indent)
        return _double(text, column, indent, fold) + "\n"
    if needs_quotes(text):
        return _double(text, column, indent, fold) + "\n"
    if "\u2028" in text or "\u2029" in text:
        if re.search(_BREAK_SPACE, text) or re.search(_SPACE_BREAK, text):
            return _double(text, column, indent, fold) + "\n"
        return _single(text, column, indent, fold) + "\n"
    if not _plain_allowed(text):
        return _single(text, column, indent, fold) + "\n"
    if fold and column + len(text) > WIDTH and " " in text:
        return _folded(text, column, indent) + "\n"
    return text + "\n"


def block_printable(text: str) -> bool:
    """Whether go-yaml v3 may print the text as a block: tabs pass there, what v2 escapes does not."""
    return text[-1] != " " and not _unprintable(text.replace("\t", "")) and not re.search(_SPACE_BREAK, text)
