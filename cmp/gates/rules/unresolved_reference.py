"""Gate: a model reference where a serving runtime expects a place to download from."""

from __future__ import annotations

from cmp.findings import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "unresolved-reference"
TITLE = "A model reference (models:/, runs:/, mlflow-artifacts:/) in a storage field"
WHY = (
    "A serving runtime takes such a string for a local path. The pod starts, finds nothing and "
    "crashes, after Argo CD reported a successful sync."
)
CURE = "Declare the model in a ModelConfig with this reference, and run cmpctl models lock."
WAIVABLE = True
# One of these is in every reference of MLflow: without any in the text there is nothing to look for.
MARKS = ("models:", "runs:", "mlflow-artifacts:")
MESSAGE = "the field holds a model reference, not a storage URI"


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per field that the table of kinds knows to hold a URI, and per ModelConfig target.

    References of other registries are known by the schemes that the locks of the build have.
    """
    declared = context.declarations
    schemes = declared.reference_schemes(context.is_masked) if declared else frozenset[str]()
    if context.text and not _may_have(context.text, (*MARKS, *(f"{scheme}:" for scheme in schemes))):
        return
    from cmp.models.kinds import storage_fields
    from cmp.models.reference import is_reference

    told: set[tuple[int, str]] = set()
    for resource, field, text in storage_fields(context.objects, context.text):
        if is_reference(text.strip(), schemes):
            told.add((id(resource), field))
            yield Hit(resource, field, MESSAGE)
    for written in context.record.written if context.record else ():
        told_already = (id(written.resource), written.field) in told
        if (
            isinstance(written.value, str)
            and is_reference(written.value.strip(), schemes)
            and not told_already
        ):
            yield Hit(written.resource, written.field, MESSAGE)


def _may_have(text: str, marks: tuple[str, ...]) -> bool:
    lower = text.lower()
    return any(mark in lower for mark in marks)
