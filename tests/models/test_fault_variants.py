"""Faults that were met in the field, each in two further forms: other kinds, other spellings, other places.

A fault is a way to serve another model than the one that was declared, or to lose an edit. Each case is a
tree in memory; it names what must be said, or what must be in the output.
"""

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.render.pipeline import render
from cmp.render.settings import Settings
from cmp.tree.memory import MemoryTree

HEAD = (
    "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\n"
    'metadata: {name: mc, annotations: {config.kubernetes.io/local-config: "true"}}\nspec:\n'
)
POD = "template: {spec: {containers: [{name: c, image: i, %s}]}}"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: v}\nspec: {" + POD + "}\n"
ISVC = "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: v%s}\nspec: {%s}\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v}\ndata: %s\n"
MODEL = "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: %s}\nspec: {storageUri: %s}\n"


def one(target, uri="s3://a-bucket/new"):
    """A ModelConfig of one model with one target."""
    return f"{HEAD}  models: {{m: {{uri: '{uri}', targets: {{t: {{{target}}}}}}}}}\n"


def two(traffic, weights="{a: 60, b: 40}", a="", b=""):
    """A ModelConfig of two models, and how traffic is split."""
    targets = [f", targets: {{t: {{{each}}}}}" if each else "" for each in (a, b)]
    return (
        f"{HEAD}  models: {{a: {{uri: 's3://a-bucket/a'{targets[0]}}}, b: {{uri: 's3://a-bucket/b'{targets[1]}}}}}\n"
        f"  traffic: {{weights: {weights}, targets: {{v: {{{traffic}}}}}}}\n"
    )


def rendered(objects, config, more=None, path="/t", **settings):
    files = {
        "/t/kustomization.yaml": "resources: [o.yaml, mc.yaml]\n",
        "/t/o.yaml": objects,
        "/t/mc.yaml": config,
    }
    tree = MemoryTree({name: text.encode() for name, text in {**files, **(more or {})}.items()})
    return render(tree, path, Settings(**settings))


ROLLOUT = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: f}\nspec: {strategy: {canary: {trafficRouting: %s}}}\n---\n"
ROUTE = (
    "apiVersion: gateway.networking.k8s.io/v1\nkind: %s\nmetadata: {name: rt}\n"
    "spec: {rules: [{backendRefs: [{name: a, weight: 1}, {name: b, weight: 1}]}]}\n---\n"
)
PLUGIN = "{plugins: {argoproj-labs/gatewayAPI: %s}}"
SERVED = MODEL % ("a", "x") + "---\n" + MODEL % ("b", "x")
BY_MODEL = {"a": "kind: Model, name: a", "b": "kind: Model, name: b"}

