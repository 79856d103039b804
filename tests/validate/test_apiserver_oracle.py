"""Verdicts on changes to accepted objects, compared with those of a real kube-apiserver.

The tables of `api_server_cases` are asked in full; behind them come mutants by a generator.

`CMP_MUTANTS` is how many there are of each object (5 by default), `CMP_MUTANT_SEED` where they begin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import api_server
import pytest
from api_server_cases import ACCEPTED, CASES, VARIANTS, case, changed
from mutants import compared

from cmp.validate.apiserver import problems
from cmp.validate.schemas import Schemas

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.slow,
    pytest.mark.skipif(bool(api_server.missing()), reason=api_server.missing()),
]
COUNT = int(os.environ.get("CMP_MUTANTS", "5"))
SEED = int(os.environ.get("CMP_MUTANT_SEED", "0"))
# The server's reasons that no file can show.
OF_THE_CLUSTER = ("no PriorityClass with name", "is not in the valid range")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[api_server.Server]:
    with api_server.running(tmp_path_factory.mktemp("api-server")) as started:
        yield started


def ours(schemas: Schemas, body: dict[str, Any]) -> list[str]:
    found = [f"{field}: {message}" for field, message in schemas.problems(body) or ()]
    return found + [f"{each.field}: {each.message}" for each in problems(body)]


def test_accepted_objects_are_accepted(server):
    refused = {
        f"{body['kind']} {body['metadata']['name']}": said
        for body in ACCEPTED
        if (said := server.refusal(body, body["kind"], body["apiVersion"]))
    }
    assert refused == {}


def asked(server: api_server.Server, body: dict[str, Any]) -> str:
    return server.refusal(body, body["kind"], body["apiVersion"])


def test_the_table_of_refused_changes(server):
    taken = [(of, where, value) for of, where, value, _ in CASES if not asked(server, case(of, where, value))]
    assert taken == []


def test_the_table_of_variants(server):
    wrong = []
    for each in VARIANTS:
        said = asked(server, changed(each["of"], each.get("set", {}), each.get("drop", [])))
        if bool(said) != ("refused" in each):
            wrong.append((each, said))
    assert wrong == []


def test_verdicts_on_mutants(server, record_property):
    schemas, missed, false, refused, total = Schemas(), [], [], 0, 0
    seeds = range(SEED, SEED + COUNT)
    for _, what, theirs, found in compared(ACCEPTED, seeds, server.refusal, partial(ours, schemas)):
        total += 1
        refused += bool(theirs)
        if theirs and not found and not any(each in theirs for each in OF_THE_CLUSTER):
            missed.append(f"{what}: {theirs[:300]}")
        elif found and not theirs:
            false.append(f"{what}: {found}")
    record_property("mutants", total)
    record_property("mutants_refused", refused)
    assert not false, "\n".join(false)
    assert len(missed) <= refused * 0.02, "\n".join(missed)
