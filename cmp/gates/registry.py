"""The list of all rules, and how they are run: gates in order, then strict rules over objects."""

from __future__ import annotations

from cmp.findings import Described, Finding, Rule, waiver
from cmp.gates.context import Context, forbids
from cmp.gates.passthrough import ID as PASSTHROUGH
from cmp.gates.rules import (
    autoscaled_replicas,
    cleartext,
    disallowed_prefix,
    duplicate_ids,
    incomplete,
    no_objects,
    placeholder,
    secret_data,
    serving_rules,
    stale_reference,
    top_level_items,
    undecrypted,
    unresolved_reference,
)
from cmp.gates.strict import (
    dropped_list_items,
    duplicate_key,
    generator_input,
    ignored_directive,
    lost_values,
    replaced_value,
    selected_nothing,
)
from cmp.kustomize.resource import Resource
from cmp.kustomize.waivers import ALLOW as WAIVER
from cmp.kustomize.waivers import counts
from cmp.lighttyping import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from cmp.findings import Hit, Severity
    from cmp.kustomize import Notice


class Gate(Rule[Context, Resource | None], Protocol):
    """A rule whose finding keeps the output from being printed."""

    @property
    def WAIVABLE(self) -> bool:  # noqa: N802 - as in `Rule`
        """Whether an annotation on the object may waive it."""


class NoticeRule(Described, Protocol):
    """A rule over what the engine noticed while it built the overlay."""

    @property
    def NOTICES(self) -> tuple[str, ...]:  # noqa: N802 - as in `Rule`
        """The ids of the notices that it refuses."""


# What may not leave, most dangerous first: the first finding becomes the error line.
GATES: tuple[Gate, ...] = (
    no_objects,
    top_level_items,
    incomplete,
    undecrypted,
    cleartext,
    secret_data,
    duplicate_ids,
    unresolved_reference,
    placeholder,
    disallowed_prefix,
    serving_rules,
)
# Errors in strict mode, warnings otherwise.
STRICT_OBJECT_RULES: tuple[Gate, ...] = (autoscaled_replicas, stale_reference)
STRICT_NOTICE_RULES: tuple[NoticeRule, ...] = (
    selected_nothing,
    duplicate_key,
    dropped_list_items,
    ignored_directive,
    replaced_value,
    lost_values,
    generator_input,
)


def check(context: Context) -> list[Finding]:
    """All findings that are not waived, in the order of the rules; strict rules warn unless strict."""
    allowed = context.waivers
    found = [_finding(gate, hit, "error", allowed) for gate in GATES for hit in gate.check(context)]
    severity: Severity = "error" if context.strict else "warning"
    found += [
        _finding(rule, hit, severity, allowed) for rule in STRICT_OBJECT_RULES for hit in rule.check(context)
    ]
    return [finding for finding in found if finding is not None]


def sort_notices(notices: Sequence[Notice], strict: bool) -> tuple[list[Notice], list[str]]:
    """What strict mode refuses, and the rest as messages of warnings."""
    if not notices:
        return [], []
    rules = {notice for rule in STRICT_NOTICE_RULES if strict for notice in rule.NOTICES}
    refused = [notice for notice in notices if notice.rule in rules]
    return refused, [notice.warning() for notice in notices if notice.rule not in rules]


def _finding(
    gate: Gate, hit: Hit[Resource | None], severity: Severity, allowed: Container[str]
) -> Finding | None:
    """None where the object waives the gate; a waiver that does not count says why."""
    resource, field, message, cure = hit
    cure = cure or gate.CURE
    if resource is None:
        return Finding(gate.ID, severity, "", field, message, cure)
    annotation = WAIVER + gate.ID
    reason = waiver(resource.body, annotation) if gate.WAIVABLE else None
    if reason is not None:
        problem = _uncounted(resource, annotation, reason, forbids(allowed, gate.ID))
        if not problem:
            return None
        cure = f"the annotation {annotation} {problem}"
    return Finding(gate.ID, severity, _name(resource), field, message, cure, resource.file, resource)


def _uncounted(resource: Resource, annotation: str, reason: str, forbidden: str) -> str:
    """Why a waiver does not count; an empty string for one that does. forbidden: what the operator says."""
    if forbidden:
        return f"does not count: {forbidden}"
    if not counts(resource, annotation):
        return (
            "does not count where it comes from: write it into the object's own file, its generator's "
            "options.annotations, or a patch that targets this object by name"
        )
    return "" if reason else "needs a reason: a string with a letter"


def _name(resource: Resource) -> str:
    """`Kind/name`."""
    kind = resource.body.get("kind")
    return f"{kind if isinstance(kind, str) else '(no kind)'}/{resource.name or '(no name)'}"


def waivable() -> tuple[str, ...]:
    """The ids that `CMP_WAIVERS` may name, in the order of the gates."""
    gates = (gate for gate in (*GATES, *STRICT_OBJECT_RULES) if gate.WAIVABLE or gate.ID == PASSTHROUGH)
    return (*(gate.ID for gate in gates), replaced_value.ID)  # the last by a target's `replaces: any`
