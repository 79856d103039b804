"""A report for people, and as JSON, JUnit XML and SARIF 2.1.0."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from urllib.parse import quote

from cmp.findings import SEVERITIES
from cmp.tree.names import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from cmp.findings import Described, Finding
    from cmp.validate.result import Report

_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan"}
# Of a finding, in the order of the JSON report.
_FIELDS = ("rule", "severity", "object", "field", "message", "cure", "file", "line", "column")
# Of asides of one reason as many are named.
_NAMED = 5
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def escape(text: str) -> str:
    """A string as XML; xml.sax.saxutils would import the whole of urllib and http."""
    import html  # with all of its entities, which only JUnit's form needs

    return html.escape(text)


def quoteattr(text: str) -> str:
    """A string as an attribute of XML."""
    return f'"{escape(text)}"'


def text(report: Report, paint: Callable[[str, str], str] = lambda part, _: part) -> str:
    """Findings by severity, then what was waived and what no schema was found for, then one line of counts."""
    lines: list[str] = []
    for severity in SEVERITIES:
        for finding in report.findings:
            if finding.severity == severity:
                lines.append(
                    f"{paint(severity, _COLOURS[severity])} [{plain(finding.rule)}] {_plain(str(finding))}"
                )
                if finding.cure:
                    lines.append(f"    {_plain(finding.cure)}")
    lines += [
        f"waived [{plain(finding.rule)}] {_plain(finding.object)}: {_plain(reason)}"
        for finding, reason in report.waived
    ]
    lines += [
        f"unchecked: {_plain(kind)} ({count}), no schema" for kind, count in sorted(report.unchecked.items())
    ]
    lines += [f"unchecked: {_plain(rule)} ({count})" for rule, count in sorted(report.rules.items())]
    lines += _asides(report)
    lines.append(_counts(report))
    return "\n".join(lines) + "\n"


def _asides(report: Report) -> list[str]:
    files: dict[str, list[str]] = {}
    for each in report.aside:
        files.setdefault(each.why, []).append(_plain(each.file))
    return [
        f"not checked, {why}: {', '.join(named[:_NAMED])}"
        + (f" and {len(named) - _NAMED} more" if len(named) > _NAMED else "")
        for why, named in files.items()
    ]


def _counts(report: Report) -> str:
    found = [finding.severity for finding in report.findings]
    parts = [
        f"{found.count(severity)} {severity}{'' if severity == 'info' or found.count(severity) == 1 else 's'}"
        for severity in SEVERITIES
    ]
    unchecked = sum(report.unchecked.values())
    objects = f"{report.checked} object{'' if report.checked == 1 else 's'} checked"
    known = f", {len(report.known)} in the baseline" if report.known else ""
    return f"{', '.join(parts)}, {len(report.waived)} waived{known}; {objects}, {unchecked} unchecked"


def _plain(line: str) -> str:
    return plain(line.replace("\n", " "))


def as_json(report: Report) -> str:
    """An object with findings, waived, known, checked, unchecked, rules, aside."""
    data = {
        "findings": [_as_dict(finding) for finding in report.findings],
        "waived": [{**_as_dict(finding), "reason": reason} for finding, reason in report.waived],
        "known": [_as_dict(finding) for finding in report.known],
        "checked": report.checked,
        "unchecked": report.unchecked,
        "rules": report.rules,
        "aside": [asdict(each) for each in report.aside],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _as_dict(finding: Finding) -> dict[str, str | int]:
    return {name: getattr(finding, name) for name in _FIELDS}


def junit(report: Report, fail_on: Collection[str] = ("error",)) -> str:
    """One test case per finding, a failure only where it makes the run fail; one skipped per unchecked kind."""
    report = _harmless(report)
    failures = sum(report.counts(each, fail_on) for each in report.findings)
    cases = [
        _junit_failure(each) if report.counts(each, fail_on) else _junit_note(each)
        for each in report.findings
    ]
    passed = [*(finding for finding, _ in report.waived), *report.known]
    cases += [f"<testcase classname={quoteattr(f.rule)} name={quoteattr(f.object)}/>" for f in passed]
    skipped = [(kind, "no schema for this kind") for kind in sorted(report.unchecked)]
    skipped += [(rule, "a rule that was not evaluated") for rule in sorted(report.rules)]
    skipped += [(each.file, each.why) for each in report.aside]
    cases += [
        f"<testcase classname={quoteattr('unchecked')} name={quoteattr(name)}><skipped message={quoteattr(why)}/></testcase>"
        for name, why in skipped
    ]
    cases.append(f'<testcase classname="schema" name="{report.checked} objects checked"/>')
    head = f'<testsuite name="cmpctl validate" tests="{len(cases)}" failures="{failures}" skipped="{len(skipped)}">'
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join([head, *cases, "</testsuite>"]) + "\n"


def _junit_failure(finding: Finding) -> str:
    message = quoteattr(finding.message)
    body = escape(f"{finding}\n{finding.cure}")
    return (
        f"<testcase classname={quoteattr(finding.rule)} name={quoteattr(finding.object)}>"
        f'<failure type="{finding.severity}" message={message}>{body}</failure></testcase>'
    )


def _junit_note(finding: Finding) -> str:
    """A finding that does not make the run fail: a test case that passed, with what was found."""
    said = escape(f"{finding.severity}: {finding}\n{finding.cure}")
    return (
        f"<testcase classname={quoteattr(finding.rule)} name={quoteattr(finding.object)}>"
        f"<system-out>{said}</system-out></testcase>"
    )


def _harmless(report: Report) -> Report:
    """The report with control characters, line breaks and bidirectional marks of its strings as escapes."""
    return replace(
        report,
        findings=tuple(_plain_finding(finding) for finding in report.findings),
        waived=tuple((_plain_finding(finding), plain(reason)) for finding, reason in report.waived),
        unchecked={plain(kind): count for kind, count in report.unchecked.items()},
        rules={_plain(rule): count for rule, count in report.rules.items()},
        known=tuple(_plain_finding(finding) for finding in report.known),
        aside=tuple(replace(each, file=plain(each.file)) for each in report.aside),
    )


def _plain_finding(finding: Finding) -> Finding:
    return finding._replace(
        rule=plain(finding.rule),
        object=plain(finding.object),
        field=plain(finding.field),
        message=plain(finding.message),
        cure=plain(finding.cure),
        file=plain(finding.file),
    )


def sarif(report: Report, version: str, described: Mapping[str, Described] | None = None) -> str:
    """SARIF 2.1.0 for code scanning; waived and known findings are suppressed results.

    What was not checked is a notification of the tool: nothing is claimed about it. described: rules by id, for
    their titles.
    """
    report = _harmless(report)
    every = [*report.findings, *(finding for finding, _ in report.waived), *report.known]
    rules = {finding.rule: finding for finding in every}
    order = sorted(rules)
    driver = {
        "name": "cmpctl validate",
        "version": version,
        "rules": [_sarif_rule(rules[rule], (described or {}).get(rule)) for rule in order],
    }
    results = [_sarif_result(finding, order) for finding in report.findings]
    for finding, reason in report.waived:
        suppressed = {"suppressions": [{"kind": "inSource", "justification": reason}]}
        results.append({**_sarif_result(finding, order), **suppressed})
    for finding in report.known:
        suppressed = {"suppressions": [{"kind": "external", "justification": "in the baseline"}]}
        results.append({**_sarif_result(finding, order), **suppressed})
    invocation = {"executionSuccessful": True, "toolExecutionNotifications": _sarif_notes(report)}
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


def _sarif_notes(report: Report) -> list[dict[str, object]]:
    texts = [f"no schema for {kind}, {count} unchecked" for kind, count in sorted(report.unchecked.items())]
    texts += [f"a rule was not evaluated: {rule} ({count})" for rule, count in sorted(report.rules.items())]
    texts += [f"{each.file} was not checked: {each.why}" for each in report.aside]
    return [{"level": "note", "message": {"text": text}} for text in texts]


# Findings that no rule with a description makes.
_TITLES = {
    "schema": "A field that the schema of the kind does not allow",
    "unknown-group": "An API group without a schema, where another group of its domain has the kind",
    "render": "An overlay that does not render",
    "unreadable": "A file that cannot be read",
}


def _sarif_rule(finding: Finding, rule: Described | None) -> dict[str, object]:
    """What is known of a rule beside the finding: its title and reason."""
    title = _TITLES.get(finding.rule, finding.rule.replace("-", " ").replace(":", " "))
    described: dict[str, object] = {"shortDescription": {"text": rule.TITLE if rule else title}}
    if rule is not None:
        described["fullDescription"] = {"text": rule.WHY}
    return {
        "id": finding.rule,
        **described,
        "help": {"text": finding.cure or finding.message},
        "defaultConfiguration": {"level": _SARIF_LEVELS[finding.severity]},
    }


def _sarif_result(finding: Finding, order: list[str]) -> dict[str, object]:
    import hashlib  # with OpenSSL, which only SARIF needs

    name = f"{finding.object} {finding.field}".strip()
    location: dict[str, object] = {"logicalLocations": [{"fullyQualifiedName": name}]}
    if finding.file:
        # Where the line is not known, the file as a whole.
        region = {
            "startLine": finding.line or 1,
            **({"startColumn": finding.column} if finding.column else {}),
        }
        location["physicalLocation"] = {
            "artifactLocation": {"uri": quote(finding.file), "uriBaseId": "%SRCROOT%"},
            "region": region,
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
