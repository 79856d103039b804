"""Verdicts on mutants of custom resources, compared with a kube-apiserver that has their projects' CRDs.

`CMP_MUTANTS` is how many there are of each object (3 by default), `CMP_MUTANT_SEED` where they begin,
`CMP_MUTANT_TABLE` a file that gets the table of docs/validate.md.
"""

from __future__ import annotations

import collections
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import api_server
import custom_resources
import pytest
from argocd_processes import wait_for
from mutants import compared

from cmp.cli import source
from cmp.cli.commands.validate import plain
from cmp.validate import crd_rules
from cmp.validate.apiserver import problems
from cmp.validate.schemas import Schemas

ABSENT = api_server.missing() or custom_resources.missing()
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(ABSENT), reason=ABSENT),
]
ACCEPTED = plain(source.load(str(Path(__file__).parent / "apiserver" / "accepted-custom.yaml")))
COUNT = int(os.environ.get("CMP_MUTANTS", "3"))
SEED = int(os.environ.get("CMP_MUTANT_SEED", "0"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[api_server.Server]:
    with api_server.running(tmp_path_factory.mktemp("api-server")) as started:
        wanted = {(body["apiVersion"].rpartition("/")[0], body["kind"]) for body in ACCEPTED}
        found = custom_resources.definitions(wanted)
        assert {(crd["spec"]["group"], crd["spec"]["names"]["kind"]) for crd in found} == wanted
        refused = {crd["metadata"]["name"]: said for crd in found if (said := started.define(crd))}
        assert refused == {}
        wait_for(lambda: all(map(started.serves, found)), "custom resources are served", 120)
        yield started


def ours(schemas: Schemas, body: dict[str, Any]) -> list[str]:
    wrong = list(schemas.problems(body) or ())
    if not wrong:
        wrong = [
            (each.field, each.message)
            for each in crd_rules.verdicts(schemas.rules(body))
            if not each.unchecked
        ]
    return [f"{field}: {message}" for field, message in wrong] + [
        f"{each.field}: {each.message}" for each in problems(body)
    ]


def test_accepted_objects_are_accepted_by_both(server):
    schemas = Schemas()
    refused = {
        f"{body['apiVersion']} {body['kind']}": said
        for body in ACCEPTED
        if (said := server.refusal(body, body["kind"], body["apiVersion"]) or "; ".join(ours(schemas, body)))
    }
    assert refused == {}


def test_verdicts_on_mutants(server, record_property):
    schemas, missed, false = Schemas(), [], []
    counts: dict[str, collections.Counter[str]] = {}
    seeds = range(SEED, SEED + COUNT)
    for kind, what, theirs, found in compared(ACCEPTED, seeds, server.refusal, partial(ours, schemas)):
        count = counts.setdefault(kind, collections.Counter())
        count.update(changes=1, refused=bool(theirs), found=bool(theirs and found))
        if theirs and not found:
            missed.append(f"{what}: {theirs[:300]}")
            count["missed"] += 1
        elif found and not theirs:
            count["false"] += 1
            false.append(f"{what}: {found}")
    total: collections.Counter[str] = sum(counts.values(), collections.Counter())
    record_property("custom_mutants", total["changes"])
    record_property("custom_mutants_refused", total["refused"])
    names = ("changes", "refused", "found", "missed", "false")
    rows = [
        f"| {kind} | {' | '.join(str(count[name]) for name in names)} |"
        for kind, count in sorted(counts.items())
    ]
    if os.environ.get("CMP_MUTANT_TABLE"):
        Path(os.environ["CMP_MUTANT_TABLE"]).write_text(
            "\n".join([*rows, str(total), "missed:", *missed, "false:", *false])
        )
    assert len(false) <= max(1, total["changes"] * 0.005), "\n".join(false)
    assert len(missed) <= total["refused"] * 0.05, "\n".join(missed)
