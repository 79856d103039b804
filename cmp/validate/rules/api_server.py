"""What the API server would refuse although the schema allows it."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.validate.apiserver import problems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "api-server"
SEVERITY: Severity = "error"
TITLE = "An object that the API server refuses"
WHY = "The sync stops half-way: what came before it in the same wave is already applied."
CURE = "Correct the field."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per problem."""
    for body in context.objects:
        for field, message, cure in problems(body):
            yield Hit(body, field, message, cure)
