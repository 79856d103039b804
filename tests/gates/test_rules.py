"""Each rule on objects that break it and objects that do not: a table per rule."""

from __future__ import annotations

import pytest

from cmp.gates import Context, check
from cmp.gates.registry import GATES, STRICT_OBJECT_RULES
from cmp.kustomize.resource import Resource
from cmp.yaml import load_all

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
MODEL = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: m}\nspec: {storageUri: '%s'}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {%s}\n"
HPA = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {kind: Deployment, name: d}}\n"
ENC = "ENC[AES256_GCM,data:aa==,iv:bb==,tag:cc==,type:str]"
ENC_BASE64 = "RU5DW0FFUzI1Nl9HQ00sZGF0YTphYT09"
EXPERIMENT = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Experiment\nmetadata: {name: e}\nspec: {candidates: [{name: a, weight: %s}]}\n"

# rule, documents, fields of the findings
CASES = [
    ("no-objects", "", [""]),
    ("no-objects", CONFIG, []),
    ("incomplete", "kind: A\nmetadata: {name: n}\n", ["apiVersion"]),
    ("incomplete", "apiVersion: v1\nmetadata: {name: n}\n", ["kind"]),
    ("incomplete", "apiVersion: v1\nkind: A\n", ["metadata.name"]),
    ("incomplete", "apiVersion: ''\nkind: 1\nmetadata: {name: 2}\n", ["apiVersion", "kind", "metadata.name"]),
    ("incomplete", "apiVersion: v1\nkind: A\nmetadata: {generateName: n-}\n", []),
    ("duplicate-ids", f"{CONFIG}---\n{CONFIG}", ["metadata.name"]),
    ("duplicate-ids", f"{CONFIG}---\n{CONFIG.replace('name: c', 'name: c, namespace: here')}", ["metadata.name"]),
    ("duplicate-ids", f"{CONFIG}---\n{CONFIG.replace('name: c', 'name: c, namespace: other')}", []),
    ("duplicate-ids", "apiVersion: a/v1\nkind: A\nmetadata: {name: n}\n---\napiVersion: a/v2\nkind: A\nmetadata: {name: n}\n", ["metadata.name"]),
    ("undecrypted", f"{CONFIG}data: {{k: '{ENC}'}}\n", ["data.k"]),
    ("undecrypted", f"{CONFIG}data: {{a.b: 'x {ENC}'}}\n", ["data[a.b]"]),
    ("undecrypted", f"{CONFIG}list: [[a, '{ENC}']]\n", ["list[0][1]"]),
    ("undecrypted", f"{CONFIG}sops: {{mac: x}}\n", ["sops"]),
    ("undecrypted", f"{CONFIG}sops: {{enabled: true}}\n", []),
    ("undecrypted", f"{SECRET}data: {{k: {ENC_BASE64}}}\n", ["data.k"]),
    ("undecrypted", f"{SECRET}data: {{k: dGV4dA==, l: '!'}}\n", []),
    ("secret-data", f"{SECRET}data: {{a: dGV4dA==, b: '', c: null, d: \"dGV4\\ndA==\\n\"}}\n", []),
    ("secret-data", f"{SECRET}data: {{a: plain text, b: dGV4dA, c: 1, d: 'dGV4dA==='}}\n", ["data.a", "data.b", "data.c", "data.d"]),
    ("secret-data", f"{SECRET}stringData: {{a: 1, b: true, c: x, tls.crt: 1.5}}\n", ["stringData.a", "stringData.b", "stringData[tls.crt]"]),
    ("secret-data", f"{SECRET}data: [a]\n", ["data"]),
    ("secret-data", f"{CONFIG}data: {{a: 1}}\n", []),
    ("unresolved-reference", MODEL % "models:/fraud@champion", ["spec.storageUri"]),
    ("unresolved-reference", MODEL % "runs:/abc/model", ["spec.storageUri"]),
    ("unresolved-reference", MODEL % "mlflow-artifacts:/1/abc", ["spec.storageUri"]),
    ("unresolved-reference", MODEL % "s3://bucket/models:/x", []),
    ("placeholder", MODEL % "s3://your-mlflow-bucket/x", ["spec.storageUri"]),
    ("placeholder", MODEL % "s3://real/x", []),
    ("placeholder", f"{SECRET}stringData: {{a: REPLACE_WITH_PASSWORD}}\n", ["stringData.a"]),
    ("placeholder", f"{SECRET}data: {{a: UkVQTEFDRV9XSVRIX1g=}}\n", ["data.a"]),
    ("placeholder", f"{SECRET}stringData: {{a: '${{MINIO_ACCESS_KEY}}', b: '${{A}}/${{B}}', c: 'x${{A}}'}}\n", ["stringData.a"]),
    ("placeholder", f"{CONFIG}data: {{a: REPLACE_WITH_X}}\n", []),
    ("serving-rules", EXPERIMENT % "0", ["spec.candidates"]),
    ("serving-rules", EXPERIMENT % "10", []),
    ("autoscaled-replicas", f"{DEPLOYMENT % 'replicas: 2'}---\n{HPA}", ["spec.replicas"]),
    ("autoscaled-replicas", f"{DEPLOYMENT % ''}---\n{HPA}", []),
    ("autoscaled-replicas", DEPLOYMENT % "replicas: 2", []),
]  # fmt: skip


