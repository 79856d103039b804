"""A rule's file is named after its id, and every file of a folder of rules is in its registry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cmp
from cmp.fleet import registry as fleet
from cmp.gates import registry as gates
from cmp.validate import registry as validate

PACKAGE = Path(cmp.__file__).parent
# folder, rules, what ids have in front of the name of the file
ROOMS = [
    ("gates/rules", (*gates.GATES, *gates.STRICT_OBJECT_RULES), ""),
    ("gates/strict", gates.STRICT_NOTICE_RULES, ""),
    ("validate/rules", validate.RULES, ""),
    ("fleet/rules", fleet.RULES, "argocd-"),
]


@pytest.mark.parametrize(("folder", "rules", "prefix"), ROOMS)
def test_a_file_is_named_after_its_rule(folder: str, rules: list[Any], prefix: str) -> None:
    files = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__"}
    assert all(rule.ID.startswith(prefix) for rule in rules)
    assert files == {rule.ID.removeprefix(prefix).replace("-", "_") for rule in rules}
    for rule in rules:
        assert Path(rule.__file__).stem == rule.ID.removeprefix(prefix).replace("-", "_")


def test_ids_are_unique() -> None:
    ids = [rule.ID for _, rules, _ in ROOMS for rule in rules]
    assert len(ids) == len(set(ids))
