"""Laws of what reaches a terminal or an HTTP trailer."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from cmp.cli import output
from cmp.cli.arguments import parse
from cmp.errors import CmpError, UsageError, Where

TEXT = st.text(max_size=300) | st.binary(max_size=50).map(
    lambda data: data.decode("utf-8", "surrogateescape")
)


@given(TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=20), st.integers(1, 40))
def test_reports_are_bounded_and_harmless(message, file, hint, excerpt, warnings, times):
    err = CmpError(message * times, where=Where(file=file * times), hint=hint, excerpt=excerpt * times)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    output.report(err, warnings, stream)
    data = raw.getvalue()
    assert len(data) <= output.MAX_BYTES
    text = data.decode("utf-8")
    assert text.startswith("error: ")
    assert text.endswith("\n")
    assert all(
        ord(character) >= 0x20 and ord(character) != 0x7F for character in text if character not in "\n\t"
    )
    assert not set(text) & set("\u202e\u2066\u2028\x9b")


@given(
    st.lists(st.text(max_size=12) | st.sampled_from(["--plain", "--root", "--", "-", "--app=x", "--root="]))
)
def test_any_arguments(words):
    try:
        parse(words)
    except UsageError as err:
        assert err.message
