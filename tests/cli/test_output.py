"""Lines on standard error: bounded, harmless, most important first."""

from __future__ import annotations

import io

import pytest

from cmp.cli import output
from cmp.errors import CmpError, Where
from cmp.server.calls import percent_encoded


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_error_with_place_excerpt_and_hint():
    err = CmpError(
        "bad", where=Where("a.yaml", 3, 1, "Secret/x", "data.k"), hint="do that", excerpt="a: b\n  ^"
    )
    assert output.error_lines(err) == [
        "error: a.yaml:3:1, Secret/x, data.k: bad",
        "  a: b",
        "    ^",
        "hint: do that",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("a\nb", "a\\nb"),
        ("\u202etxt", "\\u202etxt"),
        ("\x9b1m", "\\x9b1m"),
        ("\udcff", "\\xff"),
        ("naïve", "naïve"),
    ],
)
def test_control_characters_are_shown_as_escapes(text, shown):
    assert output.line("error", text) == "error: " + shown


def test_everything_together_stays_below_four_kibibytes_error_first():
    err = CmpError("x" * 10_000, where=Where(file="é" * 5000), hint="y" * 5000)
    stream = io.StringIO()
    output.report(err, [f"warning {n} " + "z" * 900 for n in range(100)], stream)
    text = stream.getvalue()
    assert len(text.encode()) <= output.MAX_BYTES
    assert text.startswith("error: é")
    assert "\nhint: y" in text
    assert "more lines are not shown" in text


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\u65e5", "\U0001f600"])
def test_an_error_is_told_whatever_its_letters_are(letter):
    """As the trailer holds it, three bytes for each that is not ASCII: below the 8 KiB that clients take."""
    found = CmpError(
        "begins " + letter * 3000, where=Where(file=f"a/{letter * 900}/b.yaml"), hint=letter * 900
    )
    text = output.bounded([*output.error_lines(found), *(f"warning: {letter * 90}" for _ in range(90))])
    assert text.startswith("error: a/")
    assert "b.yaml: begins " + letter * 90 in text
    assert len(percent_encoded(text)) <= 6144


def test_same_warning_once():
    assert output.warning_lines(["a", "a", "b"]) == ["warning: a", "warning: b"]


def test_colour_only_on_terminals(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    plain, terminal = io.StringIO(), Terminal()
    output.report(CmpError("x"), stream=plain)
    output.report(CmpError("x"), stream=terminal)
    assert plain.getvalue() == "error: x\n"
    assert terminal.getvalue() == "\x1b[31merror:\x1b[0m x\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.use_colour(terminal)


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "plain"),
    [
        ("auto", {}, True, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": ""}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_who_decides_on_colour(monkeypatch, choice, environ, terminal, plain):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm", **environ}.items():
        monkeypatch.setenv(name, value)
    output.choose_colour(choice)
    try:
        assert (output.use_colour(Terminal()), output.use_colour(io.StringIO())) == (terminal, plain)
    finally:
        output.choose_colour("auto")


def test_any_encoding_of_the_stream():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    output.report(CmpError("naïve \udcff"), stream=stream)
    assert raw.getvalue() == "error: naïve \\xff\n".encode()


def test_table_and_json():
    assert output.table([("a", 1), ("bbb", "c\n")], ("k", "v")) == "K    V\na    1\nbbb  c\\n\n"
    assert output.table([]) == ""
    assert output.as_json({"b": "é", "a": 1}) == '{\n  "b": "é",\n  "a": 1\n}\n'


def test_passwords_of_addresses_are_hidden():
    err = CmpError("git::ssh://u:s3cret@h/x of nginx:1.27@sha256:ab and models:/fraud@champion", hint="a:b@c")
    assert output.error_lines(err) == [
        "error: git::ssh://(hidden)@h/x of nginx:1.27@sha256:ab and models:/fraud@champion",
        "hint: (hidden)@c",
    ]
