"""The short cuts around RE2 mean what RE2 means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.regex import RegexError, compile_pattern, full_matcher, literal_prefix, searcher

PATTERNS = st.text("ab.-/ ", max_size=6) | st.text("ab.", max_size=4).map(lambda text: text + ".*")
TEXTS = st.text("ab.-/\n x", max_size=8)


@given(PATTERNS, TEXTS)
def test_short_cuts_agree_with_the_engine(pattern: str, text: str) -> None:
    assert searcher(pattern)(text) == (compile_pattern(pattern).search(text) is not None)
    assert full_matcher(pattern)(text) == (compile_pattern(f"^(?:{pattern})$").search(text) is not None)


@pytest.mark.parametrize("pattern", ["(", "[", "*", "a**", "(?=a)", r"\1"])
def test_what_go_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(RegexError):
        searcher(pattern)("a")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a([", "a [ is not closed"),
        ("a(b|c", "a ( is not closed"),
        ("x)", "a ) closes nothing"),
        ("*.yaml", "nothing stands before `*`"),
        ("(?=a)", "`(?=` is not possible"),
        ("a**", "two repetitions"),
        ("a{2000}", "`{2000}` is out of range"),
        ("\\q", "`\\q` is not an escape"),
        ("a\\", "ends in a backslash"),
        ("[z-a]", "`z-a` is neither a class nor a range"),
        ("(?P<n", "has no valid name"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(pattern: str, said: str) -> None:
    with pytest.raises(RegexError) as caught:
        compile_pattern(pattern)
    assert said in caught.value.message
    assert caught.value.hint
    assert "b'" not in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "prefix"),
    [
        ("", ""),
        ("fraud", "fraud"),
        ("fraud-.*", "fraud-"),
        ("model-1(-canary)?", "model-1"),
        ("ab?c", "a"),
        ("ab*", "a"),
        ("ab+", "a"),
        ("ab{0,2}", "a"),
        ("a|b", ""),
        ("ab(c|d)", ""),
        ("a\\.b", "a"),
        ("^ab", ""),
        ("(?i)ab", ""),
        ("[ab]c", ""),
        ("ä", ""),
        ("?", ""),
    ],
)
def test_what_a_match_begins_with(pattern: str, prefix: str) -> None:
    assert literal_prefix(pattern) == prefix


@pytest.mark.parametrize("char", ["a", "ä", "€", "😀"])
def test_the_steps_are_counted_in_bytes(char: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A character has up to four of them, and RE2 takes a step for each."""
    monkeypatch.setattr("cmp.regex._MOST_STEPS", 1_000_000)
    pattern = compile_pattern(f"(?:x{{9}}y{char}){{10}}")
    longest = 1_000_000 // pattern._compiled.programsize // len(char.encode())
    assert pattern.search(char * longest) is None
    with pytest.raises(RegexError, match="too large"):
        pattern.search(char * (longest + 1))
