"""No report hands on what could steer a terminal, a browser or a reader."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from cmp.findings import Finding
from cmp.validate import report
from cmp.validate.result import Report

SPOOF = "a\u202e\u2066\u2060\x1b[31m\nb\u2028c\x00"
FINDING = Finding(
    f"rule{SPOOF}", "error", f"Kind {SPOOF}", f"spec.{SPOOF}", SPOOF, SPOOF, f"dir/{SPOOF}.yaml"
)
RESULT = Report((FINDING,), ((FINDING, SPOOF),), 1, {f"v1 {SPOOF}": 1})


@pytest.mark.parametrize("form", [report.text, report.junit, lambda result: report.sarif(result, "1")])
def test_control_characters_marks_and_line_breaks_are_escapes(form):
    text = form(RESULT)
    assert not set(text) & set("\u202e\u2066\u2060\u2028\x1b\x00")
    if text.startswith("<"):
        texts = [value for each in ET.fromstring(text).iter() for value in each.attrib.values()]
    elif text.startswith("{"):
        texts = list(strings(json.loads(text)))
    else:
        texts = [line for line in text.splitlines() if line.startswith("b")]
        assert texts == []
    assert not any("\n" in each or "\x1b" in each for each in texts)


def strings(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value
