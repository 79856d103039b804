"""The dotenv store: `KEY=value` lines, taken literally (upstream: stores/dotenv/store.go).

No quotes, no `export`, no trimming, no expansion; `\\n` in a value is a line break; `#` in the first column
starts a comment; empty lines are dropped.
"""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.sops.document import Branch, Comment, Item, from_bytes, to_bytes
from cmp.sops.errors import EmitError, ParseError
from cmp.sops.stores.texts import plain_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits


def load(data: bytes, limits: Limits = DEFAULT) -> list[Branch]:
    """One branch; raises `ParseError` with the line."""
    limits.check("file_bytes", len(data))
    branch = Branch()
    for number, line in enumerate(from_bytes(data).split("\n"), 1):
        if not line:
            continue
        if line[0] == "#":
            branch.append(Item(Comment(line[1:])))
            continue
        key, equals, value = line.partition("=")
        if not equals:
            error = ParseError("not a dotenv file: a line without '='")
            error.where.line = number
            raise error
        branch.append(Item(key, value.replace("\\n", "\n")))
    return [branch]


def emit(branches: list[Branch]) -> bytes:
    """The lines of the first branch; raises `EmitError` for a mapping or a list."""
    lines = []
    for item in branches[0]:
        if isinstance(item.key, Comment):
            lines.append(f"#{item.key.text}\n")
        elif isinstance(item.value, (list, Comment)):
            raise EmitError("a dotenv file holds plain values only").at(field=item.key)
        else:
            text = item.value.replace("\n", "\\n") if isinstance(item.value, str) else plain_text(item.value)
            lines.append(f"{item.key}={text}\n")
    return to_bytes("".join(lines))
