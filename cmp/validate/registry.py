"""The rules in the order of reports, and the annotation that waives one on one object."""

from __future__ import annotations

from cmp.findings import Finding
from cmp.manifest import title
from cmp.validate.rules import (
    access_mode,
    alert_without_scrape,
    api_server,
    backend_not_found,
    claim_before_pod,
    clear_credentials,
    duplicate_object,
    environment_name,
    extended_resource,
    hpa_with_replicas,
    hpa_without_target,
    ingress_annotation,
    job_with_ttl,
    latest_tag,
    missing_limits,
    model_approval,
    moved_namespace,
    network_policy_peer,
    plain_secret,
    pvc_shrink,
    reference_not_found,
    reserved_annotation,
    sealed_namespace,
    seldon_name_not_found,
    selector_labels,
    service_without_pods,
    stale_host,
    subject_not_found,
    unmounted_claim,
    unpinned_production,
    unsuffixed_reference,
    volatile_database,
    vpa_with_hpa,
    workflow_runs_once,
)
from cmp.validate.waivers import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.findings import GradedRule
    from cmp.manifest import Body
    from cmp.validate.context import Context

RULES: tuple[GradedRule[Context, Body], ...] = (
    api_server,
    plain_secret,
    clear_credentials,
    latest_tag,
    unpinned_production,
    missing_limits,
    hpa_with_replicas,
    vpa_with_hpa,
    selector_labels,
    unsuffixed_reference,
    seldon_name_not_found,
    stale_host,
    moved_namespace,
    pvc_shrink,
    volatile_database,
    claim_before_pod,
    access_mode,
    job_with_ttl,
    workflow_runs_once,
    reserved_annotation,
    extended_resource,
    environment_name,
    sealed_namespace,
    subject_not_found,
    backend_not_found,
    reference_not_found,
    service_without_pods,
    hpa_without_target,
    unmounted_claim,
    duplicate_object,
    ingress_annotation,
    network_policy_peer,
    alert_without_scrape,
    model_approval,
)
_MISSHAPEN = "the rule was not finished: an object does not have the shape of its kind"


def run(context: Context) -> Iterator[tuple[Finding, str]]:
    """Each finding with the reason that waives it, an empty text where nothing does."""
    for rule in RULES:
        try:
            for body, field, message, cure in rule.check(context):
                finding = Finding(
                    rule.ID,
                    rule.SEVERITY,
                    title(body),
                    field,
                    message,
                    cure or rule.CURE,
                    context.file_of(body),
                    body,
                )
                yield finding, reason(body, rule.ID)
        except (AttributeError, KeyError, TypeError, ValueError):
            # An object without the shape of its kind, which its schema refuses as well: not silent.
            yield Finding(rule.ID, "error", "", "", _MISSHAPEN, "Correct the schema's findings first."), ""
