"""Each rule on objects that break it and objects that do not: a table per rule."""

from __future__ import annotations

import pytest

from cmp.gates import Context, check
from cmp.gates.registry import GATES, STRICT_OBJECT_RULES
from cmp.kustomize import waivers
from cmp.kustomize.resource import Resource
from cmp.yaml import load_all

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"
MODEL = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: m}\nspec: {storageUri: '%s'}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {%s}\n"
HPA = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {scaleTargetRef: {kind: Deployment, name: d}}\n"
ENC = "ENC[AES256_GCM,data:aa==,iv:bb==,tag:cc==,type:str]"
ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----"
AGE_BASE64 = "LS0tLS1CRUdJTiBBR0UgRU5DUllQVEVEIEZJTEUtLS0tLQo="
AGE_BINARY = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSA="
ISVC = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\nspec: {predictor: {%s}}\n"
RUNTIME = "apiVersion: serving.kserve.io/v1alpha1\nkind: ClusterServingRuntime\nmetadata: {name: a, namespace: %s}\n"
KIND = "apiVersion: %s\nkind: %s\nmetadata: {name: a}\n"
THERE = "apiVersion: %s\nkind: %s\nmetadata: {name: a, namespace: %s}\n"
INGRESS = "apiVersion: %s\nkind: Ingress\nmetadata: {name: a}\n"
DEFINED = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: as.x.y}\nspec: {group: x.y, scope: %s, names: {kind: A}}\n"
CUSTOM = "apiVersion: x.y/v1\nkind: A\nmetadata: {name: a, namespace: %s}\n"
ENC_BASE64 = "RU5DW0FFUzI1Nl9HQ00sZGF0YTphYT09"
EXPERIMENT = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Experiment\nmetadata: {name: e}\nspec: {candidates: [{name: a, weight: %s}]}\n"

