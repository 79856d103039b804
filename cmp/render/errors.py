"""Errors of the pipeline itself; what its parts raise passes through."""

from __future__ import annotations

from cmp.errors import CmpError


class ParameterError(CmpError):
    """An Application parameter that cannot be applied."""


class SecretError(CmpError):
    """A decrypted value that would leave in clear, or a file that cannot be decrypted."""


class GateError(CmpError):
    """Findings that keep a render from being printed; `others` are those after the first.

    rules: the ids of all, in the same order.
    """

    def __init__(
        self, message: str, *, others: tuple[CmpError, ...] = (), rules: tuple[str, ...] = (), **rest: object
    ) -> None:
        super().__init__(message, **rest)  # type: ignore[arg-type]
        self.others = others
        self.rules = rules
