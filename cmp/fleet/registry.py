"""The rules about Argo CD's own manifests, in the order of reports, with their waivers."""

from __future__ import annotations

from cmp.findings import Finding, waiver
from cmp.fleet.fleet import Fleet, Surroundings, concerns
from cmp.fleet.rules import (
    adoption,
    create_namespace,
    incomplete_application,
    kind_not_permitted,
    missing_key,
    not_permitted,
    operation,
    owned_namespace,
    plugin_discovery,
    plugin_name,
    production_automatic,
    production_revision,
    production_roles,
    production_window,
    same_object,
    shared_deny,
    signature_keys,
    source_types,
    template,
    template_patch,
    two_owners,
    unchecked,
    unprotected_volume,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cmp.findings import GradedRule
    from cmp.fleet.fleet import Subject
    from cmp.manifest import Body

    Problems = Callable[[Body], "Iterator[tuple[str, str]] | None"]

RULES: tuple[GradedRule[Fleet, Subject], ...] = (
    production_automatic,
    production_revision,
    production_roles,
    production_window,
    operation,
    adoption,
    two_owners,
    same_object,
    shared_deny,
    owned_namespace,
    unprotected_volume,
    incomplete_application,
    not_permitted,
    kind_not_permitted,
    create_namespace,
    signature_keys,
    source_types,
    plugin_name,
    plugin_discovery,
    template,
    template_patch,
    missing_key,
    unchecked,
)
SCHEMA_RULE = "schema"
_SCHEMA_CURE = "Correct the template."


def run(
    objects: list[Body],
    file_of: Callable[[Body], str],
    surroundings: Surroundings,
    problems: Problems,
    waivers: str,
) -> Iterator[tuple[Finding, str]]:
    """Each finding with the reason that waives it, an empty text where nothing does.

    problems: what the schema says of an Application that a set makes. waivers: how waiving annotations begin.
    """
    if not any(concerns(body) for body in objects):
        return
    fleet = Fleet(objects, file_of, surroundings)
    for each in fleet.sets:
        for application, made in each.applications:
            for field, message in problems(made.body) or ():
                yield (
                    Finding(
                        SCHEMA_RULE,
                        "error",
                        application.title,
                        field,
                        message,
                        _SCHEMA_CURE,
                        application.file,
                    ),
                    _reason(application, waivers + SCHEMA_RULE),
                )
    for rule in RULES:
        for subject, field, message, cure in rule.check(fleet):
            finding = Finding(
                rule.ID, rule.SEVERITY, subject.title, field, message, cure or rule.CURE, subject.file
            )
            yield finding, _reason(subject, waivers + rule.ID)


def _reason(subject: Subject, annotation: str) -> str:
    """The reason on the object, or on the set that makes it."""
    return waiver(subject.body, annotation) or waiver(subject.owner or {}, annotation) or ""
