"""Findings and notices that refuse a render, as one error with the first of them in front."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.findings import Finding
from cmp.render.errors import GateError
from cmp.render.pointing import blame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.errors import Where
    from cmp.kustomize import Notice
    from cmp.render.authors import Authors

_SHOWN = 10


def refusal(problems: Sequence[Finding | Notice], authors: Authors) -> GateError:
    """The error for at least one finding or strict notice; up to ten are told, the rest is counted."""
    errors = [
        CmpError(each.message, where=_where(each, authors), hint=_hint(each)) for each in problems[:_SHOWN]
    ]
    more = len(problems) - _SHOWN
    if more > 0:
        errors[_SHOWN - 1].message += f" (and {more} more findings)"
    first = errors[0]
    rules = tuple(each.rule for each in problems[:_SHOWN])
    return GateError(first.message, where=first.where, hint=first.hint, others=tuple(errors[1:]), rules=rules)


def _hint(problem: Finding | Notice) -> str:
    return problem.cure if isinstance(problem, Finding) else problem.hint


def _where(problem: Finding | Notice, authors: Authors) -> Where:
    where = problem.where
    resource = problem.subject if isinstance(problem, Finding) else None
    if resource is not None and where.field:
        part = authors.part(resource, where.field)
        if part is not None:
            blame(where, part, authors)
        else:
            where.file = resource.file
    elif not where.file:
        where.file = next(iter(authors.files), "")  # the kustomization that the render began with
    return where
