"""Field paths as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.paths import child, dotted, steps_of, strings

CASES: list[tuple[tuple[str | int, ...], str]] = [
    ((), ""),
    (("spec", "containers", 0, "image"), "spec.containers[0].image"),
    (("data", "tls.crt"), "data[tls.crt]"),
    (("metadata", "annotations", "a.b/c"), "metadata.annotations[a.b/c]"),
    ((0, 1), "[0][1]"),
]


@pytest.mark.parametrize(("steps", "text"), CASES)
def test_dotted(steps: tuple[str | int, ...], text: str) -> None:
    assert dotted(steps) == text
    assert steps_of(text) == steps


KEYS = st.text("abz-_./0", min_size=1).filter(lambda key: not key.isdigit())


@given(st.lists(st.one_of(KEYS, st.integers(0, 99))))
def test_round_trip(steps: list[str | int]) -> None:
    assert steps_of(dotted(steps)) == tuple(steps)


def test_child() -> None:
    assert child("", "spec") == "spec"
    assert child("data", "a.b") == "data[a.b]"


def test_strings() -> None:
    value = {"a": "x", "b": [1, "y", {"c.d": "z"}], "e": None}
    assert list(strings(value)) == [("a", "x"), ("b[1]", "y"), ("b[2][c.d]", "z")]
