"""Our subset of Go templates: values, and what is refused; no input makes it fail otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import is_linear

from cmp.errors import CmpError
from cmp.fleet.errors import TemplateError, UnknownFunctionError
from cmp.fleet.gotemplate import FUNCTIONS, render
from cmp.fleet.gotemplate.lexer import pieces
from cmp.fleet.gotemplate.parser import parse

VALUES: dict[str, Any] = {
    "env": "Staging",
    "on": True,
    "off": False,
    "count": 3,
    "whole": 2.0,
    "items": ["a", "b"],
    "none": None,
    "path": {"basename": "x_Y", "segments": ["k8s", "x_Y"]},
    "labels": {"b": "2", "a": "1"},
}

GOOD = [
    ("plain", "plain"),
    ("{{ .env }}", "Staging"),
    ("{{.path.basename}}", "x_Y"),
    ("a {{- .count -}} b", "a3b"),
    ("a {{/* why */}} b", "a  b"),
    ("a {{- /* why */ -}} b", "ab"),
    ("{{ .whole }}", "2"),
    ("{{ .on }}", "true"),
    ("{{ .items }}{{ .labels }}", "[a b]map[a:1 b:2]"),
    ("{{ if .on }}y{{ else }}n{{ end }}", "y"),
    ('{{ if eq .env "x" }}1{{ else if eq .env "y" "Staging" }}2{{ else }}3{{ end }}', "2"),
    ("{{ if and .on (not .off) }}y{{ end }}", "y"),
    ("{{ if or .off .none }}y{{ else }}n{{ end }}", "n"),
    ('{{ or .off "x" }}', "x"),
    ("{{ if and .off (index .items 9) }}y{{ end }}", ""),
    ("{{ range .items }}{{ . }};{{ end }}", "a;b;"),
    ("{{ range $k, $v := .labels }}{{ $k }}={{ $v }},{{ end }}", "a=1,b=2,"),
    ("{{ range .none }}x{{ else }}empty{{ end }}", "empty"),
    ("{{ with .path }}{{ .basename }}{{ $.env }}{{ end }}", "x_YStaging"),
    ("{{ $x := .env }}{{ $x = lower $x }}{{ $x }}", "staging"),
    ("{{ (index .path.segments 0) }}", "k8s"),
    ('{{ (dict "a" 1).a }}', "1"),
    ("{{ .env | lower | quote }}", '"staging"'),
    ("{{ .env | toJson }}", '"Staging"'),
    ("{{ .labels | toJson }}", '{"a":"1","b":"2"}'),
    ('{{ "<b>" | toJson }}', '"\\u003cb\\u003e"'),
    ('{{ default "d" .none }}', "d"),
    ('{{ .env | replace "S" "s" | trimSuffix "ing" }}', "stag"),
    ('{{ printf "%s-%d" .env .count }}', "Staging-3"),
    ('{{ join "-" .items }}', "a-b"),
    ('{{ splitList "." "a.b" | last }}', "b"),
    ('{{ ternary "y" "n" .on }}', "y"),
    ("{{ normalize .path.basename }}", "x-y"),
    ('{{ dig "path" "nope" "d" . }}', "d"),
    ('{{ if hasKey . "env" }}y{{ end }}', "y"),
    ("{{ `raw\\n` }}", "raw\\n"),
    ('{{ "tab\\t" }}', "tab\t"),
    ("{{ add 1 .count }} {{ len .items }}", "4 2"),
    ('{{ "a\nb" | nindent 2 }}'.replace("\n", "\\n"), "\n  a\n  b"),
]

BAD = [
    ("{{ .nope }}", "no value named nope"),
    ("{{ .env.nope }}", "is not a mapping"),
    ("{{ if .on }}", "no {{ end }}"),
    ("{{ end }}", "without"),
    ("{{ .env", "not closed"),
    ("{{ }}", "empty"),
    ("{{ | lower }}", "nothing stands before"),
    ("{{ .env | }}", "missing"),
    ("{{ (.env }}", "not closed"),
    ("{{ $nope }}", "not declared"),
    ('{{ define "x" }}{{ end }}', "outside our subset"),
    ("{{ 'a' }}", "outside our subset"),
    ("{{ lower .count }}", "a string is needed"),
    ("{{ lower }}", "cannot take"),
    ("{{ eq .env 1 }}", "different types"),
    ("{{ .env 1 }}", "is not a function"),
    ("{{ index .items 5 }}", "no such index"),
    ('{{ "\\q" }}', "escape"),
    ("{{ range .env }}{{ end }}", "neither a list"),
    ("{{ if .on }}" * 60 + "{{ end }}" * 60, "nested"),
]


@pytest.mark.parametrize(("template", "text"), GOOD, ids=[template for template, _ in GOOD])
def test_values(template: str, text: str) -> None:
    assert render(template, VALUES) == text


@pytest.mark.parametrize(("template", "message"), BAD, ids=[template[:30] for template, _ in BAD])
def test_refusals(template: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message.replace("{", r"\{").replace("}", r"\}")):
        render(template, VALUES)


def test_a_missing_key_without_the_option() -> None:
    assert render("{{ .nope }}", VALUES, strict=False) == "<no value>"
    assert render('{{ default "x" .nope }}{{ if .nope }}y{{ end }}', VALUES, strict=False) == "x"


def test_what_argo_cd_takes_away_is_unknown() -> None:
    for name in ("env", "expandenv", "getHostByName", "sha256sum"):
        assert name not in FUNCTIONS
        with pytest.raises(UnknownFunctionError, match=name):
            render("{{ " + name + " .env }}", VALUES)


def test_work_is_bounded() -> None:
    nested = "{{ range $.l }}" * 6 + "x" + "{{ end }}" * 6
    with pytest.raises(TemplateError, match=r"more than|longer than"):
        render(nested, {"l": list(range(20))})


LONG = '{{ $x := "%s" }}' % ("a" * 1000)
DEEP = "[" * 200_000


@pytest.mark.parametrize(
    "template",
    [
        LONG + "{{ $x = print $x $x }}" * 60 + "{{ $x }}",
        "{{ $x := list 1 1 }}" + "{{ $x = list $x $x }}" * 60 + "{{ $x }}",
        "{{ $x := list 1 }}" + "{{ $x = list $x }}" * 101 + "{{ $x }}",
        LONG + '{{ $y := replace "a" $x $x }}{{ replace "a" $y $y }}',
        LONG + '{{ join (replace "a" $x $x) (splitList "a" $x) }}',
        "{{ indent 200 .lines }}",
        "{{ add 1 " + "| add 9223372036854775807 " * 2 + "}}",
        "{{ fromJson .deep }}",
        "{{ " + "9" * 5000 + " }}",
    ],
    ids=lambda template: template[-20:],
)
def test_few_lines_make_no_long_result(template: str) -> None:
    with pytest.raises(TemplateError, match=r"more than|too long|too deep|deeper than|64 bits|longer than"):
        render(template, {"lines": "\n" * 10_000, "deep": DEEP})


@pytest.mark.parametrize("piece", ["{{ 1 }}", "{{/* c */}}", "{{ if 1 }}{{ end }}"])
def test_twice_the_actions_are_twice_the_work(piece: str) -> None:
    assert is_linear(lambda count: list(pieces(piece * count)), 10_000)


def test_twice_the_words_are_twice_the_work() -> None:
    assert is_linear(lambda count: parse("{{ print" + " 1" * count + " }}"), 25_000)


WORDS = [
    *("{{", "}}", "{{-", "-}}", " ", "|", "(", ")", ".env", ".items", ".", "$x", ":=", "=", ",", "3", '"s"'),
    *("if", "else", "end", "range", "with", "eq", "and", "default", "toJson", "index", "printf", "/*", "*/"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=25), st.booleans())
def test_no_other_failure(words: list[str], spaced: bool) -> None:
    for text in (" ".join(words) if spaced else "".join(words), "{{ " + " ".join(words) + " }}"):
        try:
            render(text, VALUES)
        except CmpError as err:
            assert err.message


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@given(
    arguments=st.lists(st.sampled_from([f".{key}" for key in VALUES] + ["1", "-1", '"a"', "nil"]), max_size=3)
)
def test_no_function_fails_otherwise(name: str, arguments: list[str]) -> None:
    try:
        render("{{ " + " ".join([name, *arguments]) + " }}", VALUES)
    except TemplateError as err:
        assert err.message
