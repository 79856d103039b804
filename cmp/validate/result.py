"""The Report of a whole run, and how those of several targets become one."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmp.findings import SEVERITIES, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

UNCHECKED = "unchecked"
FAIL_ON = (*SEVERITIES, UNCHECKED, "never")


@dataclass(frozen=True)
class Aside:
    """A file that was not looked at. matters: whether it may hold objects."""

    file: str
    why: str
    matters: bool


@dataclass(frozen=True)
class Report:
    """findings: in the order of the checks. waived: finding and the reason given.

    checked: how many objects have a kind with a schema. unchecked: how many have not, by
    `group/version Kind`. rules: CEL rules of schemas that could not be evaluated, `group/version Kind: rule`,
    with how many objects they are about. known: findings that the baseline holds. aside: files.
    """

    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, str], ...]
    checked: int
    unchecked: dict[str, int]
    rules: dict[str, int] = field(default_factory=dict)
    known: tuple[Finding, ...] = ()
    aside: tuple[Aside, ...] = ()

    def fails(self, fail_on: str | Collection[str]) -> bool:
        """Whether a finding is at or above a severity, or, with `unchecked`, something was not looked at."""
        wanted = {fail_on} if isinstance(fail_on, str) else set(fail_on)
        return any(self.counts(finding, wanted) for finding in self.findings) or (
            UNCHECKED in wanted and self.has_unchecked
        )

    @staticmethod
    def counts(finding: Finding, fail_on: Collection[str]) -> bool:
        """Whether a finding alone makes the run fail; `unchecked` alone asks for errors too."""
        bars = [SEVERITIES.index(each) for each in SEVERITIES if each in fail_on]
        bar = max(bars, default=0 if UNCHECKED in fail_on else -1)
        return SEVERITIES.index(finding.severity) <= bar

    @property
    def has_unchecked(self) -> bool:
        """Whether there are objects, rules or files that nothing is known of."""
        return bool(self.unchecked or self.rules or any(each.matters for each in self.aside))


def merged(reports: Iterable[Report]) -> Report:
    """One report; a finding that several targets share, at one place with one text, is there once."""
    findings: dict[Finding, None] = {}
    waived: dict[tuple[Finding, str], None] = {}
    aside: dict[Aside, None] = {}
    checked, unchecked, rules = 0, dict[str, int](), dict[str, int]()
    for report in reports:
        findings.update(dict.fromkeys(report.findings))
        waived.update(dict.fromkeys(report.waived))
        aside.update(dict.fromkeys(report.aside))
        checked += report.checked
        for into, more in ((unchecked, report.unchecked), (rules, report.rules)):
            for key, count in more.items():
                into[key] = into.get(key, 0) + count
    return Report(tuple(findings), tuple(waived), checked, unchecked, rules, (), tuple(aside))
