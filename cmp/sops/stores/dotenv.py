"""The dotenv store: `KEY=value` lines, taken literally (upstream: stores/dotenv/store.go).

No quotes, no `export`, no trimming, no expansion; `\\n` in a value is a line break; `#` in the first column
starts a comment; empty lines are dropped.
"""

from __future__ import annotations

import re

from cmp.sops.document import Branch, Comment, Item, from_bytes, to_bytes
from cmp.sops.errors import EmitError, ParseError, SopsError
from cmp.sops.flatten import flatten, unflatten
from cmp.sops.stores.base import Store
from cmp.sops.stores.texts import plain_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits

# A file has one level of keys, so each field of the metadata is a key of its own.
PREFIX = "sops_"
_MARK = re.compile(rb"^sops_(?:mac|lastmodified)=", re.MULTILINE)


class DotenvStore(Store):
    """Lines to one branch of strings and back."""

    name = "dotenv"
    parts = "lines"
    literal_ends = True
    sealed_mac = re.compile(rb"^sops_mac=ENC\[AES256_GCM,", re.MULTILINE)

    def load(self, data: bytes, limits: Limits) -> list[Branch]:
        """One branch; raises `ParseError` with the line, or `LimitError`."""
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

    def emit(self, branches: Sequence[Branch], indent: int | None = None) -> bytes:
        """The lines of the first branch; raises `EmitError` for a mapping or a list."""
        lines = []
        for item in branches[0]:
            if isinstance(item.key, Comment):
                lines.append(f"#{item.key.text}\n")
            elif isinstance(item.value, (list, Comment)):
                raise EmitError("a dotenv file holds plain values only").at(field=item.key)
            else:
                value = item.value
                text = value.replace("\n", "\\n") if isinstance(value, str) else plain_text(value)
                lines.append(f"{item.key}={text}\n")
        return to_bytes("".join(lines))

    def take_metadata(self, branches: list[Branch]) -> Branch:
        """As `Store.take_metadata`, from the keys that begin with `sops_`."""
        (branch,) = branches
        flat = Branch(
            Item(key[len(PREFIX) :], value) for key, value in branch.entries() if self.reserved(key)
        )
        if not flat:
            raise SopsError("the file has no SOPS metadata")
        if all(isinstance(value, str) and value.endswith("\r") for _, value in flat.entries()):
            raise ParseError(
                "the file has Windows line ends (CRLF), which SOPS takes for a part of each value",
                hint="write LF line ends, and keep them: `*.env text eol=lf` in .gitattributes",
            )
        branch[:] = [item for item in branch if isinstance(item.key, Comment) or not self.reserved(item.key)]
        return unflatten(flat)

    def put_metadata(self, branches: Sequence[Branch], block: Branch) -> list[Branch]:
        """As `Store.put_metadata`, a key for each field."""
        return [Branch([*branch, *flatten(block, PREFIX)]) for branch in branches]

    def reserved(self, key: str) -> bool:
        """Whether a key belongs to the metadata."""
        return key.startswith(PREFIX)

    def marked(self, data: bytes) -> bool:
        """Whether there is a line of metadata."""
        return _MARK.search(data) is not None

    def claims(self, data: bytes, limits: Limits) -> bool:
        """The keys are so special that nobody else has them."""
        return True


STORE = DotenvStore()
