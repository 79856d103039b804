"""Gate: text of a template that was never filled in."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.gates.context import entries_of, is_secret
from cmp.models.placeholders import has_mark, is_form, is_whole, may_have_form
from cmp.paths import child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "placeholder"
TITLE = "Placeholder text in a storage field, a ModelConfig target or a Secret"
WHY = (
    "The manifest is valid, so no other check finds it. The workload fails, or runs with a well-known "
    "password."
)
CURE = "Replace the placeholder with the real value; for a model, in the ModelConfig of the overlay."
WAIVABLE = True


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per field."""
    told: set[tuple[int, str]] = set()
    for resource, field, found in _fields(context):
        if found and (id(resource), field) not in told:
            told.add((id(resource), field))
            yield Hit(resource, field, "the value is a placeholder that was never filled in")


def _fields(context: Context) -> Iterator[tuple[Resource, str, bool]]:
    """(object, field, whether it is a placeholder) of each field to look at."""
    for resource in context.objects:
        if is_secret(resource):
            for field, text in _secret(resource):
                yield resource, field, not context.is_masked(text) and (has_mark(text) or is_whole(text))
    if context.text and not has_mark(context.text) and not may_have_form(context.text):
        return
    from cmp.models.kinds import storage_fields

    for resource, field, text in storage_fields(context.objects, context.text):
        yield resource, field, _in_storage(text) and not context.is_masked(text)
    for written in context.record.written if context.record else ():
        if isinstance(written.value, str):
            yield (
                written.resource,
                written.field,
                _in_storage(written.value) and not context.is_masked(written.value),
            )


def _in_storage(text: str) -> bool:
    return has_mark(text) or is_form(text)


def _secret(resource: Resource) -> Iterator[tuple[str, str]]:
    """(field, text) of each value."""
    from binascii import Error, a2b_base64

    for section, key, value in entries_of(resource, "data", "stringData"):
        if not isinstance(value, str):
            continue
        text = value
        if section == "data":
            try:
                text = a2b_base64(value).decode("utf-8", "replace")
            except (Error, ValueError):
                continue
        yield child(section, key), text
