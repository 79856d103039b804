"""The rules in the order of reports, and the annotation that waives one on one object."""

from __future__ import annotations

from types import ModuleType

from cmp.validate.context import annotations_of, title
from cmp.validate.finding import Finding
from cmp.validate.rules import (
    access_modes,
    alert_without_scrape,
    audit_logging,
    changed_selectors,
    claim_before_pod,
    clear_credentials,
    data_residency,
    environment_names,
    experiment_names,
    extended_resources,
    ingress_annotations,
    latest_tag,
    missing_backend,
    missing_limits,
    missing_subject,
    model_approval,
    moved_namespace,
    network_policies,
    plain_secret,
    pvc_shrink,
    repeated_job,
    reserved_annotations,
    scaled_replicas,
    sealed_namespace,
    security_scanning,
    stale_host,
    unpinned_production,
    unsuffixed_reference,
    volatile_database,
    vpa_with_hpa,
    workflow_runs_once,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeAlias

    from cmp.validate.context import Context

    Hit: TypeAlias = tuple[dict[str, Any], str, str]

RULES: tuple[ModuleType, ...] = (
    plain_secret,
    clear_credentials,
    latest_tag,
    unpinned_production,
    missing_limits,
    scaled_replicas,
    vpa_with_hpa,
    changed_selectors,
    unsuffixed_reference,
    experiment_names,
    stale_host,
    moved_namespace,
    pvc_shrink,
    volatile_database,
    claim_before_pod,
    access_modes,
    repeated_job,
    workflow_runs_once,
    reserved_annotations,
    extended_resources,
    environment_names,
    sealed_namespace,
    missing_subject,
    missing_backend,
    ingress_annotations,
    network_policies,
    alert_without_scrape,
    model_approval,
    data_residency,
    security_scanning,
    audit_logging,
)
# `cmp.mlops/waive-<rule id>: <reason>`; without a reason it does not count.
WAIVER = "cmp.mlops/waive-"
_MISSHAPEN = "the rule was not finished: an object does not have the shape of its kind"


def run(context: Context) -> Iterator[tuple[Finding, str]]:
    """Each finding with the reason that waives it, an empty text where nothing does."""
    for rule in RULES:
        try:
            for body, field, message in rule.check(context):
                finding = Finding(
                    rule.ID, rule.SEVERITY, title(body), field, message, rule.CURE, context.file_of(body)
                )
                yield finding, waiver(body, rule.ID)
        except (AttributeError, KeyError, TypeError, ValueError):
            # An object without the shape of its kind, which its schema refuses as well: not silent.
            yield Finding(rule.ID, "error", "", "", _MISSHAPEN, "Correct the schema's findings first."), ""


def waiver(body: dict[str, Any], rule: str) -> str:
    """The reason that the object gives for a rule not to count."""
    return str(annotations_of(body).get(WAIVER + rule) or "").strip()
