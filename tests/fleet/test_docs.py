"""docs/validate.md names every rule about Argo CD and every template function, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from cmp.fleet.gotemplate import FUNCTIONS
from cmp.fleet.registry import RULES

PAGE = (Path(__file__).parents[2] / "docs" / "validate.md").read_text()


def test_rules() -> None:
    assert {rule.ID for rule in RULES} == set(re.findall(r"^\| `(argocd-[a-z-]+)`", PAGE, re.MULTILINE))


def test_functions() -> None:
    listed = PAGE.rpartition("never skipped:")[2]
    assert set(re.findall(r"`(\w+)`", listed)) == {*FUNCTIONS, "and", "or"}
