"""The rules about Argo CD's own manifests, in the order of reports, with their waivers."""

from __future__ import annotations

from types import ModuleType

from cmp.validate.argocd.fleet import Application, Fleet, Surroundings, concerns
from cmp.validate.argocd.rules import (
    adoption,
    create_namespace,
    incomplete,
    operation,
    owned_namespace,
    permitted,
    permitted_kinds,
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
    template_errors,
    template_options,
    template_patch,
    two_owners,
    unchecked,
    unprotected_volume,
)
from cmp.validate.context import annotations_of
from cmp.validate.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Problems = Callable[[dict[str, Any]], "Iterator[tuple[str, str]] | None"]

RULES: tuple[ModuleType, ...] = (
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
    incomplete,
    permitted,
    permitted_kinds,
    create_namespace,
    signature_keys,
    source_types,
    plugin_name,
    plugin_discovery,
    template_errors,
    template_patch,
    template_options,
    unchecked,
)
SCHEMA_RULE = "schema"


def run(
    objects: list[dict[str, Any]],
    file_of: Callable[[dict[str, Any]], str],
    surroundings: Surroundings,
    problems: Problems,
    waiver: str,
) -> Iterator[tuple[Finding, str]]:
    """Each finding with the reason that waives it, an empty text where nothing does.

    problems: what the schema says of an Application that a set makes. waiver: how waiving annotations begin.
    """
    if not any(concerns(body) for body in objects):
        return
    fleet = Fleet(objects, file_of, surroundings)
    for each in fleet.sets:
        for application, made in each.applications:
            for field, message in problems(made.body) or ():
                finding = _finding(application, SCHEMA_RULE, "error", field, message, "Correct the template.")
                yield finding, _reason(application, waiver + SCHEMA_RULE)
    for rule in RULES:
        for subject, field, message in rule.check(fleet):
            finding = _finding(subject, rule.ID, rule.SEVERITY, field, message, rule.CURE)
            yield finding, _reason(subject, waiver + rule.ID)


def _finding(subject: Any, rule: str, severity: Any, field: str, message: str, cure: str) -> Finding:
    return Finding(rule, severity, subject.title, field, message, cure, subject.file)


def _reason(subject: Application, annotation: str) -> str:
    """The reason on the object, or on the set that makes it."""
    for body in (subject.body, subject.owner or {}):
        reason = str(annotations_of(body).get(annotation) or "").strip()
        if reason:
            return reason
    return ""
