"""The annotation by which an object asks that a rule does not count for it."""

from __future__ import annotations

from cmp.findings import waiver

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.manifest import Body

# `cmp.mlops/waive-<rule id>: <reason>`; without a reason it does not count.
WAIVER = "cmp.mlops/waive-"

# Rules of earlier versions that are example policies now (examples/iris/policies): their ids still waive.
FORMER_RULES = ("data-residency", "audit-logging", "security-scanning")


def reason(body: Body, rule: str) -> str:
    """The reason that the object gives for a rule not to count, an empty string without one."""
    return waiver(body, WAIVER + rule) or ""
