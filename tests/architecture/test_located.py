"""`located` fills in what an error does not say yet, and nothing raises an error from itself."""

from __future__ import annotations

import re

import pytest

from cmp.errors import CmpError, Where, located
from scripts.import_cycles import ROOT


def test_it_fills_in_only_what_is_missing() -> None:
    with pytest.raises(CmpError) as caught, located(file="outer.yaml", object="Pod/x", field="spec"):
        raise CmpError("is wrong", where=Where(file="inner.yaml", line=3))
    assert str(caught.value) == "inner.yaml:3, Pod/x, spec: is wrong"


def test_a_line_of_another_file_is_not_taken() -> None:
    place = Where(file="outer.yaml", line=7, field="patches[0]")
    with pytest.raises(CmpError) as caught, located(place):
        raise CmpError("is wrong", where=Where(file="inner.yaml"))
    assert str(caught.value) == "inner.yaml, patches[0]: is wrong"


def test_the_error_stays_the_same_one_and_is_not_its_own_cause() -> None:
    error = CmpError("is wrong")
    with pytest.raises(CmpError) as caught, located(file="a.yaml"):
        raise error
    assert caught.value is error
    assert error.__cause__ is None


def test_places_are_made_for_an_error_only() -> None:
    class Object:
        def __str__(self) -> str:
            raise AssertionError("made without an error")

    def place() -> Where:
        raise AssertionError("made without an error")

    with located(place, object=Object()):
        pass


def test_other_exceptions_pass() -> None:
    with pytest.raises(KeyError), located(file="a.yaml"):
        raise KeyError("x")


def test_no_error_is_raised_from_itself() -> None:
    itself = re.compile(r"raise (\w+)\.at\([^()]*(?:\([^()]*\)[^()]*)*\) from \1\b(?!\.)")
    found = [
        f"{path.relative_to(ROOT)}: {match[0][:60]}"
        for path in sorted((ROOT / "cmp").rglob("*.py"))
        for match in itself.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
