"""Standard output of a click command, which writes in many places: its failures are errors of ours in all."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from cmp.cli.edge import unwritable
from cmp.cli.output import discard
from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import ReadableBuffer


class _Output(io.FileIO):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:  # the reader has left, which is no error
            raise
        except OSError as err:
            raise unwritable(err) from err


@contextlib.contextmanager
def telling() -> Iterator[None]:
    """Within `with`, a full disk raises our error, and writes wait until all is taken, non-blocking or not.

    A stream that somebody has put in place of standard output stays.
    """
    was = os.get_blocking(1)
    os.set_blocking(1, True)
    try:
        with _replaced() if _is_own() else contextlib.nullcontext():
            yield
    finally:
        os.set_blocking(1, was)


def _is_own() -> bool:
    try:
        return sys.stdout.fileno() == 1
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _replaced() -> Iterator[None]:
    before = sys.stdout
    ours = io.TextIOWrapper(
        io.BufferedWriter(_Output(1, "wb", closefd=False)),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=before.isatty(),
    )
    sys.stdout = ours
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stdout = before
        try:
            ours.flush()
        except (OSError, CmpError):
            discard(ours)
