"""Each mutation of scripts/mutations.py still fits the code. `make soak` says whether a test notices it."""

from __future__ import annotations

import ast

import pytest

from scripts.mutations import ROOT, Mutation, mutations

MUTATIONS = list(mutations())


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.name for each in MUTATIONS])
def test_the_text_that_it_replaces_is_there_once_and_the_rest_is_code(mutation: Mutation) -> None:
    source = (ROOT / mutation.file).read_text()
    told = f"correct the row in scripts/mutations.py; {mutation.file} has to hold this once: {mutation.old!r}"
    assert source.count(mutation.old) == 1, told
    assert mutation.new != mutation.old
    ast.parse(source.replace(mutation.old, mutation.new))
    assert [test for test in mutation.tests if not (ROOT / test.partition("::")[0]).is_file()] == []


def test_no_two_have_one_name() -> None:
    names = [each.name for each in MUTATIONS]
    assert sorted(set(names)) == sorted(names)
