"""What a check found: Finding, and the Report of a whole run."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
# Most serious first.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Finding(NamedTuple):
    """rule: an id such as `missing-limits`. object: `Kind namespace/name`. message: never a secret value."""

    rule: str
    severity: Severity
    object: str
    field: str
    message: str
    cure: str = ""
    file: str = ""

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.object, self.field) if part)
        return f"{place}: {self.message}" if place else self.message


class Report(NamedTuple):
    """findings: in object order. waived: finding and the reason given. checked, unchecked: objects by whether

    a schema was found for their kind; `unchecked` maps `group/version Kind` to how many there are.
    """

    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, str], ...]
    checked: int
    unchecked: dict[str, int]

    def fails(self, fail_on: str) -> bool:
        """Whether a finding is at or above a severity; `never` is above all."""
        if fail_on == "never":
            return False
        bar = SEVERITIES.index(fail_on)
        return any(SEVERITIES.index(finding.severity) <= bar for finding in self.findings)
