"""The short cuts around RE2 mean what RE2 means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.regex import RegexError, compile_pattern, full_matcher, searcher

PATTERNS = st.text("ab.-/ ", max_size=6) | st.text("ab.", max_size=4).map(lambda text: text + ".*")
TEXTS = st.text("ab.-/\n x", max_size=8)


@given(PATTERNS, TEXTS)
def test_short_cuts_agree_with_the_engine(pattern, text):
    assert searcher(pattern)(text) == (compile_pattern(pattern).search(text) is not None)
    assert full_matcher(pattern)(text) == (compile_pattern(f"^(?:{pattern})$").search(text) is not None)


@pytest.mark.parametrize("pattern", ["(", "[", "*", "a**", "(?=a)", r"\1"])
def test_what_go_refuses_is_refused(pattern):
    with pytest.raises(RegexError):
        searcher(pattern)("a")
