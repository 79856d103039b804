"""A bounded slice of the random comparison: our build against the real kustomize on seeds of their own."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest

from fuzzing.run import check, report
from fuzzing.trees import FEATURES, make_tree

COUNT = int(os.environ.get("CMP_RANDOM_TREES", "60"))
FIRST = int(os.environ.get("CMP_RANDOM_SEED", "900000"))


@pytest.mark.oracle
def test_random_trees_build_as_upstream_builds_them(record_property: Any) -> None:
    if not shutil.which("kustomize"):
        pytest.skip("no kustomize on PATH to compare with")
    outcomes = [check(seed, ["kustomize", "build"]) for seed in range(FIRST, FIRST + COUNT)]
    differing = {outcome.seed: outcome.detail for outcome in outcomes if outcome.verdict == "differs"}
    print(report(outcomes))
    record_property("random_trees", len(outcomes))
    assert differing == {}


def test_a_seed_gives_one_tree() -> None:
    assert make_tree(7) == make_tree(7)
    assert make_tree(7) != make_tree(8)


def test_every_feature_is_common() -> None:
    trees = [make_tree(seed) for seed in range(400)]
    names = {feature.__name__.strip("_") for feature, _ in FEATURES} | {"resources", "bases"}
    rare = {name for name in names if sum(name in tree.features for tree in trees) < 0.05 * len(trees)}
    assert rare <= {"mistake"}
    assert {tree.layers for tree in trees} == {1, 2, 3, 4}
