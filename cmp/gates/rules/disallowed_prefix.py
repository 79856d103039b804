"""Gate: a model from a place that this environment does not allow."""

from __future__ import annotations

from cmp.findings import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "disallowed-prefix"
TITLE = "A storage URI outside of policy.allowedPrefixes"
WHY = "A staging model must not reach production, however its URI came into the manifest."
CURE = "Promote the model (cmpctl models promote), or add the prefix to policy.allowedPrefixes."
WAIVABLE = True


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per storage field and ModelConfig target, when a ModelConfig of the render has a policy."""
    configs = context.declarations.configs if context.declarations else ()
    prefixes = [prefix for config in configs for prefix in config.policy.allowed_prefixes]
    # A masked render cannot compare with an encrypted prefix: the real render does.
    if not prefixes or any(map(context.is_masked, prefixes)):
        return
    from cmp.models.prefix import AMBIGUOUS, below_any, place_of

    for resource, field, uri in _uris(context):
        if uri and not context.is_masked(uri) and not below_any(uri, prefixes):
            cure = "" if place_of(uri) is not None else AMBIGUOUS
            yield Hit(resource, field, "the storage URI lies outside of the allowed prefixes", cure)


def _uris(context: Context) -> Iterator[tuple[Resource, str, str]]:
    from cmp.models.kinds import storage_fields

    injected: set[tuple[int, str]] = set()
    record = context.record
    for written in record.written if record else ():
        # The declared URI, not how the target's dialect writes it: a prefix names places, not spellings.
        uri = record.uris.get((written.config, written.model)) if record and written.secret else None
        if uri is not None:
            injected.add((id(written.resource), written.field))
            yield written.resource, written.field, uri
    for resource, field, text in storage_fields(context.objects, context.text):
        if (id(resource), field) not in injected:
            yield resource, field, text
