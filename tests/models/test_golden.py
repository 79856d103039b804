"""Every kind of the tables: objects and a declaration in, objects out, as files.

A case is `tests/data/models/valid/NAME.yaml`, its result `NAME.out`; `CMP_UPDATE_GOLDEN=1` rewrites results.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from cmp.models import inject
from cmp.models.kinds import check
from cmp.models.kinds.table import ROWS

DATA = Path(__file__).parent.parent / "data" / "models"
VALID = sorted((DATA / "valid").glob("*.yaml"))


def test_there_are_cases():
    assert len(VALID) > 15


@pytest.mark.parametrize("case", VALID, ids=lambda path: path.stem)
def test_injection(case, resources):
    objects = resources(case.read_text())
    record = inject(objects)
    record.verify(objects)
    output = [each for each in objects if each.gvk.group != "cmp.mlops"]
    text = yaml.safe_dump_all((each.body for each in output), sort_keys=False)
    expected = case.with_suffix(".out")
    if os.environ.get("CMP_UPDATE_GOLDEN"):
        expected.write_text(text)
    assert text == expected.read_text()
    for each in output:
        assert check(each) == [], f"{each} would be refused by its webhook"


@pytest.mark.parametrize("case", VALID, ids=lambda path: path.stem)
def test_injecting_twice_changes_nothing(case, resources):
    objects = resources(case.read_text())
    inject(objects)
    once = yaml.safe_dump_all(each.body for each in objects)
    inject(objects)
    assert yaml.safe_dump_all(each.body for each in objects) == once


def kinds_in(folder):
    return {
        (body["apiVersion"].rpartition("/")[0], body["kind"])
        for path in folder
        for body in yaml.safe_load_all(path.read_text())
    }


def test_every_row_of_the_table_has_a_case():
    """But for kinds that only own weights, which no target may write."""
    seen = kinds_in(VALID)
    rows = [row for row in ROWS if not row.owns or row.uris or row.chosen]
    assert [(row.group, row.kind) for row in rows if (row.group, row.kind) not in seen] == []
