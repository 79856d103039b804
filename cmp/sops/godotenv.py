"""An env file as github.com/joho/godotenv reads it, which KSOPS does: not SOPS' dotenv, not kustomize's envs.

`export`, quotes, `:` instead of `=`, comments behind a value, and `$NAME` for a variable that stands
earlier in the same file. The process environment takes no part.
"""

from __future__ import annotations

import re

from cmp.sops.errors import ParseError

_SPACE = "\t\v\f\r "
_NAME = re.compile(
    r"[0-9A-Za-z_.\xaa\xb2\xb3\xb5\xb9\xba\xbc-\xbe\xc0-\xd6\xd8-\xf6\xf8-\xff\t\v\f\r \x85\xa0]*"
)
_EXPORT = re.compile(r"export(?=[\t\v\f\r ])")
_VARIABLE = re.compile(r"(\\)?\$\(?\{?([A-Z0-9_]+)?\}?")
_ESCAPE = re.compile(r"\\.")
_BREAKS = {"\\n": "\n", "\\r": "\r"}
_ESCAPED = re.compile(r"\\([^$])")


def parse(data: bytes) -> dict[str, str]:
    """Names and values in order, later ones over earlier ones; raises `ParseError` with the line."""
    # One character per byte: upstream looks at bytes, and every sign that counts is ASCII.
    text = data.replace(b"\r\n", b"\n").decode("latin-1")
    values: dict[str, str] = {}
    pos = 0
    while True:
        pos = _statement(text, pos)
        if pos < 0:
            return {_decoded(name): _decoded(value) for name, value in values.items()}
        name, pos = _name(text, pos)
        values[name], pos = _value(text, pos, values)


def _decoded(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


def _error(problem: str, text: str, pos: int) -> ParseError:
    error = ParseError(f"not an env file: {problem}")
    error.where.line = text.count("\n", 0, pos) + 1
    return error


def _statement(text: str, pos: int) -> int:
    """Where the next statement starts, -1 at the end."""
    while True:
        while pos < len(text) and text[pos].isspace():
            pos += 1
        if pos == len(text):
            return -1
        if text[pos] != "#":
            return pos
        pos = text.find("\n", pos)
        if pos < 0:
            return -1


def _skip_space(text: str, pos: int) -> int:
    while pos < len(text) and text[pos] in _SPACE:
        pos += 1
    return pos


def _name(text: str, pos: int) -> tuple[str, int]:
    export = _EXPORT.match(text, pos)
    start = _skip_space(text, export.end()) if export else pos
    match = _NAME.match(text, start)
    end = match.end() if match else start
    if end == len(text):
        raise _error("a variable without '='", text, pos)
    if text[end] not in "=:":
        raise _error("an unexpected character in a variable's name", text, end)
    return text[start:end].rstrip(), _skip_space(text, end + 1)


def _value(text: str, pos: int, values: dict[str, str]) -> tuple[str, int]:
    quote = text[pos : pos + 1]
    if quote and quote in "'\"":
        return _quoted(text, pos, quote, values)
    end = pos
    while end < len(text) and text[end] not in "\r\n":
        end += 1
    line = text[pos:end]
    for index in range(len(line) - 1, 0, -1):
        if line[index] == "#" and line[index - 1] in _SPACE:
            line = line[:index]
            break
    return _expand(line.strip(_SPACE), values), end


def _quoted(text: str, pos: int, quote: str, values: dict[str, str]) -> tuple[str, int]:
    end = text.find(quote, pos + 1)
    while end >= 0 and text[end - 1] == "\\":
        end = text.find(quote, end + 1)
    if end < 0:
        raise _error("a quoted value without its end", text, pos)
    value = text[pos:end].strip(quote)
    if quote == '"':
        unescaped = _ESCAPE.sub(
            lambda match: {"\\n": "\n", "\\r": "\r"}.get(match.group(), match.group()), value
        )
        value = _expand(_ESCAPED.sub(r"\1", unescaped), values)
    return value, end + 1


def _expand(value: str, values: dict[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        if match.group(1):
            return match.group()[1:]
        return values.get(match.group(2), "") if match.group(2) else match.group()

    return _VARIABLE.sub(replace, value)
