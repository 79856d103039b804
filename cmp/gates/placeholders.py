"""Gate: text of a template that was never filled in."""

from __future__ import annotations

from cmp.gates.context import is_secret
from cmp.gates.finding import Finding
from cmp.gates.leaves import child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "placeholder"
TITLE = "Placeholder text in a storage field, a ModelConfig target or a Secret"
WHY = (
    "The manifest is valid, so nothing else would notice: the workload fails, or runs with a well-known "
    "password."
)
CURE = "Replace the placeholder with the real value; for a model, in the ModelConfig of the overlay."
WAIVABLE = True
# As in `cmp.models.storage`, whose import is not worth it for most renders.
MARKS = (
    "REPLACE_WITH_",
    "your-mlflow-bucket",
    "your-bucket",
    "<bucket>",
    "CHANGEME",
    "example-bucket",
)


def check(context: Context) -> Iterator[Finding]:
    """A finding per field."""
    told: set[tuple[int, str]] = set()
    for resource, field, text in _texts(context):
        if (
            (id(resource), field) not in told
            and (_is_one(text) or _is_variable(text))
            and not context.is_masked(text)
        ):
            told.add((id(resource), field))
            yield Finding(ID, "the value is a placeholder that was never filled in", resource, field, CURE)


def _texts(context: Context) -> Iterator[tuple[Resource, str, str]]:
    for resource in context.objects:
        if is_secret(resource):
            yield from _secret(resource)
    if context.text and not _is_one(context.text):
        return
    from cmp.models.storage_fields import storage_fields

    for resource in context.objects:
        for field, text in storage_fields(resource):
            yield resource, field, text
    for written in context.record.written if context.record else ():
        if isinstance(written.value, str):
            yield written.resource, written.field, written.value


def _is_one(text: str) -> bool:
    return any(mark in text for mark in MARKS)


def _is_variable(text: str) -> bool:
    """Whether it is one shell variable and nothing else: neither kustomize nor a cluster fills it in."""
    return text.startswith("${") and text.endswith("}") and text.strip("${}").isidentifier()


def _secret(resource: Resource) -> Iterator[tuple[Resource, str, str]]:
    from binascii import Error, a2b_base64

    for section in ("data", "stringData"):
        entries = resource.body.get(section)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            if not isinstance(value, str):
                continue
            text = value
            if section == "data":
                try:
                    text = a2b_base64(value).decode("utf-8", "replace")
                except (Error, ValueError):
                    continue
            yield resource, child(section, key), text
