"""Everything an injection refuses: a declaration and objects in, the error's words and place out."""

from __future__ import annotations

import pytest
import yaml

from cmp.errors import CmpError
from cmp.models import inject

MODEL = "{apiVersion: mlops.seldon.io/v1alpha1, kind: Model, metadata: {name: NAME}, spec: {}}"
OBJECTS = "\n---\n".join(
    [
        MODEL.replace("NAME", "a"),
        MODEL.replace("NAME", "b"),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {uri: x, weight: '1'}}",
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {containers: "
        "[{name: m, env: [{name: MODEL_URI, value: x}, {name: REF, valueFrom: {}}]}, {name: side}]}}}}",
        "{apiVersion: mlops.seldon.io/v1alpha1, kind: Experiment, metadata: {name: e}, "
        "spec: {candidates: [{name: a}, {name: b}]}}",
    ]
)


def models(text: str) -> str:
    return "{models: {x: {uri: 's3://bucket/a', targets: {t: " + text + "}}}}"


def split(weights: str, target: str = "{kind: Experiment, name: e}") -> str:
    return (
        "{models: {a: {uri: 's3://bucket/a', targets: {t: {kind: Model, name: a}}}, "
        "b: {uri: 's3://bucket/b', targets: {t: {kind: Model, name: b}}}}, "
        "traffic: {weights: " + weights + ", targets: {w: " + target + "}}}"
    )


