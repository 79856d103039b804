"""Which rules count, and how much: --skip, --only, and the severities of .cmp.yaml."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.findings import Finding, Severity
    from cmp.validate.result import Report


@dataclass(frozen=True)
class Selection:
    """skip: ids that do not count. only: ids that alone count, all if empty. severities: by id.

    `policy` stands for every policy.
    """

    skip: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    severities: dict[str, Severity] = field(default_factory=dict)

    def apply(self, report: Report) -> Report:
        """The report with the findings that count."""
        return replace(
            report,
            findings=tuple(self._graded(each) for each in report.findings if self._counts(each)),
            waived=tuple((self._graded(each), why) for each, why in report.waived if self._counts(each)),
        )

    def _counts(self, finding: Finding) -> bool:
        names = {finding.rule, finding.rule.partition(":")[0]}
        return not names & self.skip and (not self.only or bool(names & self.only))

    def _graded(self, finding: Finding) -> Finding:
        severity = self.severities.get(finding.rule)
        return finding if severity is None else finding._replace(severity=severity)
