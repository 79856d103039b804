"""Gate: a document that does not say what it is."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "incomplete"
TITLE = "A document without apiVersion, kind or name"
WHY = (
    "Argo CD rejects such a document and quotes all of it in its error, which every user of the "
    "Application can read. Decrypted values files end like that when they are listed under resources by "
    "mistake."
)
CURE = "Add the missing field, or read the file with a generator instead of listing it under resources."
WAIVABLE = False


def check(context: Context) -> Iterator[Finding]:
    """One finding per missing field."""
    for resource in context.objects:
        body = resource.body
        metadata = body.get("metadata")
        names = metadata if isinstance(metadata, dict) else {}
        named = names.get("name") or names.get("generateName")
        for field, value in (("apiVersion", body.get("apiVersion")), ("kind", body.get("kind"))):
            if not isinstance(value, str) or not value:
                yield Finding(ID, f"the object has no {field}", resource, field, CURE)
        if not isinstance(named, str):
            yield Finding(ID, "the object has no name", resource, "metadata.name", CURE)
