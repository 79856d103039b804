"""The list of all rules, and how they are run: gates in order, then strict rules over objects."""

from __future__ import annotations

from cmp.gates import (
    autoscaled_replicas,
    cleartext,
    duplicate_ids,
    incomplete,
    no_objects,
    placeholders,
    prefixes,
    references,
    secret_data,
    serving,
    undecrypted,
)
from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from cmp.gates.context import Context
    from cmp.kustomize import Notice

# What may not leave, most dangerous first: the first finding becomes the error line.
GATES: tuple[ModuleType, ...] = (
    no_objects,
    incomplete,
    undecrypted,
    cleartext,
    secret_data,
    duplicate_ids,
    references,
    placeholders,
    prefixes,
    serving,
)
# Errors in strict mode, warnings otherwise.
STRICT_OBJECT_RULES: tuple[ModuleType, ...] = (autoscaled_replicas,)
STRICT_NOTICE_RULES = ("selected_nothing", "duplicate_key", "dropped_list_items", "ignored_directive")

WAIVER = "cmp.mlops/allow-"


def check(context: Context) -> list[Finding]:
    """All findings that are not waived, in the order of the rules."""
    return [
        finding
        for rule in (*GATES, *STRICT_OBJECT_RULES)
        for finding in rule.check(context)
        if not (rule.WAIVABLE and _waived(finding))
    ]


def sort_notices(notices: Sequence[Notice], strict: bool) -> tuple[list[Notice], list[str]]:
    """What strict mode refuses, and the rest as warning texts."""
    if not notices:
        return [], []
    rules = _strict_notices() if strict else frozenset()
    refused = [notice for notice in notices if notice.rule in rules]
    return refused, [str(notice) for notice in notices if notice.rule not in rules]


def strict_notice_rules() -> list[ModuleType]:
    """The modules of the strict rules over notices."""
    from importlib import import_module

    return [import_module(f"cmp.gates.strict.{name}") for name in STRICT_NOTICE_RULES]


def _strict_notices() -> frozenset[str]:
    return frozenset(notice for rule in strict_notice_rules() for notice in rule.NOTICES)


def _waived(finding: Finding) -> bool:
    """Whether the object allows this finding; a waiver without a reason does not count and says so."""
    metadata = finding.resource.body.get("metadata") if finding.resource is not None else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    reason = annotations.get(WAIVER + finding.rule) if isinstance(annotations, dict) else None
    if reason is None:
        return False
    if isinstance(reason, str) and reason.strip():
        return True
    finding.hint = f"the annotation {WAIVER}{finding.rule} needs a reason"
    return False
