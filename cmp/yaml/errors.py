"""The error every YAML problem becomes: position and structure, never a scalar's text."""

from __future__ import annotations

from cmp.errors import CmpError, Where


class YamlError(CmpError):
    """A text that Kustomize's YAML libraries refuse to read, or a value that they refuse to print.

    line, column: 1-based, 0 when unknown (a value that cannot be printed has no position of its own).
    The message names structure only: a scalar may be a secret.
    """

    def __init__(
        self, message: str, line: int = 0, column: int = 0, *, hint: str = "", excerpt: str = ""
    ) -> None:
        super().__init__(message, where=Where(line=line, column=column), hint=hint, excerpt=excerpt)
        self.line = line
        self.column = column