# fault, objects, ModelConfig, what the error says
REFUSED = [
    ("argument-with-equals", DEPLOYMENT % "args: [--model=s3://a-bucket/old]", one("kind: Deployment, name: v, fieldPath: spec.template.spec.containers.0.args.0"), "holds more than one value"),
    ("argument-with-equals", DEPLOYMENT % "command: [sh, -c, 'serve --model s3://a-bucket/old --port 80']", one("kind: Deployment, name: v, fieldPath: spec.template.spec.containers.0.command.2"), "holds more than one value"),
    ("field-path-overwrites-embedded", MAP % "{a.json: '{\"uri\": \"s3://a-bucket/old\"}'}", one("kind: ConfigMap, name: v, key: a.json"), "holds more than one value"),
    ("field-path-overwrites-embedded", DEPLOYMENT % "env: [{name: CONF, value: 'uri: s3://a-bucket/old\\nport: 1'}]", one("kind: Deployment, name: v, env: CONF"), "holds more than one value"),
    ("config-map-keys-partial", MAP % "{wa: '1', wb: '1'}", two("kind: ConfigMap, name: v, keys: {b: wb}"), "keys says nothing of the model 'a'"),
    ("config-map-keys-partial", MAP % "{wa: '1', wb: '1'}", two("kind: ConfigMap, name: v, fieldPaths: {a: data.wa}"), "fieldPaths says nothing of the model 'b'"),
    ("hugging-face-id", DEPLOYMENT % "args: [--model, a/b]", one("kind: Deployment, name: v, argument: --model", "meta/llama"), "a URI starts with a scheme"),
    ("hugging-face-id", MODEL % ("v", "x"), one("kind: Model, name: v", "gpt2"), "a URI starts with a scheme"),
    ("model-id-argument", ISVC % ("", "predictor: {model: {modelFormat: {name: huggingface}, args: [--model_id=a/b], storageUri: x}}"), one("kind: InferenceService, name: v"), "--model_id wins over storageUri"),
    ("model-id-argument", ISVC % (", annotations: {serving.kserve.io/deploymentMode: Standard}", "predictor: {name: s, model: {modelFormat: {name: huggingface}}}, canary: [{trafficPercent: 1, predictor: {name: c, model: {modelFormat: {name: huggingface}, args: ['--model_id', a/b], storageUri: x}}}]"), one("kind: InferenceService, name: v, canary: c"), "--model_id wins over storageUri"),
    ("storage-path-and-uri", ISVC % ("", "predictor: {sklearn: {storage: {key: k, path: p}}}"), one("kind: InferenceService, name: v"), "takes its place from storage.path"),
    ("storage-path-and-uri", ISVC % ("", "predictor: {model: {modelFormat: {name: onnx}, storageUri: x, storage: {path: p}}}"), one("kind: InferenceService, name: v, field: storage.path"), "refuses storage.path beside storageUri"),
    ("plugin-owns-route", ROLLOUT % (PLUGIN % "{httpRoutes: [{name: other}, {name: rt}]}") + ROUTE % "HTTPRoute" + SERVED, two("kind: HTTPRoute, name: rt", **BY_MODEL), "belong to Argo Rollouts"),
    ("plugin-owns-route", ROLLOUT % (PLUGIN % "{grpcRoutes: [{name: rt}]}") + ROUTE % "GRPCRoute" + SERVED, two("kind: GRPCRoute, name: rt, fieldPaths: {a: 'spec.rules.0.backendRefs.0.weight', b: 'spec.rules.0.backendRefs.1.weight'}", **BY_MODEL), "belong to Argo Rollouts"),
    ("percent-sign", MAP % "{wa: '1', wb: '1'}", two("kind: ConfigMap, name: v, keys: {a: wa, b: wb}", "{a: '60 %', b: 40}"), "expected an integer"),
    ("percent-sign", MAP % "{wa: '1', wb: '1'}", two("kind: ConfigMap, name: v, keys: {a: wa, b: wb}", "{a: 60.5, b: 39.5}"), "expected an integer"),
]  # fmt: skip
RUNTIME = "apiVersion: serving.kserve.io/v1alpha1\nkind: ClusterServingRuntime\nmetadata: {name: v}\nspec: {supportedModelFormats: [{name: a}], containers: [{name: c, image: i, %s}]}\n"
POOL = "apiVersion: inference.networking.%s\nkind: InferencePool\nmetadata: {name: %s}\nspec: {selector: {}}\n---\n"
CANARY = "predictor: {name: s, model: {modelFormat: {name: a}, storageUri: x}}, canary: [{trafficPercent: 1, predictor: {name: c, model: {modelFormat: {name: a}, storageUri: x}}}]"
RAY = "apiVersion: ray.io/v1\nkind: %s\nmetadata: {name: v}\nspec: {%s: {headGroupSpec: {template: {spec: {containers: [{name: c, image: i, %s}]}}}}}\n"
KNATIVE = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: v}\nspec: {" + POD + "%s}\n"
LLM = "apiVersion: serving.kserve.io/%s\nkind: LLMInferenceServiceConfig\nmetadata: {name: v}\nspec: {model: {name: n, %s}}\n"

