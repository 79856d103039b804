"""Findings and notices that refuse a render, as one error with the first of them in front."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.render.errors import GateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.gates import Finding
    from cmp.kustomize import Notice

_SHOWN = 10


def refusal(problems: Sequence[Finding | Notice]) -> GateError:
    """The error for at least one finding or strict notice; up to ten are told, the rest is counted."""
    errors = [CmpError(each.message, where=each.where, hint=each.hint) for each in problems]
    more = len(errors) - _SHOWN
    if more > 0:
        errors[_SHOWN - 1].message += f" (and {more} more findings)"
    first = errors[0]
    return GateError(first.message, where=first.where, hint=first.hint, others=tuple(errors[1:_SHOWN]))
