"""Labels that also go into selectors, which cannot be changed on a running workload."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import group, name, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "selector-labels"
SEVERITY: Severity = "warning"
TITLE = "Selectors changed by labels"
WHY = "The selector of a Deployment is immutable: adding the label to a running application fails its sync."
CURE = (
    "Use `labels:` with includeTemplates and without includeSelectors; commonLabels always changes selectors."
)

_SELECTORS = frozenset(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"))


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per kustomization that adds to selectors, and per selector that is not what it was."""
    for file, documents in context.files.items():
        for body in documents:
            if _is_kustomization(body):
                yield from _fields(body, file)
    if context.before is not None:
        yield from _changed(context)


def _is_kustomization(body: dict[str, Any]) -> bool:
    return body.get("kind", "Kustomization") in ("Kustomization", "Component") and "metadata" not in body


def _fields(body: dict[str, Any], file: str) -> Iterator[Hit[Body]]:
    layer = {"kind": body.get("kind", "Kustomization"), "metadata": {"name": ""}, "_file": file}
    if body.get("commonLabels"):
        yield Hit(layer, "commonLabels", "commonLabels are added to selectors")
    for number, entry in enumerate(body.get("labels") or ()):
        if isinstance(entry, dict) and entry.get("includeSelectors"):
            yield Hit(layer, f"labels[{number}]", "includeSelectors adds the labels to selectors")


def _changed(context: Context) -> Iterator[Hit[Body]]:
    before = {
        (group(body), body.get("kind"), namespace(body), name(body)): body for body in context.before or ()
    }
    for body in context.objects:
        old = before.get((group(body), body.get("kind"), namespace(body), name(body)))
        if body.get("kind") in _SELECTORS and old and spec(old).get("selector") != spec(body).get("selector"):
            yield Hit(body, "spec.selector", "the selector differs from the earlier render")
