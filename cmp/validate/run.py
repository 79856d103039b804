"""All checks over one set of objects: schemas, rules, policies."""

from __future__ import annotations

from dataclasses import dataclass

from cmp.findings import Finding
from cmp.manifest import title
from cmp.validate import crd_rules, registry
from cmp.validate.context import Context
from cmp.validate.result import Report
from cmp.validate.schemas import Schemas
from cmp.validate.waivers import reason

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from cmp.validate.policies import Policy

SCHEMA_RULE = "schema"
GROUP_RULE = "unknown-group"


@dataclass(frozen=True)
class Inputs:
    """What to check with: the rules' context, schemas, CEL policies.

    more: findings of other checks, each with the reason that waives it.
    """

    context: Context
    schemas: Schemas
    policies: tuple[Policy, ...] = ()
    more: Iterable[tuple[Finding, str]] = ()


def validate(inputs: Inputs) -> Report:
    """Run every check; nothing stops at the first finding."""
    findings: list[Finding] = []
    waived: list[tuple[Finding, str]] = []
    unchecked: dict[str, int] = {}
    rules: dict[str, int] = {}
    checked = 0
    context = inputs.context
    for body in context.objects:
        file = context.file_of(body)
        problems = inputs.schemas.problems(body)
        if problems is None:
            kind = f"{body.get('apiVersion')} {body.get('kind')}"
            unchecked[kind] = unchecked.get(kind, 0) + 1
            _sort(_group_findings(body, inputs.schemas.other_group(body), file), findings, waived)
            continue
        checked += 1
        wrong = list(problems)
        for verdict in () if wrong else crd_rules.verdicts(inputs.schemas.rules(body)):
            if verdict.unchecked:
                what = f"{body.get('apiVersion')} {body.get('kind')}: {verdict.message}"
                rules[what] = rules.get(what, 0) + 1
            else:
                wrong.append((verdict.field, verdict.message))
        _sort(_schema_findings(body, iter(wrong), file), findings, waived)
    _sort(registry.run(context), findings, waived)
    _sort(inputs.more, findings, waived)
    for policy in inputs.policies:
        _sort(policy.check(context.objects, context.file_of), findings, waived)
    return Report(tuple(findings), tuple(waived), checked, unchecked, rules)


def _schema_findings(
    body: dict[str, Any], problems: Iterator[tuple[str, str]], file: str
) -> Iterator[tuple[Finding, str]]:
    for field, message in problems:
        finding = Finding(
            SCHEMA_RULE,
            "error",
            title(body),
            field,
            message,
            "Correct the field; its kind's reference names the known ones.",
            file,
            body,
        )
        yield finding, reason(body, SCHEMA_RULE)


def _group_findings(body: dict[str, Any], known: str, file: str) -> Iterator[tuple[Finding, str]]:
    """A group that is nobody's, beside one of the same domain that has the kind."""
    if known:
        message = f"no schema for this group; {body.get('kind')} is known in {known}"
        cure = f"apiVersion: {known}/..., or waive it if the other group exists."
        finding = Finding(GROUP_RULE, "warning", title(body), "apiVersion", message, cure, file, body)
        yield finding, reason(body, GROUP_RULE)


def _sort(
    found: Iterable[tuple[Finding, str]], findings: list[Finding], waived: list[tuple[Finding, str]]
) -> None:
    for finding, why in found:
        if why:
            waived.append((finding, why))
        else:
            findings.append(finding)
