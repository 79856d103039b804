"""An object that names its namespace and was moved to another one."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import group, name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "moved-namespace"
SEVERITY: Severity = "warning"
TITLE = "An object moved out of the namespace that its file names"
WHY = (
    "`namespace:` moves every object: a policy written for the monitoring namespace ends beside the "
    "application and protects nothing there."
)
CURE = (
    "Keep objects of other namespaces out of a kustomization that sets `namespace:`, or leave the "
    "file's namespace out."
)


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per stored object whose only counterpart in the output is in another namespace."""
    placed: dict[tuple[str, str, str], dict[str, dict[str, Any]]] = {}
    for body in context.objects:
        placed.setdefault(_key(body), {})[_space(body)] = body
    for file, documents in context.files.items():
        for stored in documents:
            written, found = _space(stored), placed.get(_key(stored))
            if written and found and written not in found and "" not in found:
                body = next(iter(found.values()))
                yield Hit(
                    body, "metadata.namespace", f"{file} says {written}, the output says {_space(body)}"
                )


def _key(body: dict[str, Any]) -> tuple[str, str, str]:
    return group(body), str(body.get("kind")), name(body)


def _space(body: dict[str, Any]) -> str:
    metadata = body.get("metadata")
    return str(metadata.get("namespace") or "") if isinstance(metadata, dict) else ""
