"""A volume claim that no pod of the output mounts."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import name, namespace
from cmp.paths import strings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "unmounted-claim"
SEVERITY: Severity = "info"
TITLE = "A volume claim that nothing uses"
WHY = "The volume costs money, and the pod that was meant to have it keeps its files elsewhere."
CURE = "Mount it, remove it, or waive it where pods of another application mount it."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per PersistentVolumeClaim whose name stands nowhere else, `pvc://` of a model's URI included."""
    claims = [body for body in context.objects if body.get("kind") == "PersistentVolumeClaim"]
    if not claims:
        return
    used = set()
    for body in context.objects:
        if body.get("kind") != "PersistentVolumeClaim":
            for _, text in strings(body):
                used.add((namespace(body), text.removeprefix("pvc://").partition("/")[0]))
    for body in claims:
        if (namespace(body), name(body)) not in used:
            yield Hit(body, "metadata.name", "no object of the output names the claim")