# fault, objects, ModelConfig, what the output has
WRITTEN = [
    ("argument-with-equals", DEPLOYMENT % "args: [--port=1, --model=a/b]", one("kind: Deployment, name: v, argument: --model"), "- --model=s3://a-bucket/new"),
    ("argument-with-equals", DEPLOYMENT % "command: [serve, --model, REPLACE_WITH_IT]", one("kind: Deployment, name: v, argument: --model"), "- s3://a-bucket/new"),
    ("field-path-overwrites-embedded", MAP % "{a.json: '{\"uri\": \"REPLACE_WITH_IT\", \"port\": 1}'}", one("kind: ConfigMap, name: v, inside: 'data.[a.json]', fieldPath: uri"), '"port": 1'),
    ("hugging-face-id", DEPLOYMENT % "env: [{name: MODEL_ID, value: ''}]", one("kind: Deployment, name: v, env: MODEL_ID, dialect: id", "hf://meta/llama"), "value: meta/llama"),
    ("canary-raw-deployment", ISVC % (", annotations: {serving.kserve.io/deploymentMode: RawDeployment}", CANARY), two("kind: InferenceService, name: v", "{a: 70, b: 30}", "kind: InferenceService, name: v", "kind: InferenceService, name: v, canary: c"), "trafficPercent: 30"),
    ("canary-raw-deployment", ISVC % (", annotations: {serving.kserve.io/deploymentMode: Standard}", CANARY), two("kind: InferenceService, name: v", "{a: 0, b: 100}", "kind: InferenceService, name: v", "kind: InferenceService, name: v, canary: c"), "trafficPercent: 100"),
    ("row-inference-pool", POOL % ("k8s.io/v1", "a") + POOL % ("k8s.io/v1", "b") + ROUTE % "HTTPRoute", two("kind: HTTPRoute, name: rt", a="kind: InferencePool, name: a", b="kind: InferencePool, name: b"), "weight: 60"),
    ("row-inference-pool", POOL % ("x-k8s.io/v1alpha2", "a") + POOL % ("x-k8s.io/v1alpha2", "b") + ROUTE % "HTTPRoute", two("kind: HTTPRoute, name: rt, entries: {a: b, b: a}"), "weight: 60"),
    ("row-knative-service", KNATIVE % ("env: [{name: M, value: ''}]", ""), one("group: serving.knative.dev, kind: Service, name: v, env: M"), "value: s3://a-bucket/new"),
    ("row-knative-service", KNATIVE % ("args: [--model=REPLACE_WITH_IT]", ", traffic: [{tag: t, percent: 100}]"), one("group: serving.knative.dev, kind: Service, name: v, argument: --model"), "- --model=s3://a-bucket/new"),
    ("row-kubeai-model", "apiVersion: kubeai.org/v1\nkind: Model\nmetadata: {name: v}\nspec: {url: ''}\n", one("kind: Model, name: v"), "url: s3://a-bucket/new"),
    ("row-kubeai-model", "apiVersion: kubeai.org/v1\nkind: Model\nmetadata: {name: v}\nspec: {engine: VLLM}\n", one("group: kubeai.org, kind: Model, name: v", "hf://a/b"), "url: hf://a/b"),
    ("row-llm-config", LLM % ("v1alpha1", "uri: ''"), one("kind: LLMInferenceServiceConfig, name: v"), "uri: s3://a-bucket/new"),
    ("row-llm-config", LLM % ("v1alpha2", "uri: x, lora: {adapters: [{name: l, uri: ''}]}"), one("kind: LLMInferenceServiceConfig, name: v, adapter: l"), "- name: l\n        uri: s3://a-bucket/new"),
    ("row-namespace-cache", "apiVersion: serving.kserve.io/v1alpha1\nkind: LocalModelNamespaceCache\nmetadata: {name: v}\nspec: {sourceModelUri: ''}\n", one("kind: LocalModelNamespaceCache, name: v"), "sourceModelUri: s3://a-bucket/new"),
    ("row-namespace-cache", "apiVersion: serving.kserve.io/v1alpha1\nkind: LocalModelCache\nmetadata: {name: v}\nspec: {modelSize: 1Gi}\n", one("kind: LocalModelCache, name: v"), "sourceModelUri: s3://a-bucket/new"),
    ("row-ray-service", "apiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: v}\nspec: {headGroupSpec: {template: {spec: {containers: [{name: c, image: i, env: [{name: M, value: ''}]}]}}}}\n", one("kind: RayCluster, name: v, env: M"), "value: s3://a-bucket/new"),
    ("row-ray-service", RAY % ("RayJob", "rayClusterSpec", "env: [{name: M, value: ''}]"), one("kind: RayJob, name: v, env: M, pod: headGroupSpec"), "value: s3://a-bucket/new"),
    ("row-serving-runtime", RUNTIME % "env: [{name: M, value: ''}]", one("kind: ClusterServingRuntime, name: v, env: M"), "value: s3://a-bucket/new"),
    ("row-serving-runtime", RUNTIME % "args: [--model, REPLACE_WITH_IT]", one("kind: ClusterServingRuntime, name: v, argument: --model"), "- s3://a-bucket/new"),
]  # fmt: skip


def ids(cases):
    return [f"{case[0]}-{number}" for number, case in enumerate(cases)]


@pytest.mark.parametrize(("fault", "objects", "config", "said"), REFUSED, ids=ids(REFUSED))
def test_is_refused(fault, objects, config, said):
    with pytest.raises(CmpError) as caught:
        rendered(objects, config)
    assert said in str(caught.value)
    assert "a-bucket" not in str(caught.value)