TABLE = {
    # the form of the declaration
    "no models": ("{}", "at least one model", "spec"),
    "typo in a key": ("{modles: {}}", "unknown field 'modles'", "spec"),
    "typo in a model": ("{models: {x: {url: 's3://bucket/a'}}}", "unknown field 'url'", "spec.models.x"),
    "neither ref nor uri": ("{models: {x: {}}}", "found neither", "spec.models.x"),
    "both": ("{models: {x: {ref: 'models:/a/1', uri: 's3://bucket/a'}}}", "found both", "spec.models.x"),
    "ref is not a string": ("{models: {x: {ref: 3}}}", "expected a string", "spec.models.x.ref"),
    "ref is a place": ("{models: {x: {ref: 's3://bucket/a'}}}", "not a model reference", "spec.models.x.ref"),
    "ref without scheme": ("{models: {x: {ref: 'fraud@champion'}}}", "not a model ref", "spec.models.x.ref"),
    "uri is a reference": ("{models: {x: {uri: 'models:/a/3'}}}", "not a place", "spec.models.x.uri"),
    "uri is ciphertext": (
        "{models: {x: {uri: 'ENC[AES256_GCM,data:a]'}}}",
        "still encrypted",
        "spec.models.x.uri",
    ),
    "bad model name": ("{models: {'x y': {uri: 's3://bucket/a'}}}", "name of a model", "spec.models.x y"),
    "weight in quotes": (split("{a: '80', b: 20}"), "found a string", "spec.traffic.weights.a"),
    "weight too large": (split("{a: 150, b: -50}"), "from 0 to 100", "spec.traffic.weights.a"),
    "unknown model in weights": (
        split("{a: 80, bb: 20}"),
        "no model is named 'bb'",
        "spec.traffic.weights.bb",
    ),
    "empty prefixes": (
        "{models: {x: {uri: 's3://bucket/a'}}, policy: {allowedPrefixes: []}}",
        "would allow nothing",
        "spec.policy.allowedPrefixes",
    ),
    # targets
    "no name": (models("{kind: Model}"), "'name' is missing", "spec.models.x.targets.t"),
    "unknown option": (
        models("{kind: Model, name: a, key: k}"),
        "unknown field 'key'",
        "spec.models.x.targets.t",
    ),
    "unknown kind": (models("{kind: Thing, name: a}"), "no object of kind Thing", "spec.models.x.targets.t"),
    "kind without a field": (
        models("{kind: Experiment, name: e}"),
        "is not known",
        "spec.models.x.targets.t",
    ),
    "absent": (
        models("{kind: Model, name: aa}"),
        "no Model is or was called 'aa'",
        "spec.models.x.targets.t",
    ),
    "wrong group": (models("{kind: Model, name: a, group: g}"), "of this group", "spec.models.x.targets.t"),
    "no such key": (
        models("{kind: ConfigMap, name: c, key: url}"),
        "no key 'url'",
        "spec.models.x.targets.t",
    ),
    "key missing": (models("{kind: ConfigMap, name: c}"), "needs 'key'", "spec.models.x.targets.t"),
    "which container": (
        models("{kind: Deployment, name: d, env: E}"),
        "2 containers",
        "spec.models.x.targets.t",
    ),
    "no such container": (
        models("{kind: Deployment, name: d, container: n, env: E}"),
        "no container is named 'n'",
        "spec.models.x.targets.t",
    ),
    "no such variable": (
        models("{kind: Deployment, name: d, container: m, env: MODEL_URL}"),
        "no variable is named 'MODEL_URL'",
        "spec.models.x.targets.t",
    ),
    "variable from elsewhere": (
        models("{kind: Deployment, name: d, container: m, env: REF}"),
        "valueFrom",
        "spec.models.x.targets.t",
    ),
    "path to nothing": (
        models("{kind: Deployment, name: d, fieldPath: spec.nothing}"),
        "leads to nothing",
        "spec.models.x.targets.t",
    ),
    "path and option": (
        models("{kind: ConfigMap, name: c, key: uri, fieldPath: data.uri}"),
        "exclude each other",
        "spec.models.x.targets.t",
    ),
    "two models, one field": (
        "{models: {x: {uri: 's3://bucket/a', targets: {t: {kind: Model, name: a}}}, "
        "y: {uri: 's3://bucket/b', targets: {t: {kind: Model, name: a, fieldPath: spec.storageUri}}}}}",
        "two models write Model/a",
        "spec.models.y.targets.t",
    ),
    # traffic
    "sum": (split("{a: 50, b: 20}"), "must sum to 100, found 50 + 20 = 70", "spec.traffic.weights"),
    "entry without weight": (
        split("{a: 100}"),
        "'b' belongs to no model",
        "spec.traffic.targets.w",
    ),
    "entry unknown": (
        split("{a: 50, b: 50}", "{kind: Experiment, name: e, entries: {a: z}}"),
        "no candidate of Experiment/e fits the model 'a'",
        "spec.traffic.targets.w",
    ),
    "one entry for two": (
        split("{a: 50, b: 50}", "{kind: Experiment, name: e, entries: {a: b}}"),
        "are both the candidate 'b'",
        "spec.traffic.targets.w",
    ),
    "weights of no splitter": (
        split("{a: 50, b: 50}", "{kind: Model, name: a}"),
        "is not known",
        "targets.w",
    ),
    "keys missing": (split("{a: 50, b: 50}", "{kind: ConfigMap, name: c}"), "keys is missing", "targets.w"),
    "keys unknown": (
        split("{a: 50, b: 50}", "{kind: ConfigMap, name: c, keys: {a: weihgt}}"),
        "no key 'weihgt'",
        "targets.w",
    ),
    "locked policy": (
        "{models: {x: {uri: 's3://bucket/a'}}, policy: {requireLock: true}}",
        "requires a lock",
        "spec.models.x.uri",
    ),
    "prefix": (
        "{models: {x: {uri: 's3://bucket-evil/a'}}, policy: {allowedPrefixes: ['s3://bucket']}}",
        "below none of policy.allowedPrefixes",
        "spec.models.x",
    ),
    "not locked": ("{models: {x: {ref: 'models:/a@champion'}}}", "is not resolved", "spec.models.x.ref"),
}


@pytest.mark.parametrize("case", TABLE, ids=lambda name: name.replace(" ", "-"))
def test_refused(case, resources, config):
    spec, message, place = TABLE[case]
    with pytest.raises(CmpError) as caught:
        inject([*resources(OBJECTS), config(yaml.safe_load(spec))])
    assert message in caught.value.message
    assert place in caught.value.where.field
    assert caught.value.where.file == "model-config.yaml"
    assert caught.value.where.object == "ModelConfig/models"
    assert "s3://bucket" not in str(caught.value) + caught.value.hint


