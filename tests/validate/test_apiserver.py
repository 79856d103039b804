"""What an API server refuses: tables of changes to accepted objects, by the field that is named."""

from __future__ import annotations

import copy
import csv
import os
from pathlib import Path
from typing import Any

import pytest
from api_server_cases import ACCEPTED, CASES, VARIANTS, case, changed
from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.cli import source
from cmp.cli.commands.validate import plain
from cmp.validate import Inputs, validate
from cmp.validate.apiserver import (
    choices,
    conflicts,
    duplicates,
    enumerations,
    limits,
    names,
    problems,
    quantities,
    required,
    windows,
)
from cmp.validate.apiserver.shape import FIELDS, KINDS
from cmp.validate.context import Context
from cmp.validate.schemas import Schemas

SHARED = Path(os.environ.get("CMP_SHARED", Path(__file__).parents[3] / "shared")).resolve()


@pytest.mark.parametrize(("kind", "where", "value", "field"), CASES)
def test_a_refused_change_names_its_field(kind, where, value, field):
    found = list(problems(case(kind, where, value)))
    assert field in [each.field for each in found], found
    for each in found:
        assert each.message[0].islower()
        assert each.cure.endswith((".", "?"))


@pytest.mark.parametrize("of", sorted({each["of"] for each in VARIANTS}))
def test_variants_have_the_server_s_verdict(of):
    schemas, wrong = Schemas(), []
    for each in VARIANTS:
        if each["of"] == of:
            body = changed(of, each.get("set", {}), each.get("drop", []))
            found = [field for field, _ in schemas.problems(body) or ()]
            found += [problem.field for problem in problems(body)]
            if each["refused"] not in found if "refused" in each else found:
                wrong.append((each, found))
    assert wrong == []


@pytest.mark.parametrize("body", ACCEPTED, ids=lambda body: f"{body['kind']}-{body['metadata']['name']}")
def test_accepted_objects_pass(body):
    result = validate(Inputs(Context([body]), Schemas()))
    assert [finding for finding in result.findings if finding.rule in ("api-server", "schema")] == []


def test_the_tables_name_types_that_there_are():
    """A misspelt type would be a row that nothing ever reaches."""
    there = set(KINDS.values()) | {
        kind.strip("[]{}") for fields in FIELDS.values() for kind in fields.values()
    }
    tables: list[Any] = [
        required.REQUIRED, names.FORMS, names.PORTS, names.LABELS, names.LISTS, enumerations.ENUMERATIONS,
        enumerations.LISTS, limits.BOUNDS, limits.LISTS, limits.PAIRS, limits.LENGTHS, limits.SIZES, FIELDS,
        choices.CHOICES, choices.SOURCES, choices.TARGETS, duplicates.STRINGS, duplicates.UNIQUE, conflicts.CONFLICTS,
        windows.LINUX_ONLY, windows.LINUX_ONLY_SET, windows.WINDOWS_ONLY, quantities.AMOUNTS, quantities.SINGLE,
    ]  # fmt: skip
    for table in tables:
        assert set(table) <= there, set(table) - there


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@examples(300)
@given(st.sampled_from(ACCEPTED), st.integers(0, 10**6), JSON)
def test_nothing_makes_it_stop(body, chosen, value):
    """Any value in any place gives problems, never an exception."""
    made = copy.deepcopy(body)
    spots: list[tuple[Any, Any]] = []
    stack: list[Any] = [made]
    while stack:
        each = stack.pop()
        for key in each if isinstance(each, dict) else range(len(each)):
            spots.append((each, key))
            if isinstance(each[key], (dict, list)):
                stack.append(each[key])
    above, key = spots[chosen % len(spots)]
    above[key] = value
    list(problems(made))


def test_no_value_of_a_secret_is_told():
    body = case("Secret", "stringData", {"a b": "hunter2", ".dockerconfigjson": "hunter2"})
    for kind in ("kubernetes.io/dockerconfigjson", "kubernetes.io/tls", "kubernetes.io/basic-auth"):
        for each in problems({**body, "type": kind, "data": {"x y": "hunter2?"}}):
            assert "hunter2" not in str(each)


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "cases" / "validate").is_dir(), reason="no shared cases")
def test_verdicts_of_a_real_server():
    """Manifests with what kube-apiserver 1.37.0 said of them."""
    folder = SHARED / "cases" / "validate"
    with (folder / "verdicts.tsv").open(encoding="utf-8") as file:
        verdicts = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    schemas = Schemas()
    wrong = []
    for name, verdict, *_ in verdicts:
        objects = plain(source.load(str(folder / f"{name}.yaml")))
        findings = validate(Inputs(Context(objects), schemas)).findings
        refused = any(each.rule in ("api-server", "schema") for each in findings)
        if refused != (verdict == "refused"):
            wrong.append((name, verdict))
    assert wrong == []
