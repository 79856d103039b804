"""Findings and notices that refuse a render, as one error with the first of them in front."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.render.errors import GateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from cmp.errors import Where
    from cmp.gates import Finding
    from cmp.kustomize import Notice

_SHOWN = 10


def refusal(
    problems: Sequence[Finding | Notice], files: Mapping[str, bytes], encrypted: Container[str]
) -> GateError:
    """The error for at least one finding or strict notice; up to ten are told, the rest is counted.

    files, encrypted: as `cmp.render.pointing` takes them, to name the file that wrote a wrong value.
    """
    errors = [
        CmpError(each.message, where=_where(each, files, encrypted), hint=each.hint)
        for each in problems[:_SHOWN]
    ]
    more = len(problems) - _SHOWN
    if more > 0:
        errors[_SHOWN - 1].message += f" (and {more} more findings)"
    first = errors[0]
    return GateError(first.message, where=first.where, hint=first.hint, others=tuple(errors[1:]))


def _where(problem: Finding | Notice, files: Mapping[str, bytes], encrypted: Container[str]) -> Where:
    where = problem.where
    resource = getattr(problem, "resource", None)
    if resource is not None and where.field:
        from cmp.render.pointing import author

        where.file = author(resource, where.field, files, encrypted)
    elif not where.file:
        where.file = next(iter(files), "")  # the kustomization that the render began with
    return where
