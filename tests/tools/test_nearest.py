"""Hints for mistyped names."""

from __future__ import annotations

from difflib import SequenceMatcher
from pathlib import Path

import pytest

import cmp
from cmp.nearest import close, did_you_mean, nearest


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("storageURI", ["storageUri", "runtime"], "storageUri"),
        ("NAMEPREFIX", ["namePrefix", "nameSuffix"], "namePrefix"),
        ("patchs", ["patches", "resources"], "patches"),
        ("zzz", ["patches"], ""),
        ("x", [], ""),
    ],
)
def test_nearest(name: str, known: list[str], found: str) -> None:
    assert nearest(name, known) == found


def test_close_keeps_names_that_differ_in_case_only() -> None:
    assert close("fraud", ["Fraud", "other", "FRAUD"], 3) == ["Fraud", "FRAUD"]
    assert close("fraud", ["Fraud", "FRAUD"], 1) == ["Fraud"]
    assert close("a", ["a", "a"], 3) == ["a"]


def test_did_you_mean() -> None:
    assert did_you_mean("storageURI", ["storageUri"]) == "did you mean 'storageUri'?"
    assert did_you_mean("x", ["b", "a"], "the fields are") == "the fields are: a, b"
    assert did_you_mean("x", []) == ""
    assert did_you_mean("zz", [f"name-{number:02}" for number in range(20)]).endswith("name-11, ...")


def test_there_is_one_such_tool() -> None:
    """Each private use would decide on its own whether letter case counts."""
    package = Path(cmp.__file__).parent
    users = {path.name for path in package.rglob("*.py") if "get_close_matches" in path.read_text()}
    assert users == {"nearest.py"}


def test_no_hint_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    real = SequenceMatcher.ratio

    def counted(matcher: SequenceMatcher[str]) -> float:
        nonlocal compared
        compared += 1
        return real(matcher)

    monkeypatch.setattr(SequenceMatcher, "ratio", counted)
    assert nearest("x" * 254, ["x" * 253]) == ""
    assert nearest("x" * 253, ["x" * 254]) == ""
    assert compared == 0
    nearest("abcdef", [f"abcde{number}" for number in range(5000)])
    assert 0 < compared <= 2000