def test_hints_name_the_nearest(resources, config):
    cases = {
        "{modles: {}}": "'models'",
        models("{kind: Model, name: a, keyy: k}"): "",
        models("{kind: Modle, name: a}"): "'Model'",
    }
    for spec, hint in cases.items():
        with pytest.raises(CmpError) as caught:
            inject([*resources(OBJECTS), config(yaml.safe_load(spec))])
        assert hint in caught.value.hint


# kind -> (object, target's extra fields, words of the refusal)
SERVING = {
    "knative mode only": (
        "{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: s, annotations: "
        "{serving.kserve.io/deploymentMode: RawDeployment}}, spec: {predictor: {model: {}}}}",
        "",
        "ignored in RawDeployment mode",
    ),
    "standard mode only": (
        "{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, metadata: {name: s}, "
        "spec: {predictor: {model: {}}, canary: [{predictor: {name: n}}]}}",
        "",
        "Standard mode only",
    ),
    "not a splitter": (
        "{apiVersion: serving.kserve.io/v1alpha1, kind: InferenceGraph, metadata: {name: s}, "
        "spec: {nodes: {root: {routerType: Sequence, steps: [{serviceName: a}, {serviceName: b}]}}}}",
        "",
        "only a Splitter",
    ),
    "flagger": (
        "{apiVersion: flagger.app/v1beta1, kind: Canary, metadata: {name: s}, spec: {}}",
        "",
        "Flagger moves the weights itself",
    ),
    "rollouts": (
        "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: s}, spec: {}}",
        "",
        "Argo Rollouts moves the weights itself",
    ),
    "shadow": (
        "{apiVersion: machinelearning.seldon.io/v1, kind: SeldonDeployment, metadata: {name: s}, spec: "
        "{predictors: [{name: a, graph: {}}, {name: b, shadow: true, graph: {}}]}}",
        "entries: {a: a, b: b}",
        "is a shadow",
    ),
    "no canary ingress": (
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: s}, spec: {}}",
        "entries: {b: svc}",
        "not a canary Ingress",
    ),
    "no group": (
        "{apiVersion: serving.kserve.io/v1alpha2, kind: LLMInferenceService, metadata: {name: s}, "
        "spec: {model: {uri: x}, router: {route: {}}}}",
        "entries: {a: s}",
        "no meaning without a group",
    ),
    "no split": (
        "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: s}, "
        "spec: {rules: [{backendRefs: [{name: a}]}]}}",
        "",
        "several destinations",
    ),
}


@pytest.mark.parametrize("case", SERVING, ids=lambda name: name.replace(" ", "-"))
def test_weights_that_would_not_mean_what_they_say(case, resources, config):
    text, extra, message = SERVING[case]
    body = yaml.safe_load(text)
    target = f"{{kind: {body['kind']}, name: s{', ' + extra if extra else ''}}}"
    with pytest.raises(CmpError) as caught:
        inject(
            [*resources(OBJECTS + "\n---\n" + text), config(yaml.safe_load(split("{a: 80, b: 20}", target)))]
        )
    assert message in caught.value.message


def test_a_route_that_a_controller_of_the_build_owns(resources, config):
    route = (
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: s}, "
        "spec: {http: [{route: [{destination: {host: a}}, {destination: {host: b}}]}]}}"
    )
    owner = (
        "{apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: {name: r}, spec: {strategy: {canary: "
        "{trafficRouting: {istio: {virtualService: {name: s}}}}}}}"
    )
    spec = yaml.safe_load(split("{a: 80, b: 20}", "{kind: VirtualService, name: s}"))
    inject([*resources(OBJECTS + "\n---\n" + route), config(spec)])
    with pytest.raises(CmpError, match="belong to Argo Rollouts"):
        inject([*resources(OBJECTS + "\n---\n" + route + "\n---\n" + owner), config(spec)])
