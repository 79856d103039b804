"""A SealedSecret that was moved to a namespace it was not sealed for."""

from __future__ import annotations

from cmp.validate.context import annotations_of, namespace, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "sealed-namespace"
SEVERITY = "error"
TITLE = "A SealedSecret in another namespace than its seal"
WHY = "The seal binds name and namespace: the controller cannot open it elsewhere, and no Secret appears."
CURE = "Seal one file per overlay and keep it out of the namespace field, or seal it cluster-wide."

_WIDE = ("sealedsecrets.bitnami.com/cluster-wide",)


def check(context: Context) -> Iterator[Hit]:
    """A hit per object whose template names another namespace; wide seals are exempt."""
    for body in context.objects:
        if body.get("kind") != "SealedSecret" or any(
            annotations_of(body).get(key) == "true" for key in _WIDE
        ):
            continue
        template = spec(body).get("template")
        sealed = (template.get("metadata") or {}).get("namespace") if isinstance(template, dict) else None
        if sealed and sealed != namespace(body):
            yield body, "metadata.namespace", f"it was sealed for the namespace {sealed}"
