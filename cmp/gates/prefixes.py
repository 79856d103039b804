"""Gate: a model from a place that this environment does not allow."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "disallowed-prefix"
TITLE = "A storage URI outside of policy.allowedPrefixes"
WHY = "A staging model must not reach production, whichever way its URI came into the manifest."
CURE = "Promote the model (cmpctl models promote), or add the prefix to policy.allowedPrefixes."
WAIVABLE = True


def check(context: Context) -> Iterator[Finding]:
    """A finding per storage field and ModelConfig target, when a ModelConfig of the render has a policy."""
    configs = context.declarations.configs if context.declarations else ()
    prefixes = [prefix for config in configs for prefix in config.policy.allowed_prefixes]
    if not prefixes:
        return
    from cmp.models.storage import below

    for resource, field, text in _uris(context):
        if (
            "://" in text
            and not context.is_masked(text)
            and not any(below(text, prefix) for prefix in prefixes)
        ):
            yield Finding(ID, "the storage URI lies outside of the allowed prefixes", resource, field, CURE)


def _uris(context: Context) -> Iterator[tuple[Resource, str, str]]:
    from cmp.models.storage_fields import storage_fields

    told: set[tuple[int, str]] = set()
    for resource in context.objects:
        for field, text in storage_fields(resource):
            told.add((id(resource), field))
            yield resource, field, text
    for written in context.record.written if context.record else ():
        if (
            written.secret
            and isinstance(written.value, str)
            and (id(written.resource), written.field) not in told
        ):
            yield written.resource, written.field, written.value
