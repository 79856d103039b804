"""Random chains of steps that move a decrypted value: it ends in a Secret, or the render is refused."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cmp import age
from cmp.errors import CmpError
from cmp.render import Settings, render
from cmp.sops.keys import KeySource
from cmp.sops.write.document import NewFile, encrypt
from cmp.tree.memory import MemoryTree
from fuzzing.chains import make

KEY = Path(__file__).parents[2] / "examples/keys/public-test-key.agekey"
COUNT = int(os.environ.get("CMP_RANDOM_CHAINS", "200"))
FIRST = int(os.environ.get("CMP_RANDOM_SEED", "1"))
# Each block is a test: processes share many chains, and each test keeps within its time limit.
BLOCK = 200
BLOCKS = [range(at, min(at + BLOCK, FIRST + COUNT)) for at in range(FIRST, FIRST + COUNT, BLOCK)]
REFUSED = "would be shown in clear"


@pytest.fixture(scope="module")
def identity():
    (found,) = age.parse_identities(KEY.read_bytes())
    return found


@pytest.fixture(scope="module")
def seal(identity):
    done = {}

    def run(text, fmt="yaml", regex=""):
        wanted = (text, fmt, regex)
        if wanted not in done:
            rule = ("encrypted_regex", regex) if regex else None
            new = NewFile(groups=((str(identity.recipient()),),), rule=rule)
            done[wanted] = encrypt(text.encode(), fmt, new, "2026-01-02T03:04:05Z").data
        return done[wanted]

    return run


def outcome(chain, identity):
    """`passed`, `refused` by the gate for decrypted values, or the error."""
    tree = MemoryTree({f"/r/{name}": data for name, data in chain.files.items()}, root="/r")
    try:
        render(tree, f"/r/{chain.top}", Settings(keys=KeySource(lambda: [identity], "the tests' key")))
    except CmpError as error:
        said = " ".join(map(str, [error, *getattr(error, "others", ())]))
        return "refused" if REFUSED in said else said
    return "passed"


@pytest.mark.parametrize("seeds", BLOCKS, ids=lambda seeds: f"from {seeds.start}")
@pytest.mark.parametrize("net", ["both", "taint alone"])
def test_chains_end_where_they_may(identity, seal, monkeypatch, record_property, net, seeds):
    if net == "taint alone":
        from cmp.render.cleartext import Cleartext

        monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))
    wrong = {}
    for seed in seeds:
        chain = make(seed, seal)
        found = outcome(chain, identity)
        if found != ("refused" if chain.leaks else "passed"):
            wrong[seed] = (chain.steps, found)
    assert wrong == {}
    record_property("chains_of_decrypted_values", len(seeds))


def test_every_source_and_every_way_is_tried(seal):
    chains = (make(seed, seal) for seed in range(FIRST, FIRST + BLOCK))
    steps = {part for chain in chains for step in chain.steps for part in re.split(" in | and ", step)}
    assert len([step for step in steps if step.startswith("source ")]) == 7
    assert len(steps) == 7 + 12 + 3
