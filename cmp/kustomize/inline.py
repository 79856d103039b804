"""Errors about YAML that is a string inside of a kustomization: where they are in the file."""

from __future__ import annotations

import re

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.loader import Loader

_LITERAL = re.compile(r"\|[-+0-9]*[ \t]*(?:#|$)")


def is_inline(text: str, loader: Loader) -> bool:
    """Whether an entry that may be YAML or a path is YAML: a message must not show it as a file name."""
    if "\n" in text.strip():
        return True
    return text.lstrip()[:1] == "{" and loader.tree.kind(loader.path_of(text)) == "missing"


def settle(error: CmpError, context: Context, *place: str | int) -> CmpError:
    """The error, its line and column in the text at `place` turned into those of the kustomization file."""
    where, outer = error.where, context.where(*place)
    if where.file not in ("", outer.file):
        return error
    line, column = outer.line, outer.column
    if where.line and line:
        lines = context.loader.tree.read_raw(context.file).decode("utf-8", "replace").split("\n")
        if _LITERAL.search(lines[line - 1].rstrip("\r")):
            first = next((n for n in range(line, len(lines)) if lines[n].strip()), line)
            text = lines[first] if first < len(lines) else ""
            line, column = first + where.line, where.column + len(text) - len(text.lstrip(" "))
    where.file, where.line, where.column = outer.file, line, column
    return error
