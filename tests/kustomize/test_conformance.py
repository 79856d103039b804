"""The conformance cases beside the project, if there: each identical, or as the real v5.8.1 has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fuzzing.kustomize_cases import Case, read_cases, read_reasons

pytestmark = pytest.mark.shared

DATA = Path(__file__).parents[1] / "data" / "kustomize"
# Cases whose recorded text is not what v5.8.1 itself prints.
BINARY_WINS = read_reasons(str(DATA / "binary-wins.txt"))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    shared = Path(os.environ.get("CMP_SHARED", Path(__file__).parents[3] / "shared")).resolve()
    found = read_cases(str(shared / "conformance" / "kustomize" / "cases.jsonl"))
    if not found:
        pytest.skip("no conformance cases beside the project; set CMP_SHARED to the folder that holds them")
    return found


def test_all_cases_are_identical(cases, record_property):
    wrong, ran, left_out = [], 0, 0
    for case in cases:
        if case.after_our_version:
            left_out += 1
        elif case.id not in BINARY_WINS:
            ran += 1
            if case.outcome() != case.text:
                wrong.append(case.id)
    record_property("conformance_cases", ran)
    print(
        f"\n{ran} conformance cases ran, {left_out} from after v5.8.1 left out, "
        f"{len(BINARY_WINS)} judged by the binary"
    )
    assert wrong == []


@pytest.mark.oracle
def test_the_binary_wins_where_it_disagrees_with_the_text(cases, kustomize, tmp_path: Path):
    judged = [case for case in cases if case.id in BINARY_WINS]
    assert len(judged) == len(BINARY_WINS)
    for number, case in enumerate(judged):
        root = tmp_path / str(number)
        for file, data in case.files().items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_bytes(data)
        assert case.outcome() == kustomize(root / case.data["target"]), case.id
