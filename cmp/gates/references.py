"""Gate: a model reference where a serving runtime expects a place to download from."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "unresolved-reference"
TITLE = "A model reference (models:/, runs:/, mlflow-artifacts:/) in a storage field"
WHY = (
    "Serving runtimes take such a text for a local path: the pod starts, finds nothing and crashes, "
    "after the sync has been reported as done."
)
CURE = "Declare the model in a ModelConfig with this reference, and run cmpctl models lock."
WAIVABLE = True
# One of these is in every reference: without any in the text there is nothing to look for.
MARKS = ("models:", "runs:", "mlflow-artifacts:")
MESSAGE = "the field holds a model reference, not a storage URI"


def check(context: Context) -> Iterator[Finding]:
    """A finding per storage field of the field table, and per ModelConfig target."""
    if context.text and not _may_have(context.text):
        return
    from cmp.models.reference import is_reference
    from cmp.models.storage_fields import storage_fields

    told: set[tuple[int, str]] = set()
    for resource in context.objects:
        for field, text in storage_fields(resource):
            if is_reference(text):
                told.add((id(resource), field))
                yield Finding(ID, MESSAGE, resource, field, CURE)
    for written in context.record.written if context.record else ():
        told_already = (id(written.resource), written.field) in told
        if isinstance(written.value, str) and is_reference(written.value) and not told_already:
            yield Finding(ID, MESSAGE, written.resource, written.field, CURE)


def _may_have(text: str) -> bool:
    lower = text.lower()
    return any(mark in lower for mark in MARKS)
