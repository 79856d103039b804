"""Gate: a render of nothing."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "no-objects"
TITLE = "The output has no objects"
WHY = (
    "Argo CD takes empty output for a successful render of nothing: the next sync with prune deletes "
    "everything the Application owns."
)
CURE = "List resources in the kustomization. To remove an application, delete its Application instead."
WAIVABLE = False


def check(context: Context) -> Iterator[Finding]:
    """One finding when there is no object."""
    if not context.objects:
        yield Finding(ID, "the render has no objects, and Argo CD would prune everything", hint=CURE)
