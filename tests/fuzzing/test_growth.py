"""The table of what can grow, and the search over it: `make soak` runs it, no time is asserted here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cmp.cli.limits_page import PLACES
from fuzzing import growth
from fuzzing.dimensions import CONFIG, DIMENSIONS, Dimension, overlay, secret_of
from fuzzing.forks import Forks
from fuzzing.growth import Row, Run, Search

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda dimension: dimension.name)
def test_a_tree_grows_with_its_size(dimension: Dimension) -> None:
    small, large = (
        sum(map(len, dimension.make(size).values())) for size in (dimension.start, dimension.start * 2)
    )
    assert small < large < 5 * small
    assert "secrets decrypt" not in dimension.commands or secret_of(dimension.make(2))
    assert set(dimension.commands) <= set(growth.COMMANDS)


def test_what_may_grow_faster_is_named_in_the_page_of_limits() -> None:
    page = (ROOT / "docs/limits.md").read_text()
    named = {dimension.bound for dimension in DIMENSIONS} - {""}
    assert named == {place for place, _, _ in PLACES}
    assert all(place in page for place in named)


@pytest.fixture(scope="module")
def processes() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


@pytest.mark.parametrize("command", growth.COMMANDS)
def test_each_command_is_measured(command: str, processes: Forks) -> None:
    name = "encrypted values" if command == "secrets decrypt" else "small resources"
    [dimension] = [each for each in DIMENSIONS if each.name == name]
    search = Search(processes, rounds=1, clear=0.0)
    row = search.row(dimension._replace(start=1, most=2), command)
    run = row.runs[row.size]
    assert run.code == 0 or (command == "validate" and not run.said)  # it has findings
    assert run.cpu > 0
    assert run.peak > 1 << 20
    assert growth.line(row).startswith(name)


def test_a_command_that_fails_is_no_small_row(processes: Forks) -> None:
    broken = Dimension("x", lambda size: overlay(": [\n" * size), 1, most=2)
    assert Search(processes, rounds=1).row(broken, "paths").verdict.startswith("failed")
    assert Search(processes, rounds=1).row(broken._replace(fails=True), "paths").verdict.startswith("small")


@pytest.mark.parametrize(
    ("text", "most_files", "wanted"),
    [
        ("a: b\n", "", "small"),
        (": [\n", "", "failed: error: base/r.yaml"),
        ("a: b\n", "1", "bounded: error: base/kustomization.yaml: more than 1 is"),
    ],
)
def test_an_announcement_without_values_is_a_failure(
    processes: Forks, monkeypatch: pytest.MonkeyPatch, text: str, most_files: str, wanted: str
) -> None:
    settings = {"CMP_MAX_FILES": most_files} if most_files else {}
    given = processes.run
    monkeypatch.setattr(
        processes, "run", lambda words, cwd, environ, **more: given(words, cwd, environ | settings, **more)
    )
    made = Dimension("x", lambda size: overlay(CONFIG + text * size), 1, most=2)
    assert Search(processes, rounds=1).row(made, "parameters").verdict.startswith(wanted)


@pytest.mark.parametrize("command", ["cmp-generate", "validate"])
def test_a_tree_for_a_deadline_takes_longer_than_that(
    command: str, processes: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "HOSTILE_SECONDS", 1.0)
    monkeypatch.setattr(growth, "DEADLINE", 0.1)
    [dimension] = [each for each in DIMENSIONS if each.name == "small resources"]
    row = Search(processes, rounds=1).late(dimension, command)
    assert row.verdict.startswith("ok: ")


def test_the_parts_are_the_whole() -> None:
    whole = growth.pairs("", growth.COMMANDS)
    assert sorted(map(str, whole)) == sorted(
        str(pair) for part in ("1/3", "2/3", "3/3") for pair in growth.pairs("", growth.COMMANDS, part)
    )
    assert {command for _, command in whole} == set(growth.COMMANDS)


STOPPED = "error: the render was stopped after 0.3 seconds (CMP_DEADLINE)"
RUN = Run(0, 1.0, 1 << 20, 1.0, "")
PLAIN = Dimension("x", lambda size: overlay("a: b\n" * size), 1)


@pytest.mark.parametrize(
    ("time", "memory", "late", "bound", "run", "wanted"),
    [
        (2.3, 2.1, None, "", RUN, "ok"),
        (2.4, 2.0, None, "", RUN, "above"),
        (2.0, 2.2, None, "", RUN, "above"),
        (4.0, 2.0, None, "a place", RUN, "named"),
        (0.0, 0.0, 1.1, "", RUN, "late"),
        (0.0, 0.0, 0.9, "", RUN, "small"),
        (0.0, 0.0, 0.9, "", RUN._replace(code=1, said=STOPPED), f"ok: {STOPPED}"),
        (0.0, 0.0, 0.0, "", RUN._replace(said="no values are announced"), "ok"),
        (0.0, 0.0, None, "", RUN, "small"),
        (2.0, 2.0, None, "", RUN._replace(code=1, said="error: x"), "failed: error: x"),
        (2.0, 0.0, None, "", RUN._replace(code=1, said="CMP_MAX_FILES"), "bounded: CMP_MAX_FILES"),
    ],
)
def test_verdicts(time: float, memory: float, late: float | None, bound: str, run: Run, wanted: str) -> None:
    row = Row(PLAIN._replace(bound=bound), "paths", 1, {1: run}, time, memory, late)
    assert row.verdict == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1.0, 2.0, 4.0], 2.0),
        ([1.0, 4.0, 16.0], 4.0),
        ([0.01, 1.0, 3.0], 3.0),  # the first one is not known well enough
        ([0.4, 1.0, 2.0], 2.0),
        ([0.1, 0.2], 0.0),
    ],
)
def test_growth_per_doubling(values: list[float], wanted: float) -> None:
    assert growth._growth(values, 1.0, 0.5) == pytest.approx(wanted)
