"""Gate: a render of nothing."""

from __future__ import annotations

from cmp.findings import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "no-objects"
TITLE = "The output has no objects"
WHY = (
    "Argo CD takes empty output for a successful render without objects. The next sync with prune "
    "deletes everything that the Application owns."
)
CURE = "List resources in the kustomization. To remove an application, delete its Application instead."
WAIVABLE = False


def check(context: Context) -> Iterator[Hit[None]]:
    """One finding when there is no object."""
    if not context.objects:
        yield Hit(None, "", "the render has no objects, and Argo CD would prune everything")
