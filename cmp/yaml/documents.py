"""A resource file cut into documents before any YAML is parsed, as kio does (`byteio_reader.go`)."""

from __future__ import annotations

import re

from cmp.yaml.errors import YamlError

_SEPARATOR = rb"\n---([^\n]*)\n"
# What Go's `strings.TrimSpace` takes away.
GO_SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # noqa: E501
_CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
_CONTROL_WIDE = ("\ufffe", "\uffff")


def _control(text: str) -> int:
    """The offset of the first character that YAML does not allow, or -1."""
    if text.replace("\n", "").isprintable():
        return -1  # nearly always, and without a pattern
    match = re.search(_CONTROL, text)
    places = [match.start()] if match else []
    if not text.isascii():
        places += [at for at in (text.find(char) for char in _CONTROL_WIDE) if at != -1]
    return min(places, default=-1)


def split(data: bytes) -> list[tuple[bytes, int]]:
    """The documents of `data` with the number of lines before each; raises `YamlError`.

    Any line that starts with `---` is a separator here, wherever it stands; only blanks and a comment may
    follow on it. CRLF becomes LF.
    """
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    if b"\n---" not in data:
        return [(data, 0)] if data else []
    pieces: list[tuple[bytes, int]] = []
    start = line = 0
    for match in re.finditer(_SEPARATOR, data):
        piece = data[start : match.start() + 1]
        rest = match[1].decode("utf-8", "replace").strip(GO_SPACE)
        if rest and rest[0] != "#":
            raise YamlError(
                "a line starts with `---` and goes on with something else",
                line + piece.count(b"\n") + 1,
                1,
                hint="`---` separates documents and stands alone; indent the line if it belongs to a value",
            )
        pieces.append((piece, line))
        line += piece.count(b"\n") + 1
        start = match.end()
    pieces.append((data[start:], line))
    return pieces


def decode(piece: bytes, line: int = 0) -> str:
    """The characters of one document, without byte order mark; raises `YamlError`. line: lines before it."""
    try:
        if piece[:2] == b"\xff\xfe":
            text = piece[2:].decode("utf-16-le")
        elif piece[:2] == b"\xfe\xff":
            text = piece[2:].decode("utf-16-be")
        else:
            text = piece[3:].decode() if piece[:3] == b"\xef\xbb\xbf" else piece.decode()
    except UnicodeDecodeError as exc:
        before = piece[: exc.start]
        raise YamlError(
            "the file is not valid UTF-8",
            line + before.count(b"\n") + 1,
            exc.start - before.rfind(b"\n"),
            hint="save it as UTF-8; binary data belongs into a generator's `files` or a base64 value",
        ) from None  # the codec's error carries the whole file, which may be a secret
    at = _control(text)
    if at != -1:
        lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text[:at])
        raise YamlError(
            f"the control character U+{ord(text[at]):04X} is not allowed in YAML",
            line + len(lines),
            len(lines[-1]) + 1,
            hint="remove it, or write it as an escape in double quotes",
        )
    return text
