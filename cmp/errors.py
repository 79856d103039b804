"""The one error base of the project: what is wrong, where, and what to do next.

Every error that a user can cause is a `CmpError`. `cmp.cli` is the only place that catches it and
the only place that prints. No field may ever hold a secret value: a message names files, objects,
fields and classes of value, never the value.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Where:
    """The place an error is about; every part is optional.

    file: path relative to the tree's root. line, column: 1-based. object: `Kind/name` or
    `group/version/Kind namespace/name`. field: path inside the object, dots and brackets.
    """

    __slots__ = ("column", "field", "file", "line", "object")

    def __init__(
        self,
        file: str = "",
        line: int = 0,
        column: int = 0,
        object: str = "",  # noqa: A002 - the field's standard word
        field: str = "",
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.object = object
        self.field = field

    def __str__(self) -> str:
        place = self.file
        if place and self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return ", ".join(part for part in (place, self.object, self.field) if part)

    def __repr__(self) -> str:
        return f"Where({str(self)!r})"


def reason_of(err: OSError) -> str:
    """Why the system refused something, in its own words, without the path that Python would add."""
    return (err.strerror or type(err).__name__).lower()


class CmpError(Exception):
    """Base of all errors that the input, not the program, is responsible for.

    message: one plain sentence without the place. where: the place. hint: what to do next.
    excerpt: the offending source line with a caret, only where it can hold no secret. named_by: the place
    that names the file the error is about. document: the number of the YAML document in the file, from 0;
    None when that is not known. others: further errors of the same kind, reported after this one.
    Context grows on the way up: an outer layer fills in the parts of `where` that an inner one
    could not know, with `located()`.
    """

    document: int | None = None
    others: tuple[CmpError, ...] = ()

    def __init__(
        self, message: str, *, where: Where | None = None, hint: str = "", excerpt: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where or Where()
        self.hint = hint
        self.excerpt = excerpt
        self.named_by: Where | None = None

    def at(
        self,
        file: str = "",
        line: int = 0,
        column: int = 0,
        object: str = "",  # noqa: A002 - as in `Where`
        field: str = "",
    ) -> CmpError:
        """Fill in the parts of the place that are still empty; returns self, as in `raise X(...).at(...)`."""
        where = self.where
        if not where.line and line and (not where.file or where.file == file):
            where.line, where.column = line, column
        where.file = where.file or file
        where.object = where.object or object
        where.field = where.field or field
        return self

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place}: {self.message}" if place else self.message


class UsageError(CmpError):
    """The command line or the operator's configuration is wrong; exit code 2."""


class LimitError(CmpError):
    """A bound of `cmp.limits` was exceeded; the message names the setting."""


class located:  # noqa: N801 - reads as a function
    """`with located(file=..., field=...):` fills in the place of an error that leaves the block.

    Parts of the place that the error has already stay. where: a place, or a function that returns one and is
    called for an error only; the other arguments come before its parts. object: its `str()` is the object's
    part, made for an error only.
    """

    __slots__ = ("_field", "_file", "_object", "_where")

    def __init__(
        self,
        where: Where | Callable[[], Where] | None = None,
        *,
        file: str = "",
        object: object = "",  # noqa: A002 - as in `Where`
        field: str = "",
    ) -> None:
        self._where = where
        self._file = file
        self._object = object
        self._field = field

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, CmpError):
            return
        error.at(file=self._file, object=str(self._object), field=self._field)
        if self._where is not None:
            where = self._where if isinstance(self._where, Where) else self._where()
            error.at(where.file, where.line, where.column, where.object, where.field)