def resources(text):
    return [Resource(body, file="f.yaml") for body in load_all(text.encode()) if body]


@pytest.mark.parametrize(("rule", "text", "fields"), CASES)
def test_rule(rule, text, fields):
    findings = [
        finding
        for finding in check(Context(resources(text), strict=True, destination="here"))
        if finding.rule == rule
    ]
    assert [finding.field for finding in findings] == fields
    for finding in findings:
        assert finding.hint
        assert not finding.warning


def test_every_rule_has_cases_of_both_sorts():
    tested_elsewhere = {"cleartext", "disallowed-prefix"}  # with a whole render
    found = {(rule, bool(fields)) for rule, _, fields in CASES}
    wanted = {rule.ID for rule in (*GATES, *STRICT_OBJECT_RULES)} - tested_elsewhere
    assert {(rule, broken) for rule in wanted for broken in (True, False)} <= found


@pytest.mark.parametrize(("rule", "text", "fields"), [case for case in CASES if case[2] and case[1]])
@pytest.mark.parametrize("reason", ["because", "", "  "])
def test_a_waiver_needs_a_reason_and_some_rules_have_none(rule, text, fields, reason):
    module = next(each for each in (*GATES, *STRICT_OBJECT_RULES) if rule == each.ID)
    objects = resources(text)
    for each in objects:
        metadata = each.body.setdefault("metadata", {})
        metadata["annotations"] = {f"cmp.mlops/allow-{rule}": reason}
    findings = [
        finding
        for finding in check(Context(objects, strict=True, destination="here"))
        if finding.rule == rule
    ]
    if module.WAIVABLE and reason.strip():
        assert findings == []
    else:
        assert len(findings) == len(fields)
        assert ("needs a reason" in findings[0].hint) == module.WAIVABLE


def test_without_strict_the_strict_rules_warn():
    findings = check(Context(resources(f"{DEPLOYMENT % 'replicas: 2'}---\n{HPA}")))
    assert [finding.warning for finding in findings] == [True]


def test_messages_hold_no_value():
    text = f"{SECRET}data: {{a: my plain password}}\nstringData: {{b: 12345678}}\n"
    for finding in check(Context(resources(text), strict=True)):
        assert "password" not in str(finding)
        assert "12345678" not in str(finding)


def test_a_masked_placeholder_is_not_judged():
    objects = resources(MODEL % "REPLACE_WITH_token")
    assert check(Context(objects, is_masked=lambda text: "token" in text)) == []
