"""The rules in the order of reports, and the annotation that waives one on one object."""

from __future__ import annotations

from types import ModuleType

from cmp.validate.context import annotations_of, title
from cmp.validate.finding import Finding
from cmp.validate.rules import (
    audit_logging,
    changed_selectors,
    data_residency,
    extended_resources,
    latest_tag,
    missing_backend,
    missing_limits,
    missing_subject,
    model_approval,
    plain_secret,
    pvc_shrink,
    reserved_annotations,
    scaled_replicas,
    sealed_namespace,
    security_scanning,
    unpinned_production,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeAlias

    from cmp.validate.context import Context

    Hit: TypeAlias = tuple[dict[str, Any], str, str]

RULES: tuple[ModuleType, ...] = (
    plain_secret,
    latest_tag,
    unpinned_production,
    missing_limits,
    scaled_replicas,
    changed_selectors,
    pvc_shrink,
    reserved_annotations,
    extended_resources,
    sealed_namespace,
    missing_subject,
    missing_backend,
    model_approval,
    data_residency,
    security_scanning,
    audit_logging,
)
# `cmp.mlops/waive-<rule id>: <reason>`; without a reason it does not count.
WAIVER = "cmp.mlops/waive-"


def run(context: Context) -> Iterator[tuple[Finding, str]]:
    """Each finding with the reason that waives it, an empty text where nothing does."""
    for rule in RULES:
        for body, field, message in rule.check(context):
            finding = Finding(
                rule.ID, rule.SEVERITY, title(body), field, message, rule.CURE, body.get("_file", "")
            )
            yield finding, waiver(body, rule.ID)


def waiver(body: dict[str, Any], rule: str) -> str:
    """The reason that the object gives for a rule not to count."""
    return str(annotations_of(body).get(WAIVER + rule) or "").strip()
