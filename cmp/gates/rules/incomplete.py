"""Gate: a document that does not say what it is."""

from __future__ import annotations

from cmp.findings import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "incomplete"
TITLE = "A document without apiVersion, kind or name"
WHY = (
    "Argo CD rejects such a document. Its error quotes the whole document, and every user of the "
    "Application can read it. The usual cause is a decrypted values file that is listed under "
    "resources by mistake."
)
CURE = "Add the missing field, or read the file with a generator instead of listing it under resources."
WAIVABLE = False


def check(context: Context) -> Iterator[Hit[Resource]]:
    """One finding per missing field."""
    for resource in context.objects:
        body = resource.body
        metadata = body.get("metadata")
        names = metadata if isinstance(metadata, dict) else {}
        named = names.get("name") or names.get("generateName")
        for field, value in (("apiVersion", body.get("apiVersion")), ("kind", body.get("kind"))):
            if not isinstance(value, str) or not value:
                yield Hit(resource, field, f"the object has no {field}")
        if not isinstance(named, str):
            yield Hit(resource, "metadata.name", "the object has no name")
