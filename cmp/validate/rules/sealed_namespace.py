"""A SealedSecret that was moved to a namespace it was not sealed for."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of, name, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "sealed-namespace"
SEVERITY: Severity = "error"
TITLE = "A SealedSecret in another namespace than its seal"
WHY = "The seal binds name and namespace: the controller cannot open it elsewhere, and no Secret appears."
CURE = "Seal one file per overlay and keep it out of the namespace field, or seal it cluster-wide."

_WIDE = "sealedsecrets.bitnami.com/cluster-wide"


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per object whose template, or stored file, names another namespace; wide seals are exempt."""
    stored = {
        name(body): _own_namespace(body)
        for documents in context.files.values()
        for body in documents
        if body.get("kind") == "SealedSecret"
    }
    for body in context.objects:
        if body.get("kind") != "SealedSecret" or _is_wide(body):
            continue
        template = spec(body).get("template")
        sealed = _own_namespace(template) if isinstance(template, dict) else ""
        sealed = sealed or stored.get(name(body), "")
        if sealed and sealed != namespace(body):
            yield Hit(body, "metadata.namespace", f"it was sealed for the namespace {sealed}")


def _is_wide(body: dict[str, Any]) -> bool:
    return annotations_of(body).get(_WIDE) == "true"


def _own_namespace(body: dict[str, Any]) -> str:
    """The namespace that it names itself, empty when it names none."""
    metadata = body.get("metadata")
    return str(metadata.get("namespace") or "") if isinstance(metadata, dict) else ""
