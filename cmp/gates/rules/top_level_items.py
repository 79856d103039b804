"""Gate: an object that Argo CD would take for a list of others."""

from __future__ import annotations

from cmp.findings import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "top-level-items"
TITLE = "A top-level `items` in an object that is not a list"
WHY = (
    "If an object of any kind has a top-level list `items`, Argo CD replaces the object by the entries "
    "of that list. If `items` is null, Argo CD drops the object. The object itself is never applied."
)
CURE = "Remove `items`, or move it below `spec` or `data`."
WAIVABLE = False


def check(context: Context) -> Iterator[Hit[Resource]]:
    """One finding per object with `items` whose kind does not end in `List`."""
    for resource in context.printed:
        if "items" in resource.body and not resource.kind.endswith("List"):
            message = "Argo CD would apply the entries of `items` instead of this object"
            yield Hit(resource, "items", message)
