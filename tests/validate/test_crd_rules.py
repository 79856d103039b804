"""CEL rules of CRDs: what holds, what does not, and what cannot be evaluated here, which is never a refusal."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("celpy", reason="the extra 'validate' is not installed")

from cmp.validate import Inputs, cel, validate
from cmp.validate.context import Context
from cmp.validate.schemas import Schemas

Body = dict[str, Any]


def checked(rule: str | Body, spec: Body, **schema: Any) -> tuple[list[str], list[str]]:
    """(messages of findings, texts of rules that were not evaluated)."""
    rules = [rule if isinstance(rule, dict) else {"rule": rule}]
    root = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": True,
                "x-kubernetes-validations": rules,
                **schema,
            }
        },
    }
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Thing"},
            "versions": [{"name": "v1", "schema": {"openAPIV3Schema": root}}],
        },
    }
    body = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x"}, "spec": spec}
    report = validate(Inputs(Context([body]), Schemas(bodies=[crd])))
    return [finding.message for finding in report.findings], list(report.rules)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("self.a < self.b", {"a": 1, "b": 2}, {"a": 2, "b": 1}),
        ("!has(self.a) || self.a.all(x, x.startsWith('v'))", {"a": ["v1"]}, {"a": ["v1", "x"]}),
        ("size(self.a) == 1", {"a": [1]}, {}),  # an absent field ends the rule, which is a refusal upstream too
        ("duration(self.a) >= duration('1s')", {"a": "1m"}, {"a": "1ms"}),
        ("duration(self.a) >= duration('1s')", {"a": "1m"}, {"a": "soon"}),
        ("quantity(self.a).isLessThan(quantity('2Gi'))", {"a": "1Gi"}, {"a": "3Gi"}),
        ("isURL(self.a) && url(self.a).getScheme() == 'https'", {"a": "https://x.example.com"}, {"a": "http://x.example.com"}),
        ("isIP(self.a)", {"a": "10.0.0.1"}, {"a": "10.0.0.256"}),
        ("self.a.split('/')[0] == 'mesh'", {"a": "mesh/x"}, {"a": "x/mesh"}),
        ("self.a.substring(0, 2) == 's3'", {"a": "s3://b"}, {"a": "gs://b"}),
        ("self.a.matches('^[a-z]+$')", {"a": "abc"}, {"a": "ABC"}),
        ("self.__namespace__ == 'n' && self.a__dash__b == 1", {"namespace": "n", "a-b": 1}, {"namespace": "m", "a-b": 1}),
    ],
)  # fmt: skip
def test_rules(rule: str, good: Body, bad: Body) -> None:
    assert checked(rule, good) == ([], [])
    assert checked(rule, bad) == ([f"does not hold: {rule}"], [])


def test_messages() -> None:
    assert checked({"rule": "self.a > 1", "message": "a must be above 1"}, {"a": 1})[0] == [
        "a must be above 1"
    ]
    spoken = {"rule": "self.a > 1", "message": "m", "messageExpression": "'a is ' + string(self.a)"}
    assert checked(spoken, {"a": 1})[0] == ["a is 1"]
    assert checked({**spoken, "messageExpression": "self.b"}, {"a": 1})[0] == ["m"]


@pytest.mark.parametrize(
    "rule",
    [
        "!format.dns1123Label().validate(self.a).hasValue()",
        "self.a.unheardOf()",
        "unheardOf(self.a)",
        "self.?a.orValue('x') == 'y'",
        "not CEL at all (",
        "self.a",
    ],
)
def test_what_cannot_be_evaluated_is_unchecked(rule: str) -> None:
    findings, unchecked = checked(rule, {"a": "x"})
    assert findings == []
    assert len(unchecked) == 1
    assert unchecked[0].startswith("example.com/v1 Thing: ")


def test_a_rule_about_updates_does_not_count_at_creation() -> None:
    assert checked("self.a == oldSelf.a", {"a": 1}) == ([], [])


def test_too_many_steps_are_not_taken() -> None:
    rule = "self.a.all(x, self.a.all(y, self.a.all(z, x + y + z >= 0)))"
    assert checked(rule, {"a": [1, 2]}) == ([], [])
    findings, unchecked = checked(rule, {"a": list(range(1000))})
    assert findings == []
    assert len(unchecked) == 1


LISTED = str(list(range(60)))


@pytest.mark.parametrize(
    "rule",
    [
        f"{LISTED}.all(a, {LISTED}.all(b, a + b < 1000))",  # the lists stand in the rule, not in the object
        "self.a.split(',').all(x, self.a.split(',').all(y, x != y + 'z'))",  # a function makes them
        f"{LISTED}.map(a, {LISTED}).all(b, b.all(c, c >= 0))",  # the rule makes a list of lists
    ],
)
def test_steps_are_counted_where_lists_are_made_by_the_rule(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No estimate from the object's values sees these lists; `self.a` is a string of 60 words."""
    monkeypatch.setattr(cel, "MOST_STEPS", 2000)
    messages, unchecked = checked(rule, {"a": ",".join(map(str, range(60)))})
    assert messages == []
    assert unchecked
    small = rule.replace(LISTED, "[0, 1, 2]")
    assert checked(small, {"a": "0,1,2"}) == ([], [])


def test_rules_are_not_looked_at_where_the_schema_does_not_hold() -> None:
    schema = {"properties": {"a": {"type": "integer"}}}
    assert checked("self.a > 1", {"a": "x"}, **schema)[0] == ["must be of type integer, not string"]


def test_defaults_are_there_when_rules_are_evaluated() -> None:
    schema = {"properties": {"a": {"type": "integer", "default": 5}}}
    assert checked("self.a > 1", {}, **schema) == ([], [])
