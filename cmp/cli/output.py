"""What people read: `error:`, `hint:` and `warning:` lines, bounded and harmless; tables; JSON; colour.

Argo CD carries a failed command's standard error through an HTTP trailer into the Application's
status, so all of it stays below 4 KiB with the most important line first, and below 6 KiB as the trailer
holds it: three bytes for each that is not ASCII. File names and values come from the repository: control
characters are shown as escapes.
"""

from __future__ import annotations

import os
import sys

from cmp.errors import CmpError
from cmp.tree.names import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

MAX_BYTES = 4096
_MAX_LINE = 1500
_MAX_PLACE = 600
# More than is ever shown of a text: what is searched for passwords has been cut to it.
_MAX_READ = 8192

_COLOURS = {"red": "31", "yellow": "33", "green": "32", "cyan": "36", "bold": "1", "dim": "2"}
_PREFIX_COLOUR = {"error": "red", "hint": "cyan", "warning": "yellow"}
_choice = "auto"


def choose_colour(when: str) -> None:
    """`always`, `never` or `auto`, for this process: what --color says, which wins over the environment."""
    global _choice  # noqa: PLW0603 - one standard error, one choice
    _choice = when


def use_colour(stream: TextIO | None) -> bool:
    """Whether to colour: as --color says, never with NO_COLOR, always with FORCE_COLOR, else on terminals."""
    if stream is None or _choice == "never":
        return False
    if _choice == "always":
        return True
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def style(text: str, colour: str, on: bool) -> str:
    """`text` in a colour of the table above, when `on`."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if on else text


def line(prefix: str, text: str, limit: int = _MAX_LINE) -> str:
    """`prefix: text` on one line of at most about `limit` bytes."""
    text = plain(_without_passwords(_cut(text.strip())))
    data = text.encode("utf-8", "surrogatepass")
    if len(data) > limit:
        text = data[: limit - 3].decode("utf-8", "ignore") + "..."
    return f"{prefix}: {text}"


def error_lines(err: CmpError) -> list[str]:
    """`error: PLACE: message`, the excerpt indented, and `hint: ...`."""
    place = _shorten(plain(_without_passwords(_cut(str(err.where)))), _MAX_PLACE)
    lines = [line("error", f"{place}: {err.message}" if place else err.message)]
    lines += ["  " + plain_line[:200] for plain_line in map(_keep_tabs, _cut(err.excerpt).splitlines()[:3])]
    if err.hint:
        lines.append(line("hint", err.hint, 700))
    return lines


def warning_lines(warnings: Iterable[object]) -> list[str]:
    """`warning: ...` for each different text; each of `warnings` says its own place in `str()`."""
    return list(dict.fromkeys(line("warning", str(warning), 500) for warning in warnings))


def bounded(lines: Sequence[str], limit: int = MAX_BYTES) -> str:
    """The lines, as many as fit into `limit` bytes; a last line says how many were left out.

    A byte that is not ASCII counts twice.
    """
    taken: list[str] = []
    room = limit - 64
    for number, text in enumerate(lines):
        size = 2 * len(text.encode("utf-8", "replace")) - sum(map(str.isascii, text)) + 1
        if size > room:
            taken.append(f"warning: {len(lines) - number} more lines are not shown")
            break
        taken.append(text)
        room -= size
    return "".join(text + "\n" for text in taken)


def report(err: CmpError | None, warnings: Iterable[object] = (), stream: TextIO | None = None) -> None:
    """Print an error, if any, and then the warnings to standard error, 4 KiB in all."""
    stream = stream or sys.stderr
    lines = error_lines(err) if err else []
    write(stream, coloured(bounded(lines + warning_lines(warnings)), use_colour(stream)))


def coloured(text: str, on: bool) -> str:
    """The prefixes of `error:`, `hint:` and `warning:` lines in their colours, when `on`."""
    if not on:
        return text
    lines = []
    for each in text.splitlines(keepends=True):
        prefix, colon, rest = each.partition(":")
        colour = _PREFIX_COLOUR.get(prefix) if colon else None
        lines.append(style(prefix + ":", colour, True) + rest if colour else each)
    return "".join(lines)


def write(stream: TextIO | None, text: str) -> None:
    """Write text whatever the locale's encoding is.

    A reader of messages who has gone is not an error; one of standard output is told by `BrokenPipeError`.
    """
    if not text or stream is None:
        return
    try:
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(text)
        else:
            stream.flush()
            buffer.write(text.encode("utf-8", "backslashreplace"))
        stream.flush()
    except (OSError, ValueError) as err:
        discard(stream)
        if stream is sys.stdout and isinstance(err, BrokenPipeError):
            raise


def discard(stream: TextIO) -> None:
    """What is still buffered goes nowhere: else Python would fail at exit, with a code of its own."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def table(rows: Iterable[Sequence[object]], headers: Sequence[str] = ()) -> str:
    """Columns of plain text, two spaces apart, headers in upper case; an empty text for no rows."""
    cells = [[plain(str(cell)) for cell in row] for row in rows]
    if not cells:
        return ""
    if headers:
        cells.insert(0, [header.upper() for header in headers])
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in cells)


def as_json(value: object) -> str:
    """Indented JSON with a final line feed, keys in the order given."""
    import json

    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _without_passwords(text: str) -> str:
    """`user:password@` before a host, also in what was taken for a file name; an image's digest stays."""
    parts = text.split("@")
    for number, part in enumerate(parts[:-1]):
        after = parts[number + 1]
        if after.startswith("sha") and after[3:4].isdigit():
            continue
        word = (part.rpartition("/")[2].split() or [""])[-1] if not part[-1:].isspace() else ""
        user = _user_before_password(word)
        if user:
            parts[number] = part[: len(part) - len(word) + user[0]] + "(hidden)"
    return "@".join(parts)


def _cut(text: str) -> str:
    """The start of a text that nobody would see the end of; a word that may begin a password goes too."""
    if len(text) <= _MAX_READ:
        return text
    head = text[:_MAX_READ]
    word = (head.replace("/", " ").replace("@", " ").split(" ") or [""])[-1]
    if ":" in word:
        head = head[: len(head) - len(word)]
    return head + "..."


def _user_before_password(word: str) -> tuple[int] | None:
    """Where `user:password` starts at the end of `word`; None where that is not one."""
    colon = word.find(":")
    while colon != -1 and colon < len(word) - 1:
        start = colon
        while start and (word[start - 1].isalnum() or word[start - 1] in "_.+%-"):
            start -= 1
        if start < colon:
            return (start,)
        colon = word.find(":", colon + 1)
    return None


def _shorten(text: str, limit: int) -> str:
    """Both ends of a text, together about `limit` bytes."""
    data = text.encode("utf-8", "surrogatepass")
    if len(data) <= limit:
        return text
    half = limit // 2 - 2
    return f"{data[:half].decode('utf-8', 'ignore')}...{data[-half:].decode('utf-8', 'ignore')}"


def _keep_tabs(text: str) -> str:
    text = _without_passwords(text)
    return "\t".join(plain(part) for part in text.split("\t"))
