"""A report for people, and as JSON, JUnit XML and SARIF 2.1.0."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cmp.validate.finding import SEVERITIES, Finding, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def text(report: Report, paint: Callable[[str, str], str] = lambda part, _: part) -> str:
    """Findings by severity, then what was waived and what no schema was found for, then one line of counts."""
    lines: list[str] = []
    for severity in SEVERITIES:
        for finding in report.findings:
            if finding.severity == severity:
                lines.append(f"{paint(severity, _COLOURS[severity])} [{finding.rule}] {_plain(str(finding))}")
                if finding.cure:
                    lines.append(f"    {_plain(finding.cure)}")
    lines += [
        f"waived [{finding.rule}] {_plain(finding.object)}: {_plain(reason)}"
        for finding, reason in report.waived
    ]
    lines += [
        f"unchecked: {_plain(kind)} ({count}), no schema" for kind, count in sorted(report.unchecked.items())
    ]
    lines.append(_counts(report))
    return "\n".join(lines) + "\n"


def _counts(report: Report) -> str:
    found = [finding.severity for finding in report.findings]
    parts = [
        f"{found.count(severity)} {severity}{'' if severity == 'info' or found.count(severity) == 1 else 's'}"
        for severity in SEVERITIES
    ]
    unchecked = sum(report.unchecked.values())
    objects = f"{report.checked} object{'' if report.checked == 1 else 's'} checked"
    return f"{', '.join(parts)}, {len(report.waived)} waived; {objects}, {unchecked} unchecked"


def _plain(line: str) -> str:
    from cmp.tree.names import plain

    return plain(line.replace("\n", " "))


def as_json(report: Report) -> str:
    """An object with findings, waived, checked, unchecked."""
    data = {
        "findings": [finding._asdict() for finding in report.findings],
        "waived": [{**finding._asdict(), "reason": reason} for finding, reason in report.waived],
        "checked": report.checked,
        "unchecked": report.unchecked,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def junit(report: Report) -> str:
    """One test case per finding, one that passed for the objects without any, one skipped per unchecked kind."""
    cases = [_junit_case(finding) for finding in report.findings]
    cases += [
        f"<testcase classname={quoteattr(f.rule)} name={quoteattr(_xml(f.object))}/>"
        for f, _ in report.waived
    ]
    cases += [
        f'<testcase classname="schema" name={quoteattr(_xml(kind))}><skipped message="no schema for this kind"/></testcase>'
        for kind in sorted(report.unchecked)
    ]
    cases.append(f'<testcase classname="schema" name="{report.checked} objects checked"/>')
    head = f'<testsuite name="cmpctl validate" tests="{len(cases)}" failures="{len(report.findings)}" skipped="{len(report.unchecked)}">'
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join([head, *cases, "</testsuite>"]) + "\n"


def _junit_case(finding: Finding) -> str:
    message = quoteattr(_xml(finding.message))
    body = escape(_xml(f"{finding}\n{finding.cure}"))
    return (
        f"<testcase classname={quoteattr(finding.rule)} name={quoteattr(_xml(finding.object))}>"
        f'<failure type="{finding.severity}" message={message}>{body}</failure></testcase>'
    )


def _xml(text: str) -> str:
    """Without the control characters that XML 1.0 has no form for."""
    return "".join(char if char in "\t\n" or char >= " " else "\ufffd" for char in text)


def sarif(report: Report, version: str) -> str:
    """SARIF 2.1.0 for code scanning; waived findings are suppressed results with their reason.

    Unchecked kinds are notifications of the tool: nothing is claimed about them.
    """
    every = [*report.findings, *(finding for finding, _ in report.waived)]
    rules = {finding.rule: finding for finding in every}
    order = sorted(rules)
    driver = {
        "name": "cmpctl validate",
        "version": version,
        "rules": [_sarif_rule(rules[rule]) for rule in order],
    }
    results = [_sarif_result(finding, order) for finding in report.findings]
    for finding, reason in report.waived:
        suppressed = {"suppressions": [{"kind": "inSource", "justification": reason}]}
        results.append({**_sarif_result(finding, order), **suppressed})
    unchecked = [
        {"level": "note", "message": {"text": f"no schema for {kind}, {count} unchecked"}}
        for kind, count in sorted(report.unchecked.items())
    ]
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": unchecked}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return (
        json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)
        + "\n"
    )


def _sarif_rule(finding: Finding) -> dict[str, object]:
    """What is known of a rule beside the finding: its title and reason."""
    from cmp.validate.registry import RULES

    module = next((rule for rule in RULES if finding.rule == rule.ID), None)
    described = (
        {"shortDescription": {"text": module.TITLE}, "fullDescription": {"text": module.WHY}}
        if module is not None
        else {"shortDescription": {"text": finding.rule.replace("-", " ").replace(":", " ")}}
    )
    return {
        "id": finding.rule,
        **described,
        "help": {"text": finding.cure or finding.message},
        "defaultConfiguration": {"level": _SARIF_LEVELS[finding.severity]},
    }


def _sarif_result(finding: Finding, order: list[str]) -> dict[str, object]:
    name = f"{finding.object} {finding.field}".strip()
    location: dict[str, object] = {"logicalLocations": [{"fullyQualifiedName": name}]}
    if finding.file:
        # The file as a whole: its objects went through a render, so that no line of it is the field's.
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(finding.file)},
            "region": {"startLine": 1},
        }
    fingerprint = hashlib.sha256("\n".join((finding.rule, finding.file, name)).encode()).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": order.index(finding.rule),
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": f"{name}: {finding.message}" if name else finding.message},
        "locations": [location],
        "partialFingerprints": {"finding/v1": fingerprint},
    }
