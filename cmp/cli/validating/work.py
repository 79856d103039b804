"""Units checked one after the other, or in as many processes as there are processors."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeVar

    from cmp.validate import Report

    Outcome = tuple[Report, tuple[str, ...], tuple[str, ...]]
    Unit = TypeVar("Unit")

# With fewer units a second process takes longer to start than it saves.
_WORTH_IT = 8
# Of the one run of a process; the workers are forked from it and so have it.
_check: Callable[[int], Outcome] | None = None


def run(units: Sequence[Unit], check: Callable[[Unit], Outcome], *, quiet: bool = False) -> list[Outcome]:
    """The outcome of each unit, in their order; on a terminal standard error shows how far it is."""
    found: list[Outcome] = []
    shows = not quiet and len(units) > 1 and sys.stderr is not None and sys.stderr.isatty()
    for outcome in _outcomes(units, check):
        found.append(outcome)
        if shows:
            sys.stderr.write(f"\r{len(found)} of {len(units)} checked")
            sys.stderr.flush()
    if shows:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    return found


def _outcomes(units: Sequence[Unit], check: Callable[[Unit], Outcome]) -> Iterator[Outcome]:
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, len(units))
    if workers < 2 or len(units) < _WORTH_IT or not hasattr(os, "fork"):
        yield from map(check, units)
        return
    import multiprocessing

    global _check  # noqa: PLW0603 - what forked workers find
    _check = lambda number: check(units[number])  # noqa: E731
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        yield from pool.imap(_numbered, range(len(units)))


def _numbered(number: int) -> Outcome:
    assert _check is not None  # noqa: S101 - set before the fork
    return _check(number)