@pytest.mark.parametrize(("fault", "objects", "config", "there"), WRITTEN, ids=ids(WRITTEN))
def test_is_written(fault, objects, config, there):
    assert there in rendered(objects, config).text


class TestAnOverlaysPatchIsNotOverriddenUnseen:
    """In an inline JSON patch, and in a generator's merge: both name the file and stop under strict."""

    BASE = "resources: [../t]\n"
    CASES = (
        (MODEL % ("v", "x"), one("kind: Model, name: v"), "patches:\n- target: {kind: Model}\n  patch: |-\n    - {op: replace, path: /spec/storageUri, value: s3://a-bucket/other}\n"),
        (DEPLOYMENT % "env: [{name: M, value: ''}]", one("kind: Deployment, name: v, env: M"), "patches:\n- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {name: v}\n    spec: {template: {spec: {containers: [{name: c, env: [{name: M, value: s3://a-bucket/other}]}]}}}\n"),
    )  # fmt: skip

    @pytest.mark.parametrize(("objects", "config", "patch"), CASES)
    def test_warns(self, objects, config, patch):
        done = rendered(objects, config, {"/o/kustomization.yaml": self.BASE + patch}, "/o")
        assert any("has a value of its own" in line for line in done.warnings)

    @pytest.mark.parametrize(("objects", "config", "patch"), CASES)
    def test_stops_under_strict(self, objects, config, patch):
        with pytest.raises(CmpError, match="has a value of its own"):
            rendered(objects, config, {"/o/kustomization.yaml": self.BASE + patch}, "/o", strict=True)


class TestBareIdsAreJudged:
    """A policy on places holds for arguments that no ModelConfig writes, too."""

    POLICY = "  policy: {allowedPrefixes: ['s3://a-bucket/']}\n"

    @pytest.mark.parametrize(
        "line",
        [
            "args: [--model=meta/llama]",
            "args: [--model_id=meta/llama]",
            "args: [--model-path=s3://other/x]",
            "args: [--model=s3://a-bucket/b, --model=meta/llama]",
            "args: [--model=s3://a-bucket/b], command: [serve, --model, meta/llama]",
            "args: [--model-repository=s3://other/x, --model-repository=s3://a-bucket/b]",
            "command: [vllm, serve, meta/llama, --port=80]",
            "command: [/opt/bin/vllm], args: [serve, s3://other/x]",
            "command: [vllm, serve], args: [meta/llama]",
        ],
    )
    def test_outside(self, line):
        """Of an argument that is there twice, a program takes one: each of them counts."""
        objects = DEPLOYMENT % line + "---\n" + MODEL % ("m", "x")
        with pytest.raises(CmpError, match="outside of the allowed prefixes"):
            rendered(objects, one("kind: Model, name: m") + self.POLICY)

    @pytest.mark.parametrize(
        "argument",
        [
            *("--model=/mnt/models", "--served-model-name=meta/llama", "--model=s3://a-bucket/b"),
            *("--model-repository=models/all", "serve, meta/llama"),
        ],
    )
    def test_inside_or_no_model(self, argument):
        objects = DEPLOYMENT % f"args: [{argument}]" + "---\n" + MODEL % ("m", "x")
        last = argument.rpartition(" ")[2]
        assert last in rendered(objects, one("kind: Model, name: m") + self.POLICY).text

    def test_a_bare_id_in_a_field_for_them_is_a_uri_to_the_policy(self):
        runtime = (
            "apiVersion: production-stack.vllm.ai/v1alpha1\nkind: VLLMRuntime\nmetadata: {name: r}\n"
            "spec: {model: {modelURL: %s}}\n---\n"
        )
        config = one("kind: Model, name: m", "hf://meta/x") + "  policy: {allowedPrefixes: ['hf://meta/']}\n"
        assert "meta/llama" in rendered(runtime % "meta/llama" + MODEL % ("m", "x"), config).text
        with pytest.raises(CmpError, match="outside of the allowed prefixes"):
            rendered(runtime % "evil/llama" + MODEL % ("m", "x"), config)

    def test_the_uri_is_judged_before_its_dialect(self):
        objects = DEPLOYMENT % "args: [--model=REPLACE_WITH_IT]"
        config = one("kind: Deployment, name: v, argument: --model", "hf://meta/llama@1")
        policy = "  policy: {allowedPrefixes: ['hf://meta/']}\n"
        assert "--model=meta/llama" in rendered(objects, config + policy).text
