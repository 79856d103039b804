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
from cmp.tree import MemoryTree
from fuzzing.chains import make

KEY = Path(__file__).parents[2] / "examples/keys/public-test-key.agekey"
COUNT = int(os.environ.get("CMP_RANDOM_CHAINS", "200"))
FIRST = int(os.environ.get("CMP_RANDOM_SEED", "1"))
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


@pytest.mark.parametrize("net", ["both", "taint alone"])
def test_chains_end_where_they_may(identity, seal, monkeypatch, net):
    if net == "taint alone":
        from cmp.render.cleartext import Cleartext

        monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))
    wrong = {}
    steps = set()
    for seed in range(FIRST, FIRST + COUNT):
        chain = make(seed, seal)
        steps.update(part for step in chain.steps for part in re.split(" in | and ", step))
        found = outcome(chain, identity)
        if found != ("refused" if chain.leaks else "passed"):
            wrong[seed] = (chain.steps, found)
    assert wrong == {}
    # every source and every way was used
    assert len([step for step in steps if step.startswith("source ")]) == 7
    assert len(steps) == 7 + 12 + 3
