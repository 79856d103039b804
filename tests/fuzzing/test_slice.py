"""A bounded slice of the random comparison: our build against the real kustomize on seeds of their own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from fuzzing.run import TREES, check, check_all, maker, report, upstream_many
from fuzzing.trees import FEATURES, make_tree

COUNT = int(os.environ.get("CMP_RANDOM_TREES", "40"))
FIRST = int(os.environ.get("CMP_RANDOM_SEED", "900000"))


@pytest.mark.oracle
@pytest.mark.parametrize("trees", TREES)
def test_random_trees_build_as_upstream_builds_them(trees: str, record_property: Any) -> None:
    if not shutil.which("kustomize"):
        pytest.skip("no kustomize on PATH to compare with")
    if trees == "mutants":
        require_cases()
    outcomes = [check(seed, ["kustomize", "build"], trees) for seed in range(FIRST, FIRST + COUNT)]
    differing = {outcome.seed: outcome.detail for outcome in outcomes if outcome.verdict == "differs"}
    print(report(outcomes))
    record_property("random_trees", len(outcomes))
    assert differing == {}


def require_cases() -> None:
    from fuzzing.mutants import pool

    try:
        pool()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("trees", TREES)
def test_a_seed_gives_one_tree(trees: str) -> None:
    if trees == "mutants":
        require_cases()
    make = maker(trees)
    assert make(7) == make(7)
    assert make(7) != make(8)


# Answers as the program of fuzzing/builds: the directory, or a refusal of a `fresh` one.
MANY = """#!/bin/sh
while read -r line; do
  case "$line" in
    "fresh "*) text="no é"; word=refused ;;
    *) text="$line\n"; word=built ;;
  esac
  printf "$text" > "$0.text"
  printf "$word %d\\n" "$(wc -c < "$0.text")"
  cat "$0.text"
done
"""


@pytest.fixture
def many(tmp_path: Path) -> str:
    program = tmp_path / "many"
    program.write_text(MANY)
    program.chmod(0o755)
    return str(program)


def test_answers_of_one_program_for_many_trees(many: str) -> None:
    assert upstream_many(many, ["/a", "/b", "/c"], [False, True, False]) == [
        (True, "/a\n"),
        (False, "no é"),
        (True, "/c\n"),
    ]


def test_what_the_program_builds_differently_is_built_by_the_tool(many: str, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\necho of the tool\n")
    tool.chmod(0o755)
    seeds = range(FIRST, FIRST + 3)
    outcomes = check_all(seeds, [str(tool)], "kinds", many)
    assert [outcome.seed for outcome in outcomes] == list(seeds)
    assert {outcome.verdict for outcome in outcomes} == {"differs"}
    assert all("of the tool" in outcome.detail for outcome in outcomes)


def test_every_feature_is_common() -> None:
    trees = [make_tree(seed) for seed in range(400)]
    names = {feature.__name__.strip("_") for feature, _ in FEATURES} | {"resources", "bases"}
    rare = {name for name in names if sum(name in tree.features for tree in trees) < 0.05 * len(trees)}
    assert rare <= {"mistake"}
    assert {tree.layers for tree in trees} == {1, 2, 3, 4}
