"""The rules of each kind's webhook: an object in, the broken field and the words out."""

from __future__ import annotations

import pytest
import yaml

from cmp.kustomize.resource import Resource
from cmp.models.kinds import check

ISVC = (
    "{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {annotations: {MODE}}, spec: "
)
STANDARD, KNATIVE = (f"serving.kserve.io/deploymentMode: {mode}" for mode in ("Standard", "Knative"))
SDEP = "{apiVersion: machinelearning.seldon.io/v1, kind: SeldonDeployment, spec: {predictors: "
EXPERIMENT = "{apiVersion: mlops.seldon.io/v1alpha1, kind: Experiment, spec: "
GRAPH = (
    "{apiVersion: serving.kserve.io/v1alpha1, kind: InferenceGraph, "
    "spec: {nodes: {root: {routerType: Splitter, steps: "
)
ROUTE = "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, spec: {rules: [{backendRefs: "
ISTIO = "{apiVersion: networking.istio.io/v1, kind: VirtualService, spec: {http: [{route: "
NGINX = "nginx.ingress.kubernetes.io/"
INGRESS = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {annotations: "
LLM = "{apiVersion: serving.kserve.io/v1alpha2, kind: LLMInferenceService, spec: "


def isvc(spec, mode=""):
    return ISVC.replace("MODE", mode) + spec + "}"


def canaries(text, mode=STANDARD, stable="{name: s, model: {}}"):
    return isvc(f"{{predictor: {stable}, canary: {text}}}", mode)


# the object, and the (field, words) of each problem in order
TABLE = {
    "experiment": (
        EXPERIMENT + "{default: a, candidates: [{name: a, weight: 30}, {name: b, weight: 30}]}}",
        [],
    ),
    "no candidates": (EXPERIMENT + "{}}", [("spec.candidates", "needs candidates")]),
    "negative weight": (
        EXPERIMENT + "{candidates: [{name: a, weight: -1}, {name: b, weight: 1}]}}",
        [("spec.candidates[0].weight", "whole number")],
    ),
    "zero weights": (
        EXPERIMENT + "{candidates: [{name: a, weight: 0}]}}",
        [("spec.candidates", "all weights are zero")],
    ),
    "unknown default": (
        EXPERIMENT + "{default: z, candidates: [{name: a, weight: 1}]}}",
        [("spec.default", "not one of the candidates")],
    ),
    "mirror": (
        EXPERIMENT + "{candidates: [{name: a, weight: 1}], mirror: {name: b, percent: 101}}}",
        [("spec.mirror.percent", "0 to 100")],
    ),
    "two predictors": (SDEP + "[{traffic: 60}, {traffic: 40}, {shadow: true, traffic: 100}]}}", []),
    "sum of predictors": (
        SDEP + "[{traffic: 60}, {traffic: 60}]}}",
        [("spec.predictors", "sum to 100, found 120")],
    ),
    "single predictor": (SDEP + "[{traffic: 50}]}}", [("spec.predictors[0].traffic", "takes 100 percent")]),
    "single predictor without": (SDEP + "[{name: a}]}}", []),
    "two shadows": (SDEP + "[{}, {shadow: true}, {shadow: true}]}}", [("spec.predictors", "at most one")]),
    "text as traffic": (SDEP + "[{traffic: '100'}]}}", [("spec.predictors[0].traffic", "whole number")]),
    "knative canary": (isvc("{predictor: {canaryTrafficPercent: 20, model: {}}}", KNATIVE), []),
    "percent": (
        isvc("{predictor: {canaryTrafficPercent: 120, model: {}}}"),
        [("spec.predictor.canaryTrafficPercent", "0 to 100")],
    ),
    "ignored percent": (
        isvc("{predictor: {canaryTrafficPercent: 20, model: {}}}", STANDARD),
        [("spec.predictor.canaryTrafficPercent", "ignored in Standard mode")],
    ),
    "canaries": (
        canaries("[{trafficPercent: 60, predictor: {name: a}}, {trafficPercent: 0, predictor: {name: b}}]"),
        [],
    ),
    "canaries above": (
        canaries("[{trafficPercent: 60, predictor: {name: a}}, {trafficPercent: 60, predictor: {name: b}}]"),
        [("spec.canary", "sum to 120")],
    ),
    "canary in another mode": (
        canaries("[{predictor: {name: a}}]", KNATIVE),
        [("spec.canary", "Standard mode only")],
    ),
    "canary without name": (
        canaries("[{predictor: {}}]"),
        [("spec.canary[0].predictor.name", "a name of its own")],
    ),
    "canary called as stable": (
        canaries("[{predictor: {name: s}}]"),
        [("spec.canary[0].predictor.name", "taken by the stable")],
    ),
    "canary that scales": (
        canaries("[{predictor: {name: a, maxReplicas: 3}}]"),
        [("spec.canary[0].predictor.maxReplicas", "must not have maxReplicas")],
    ),
    "both canary forms": (
        canaries("[{predictor: {name: a}}]", STANDARD, "{name: s, canaryTrafficPercent: 5, model: {}}"),
        [
            ("spec.predictor.canaryTrafficPercent", "ignored"),
            ("spec.predictor.canaryTrafficPercent", "exclude each"),
        ],
    ),
    "both ways to name a model": (
        isvc("{predictor: {model: {storageUri: 's3://b/x'}, storageUris: [{uri: 's3://b/y'}]}}"),
        [("spec.predictor.storageUris", "exclude each other")],
    ),
    "two implementations": (
        isvc("{predictor: {model: {}, sklearn: {}}}"),
        [("spec.predictor", "exactly one")],
    ),
    "storage and another scheme": (
        isvc("{predictor: {model: {storageUri: 'gs://b/x', storage: {key: k}}}}"),
        [("spec.predictor.model.storageUri", "only the schemes s3, hdfs, webhdfs")],
    ),
    "collocated transformer": (
        isvc(
            "{predictor: {containers: [{name: kserve-container}, "
            "{name: transformer-container, env: [{name: STORAGE_URI, value: x}]}]}}"
        ),
        [("spec.predictor.containers[1].env", "must not have STORAGE_URI")],
    ),
    "scheme": (
        isvc("{predictor: {model: {storageUri: 'abfss://b/x'}}}"),
        [("spec.predictor.model.storageUri", "does not admit the scheme 'abfss'")],
    ),
    "local path": (isvc("{predictor: {model: {storageUri: /mnt/models/x}}}"), []),
    "splitter": (GRAPH + "[{serviceName: a, weight: 40}, {serviceName: b, weight: 60}]}}}}", []),
    "splitter sum": (
        GRAPH + "[{serviceName: a, weight: 40}, {serviceName: b, weight: 40}]}}}}",
        [("spec.nodes.root.steps", "sum to 100, found 80")],
    ),
    "splitter without weight": (
        GRAPH + "[{serviceName: a, weight: 100}, {serviceName: b}]}}}}",
        [("spec.nodes.root.steps[1].weight", "needs a weight")],
    ),
    "llm group": (LLM + "{router: {route: {group: g, weight: 1000000}}}}", []),
    "llm without group": (
        LLM + "{router: {route: {weight: 5}}}}",
        [("spec.router.route.weight", "without a group")],
    ),
    "llm weight": (
        LLM + "{router: {route: {group: g, weight: 1000001}}}}",
        [("spec.router.route.weight", "0 to 1000000")],
    ),
    "route": (ROUTE + "[{name: a, weight: 3}, {name: b}]}]}}", []),
    "route zero": (
        ROUTE + "[{name: a, weight: 0}, {name: b, weight: 0}]}]}}",
        [("spec.rules[0].backendRefs", "all weights are zero")],
    ),
    "istio": (ISTIO + "[{weight: 30}, {weight: 30}]}]}}", []),
    "istio zero": (ISTIO + "[{weight: 0}, {}]}]}}", [("spec.http[0].route", "none with a positive weight")]),
    "ingress": (INGRESS + f"{{{NGINX}canary: 'true', {NGINX}canary-weight: '20'}}}}}}", []),
    "ingress no canary": (
        INGRESS + f"{{{NGINX}canary-weight: '20'}}}}}}",
        [(f"metadata.annotations.[{NGINX}canary-weight]", "ignored without")],
    ),
    "ingress weight": (
        INGRESS + f"{{{NGINX}canary: 'true', {NGINX}canary-weight: '120'}}}}}}",
        [(f"metadata.annotations.[{NGINX}canary-weight]", "0 to 100")],
    ),
    "another kind": ("{apiVersion: v1, kind: ConfigMap, data: {}}", []),
    "same kind, another group": ("{apiVersion: example.com/v1, kind: Experiment, spec: {}}", []),
}


@pytest.mark.parametrize("case", TABLE, ids=lambda name: name.replace(" ", "-"))
def test_rule(case):
    text, expected = TABLE[case]
    found = check(Resource(yaml.safe_load(text)))
    assert [problem.field.replace(".[", "[") for problem in found] == [
        field.replace(".[", "[") for field, _ in expected
    ]
    for problem, (_, words) in zip(found, expected, strict=True):
        assert words in problem.message


def test_schemes_that_the_cluster_adds():
    resource = Resource(yaml.safe_load(TABLE["scheme"][0]))
    assert check(resource, ("abfss",)) == []
