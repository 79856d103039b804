"""Each rule on the smallest objects that break it, and on those that do not; waivers; reports; policies."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("celpy", reason="the extra 'validate' is not installed")

from cmp.errors import CmpError
from cmp.validate import Inputs, Report, registry, report, validate
from cmp.validate.cel import CelError, Expression
from cmp.validate.context import Context
from cmp.validate.policies import read
from cmp.validate.policy_matching import plural
from cmp.validate.schemas import Schemas

Body = dict[str, Any]


def obj(kind: str, api: str = "v1", name: str = "x", meta: Body | None = None, **rest: Any) -> Body:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **(meta or {})}, **rest}


def deployment(
    image: str = "r/x:v1.0",
    limits: Any = None,
    meta: Body | None = None,
    replicas: int | None = None,
    **container: Any,
) -> Body:
    full = {
        "name": "c",
        "image": image,
        "resources": {"limits": limits or {"cpu": "1", "memory": "1Gi"}},
        **container,
    }
    spec: Body = {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [full]}},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return obj("Deployment", "apps/v1", meta=meta, spec=spec)


PROD = {"labels": {"environment": "production"}}
HPA = obj(
    "HorizontalPodAutoscaler",
    "autoscaling/v2",
    spec={"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}},
)
BINDING = obj(
    "RoleBinding",
    "rbac.authorization.k8s.io/v1",
    meta={"namespace": "n"},
    roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
    subjects=[{"kind": "ServiceAccount", "name": "sa", "namespace": "old"}],
)


def claim(size: str) -> Body:
    return obj(
        "PersistentVolumeClaim",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}},
    )


# rule -> (context that breaks it, context that does not)
RULES: dict[str, tuple[Context, Context]] = {
    "missing-limits": (Context([deployment(limits={"cpu": "1"})]), Context([deployment()])),
    "latest-tag": (
        Context([deployment("reg:5000/x")]),
        Context([deployment("reg:5000/x:v1"), deployment("x@sha256:" + "a" * 64)]),
    ),
    "unpinned-production": (
        Context([deployment("x:stable", meta=PROD)]),
        Context([deployment("x:stable"), deployment("x:v1.2.3", meta=PROD)]),
    ),
    "hpa-with-replicas": (Context([deployment(replicas=2), HPA]), Context([deployment(), HPA])),
    "plain-secret": (
        Context([], files={"s.yaml": [obj("Secret", data={"k": "dg=="})]}),
        Context([], files={"s.yaml": [{**obj("Secret", data={"k": "ENC[]"}), "sops": {}}]}),
    ),
    "selector-labels": (
        Context([], files={"kustomization.yaml": [{"commonLabels": {"a": "b"}}]}),
        Context(
            [deployment()],
            before=[deployment()],
            files={"kustomization.yaml": [{"labels": [{"pairs": {"a": "b"}}]}]},
        ),
    ),
    "pvc-shrink": (
        Context([claim("1Gi")], before=[claim("2000Mi")]),
        Context([claim("2Gi")], before=[claim("2000Mi")]),
    ),
    "reserved-annotation": (
        Context([obj("ConfigMap", meta={"annotations": {"deployment.kubernetes.io/revision": "42"}})]),
        Context([obj("ConfigMap", meta={"annotations": {"release": "42"}})]),
    ),
    "subject-not-found": (
        Context([BINDING]),
        Context([BINDING, obj("ServiceAccount", name="sa", meta={"namespace": "old"})]),
    ),
    "extended-resource": (
        Context(
            [
                deployment(
                    resources={"requests": {"nvidia.com/gpu": "1"}, "limits": {"cpu": "1", "memory": "1Gi"}}
                )
            ]
        ),
        Context([deployment(limits={"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "1"})]),
    ),
    "sealed-namespace": (
        Context(
            [
                obj(
                    "SealedSecret",
                    "bitnami.com/v1alpha1",
                    meta={"namespace": "a"},
                    spec={"template": {"metadata": {"namespace": "b"}}},
                )
            ]
        ),
        Context(
            [
                obj(
                    "SealedSecret",
                    "bitnami.com/v1alpha1",
                    meta={"namespace": "a"},
                    spec={"template": {"metadata": {"namespace": "a"}}},
                )
            ]
        ),
    ),
    "backend-not-found": (
        Context(
            [obj("Ingress", "networking.k8s.io/v1", spec={"defaultBackend": {"service": {"name": "s"}}})]
        ),
        Context(
            [
                obj("Ingress", "networking.k8s.io/v1", spec={"defaultBackend": {"service": {"name": "s"}}}),
                obj("Service", name="s"),
            ]
        ),
    ),
    "model-approval": (
        Context([obj("Model", "mlops.seldon.io/v1alpha1", meta=PROD, spec={"storageUri": "s3://b/k"})]),
        Context(
            [
                obj(
                    "Model",
                    "mlops.seldon.io/v1alpha1",
                    meta={**PROD, "annotations": {"cmp.mlops/version": "3"}},
                    spec={"storageUri": "s3://b/k"},
                )
            ]
        ),
    ),
}


# A file per rule: objects (and files behind them) that break it, field and message, and some that do not.
FIXTURES = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((Path(__file__).parent / "fixtures").glob("*.yaml"))
}


def test_every_rule_has_a_fixture() -> None:
    assert not RULES.keys() & FIXTURES.keys()
    assert {rule.ID for rule in registry.RULES} == RULES.keys() | FIXTURES.keys()


@pytest.mark.parametrize("rule", FIXTURES)
def test_fixture(rule: str) -> None:
    case = FIXTURES[rule]
    found = {
        which: [
            finding
            for finding, _ in registry.run(Context(case[which]["objects"], files=case[which].get("files")))
            if finding.rule == rule
        ]
        for which in ("bad", "good")
    }
    assert (case["field"], case["finds"]) in [(each.field, each.message) for each in found["bad"]]
    assert found["good"] == []


CREDENTIAL = {"name": "DB_PASSWORD", "value": "hunter2"}
MONITOR = {"selector": {"matchLabels": {"app": "q"}}, "endpoints": [{"port": "http"}]}
DROP = {"action": "drop", "sourceLabels": ["__name__"], "regex": "q_latency_.*"}
WATCHED = [
    obj("Service", name="q", meta={"labels": {"app": "q", "team": "ml"}}),
    obj("PodMonitor", name="pods", meta={"namespace": "n"}, spec={}),
]


def alert(expression: str) -> Body:
    return obj(
        "PrometheusRule", spec={"groups": [{"name": "g", "rules": [{"alert": "A", "expr": expression}]}]}
    )


def vertical(**more: Any) -> Body:
    target = {"kind": "Deployment", "name": "x"}
    return obj(
        "VerticalPodAutoscaler", spec={"targetRef": target, "updatePolicy": {"updateMode": "Auto"}, **more}
    )


POLICY_OBJECT = obj("NetworkPolicy", spec={"egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}]})
SEALED = obj("SealedSecret", meta={"namespace": "a"})


@pytest.mark.parametrize(
    ("rule", "context", "messages"),
    [
        (
            "clear-credentials",
            Context([deployment(env=[CREDENTIAL])]),
            ["the value of a credential stands in the manifest"],
        ),
        ("clear-credentials", Context([deployment(env=[{"name": "TOKEN", "value": "$(OTHER)"}])]), []),
        (
            "clear-credentials",
            Context([deployment(args=["--db", "mysql://u:p@h/d"])]),
            ["a URL holds a password"],
        ),
        (
            "clear-credentials",
            Context([obj("ConfigMap", data={"u": "https://u:p@h"})]),
            ["a URL holds a password"],
        ),
        (
            "alert-without-scrape",
            Context(
                [*WATCHED, obj("ServiceMonitor", spec={**MONITOR, "jobLabel": "team"}), alert('x{job="q"}')]
            ),
            ["no monitor scrapes the job q; scraped are: ml, n/pods"],
        ),
        ("alert-without-scrape", Context([alert('x{job="q"}')]), []),
        (
            "alert-without-scrape",
            Context(
                [
                    *WATCHED,
                    obj("ServiceMonitor", spec={**MONITOR, "endpoints": [{"metricRelabelings": [DROP]}]}),
                    alert("rate(q_latency_bucket[5m]) > 1"),
                ]
            ),
            ["a metricRelabelings entry of a monitor drops q_latency_bucket"],
        ),
        (
            "vpa-with-hpa",
            Context(
                [HPA, vertical(resourcePolicy={"containerPolicies": [{"controlledResources": ["memory"]}]})]
            ),
            [],
        ),
        ("vpa-with-hpa", Context([HPA, vertical()]), ["a HorizontalPodAutoscaler scales by cpu too"]),
        ("network-policy-peer", Context([POLICY_OBJECT]), ["port 53 is open for UDP and not for TCP"]),
        (
            "sealed-namespace",
            Context([SEALED], files={"s.yaml": [obj("SealedSecret", meta={"namespace": "b"})]}),
            ["it was sealed for the namespace b"],
        ),
        (
            "reserved-annotation",
            Context(
                [
                    obj(
                        "Deployment",
                        spec={"template": {"metadata": {"annotations": {"deployment.kubernetes.io/x": "1"}}}},
                    )
                ]
            ),
            ["belongs to the Deployment controller"],
        ),
        (
            "stale-host",
            Context(
                [obj("Service", name="postgres-dev"), obj("ConfigMap", data={"u": "http://postgres:5432/x"})],
                files={"p.yml": [obj("Service", name="postgres")]},
            ),
            ["the string names postgres, which is postgres-dev in the output"],
        ),
        (
            "stale-host",
            Context(
                [obj("Service", name="mlflow"), obj("ConfigMap", data={"u": "http://mlflow.elsewhere.svc"})]
            ),
            [],
        ),
        ("pvc-shrink", Context([claim("x")], before=[claim("1Gi")]), []),
    ],
)
def test_more_of_a_rule(rule: str, context: Context, messages: list[str]) -> None:
    found = [finding for finding, _ in registry.run(context) if finding.rule == rule]
    assert [finding.message for finding in found] == messages
    assert "hunter2" not in str(found)


@pytest.mark.parametrize("rule", registry.RULES, ids=lambda rule: rule.ID)
def test_every_rule_explains_itself(rule: Any) -> None:
    assert rule.__doc__ and rule.TITLE and rule.WHY and rule.CURE
    assert rule.SEVERITY in ("error", "warning", "info")


def test_a_misshapen_object_is_never_passed_in_silence() -> None:
    found = [finding for finding, _ in registry.run(Context([obj("Ingress", spec={"rules": [1]})]))]
    assert [(each.rule, each.severity) for each in found] == [("backend-not-found", "error")]
    assert "not finished" in found[0].message


def test_the_page_lists_every_rule() -> None:
    page = (Path(__file__).parents[2] / "docs" / "validate.md").read_text()
    for rule in registry.RULES:
        mark = "" if rule.SEVERITY == "error" else f" ({rule.SEVERITY})"
        assert f"| `{rule.ID}`{mark} | {rule.TITLE} | {rule.CURE} |" in page


@pytest.mark.parametrize("rule", RULES)
def test_rule(rule: str) -> None:
    bad, good = RULES[rule]
    assert rule in {finding.rule for finding, _ in registry.run(bad)}
    assert rule not in {finding.rule for finding, _ in registry.run(good)}


def test_a_waiver_needs_a_reason() -> None:
    def found(reason: str) -> Report:
        body = deployment(
            limits={"cpu": "1"}, meta={"annotations": {"cmp.mlops/waive-missing-limits": reason}}
        )
        return validate(Inputs(Context([body]), Schemas()))

    assert found("batch job, bounded by its node").waived[0][1] == "batch job, bounded by its node"
    assert not found("batch job, bounded by its node").fails("warning")
    assert found("  ").fails("warning")


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (obj("Service", spec={"ports": [{"port": "http"}]}), "spec.ports[0].port", "integer"),
        (
            obj("Service", spec={"selektor": {}}),
            "spec.selektor",
            "unknown field selektor, did you mean selector?",
        ),
        (
            obj("Experiment", "mlops.seldon.io/v1alpha1", spec={"candidates": [{"name": "a", "weight": -1}]}),
            "spec.candidates[0].weight",
            "minimum",
        ),
        (
            obj("Experiment", "mlops.seldon.io/v1alpha1", spec={"candidates": [], "config": {"shadow": 1}}),
            "spec.config",
            "unknown field config",
        ),
        (obj("Model", "mlops.seldon.io/v1alpha1", spec={}), "spec", "needs storageUri"),
        (
            obj("PodSecurityPolicy", "policy/v1beta1"),
            "apiVersion",
            "has no PodSecurityPolicy in policy/v1beta1",
        ),
        (obj("Server", "mlserver.seldon.io/v1alpha1"), "apiVersion", "Server is known in mlops.seldon.io"),
    ],
)
def test_schema_findings_name_the_field(body: Body, field: str, message: str) -> None:
    found = validate(Inputs(Context([body]), Schemas())).findings
    assert any(finding.field == field and message in finding.message for finding in found), found


def test_a_wrong_value_is_never_quoted() -> None:
    body = obj("Secret", data={"k": ["hunter2"]}, stringData={"k": {"deep": "hunter2"}}, type=["hunter2"])
    result = validate(Inputs(Context([body]), Schemas()))
    assert result.fails("error")
    assert "hunter2" not in report.text(result) + report.as_json(result) + report.junit(
        result
    ) + report.sarif(result, "1")


def test_an_unknown_kind_is_unchecked_and_not_passed() -> None:
    result = validate(Inputs(Context([obj("Thing", "example.com/v1")]), Schemas()))
    assert (result.checked, result.unchecked) == (0, {"example.com/v1 Thing": 1})


CRD: Body = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {
                                    "size": {"x-kubernetes-int-or-string": True},
                                    "note": {"type": "string", "nullable": True},
                                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                                },
                            }
                        },
                    }
                },
            }
        ],
    },
}
FLAT: Body = {
    "group": "example.com",
    "version": "v1",
    "kind": "Thing",
    "schema": CRD["spec"]["versions"][0]["schema"]["openAPIV3Schema"],
}
BARE = {
    "properties": {
        "apiVersion": {"enum": ["example.com/v1"]},
        "kind": {"enum": ["Thing"]},
        **FLAT["schema"]["properties"],
    }
}


@pytest.mark.parametrize("content", [CRD, FLAT, BARE], ids=["definition", "flat", "kubeconform"])
def test_schemas_from_files(content: Body, tmp_path: Path) -> None:
    (tmp_path / "thing.json").write_text(json.dumps(content))
    schemas = Schemas(paths=(str(tmp_path),))
    good = obj("Thing", "example.com/v1", spec={"size": 5, "note": None, "free": {"anything": 1}})
    assert list(schemas.problems(good) or ()) == []
    bad = obj("Thing", "example.com/v1", spec={"size": 5.5, "sise": 1})
    assert len(list(schemas.problems(bad) or ())) == 2


@pytest.mark.parametrize("content", [FLAT | {"served": False}, CRD], ids=["flat", "definition"])
def test_a_version_that_is_no_longer_served(content: Body, tmp_path: Path) -> None:
    if "spec" in content:
        content = json.loads(json.dumps(content))
        content["spec"]["versions"][0]["served"] = False
    (tmp_path / "thing.json").write_text(json.dumps(content))
    problems = list(Schemas(paths=(str(tmp_path),)).problems(obj("Thing", "example.com/v1")) or ())
    assert problems == [("apiVersion", "example.com/v1 is no longer served for Thing")]


def test_groups_below_k8s_io_that_are_no_part_of_kubernetes_are_unchecked() -> None:
    assert Schemas().problems(obj("VolumeSnapshot", "snapshot.storage.k8s.io/v1")) is None


def test_a_missing_schema_folder_is_an_error() -> None:
    with pytest.raises(CmpError, match="no such"):
        Schemas(paths=("/nowhere/at/all",))


def test_an_unknown_kubernetes_version_names_the_known_ones() -> None:
    with pytest.raises(CmpError) as caught:
        list(Schemas("1.2").problems(obj("Service")) or ())
    assert "known are" in caught.value.hint


POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}]
  matchConditions: [{name: named, expression: "object.metadata.name != 'free'"}]
  variables: [{name: count, expression: "has(object.spec.replicas) ? object.spec.replicas : 1"}]
  validations: [{expression: "variables.count <= 5", message: too many}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few}
spec: {policyName: few, validationActions: [Audit, Warn]}
"""


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (deployment(replicas=9), ["too many"]),
        (deployment(replicas=3), []),
        (deployment(), []),
        ({**deployment(replicas=9), "metadata": {"name": "free"}}, []),
        (obj("StatefulSet", "apps/v1", spec={"replicas": 9}), []),
    ],
)
def test_policies(body: Body, messages: list[str]) -> None:
    (policy,) = read(POLICY.encode())
    found = [finding for finding, _ in policy.check([body])]
    assert [finding.message for finding in found] == messages
    assert all(finding.severity == "warning" and finding.rule == "policy:few" for finding in found)