# rule, documents, fields of the findings
CASES = [
    ("no-objects", "", [""]),
    ("no-objects", CONFIG, []),
    ("no-objects", "apiVersion: v1\nkind: ConfigMapList\nmetadata: {name: n}\nitems: []\n", [""]),
    ("no-objects", "apiVersion: v1\nkind: A\nmetadata: {name: n}\nitems: null\n", [""]),
    ("no-objects", "apiVersion: v1\nkind: A\nmetadata: {name: n}\nitems: null\nspec: {}\n", []),
    ("no-objects", "apiVersion: v1\nkind: A\nmetadata: {name: n}\nitems: ~\nstatus: {}\n", []),
    ("no-objects", "apiVersion: v1\nkind: List\nmetadata: {name: n}\nitems:\n---\napiVersion: v1\nkind: B\nmetadata: {name: n}\nitems: []\n", [""]),
    ("top-level-items", f"{CONFIG}items: []\n", ["items"]),
    ("top-level-items", f"{CONFIG.replace('ConfigMap', 'Listing')}items: []\n", ["items"]),
    ("top-level-items", f"{CONFIG.replace('ConfigMap', 'ConfigMapList')}items: [{{apiVersion: v1, kind: A, metadata: {{name: n}}}}]\n", []),
    ("top-level-items", f"{CONFIG}items: null\n", ["items"]),
    ("top-level-items", f"{CONFIG}items: {{a: b}}\n", ["items"]),
    ("top-level-items", f"{CONFIG}spec: {{items: []}}\n", []),
    ("incomplete", "kind: A\nmetadata: {name: n}\n", ["apiVersion"]),
    ("incomplete", "apiVersion: v1\nmetadata: {name: n}\n", ["kind"]),
    ("incomplete", "apiVersion: v1\nkind: A\n", ["metadata.name"]),
    ("incomplete", "apiVersion: ''\nkind: 1\nmetadata: {name: 2}\n", ["apiVersion", "kind", "metadata.name"]),
    ("incomplete", "apiVersion: v1\nkind: A\nmetadata: {generateName: n-}\n", []),
    ("duplicate-ids", f"{CONFIG}---\n{CONFIG}", ["metadata.name"]),
    ("duplicate-ids", f"{CONFIG}---\n{CONFIG.replace('name: c', 'name: c, namespace: here')}", ["metadata.name"]),
    ("duplicate-ids", f"{CONFIG}---\n{CONFIG.replace('name: c', 'name: c, namespace: other')}", []),
    ("duplicate-ids", "apiVersion: a/v1\nkind: A\nmetadata: {name: n}\n---\napiVersion: a/v2\nkind: A\nmetadata: {name: n}\n", ["metadata.name"]),
    ("duplicate-ids", f"{RUNTIME % 'x'}---\n{RUNTIME % 'y'}", ["metadata.name"]),
    ("duplicate-ids", f"{INGRESS % 'extensions/v1beta1'}---\n{INGRESS % 'networking.k8s.io/v1'}", ["metadata.name"]),
    ("duplicate-ids", f"{INGRESS % 'extensions/v1beta1'}---\n{INGRESS % 'traefik.io/v1'}", []),
    ("duplicate-ids", f"{KIND % ('extensions/v1beta1', 'NetworkPolicy')}---\n{KIND % ('networking.k8s.io/v1', 'NetworkPolicy')}", ["metadata.name"]),
    ("duplicate-ids", f"{KIND % ('extensions/v1beta1', 'Deployment')}---\n{KIND % ('apps/v1', 'Deployment')}", ["metadata.name"]),
    ("duplicate-ids", f"{KIND % ('v1', 'Event')}---\n{KIND % ('events.k8s.io/v1', 'Event')}", ["metadata.name"]),
    ("duplicate-ids", f"{KIND % ('v1', 'Service')}---\n{KIND % ('serving.knative.dev/v1', 'Service')}", []),
    ("duplicate-ids", f"{THERE % ('rbac.authorization.k8s.io/v1', 'ClusterRole', 'x')}---\n{THERE % ('rbac.authorization.k8s.io/v1', 'ClusterRole', 'y')}", ["metadata.name"]),
    ("duplicate-ids", f"{THERE % ('v1', 'Namespace', 'x')}---\n{KIND % ('v1', 'Namespace')}", ["metadata.name"]),
    ("duplicate-ids", f"{THERE % ('cert-manager.io/v1', 'ClusterIssuer', 'x')}---\n{THERE % ('cert-manager.io/v1', 'ClusterIssuer', 'y')}", ["metadata.name"]),
    ("duplicate-ids", f"{THERE % ('cert-manager.io/v1', 'Issuer', 'x')}---\n{THERE % ('cert-manager.io/v1', 'Issuer', 'y')}", []),
    ("duplicate-ids", f"{CUSTOM % 'x'}---\n{DEFINED % 'Cluster'}---\n{CUSTOM % 'y'}", ["metadata.name"]),
    ("duplicate-ids", f"{CUSTOM % 'x'}---\n{DEFINED % 'Namespaced'}---\n{CUSTOM % 'y'}", []),
    ("undecrypted", f"{CONFIG}data: {{k: '{ENC}'}}\n", ["data.k"]),
    ("undecrypted", f"{CONFIG}data: {{a.b: 'x {ENC}'}}\n", ["data[a.b]"]),
    ("undecrypted", f"{CONFIG}list: [[a, '{ENC}']]\n", ["list[0][1]"]),
    ("undecrypted", f"{CONFIG}sops: {{mac: x}}\n", ["sops"]),
    ("undecrypted", f"{CONFIG}sops: {{enabled: true}}\n", []),
    ("undecrypted", f"{SECRET}data: {{k: {ENC_BASE64}}}\n", ["data.k"]),
    ("undecrypted", f"{SECRET}data: {{k: dGV4dA==, l: '!'}}\n", []),
    ("undecrypted", f"{SECRET}stringData: {{'{ENC}': x}}\n", ["stringData.(a key)"]),
    ("undecrypted", f"{CONFIG}data: {{'x {ENC}': x}}\n", ["data.(a key)"]),
    ("undecrypted", f"{CONFIG}spec: [{{'{ENC}': {{a: b}}}}]\n", ["spec[0].(a key)"]),
    ("undecrypted", f"{CONFIG}binaryData: {{a.bin: {ENC_BASE64}, b: dGV4dA==}}\n", ["binaryData[a.bin]"]),
    ("undecrypted", f"{SECRET}stringData: {{a: '{ARMOR}', b.age: 'x {ARMOR}'}}\n", ["stringData.a", "stringData[b.age]"]),
    ("undecrypted", f"{SECRET}data: {{a: {AGE_BASE64}, b: {AGE_BINARY}, c.age: {AGE_BASE64}}}\n", ["data.a", "data.b", "data[c.age]"]),
    ("undecrypted", f"{SECRET}data: {{a.age: {AGE_BINARY}}}\n", []),
    ("undecrypted", f"{SECRET}data: {{a.age: {ENC_BASE64}}}\n", ["data[a.age]"]),
    ("undecrypted", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {encryptedData: {k: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq}}\n", []),
    ("secret-data", f"{SECRET}stringData: {{'PASSWORD: hunter2': x}}\ndata: {{a b: dGV4dA==}}\n", ["data", "stringData"]),
    ("secret-data", f"{SECRET}data: {{a: dGV4dA==, b: '', c: null, d: \"dGV4\\ndA==\\n\"}}\n", []),
    ("secret-data", f"{SECRET}data: {{a: plain text, b: dGV4dA, c: 1, d: 'dGV4dA==='}}\n", ["data.a", "data.b", "data.c", "data.d"]),
    ("secret-data", f"{SECRET}stringData: {{a: 1, b: true, c: x, tls.crt: 1.5}}\n", ["stringData.a", "stringData.b", "stringData[tls.crt]"]),
    ("secret-data", f"{SECRET}stringData: {{'..': x, '.': x, ..a: x, {'k' * 254}: x}}\n", ["stringData"] * 4),
    ("secret-data", f"{SECRET}stringData: {{.a: x, a..b: x, {'k' * 253}: x}}\n", []),
    ("secret-data", f"{SECRET}data: [a]\n", ["data"]),
    ("secret-data", f"{CONFIG}data: {{a: 1}}\n", []),
    ("unresolved-reference", MODEL % "models:/fraud@champion", ["spec.storageUri"]),
    ("unresolved-reference", MODEL % " models:/x/1", ["spec.storageUri"]),
    ("unresolved-reference", MODEL % "Models:/x/1\\t", ["spec.storageUri"]),
    ("unresolved-reference", ISVC % "initContainers: [{name: i, env: [{name: STORAGE_URI, value: 'runs:/a/b'}]}]", ["spec.predictor.initContainers[0].env[0].value"]),
    ("unresolved-reference", ISVC % "workerSpec: {containers: [{name: i, env: [{name: STORAGE_URI, value: 'models:/a/1'}]}]}", ["spec.predictor.workerSpec.containers[0].env[0].value"]),
    ("unresolved-reference", ISVC % "workerSpec: {initContainers: [{name: i, env: [{name: STORAGE_URI, value: ' models:/a/1 '}]}]}", ["spec.predictor.workerSpec.initContainers[0].env[0].value"]),
    ("unresolved-reference", ISVC % "model: {env: [{name: STORAGE_URI, value: 'models:/a/1'}]}", ["spec.predictor.model.env[0].value"]),
    ("unresolved-reference", ISVC % "containers: [{name: i, env: [{name: MLFLOW_MODEL, value: 'models:/a/1'}]}]", []),
    ("unresolved-reference", MODEL % "runs:/abc/model", ["spec.storageUri"]),
    ("unresolved-reference", DEPLOYMENT % "template: {spec: {containers: [{name: a, args: [--model, 'models:/a/1']}]}}", ["spec.template.spec.containers[0].args[1]"]),
    ("unresolved-reference", DEPLOYMENT % "template: {spec: {containers: [{name: a, command: [serve, '--model-path=runs:/a/b']}]}}", ["spec.template.spec.containers[0].command[1]"]),
    ("unresolved-reference", DEPLOYMENT % "template: {spec: {containers: [{name: a, args: [--registry, 'models:/a/1']}]}}", []),
    ("placeholder", DEPLOYMENT % "template: {spec: {containers: [{name: a, args: [--model=REPLACE_WITH_MODEL]}]}}", ["spec.template.spec.containers[0].args[0]"]),
    ("placeholder", ISVC % "model: {args: [--model_id, REPLACE_WITH_MODEL]}", ["spec.predictor.model.args[1]"]),
    ("placeholder", DEPLOYMENT % "template: {spec: {containers: [{name: a, args: [--title=REPLACE_WITH_MODEL]}]}}", []),
    ("unresolved-reference", MODEL % "mlflow-artifacts:/1/abc", ["spec.storageUri"]),
    ("unresolved-reference", MODEL % "s3://bucket/models:/x", []),
    ("placeholder", MODEL % "s3://your-mlflow-bucket/x", ["spec.storageUri"]),
    ("placeholder", MODEL % "s3://real/x", []),
    ("placeholder", MODEL % "${MODEL_URI}", ["spec.storageUri"]),
    ("placeholder", MODEL % "$MODEL_URI", ["spec.storageUri"]),
    ("placeholder", MODEL % "<model uri>", ["spec.storageUri"]),
    ("placeholder", MODEL % "s3://real/$x<y>", []),
    ("placeholder", f"{SECRET}stringData: {{a: REPLACE_WITH_PASSWORD}}\n", ["stringData.a"]),
    ("placeholder", f"{SECRET}data: {{a: UkVQTEFDRV9XSVRIX1g=}}\n", ["data.a"]),
    ("placeholder", f"{SECRET}stringData: {{a: '${{MINIO_ACCESS_KEY}}', b: '${{A}}/${{B}}', c: 'x${{A}}'}}\n", ["stringData.a"]),
    ("placeholder", f"{SECRET}stringData: {{a: changeme, b: Change-Me!, c: ' <password> ', d: $PASSWORD, e: your_password, f: TODO}}\n", [f"stringData.{key}" for key in "abcdef"]),
    ("placeholder", f"{SECRET}data: {{a: Y2hhbmdlbWUK, b: PHBhc3N3b3JkPg==}}\n", ["data.a", "data.b"]),
    ("placeholder", f"{SECRET}stringData: {{a: I changeme, b: '<a><b>', c: $apr1$x, d: $5, e: todos, f: '<>', g: 'a$PASSWORD'}}\n", []),
    ("placeholder", f"{CONFIG}data: {{a: changeme, b: $PASSWORD}}\n", []),
    ("placeholder", f"{CONFIG}data: {{a: REPLACE_WITH_X}}\n", []),
    ("serving-rules", EXPERIMENT % "0", ["spec.candidates"]),
    ("serving-rules", EXPERIMENT % "10", []),
    ("autoscaled-replicas", f"{DEPLOYMENT % 'replicas: 2'}---\n{HPA}", ["spec.replicas"]),
    ("autoscaled-replicas", f"{DEPLOYMENT % ''}---\n{HPA}", []),
    ("autoscaled-replicas", DEPLOYMENT % "replicas: 2", []),
]  # fmt: skip


def resources(text):
    return [Resource(body, file="f.yaml") for body in load_all(text.encode()) if isinstance(body, dict)]


@pytest.mark.parametrize("printed", [False, True], ids=["objects", "with-their-text"])
@pytest.mark.parametrize(("rule", "text", "fields"), CASES)
def test_rule(rule, text, fields, printed):
    """The text that is printed spares gates a search, and must not hide anything."""
    context = Context(resources(text), text=text if printed else "", strict=True, destination="here")
    findings = [finding for finding in check(context) if finding.rule == rule]
    assert [finding.field for finding in findings] == fields
    for finding in findings:
        assert finding.cure
        assert finding.severity == "error"


@pytest.mark.parametrize(
    ("rule", "text", "fields"),
    [
        (
            "secret-data",
            f"{CONFIG}items: [{{apiVersion: v1, kind: Secret, metadata: {{name: n}}, stringData: {{k: 5}}}}]\n",
            ["stringData.k"],
        ),
        (
            "incomplete",
            f"{CONFIG}items: [7, {{apiVersion: v1, kind: A, metadata: {{name: n}}}}]\n",
            ["apiVersion", "kind", "metadata.name"],
        ),
    ],
)
def test_rules_look_at_the_items_that_argo_cd_would_apply(rule, text, fields):
    test_rule(rule, text, fields, printed=False)


def test_every_rule_has_cases_of_both_sorts():
    tested_elsewhere = {"cleartext", "disallowed-prefix", "stale-reference"}  # with a whole build
    found = {(rule, bool(fields)) for rule, _, fields in CASES}
    wanted = {rule.ID for rule in (*GATES, *STRICT_OBJECT_RULES)} - tested_elsewhere
    assert {(rule, broken) for rule in wanted for broken in (True, False)} <= found


@pytest.mark.parametrize(("rule", "text", "fields"), [case for case in CASES if case[2] and case[1]])
@pytest.mark.parametrize("reason", ["because", "", "  ", "\u2060", "\u200b", "\u3164", "...", "12345", 7])
def test_a_waiver_needs_a_reason_and_some_rules_have_none(rule, text, fields, reason):
    module = next(each for each in (*GATES, *STRICT_OBJECT_RULES) if rule == each.ID)
    objects = resources(text)
    for each in objects:
        metadata = each.body.setdefault("metadata", {})
        metadata["annotations"] = {f"cmp.mlops/allow-{rule}": reason}
        waivers.count(each, [f"cmp.mlops/allow-{rule}"])
    findings = [
        finding
        for finding in check(Context(objects, strict=True, destination="here"))
        if finding.rule == rule
    ]
    if module.WAIVABLE and reason == "because":
        assert findings == []
    else:
        assert len(findings) == len(fields)
        assert ("needs a reason" in findings[0].cure) == module.WAIVABLE


def test_without_strict_the_strict_rules_warn():
    findings = check(Context(resources(f"{DEPLOYMENT % 'replicas: 2'}---\n{HPA}")))
    assert [finding.severity for finding in findings] == ["warning"]


def test_messages_hold_no_value():
    text = f"{SECRET}data: {{a: my plain password}}\nstringData: {{b: 12345678}}\n"
    text += f"---\n{SECRET}stringData: {{'A: my password': CHANGEME}}\n"
    for finding in check(Context(resources(text), strict=True)):
        assert "password" not in str(finding)
        assert "12345678" not in str(finding)


def test_a_masked_placeholder_is_not_judged():
    objects = resources(MODEL % "REPLACE_WITH_token")
    assert check(Context(objects, is_masked=lambda text: "token" in text)) == []
