"""Findings that are known already: a file that a team keeps while it works through them.

A finding is known by its rule, object, field and file, so that edits of other lines do not matter.
"""

from __future__ import annotations

import json
from dataclasses import replace

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.findings import Finding
    from cmp.validate.result import Report

    Key = tuple[str, str, str, str]

_FIELDS = ("rule", "object", "field", "file")


def _key(finding: Finding) -> Key:
    return finding.rule, finding.object, finding.field, finding.file


def dump(report: Report) -> str:
    """The baseline of all findings of a report."""
    keys = sorted({_key(each) for each in (*report.findings, *report.known)})
    rows = [dict(zip(_FIELDS, key, strict=True)) for key in keys]
    return json.dumps({"version": 1, "findings": rows}, indent=1, ensure_ascii=False) + "\n"


def read(data: bytes) -> frozenset[Key]:
    """The findings of a baseline; `CmpError`."""
    try:
        content = json.loads(data)
        if content["version"] != 1:
            raise CmpError("is a baseline of a version that is not known here")
        rows = [tuple(str(each[name]) for name in _FIELDS) for each in content["findings"]]
    except (ValueError, KeyError, TypeError) as err:
        raise CmpError(
            "is not a baseline", hint="write one with cmpctl validate --write-baseline FILE"
        ) from err
    return frozenset((rule, subject, field, file) for rule, subject, field, file in rows)


def apply(report: Report, known: frozenset[Key]) -> tuple[Report, int]:
    """(the report with known findings set apart, how many entries of the baseline match nothing)."""
    old = tuple(each for each in report.findings if _key(each) in known)
    new = tuple(each for each in report.findings if _key(each) not in known)
    met = {_key(each) for each in (*old, *(each for each, _ in report.waived))}
    return replace(report, findings=new, known=old), len(known - met)