def test_a_policy_about_pods_meets_pod_templates() -> None:
    text = (
        POLICY.replace("apps", '""')
        .replace("deployments", "pods")
        .replace("object.spec.replicas", "object.spec.priority")
    )
    (policy,) = read(text.encode())
    body = deployment()
    body["spec"]["template"]["spec"]["priority"] = 9
    body["spec"]["template"]["metadata"]["name"] = "x"
    assert [finding.message for finding, _ in policy.check([body])] == ["too many"]


FULL = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: limits}
spec:
  failurePolicy: %s
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: ["*"], operations: ["*"], resources: ["*"]}]
    excludeResourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: ["*"], resources: ["*"], resourceNames: [left-out]}
    objectSelector: {matchExpressions: [{key: skip, operator: DoesNotExist}]}
  variables:
    - {name: memory, expression: "object.spec.template.spec.containers[0].resources.limits.memory"}
    - {name: above, expression: "quantity(variables.memory).isGreaterThan(quantity(params.data.most))"}
  validations:
    - expression: "!variables.above"
      messageExpression: "'memory ' + variables.memory + ' is more than ' + params.data.most"
      message: too much memory
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: limits}
spec:
  policyName: limits
  validationActions: [Deny]
  paramRef: {name: %s, parameterNotFoundAction: %s}
  matchResources: {namespaceSelector: {matchLabels: {environment: production}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: most}
data: {most: 2Gi}
"""


def sized(memory: str, **meta: Any) -> Body:
    return deployment(limits={"cpu": "1", "memory": memory}, meta=meta)


@pytest.mark.parametrize(
    ("bodies", "filled", "found"),
    [
        ([sized("4Gi")], ("Fail", "most", "Deny"), [("error", "memory 4Gi is more than 2Gi")]),
        ([sized("1Gi")], ("Fail", "most", "Deny"), []),
        ([sized("4Gi", name="left-out")], ("Fail", "most", "Deny"), []),
        ([sized("4Gi", labels={"skip": "yes"})], ("Fail", "most", "Deny"), []),
        ([sized("a lot")], ("Fail", "most", "Deny"), [("error", "a condition or variable of the policy")]),
        ([sized("a lot")], ("Ignore", "most", "Deny"), [("info", "a condition or variable of the policy")]),
        ([sized("4Gi")], ("Fail", "gone", "Deny"), [("error", "paramRef names is not in the policy's file")]),
        ([sized("4Gi")], ("Fail", "gone", "Allow"), []),
        (
            [
                sized("4Gi", namespace="n"),
                obj("Namespace", name="n", meta={"labels": {"environment": "staging"}}),
            ],
            ("Fail", "most", "Deny"),
            [],
        ),
    ],
)
def test_all_parts_of_a_policy(
    bodies: list[Body], filled: tuple[str, str, str], found: list[tuple[str, str]]
) -> None:
    (policy,) = read((FULL % filled).encode(), "p.yaml")
    findings = [finding for finding, _ in policy.check(bodies)]
    assert [each.severity for each in findings] == [severity for severity, _ in found]
    assert all(text in each.message for each, (_, text) in zip(findings, found, strict=True)), findings


def test_an_expression_that_is_no_boolean_or_calls_the_unknown_does_not_hold() -> None:
    for expression in ("1 + 1", "authorizer.group('').check('get').allowed()"):
        (policy,) = read(POLICY.replace("variables.count <= 5", expression).encode())
        assert [finding.severity for finding, _ in policy.check([deployment()])] == ["warning"]


@pytest.mark.parametrize("text", ["a: b\n", POLICY.replace("<= 5", "<= <= 5")])
def test_a_broken_policy_is_an_error(text: str) -> None:
    with pytest.raises(CmpError, match=r"CEL|holds no"):
        read(text.encode(), "p.yaml")


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("NetworkPolicy", "networkpolicies"),
        ("Ingress", "ingresses"),
        ("Pod", "pods"),
        ("Gateway", "gateways"),
    ],
)
def test_plurals(kind: str, word: str) -> None:
    assert plural(kind) == word


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('quantity("1Gi") == quantity("1024Mi")', True),
        ('quantity("1Gi") == quantity("1G")', False),
        ('quantity("9007199254740993").isGreaterThan(quantity("9007199254740992"))', True),
        ('quantity(".5Gi").isLessThan(quantity("1Gi"))', True),
        ('quantity("1e3").asInteger() == 1000', True),
        ('quantity("100u").isInteger()', False),
        ('quantity("-1").sign() == -1', True),
        ('quantity("1").compareTo(quantity("2")) == -1', True),
        ('quantity("0.5").asApproximateFloat() == 0.5', True),
        ('isQuantity("1E")', True),
        ('isQuantity("1x")', False),
    ],
)
def test_quantities_in_policies(expression: str, value: bool) -> None:
    assert bool(Expression(expression).evaluate({})) is value


@pytest.mark.parametrize("expression", ['quantity("x")', 'quantity("1e2000000000").asInteger()'])
def test_what_is_not_a_quantity_cannot_be_evaluated(expression: str) -> None:
    with pytest.raises(CelError):
        Expression(expression).evaluate({})


def test_reports_are_well_formed() -> None:
    bodies = [
        deployment(
            "x", limits={"cpu": "1"}, meta={"annotations": {"cmp.mlops/waive-latest-tag": "test <&> only"}}
        ),
        obj("Thing", "e.com/v1", name="a\x1bb"),
    ]
    result = validate(Inputs(Context(bodies), Schemas()))
    suite = ET.fromstring(report.junit(result))
    assert suite.get("failures") == str(sum(each.severity == "error" for each in result.findings))
    every = ET.fromstring(report.junit(result, ("info",)))
    assert every.get("failures") == str(len(result.findings))
    sarif = json.loads(report.sarif(result, "1"))
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == [
        "api-server",
        "missing-limits",
        "latest-tag",
    ]
    assert json.loads(report.as_json(result))["waived"][0]["reason"] == "test <&> only"
    assert "\x1b" not in report.text(result)
    assert report.text(result).endswith("1 object checked, 1 unchecked\n")


def test_sarif_is_what_code_scanning_reads() -> None:
    """What a consumer of SARIF 2.1.0 relies on: rules by index, levels, relative URIs, suppressions."""
    body = deployment(
        "x", limits={"cpu": "1"}, meta={"annotations": {"cmp.mlops/waive-latest-tag": "a test"}}
    )
    context = Context([body, obj("Thing", "e.com/v1")], origins=["k8s/a file.yaml", ""])
    log = json.loads(report.sarif(validate(Inputs(context, Schemas())), "1"))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert log["version"] == "2.1.0"
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == "k8s/a%20file.yaml"
    prints = [result["partialFingerprints"]["finding/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [result["suppressions"] for result in suppressed] == [
        [{"kind": "inSource", "justification": "a test"}]
    ]
    (invocation,) = run["invocations"]
    assert (
        invocation["toolExecutionNotifications"][0]["message"]["text"]
        == "no schema for e.com/v1 Thing, 1 unchecked"
    )
