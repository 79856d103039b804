"""The one table of serving kinds: where a model's URI stands, what a weight means, who owns it. Data only.

A field is a pattern, in the notation that messages use for fields: `spec.predictors[].graph.modelUri`.
`cmp.models.kinds.patterns` has the grammar and reads them. The code of a kind, where it needs any, is the
class that `code` names: `kserve.InferenceService` is in `cmp/models/kinds/kserve.py`.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resid import Gvk


class TrafficKind(NamedTuple):
    """What the weights of a kind mean.

    meaning: a key of `MEANINGS`. weights: patterns of the fields. source: where upstream says so. options:
    those of a traffic target. controller: why the weights are not ours to write; empty when git owns them.
    note: what a reader of docs/models.md must know.
    """

    meaning: str
    weights: tuple[str, ...]
    source: str
    options: tuple[str, ...] = ("entries",)
    controller: str = ""
    note: str = ""


class Owned(NamedTuple):
    """Objects whose weights a controller moves: `kind`, and the fields of the owner that hold their names.

    suffix: what the controller appends to the name. select: whether `names` leads to label selectors instead.
    namespace: the field that names another namespace than the owner's.
    """

    kind: str
    names: str
    suffix: str = ""
    select: bool = False
    namespace: str = ""


class ServingKind(NamedTuple):
    """One kind.

    versions: those that the row was read for; an object of another version is treated alike.
    source: the upstream file or page.
    code: the class, `FAMILY.CLASS`; empty for a kind with one fixed field, or with none.
    uris: patterns of fields that always hold a URI; the gates judge these.
    chosen: patterns of fields that hold a URI only where a target says so.
    options: those of a target.
    start: path of the mapping that the code starts from.
    pods: path of the mapping whose annotations reach the pods.
    templates: patterns of its pod templates, where it has several.
    parts: fields that hold parts of one URI, and the dialect that gives each.
    immutable: what an API server says to a changed URI; empty where it may change.
    provenance: whether the object may carry annotations about its model.
    dialect: how it reads a URI, a key of `cmp.models.kinds.dialects`.
    names: whether a target may name the object although it holds no URI, because traffic goes to it.
    serves: whether the object itself answers requests.
    rules: whether the code checks what the kind's webhook demands.
    owns, owner: objects whose weights the kind's controller moves, and what the controller is called.
    note: what a reader of docs/models.md must know.
    """

    group: str
    kind: str
    versions: tuple[str, ...]
    source: str
    code: str = ""
    uris: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    immutable: str = ""
    provenance: bool = True
    dialect: str = "plain"
    names: bool = False
    serves: bool = False
    rules: bool = False
    traffic: TrafficKind | None = None
    owns: tuple[Owned, ...] = ()
    owner: str = ""
    note: str = ""


# A weight's meaning, as docs/models.md says it.
MEANINGS = {
    "percent": "whole percentages that sum to 100",
    "rest": "the percentage of the new version; the stable version gets the rest",
    "relative": "a share of the sum of all weights",
    "string": "a number as a string, for programs of your own",
}

KSERVE = "serving.kserve.io"
_SELDON_V1 = "machinelearning.seldon.io"
_SELDON_V2 = "mlops.seldon.io"
_GATEWAY = "gateway.networking.k8s.io"
_ARGO = "argoproj.io"

# KServe: the implementations of a predictor before `model` (v1beta1/predictor.go), and those of an explainer.
LEGACY_PREDICTORS = (
    *("sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm"),
    "paddle",
)
EXPLAINERS = ("art", "alibi", "aix")
COMPONENTS = ("predictor", "transformer", "explainer")
# KServe: the variable from which the storage initializer of a custom container takes the URI.
STORAGE_ENV = "STORAGE_URI"
# Arguments in which vLLM, TGI, SGLang and KServe's huggingface server take the model that they load: a URI, a
# path, or the bare id of a model of the Hugging Face Hub.
MODEL_ARGUMENTS = (
    *("--model", "--model_id", "--model-id", "--model-path", "--model-name-or-path"),
    "--model_name_or_path",
)
# Triton: a URI or a path, never an id.
REPOSITORY_ARGUMENTS = ("--model-repository", "--model-store")
# vLLM's own command has the model without a flag: `vllm serve MODEL`. A target says `argument: serve`.
SERVE, SERVER = "serve", "vllm"
# What all of these have, in the argument or before it. No form of YAML writes these characters otherwise.
ARGUMENT_MARKS = ("--model", SERVER)
# The argument for the revision beside one for a model, where it is not `--revision`.
REVISIONS = {"--model_id": "--model_revision"}
# ingress-nginx: the annotations of a canary start with this.
NGINX = "nginx.ingress.kubernetes.io/"

# Argo Rollouts: where a Rollout says who routes, and the plugin for Gateway API.
_ROUTING = "spec.strategy.canary.trafficRouting"
_GATEWAY_PLUGIN = "[argoproj-labs/gatewayAPI]"

# The keys of a component that hold an implementation; the webhook admits one of them.
IMPLEMENTATIONS = ("model", *LEGACY_PREDICTORS, *EXPLAINERS)

_IMPLEMENTATION = f"{{{','.join(IMPLEMENTATIONS)}}}"
# kserve pkg/webhook/admission/pod/storage_initializer_injector.go reads the variable; `workerSpec` of a
# predictor (v1beta1/predictor.go) is a pod spec of its own.
_CONTAINERS = f"{{containers,initContainers}}[].env[name={STORAGE_ENV}].value"
_COMPONENT_URIS = (
    f"{_IMPLEMENTATION}.storageUri",
    "storageUris[].uri",
    f"{_IMPLEMENTATION}.env[name={STORAGE_ENV}].value",
    _CONTAINERS,
)
_ISVC_PARTS = (f"spec.{{{','.join(COMPONENTS)}}}", "spec.canary[].predictor")


_POD_OPTIONS = ("container", "env", "argument", "image", "volume")
_POD_NOTE = (
    "`env`: the variable must be there and hold a plain value. `argument: --model`: both `--model=x` and "
    "`--model x`. `argument: serve`: the model of `vllm serve x`. `image: true`: the container's image. "
    "`volume: NAME`: an image volume. Init containers count, too."
)


def _pod_uris(pod: str, init: bool = True) -> tuple[str, ...]:
    """What a target may choose in the pod spec at the path `pod`, apart from arguments."""
    lead = f"{pod}." if pod else ""
    return (
        f"{lead}containers[].env[].value",
        *((f"{lead}initContainers[].env[].value",) if init else ()),
        f"{lead}containers[].image",
        f"{lead}volumes[].image.reference",
    )


def _pods(
    group: str, kind: str, template: str, source: str = "Kubernetes API, PodTemplateSpec"
) -> ServingKind:
    """A workload whose pod template is at the path `template`; empty for the object itself."""
    path = tuple(template.split(".")) if template else ()
    return ServingKind(
        group, kind, (), source,
        code="workloads.Pods", start=(*path, "spec"), pods=(*path, "metadata"), options=_POD_OPTIONS,
        chosen=_pod_uris(".".join((*path, "spec"))), note=_POD_NOTE,
    )  # fmt: skip


def _pod_sets(group: str, kind: str, versions: tuple[str, ...], source: str, *templates: str) -> ServingKind:
    """An object with several pod templates."""
    return ServingKind(
        group, kind, versions, source,
        code="workloads.PodSets", templates=templates, options=("pod", *_POD_OPTIONS),
        chosen=tuple(uri for template in templates for uri in _pod_uris(f"{template}.spec")),
        note="`pod: NAME`: the template of that name, or of the group of that name. " + _POD_NOTE,
    )  # fmt: skip


def _runtime(kind: str) -> ServingKind:
    """A KServe runtime: a pod spec at `spec`, with the annotations of its pods."""
    return ServingKind(
        KSERVE, kind, ("v1alpha1",), "kserve pkg/apis/serving/v1alpha1/servingruntime_types.go",
        code="workloads.Pods", start=("spec",), pods=("spec",), options=_POD_OPTIONS,
        chosen=_pod_uris("spec", init=False), note=_POD_NOTE,
    )  # fmt: skip


def _ray(kind: str, cluster: str, source: str) -> ServingKind:
    return _pod_sets(
        "ray.io", kind, ("v1",), source,
        f"{cluster}.headGroupSpec.template", f"{cluster}.workerGroupSpecs[].template",
    )  # fmt: skip


def _inference_pool(group: str, version: str) -> ServingKind:
    return ServingKind(
        group, "InferencePool", (version,),
        "Gateway API inference extension, InferencePool: the name that traffic goes to", names=True,
    )  # fmt: skip


def _workflow(
    kind: str,
    spec: str,
    group: str = _ARGO,
    source: str = "argo-workflows pkg/apis/workflow/v1alpha1/workflow_types.go",
) -> ServingKind:
    """A workflow whose WorkflowSpec is at the path `spec`."""
    template = f"{spec}.templates[]"
    containers = ("container", "script", "containerSet.containers[]", "initContainers[]", "sidecars[]")
    return ServingKind(
        group, kind, ("v1alpha1",), source,
        code="argo.Workflow", start=tuple(spec.split(".")),
        options=("template", "container", "env", "parameter"),
        chosen=(
            f"{spec}.arguments.parameters[].value",
            f"{template}.inputs.parameters[].value",
            *(f"{template}.{container}.env[].value" for container in containers),
        ),
        note="A target names a `parameter`, or a variable (`env`).",
    )  # fmt: skip


def _scheduled_workflow() -> ServingKind:
    """A recurring run of Kubeflow Pipelines: a workflow with parameters of its own beside it."""
    row = _workflow(
        "ScheduledWorkflow", "spec.workflow.spec", "kubeflow.org",
        "pipelines backend/src/crd/pkg/apis/scheduledworkflow/v1beta1/types.go (c6f3ec1)",
    )  # fmt: skip
    return row._replace(
        versions=("v1beta1",),
        code="argo.Scheduled",
        chosen=("spec.workflow.parameters[].value", *row.chosen),
        note=f"{row.note} A parameter of `spec.workflow.parameters` comes before one of the workflow. A "
        "workflow of version 2, which is a string, has no place of its own.",
    )


def _http_route(kind: str) -> ServingKind:
    return ServingKind(
        _GATEWAY, kind, ("v1", "v1beta1"), f"Gateway API, {kind}", code="routes.HttpRoute", rules=True,
        traffic=TrafficKind(
            "relative", ("spec.rules[].backendRefs[].weight",), "Gateway API rules[].backendRefs[].weight",
            ("entries", "rule"),
            note="Without `rule`, every rule with several backends is written. Each backend needs a model.",
        ),
    )  # fmt: skip


def _gateway_routes() -> Iterator[Owned]:
    """Of Argo Rollouts' plugin for Gateway API: pkg/plugin/types.go (005b751)."""
    for protocol in ("http", "grpc", "tcp", "tls"):
        kind, lead = f"{protocol.upper()}Route", f"{_ROUTING}.plugins.{_GATEWAY_PLUGIN}"
        for field, select in (
            (f"{protocol}Route", False),
            (f"{protocol}Routes[].name", False),
            (f"{protocol}RouteSelector", True),
        ):
            yield Owned(kind, f"{lead}.{field}", select=select, namespace=f"{lead}.namespace")


_IMMUTABLE = "the URI cannot change in the cluster: a new version needs an object with another name"

ROWS: tuple[ServingKind, ...] = (
    # KServe: pkg/apis/serving, release 0.20
    ServingKind(
        KSERVE, "InferenceService", ("v1beta1",),
        "kserve pkg/apis/serving/v1beta1/{predictor,component,inference_service}.go",
        code="kserve.InferenceService", dialect="kserve", serves=True, rules=True,
        uris=(
            *(f"{part}.{uri}" for part in _ISVC_PARTS for uri in _COMPONENT_URIS),
            f"spec.predictor.workerSpec.{_CONTAINERS}",
        ),
        chosen=tuple(
            f"{part}.{holder}.env[].value"
            for part in _ISVC_PARTS
            for holder in (_IMPLEMENTATION, "containers[]", "initContainers[]")
        ) + tuple(f"{part}.{_IMPLEMENTATION}.storage.path" for part in _ISVC_PARTS),
        options=("component", "canary", "container", "env", "mountPath", "argument", "field"),
        start=("spec",),
        traffic=TrafficKind(
            "rest", ("spec.predictor.canaryTrafficPercent", "spec.canary[].trafficPercent"),
            "kserve ksvc_reconciler.go (canaryTrafficPercent); 0.20 spec.canary[].trafficPercent",
            note="`spec.canary` works in Standard mode only, `canaryTrafficPercent` in Knative mode only. "
            "In Knative mode the object holds the new model; the old one is its last ready revision.",
        ),
        note="Without options: the predictor's model. `canary: NAME`: the canary whose predictor has that "
        "name. `mountPath`: the entry of `storageUris`. `field: storage.path`: the path without its bucket. "
        "`argument: --model_id`: the id of a model of the Hugging Face Hub. Provenance goes to the component "
        "only: KServe copies the annotations of the object to the pods of all components.",
    ),
    ServingKind(
        KSERVE, "LLMInferenceService", ("v1alpha1", "v1alpha2"),
        "kserve pkg/apis/serving/v1alpha2/llm_inference_service_types.go",
        code="kserve.LLMInferenceService", dialect="kserve", serves=True, rules=True,
        uris=("spec.model.uri", "spec.model.lora.adapters[].uri"),
        options=("adapter",), start=("spec", "model"), pods=("spec",),
        traffic=TrafficKind(
            "relative",
            ("spec.router.route.weight", "spec.router.route.http.spec.rules[].backendRefs[].weight"),
            "kserve v1alpha2 router.route.{group,weight}, backendRefs[].weight",
            note="A weight counts within its `router.route.group`: list each of its objects as a target.",
        ),
        note="`adapter: NAME`: a LoRA adapter.",
    ),
    ServingKind(
        KSERVE, "TrainedModel", ("v1alpha1",), "kserve pkg/apis/serving/v1alpha1/trained_model.go",
        code="kserve.TrainedModel", dialect="kserve", rules=True, uris=("spec.model.storageUri",),
    ),
    ServingKind(
        KSERVE, "LocalModelCache", ("v1alpha1",),
        "kserve pkg/apis/serving/v1alpha1/local_model_cache_types.go",
        dialect="kserve", uris=("spec.sourceModelUri",), immutable=_IMMUTABLE,
    ),
    ServingKind(
        KSERVE, "LocalModelNamespaceCache", ("v1alpha1",),
        "kserve pkg/apis/serving/v1alpha1/local_model_namespace_cache_types.go",
        dialect="kserve", uris=("spec.sourceModelUri",), immutable=_IMMUTABLE,
    ),
    ServingKind(
        KSERVE, "LLMInferenceServiceConfig", ("v1alpha1", "v1alpha2"),
        "kserve pkg/apis/serving/v1alpha2/llm_inference_service_types.go",
        code="kserve.LLMInferenceServiceConfig", dialect="kserve", rules=True,
        uris=("spec.model.uri", "spec.model.lora.adapters[].uri"),
        options=("adapter",), start=("spec", "model"), pods=("spec",),
        note="`adapter: NAME`: a LoRA adapter.",
    ),
    _runtime("ServingRuntime"),
    _runtime("ClusterServingRuntime"),
    ServingKind(
        KSERVE, "InferenceGraph", ("v1alpha1",), "kserve pkg/apis/serving/v1alpha1/inference_graph.go",
        code="kserve.InferenceGraph", names=True, rules=True,
        traffic=TrafficKind(
            "percent", ("spec.nodes.*.steps[].weight",),
            "kserve inferencegraph_validation.go: a Splitter's weights sum to 100", ("entries", "node"),
            note="The steps of a `Splitter`; `node` is `root` when it is not given.",
        ),
    ),
    # Seldon Core
    ServingKind(
        _SELDON_V1, "SeldonDeployment", ("v1", "v1alpha2", "v1alpha3"),
        "Seldon Core v1, SeldonDeployment: predictors[].graph, children, explainer",
        code="seldon.SeldonDeployment", serves=True, rules=True,
        uris=("spec.predictors[].graph.children[]*.modelUri", "spec.predictors[].explainer.modelUri"),
        chosen=tuple(
            f"spec.predictors[].componentSpecs[].spec.{containers}[].env[].value"
            for containers in ("containers", "initContainers")
        ),
        options=("predictor", "node", "explainer", "container", "env"), start=("spec", "predictors"),
        traffic=TrafficKind(
            "percent", ("spec.predictors[].traffic",),
            "Seldon Core v1 webhook: the traffic of predictors without `shadow` sums to 100",
            note="A predictor with `shadow: true` gets copies of the requests, so it must have no weight.",
        ),
        note="`explainer: true`: the predictor's explainer. `node: NAME`: a node of the graph.",
    ),
    ServingKind(
        _SELDON_V2, "Model", ("v1alpha1",), "Seldon Core v2, Model: storageUri, any rclone remote",
        serves=True, uris=("spec.storageUri",),
    ),
    ServingKind(
        _SELDON_V2, "Pipeline", ("v1alpha1",), "Seldon Core v2, Pipeline: names Models", names=True,
    ),
    ServingKind(
        _SELDON_V2, "Experiment", ("v1alpha1",), "Seldon Core v2, Experiment",
        code="seldon.Experiment", rules=True,
        traffic=TrafficKind(
            "relative", ("spec.candidates[].weight",), "Seldon Core v2, Experiment: candidates[].weight",
            note="The names of the candidates, the default and the mirror follow renames of their objects.",
        ),
    ),
    # Kubernetes
    _pods("apps", "Deployment", "spec.template"),
    _pods("apps", "StatefulSet", "spec.template"),
    _pods("apps", "DaemonSet", "spec.template"),
    _pods("apps", "ReplicaSet", "spec.template"),
    _pods("batch", "Job", "spec.template"),
    _pods("batch", "CronJob", "spec.jobTemplate.spec.template"),
    _pods("", "Pod", ""),
    ServingKind(
        "", "ConfigMap", ("v1",), "Kubernetes API, ConfigMap",
        code="configmap.ConfigMap", chosen=("data.*",), options=("key",), start=("data",), provenance=False,
        traffic=TrafficKind("string", ("data.*",), "Kubernetes API, ConfigMap", ("keys",)),
        note="The key must be there.",
    ),
    ServingKind("", "Service", ("v1",), "Kubernetes API, Service: the name that traffic goes to", names=True),
    ServingKind(
        "networking.k8s.io", "Ingress", ("v1",), "Kubernetes API, Ingress", code="routes.Ingress", rules=True,
        traffic=TrafficKind(
            "rest", (f"metadata.annotations[{NGINX}canary-weight]",), "ingress-nginx, canary annotations",
            note="The object must be the canary's Ingress. The weight is scaled to `canary-weight-total`.",
        ),
    ),
    _pod_sets(
        "leaderworkerset.x-k8s.io", "LeaderWorkerSet", ("v1",), "lws api/leaderworkerset/v1 (060ab4d)",
        "spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate",
    ),
    _pod_sets(
        "jobset.x-k8s.io", "JobSet", ("v1alpha2", "v1"),
        "jobset api/jobset/{v1alpha2,v1}/jobset_types.go: ReplicatedJob.template (816ba51)",
        "spec.replicatedJobs[].template.spec.template",
    ),
    # Ray, Knative and servers of large language models
    _ray("RayCluster", "spec", "kuberay ray-operator/apis/ray/v1 (feeaf72)"),
    _ray("RayService", "spec.rayClusterConfig", "kuberay ray-operator/apis/ray/v1 (feeaf72)"),
    _ray("RayJob", "spec.rayClusterSpec", "kuberay ray-operator/apis/ray/v1 (feeaf72)"),
    _pods("serving.knative.dev", "Service", "spec.template", "Knative Serving v1, Service")._replace(
        versions=("v1",), code="knative.Service", rules=True, serves=True,
        traffic=TrafficKind(
            "percent", ("spec.traffic[].percent",), "Knative Serving v1, Service: the percents sum to 100",
            note="Entries are named by `tag`, else by `revisionName`.",
        ),
    ),
    ServingKind(
        "kubeai.org", "Model", ("v1",),
        "kubeai api/k8s/v1/model_types.go (f442a2c), internal/modelcontroller/engine_vllm.go",
        code="llm.KubeAI", serves=True, dialect="hub-uri", uris=("spec.url",),
        parts=(("spec.args", "hub-revision"),),
        note="KubeAI reads no revision in the URL. For vLLM without a cache profile, it goes into "
        "`spec.args` as `--revision`.",
    ),
    ServingKind(
        "production-stack.vllm.ai", "VLLMRuntime", ("v1alpha1",),
        "production-stack operator/api/v1alpha1/vllmruntime_types.go (18f0b20)",
        code="llm.Runtime", serves=True, dialect="id", uris=("spec.model.modelURL",),
        parts=(("spec.vllmConfig.extraArgs", "hub-revision"),),
        note="The bare id of a model of the Hugging Face Hub; its revision goes into "
        "`spec.vllmConfig.extraArgs` as `--revision`.",
    ),
    ServingKind(
        "kaito.sh", "Workspace", ("v1beta1", "v1alpha1"), "kaito api/v1beta1/workspace_types.go (0228438)",
        code="llm.Workspace", serves=True, options=("adapter",),
        chosen=("inference.preset.name", "inference.adapters[].source.image"),
        note="Without options: the preset, the bare id of a model of the Hugging Face Hub. `adapter: NAME`: "
        "the image of an adapter.",
    ),
    ServingKind(
        "apps.nvidia.com", "NIMCache", ("v1alpha1",),
        "k8s-nim-operator api/apps/v1alpha1/nimcache_types.go (ca3bf0f); `revision`: release notes of 2.0.2",
        code="llm.Parts", chosen=("spec.source.hf.{modelName,namespace,revision}",),
        parts=(
            ("spec.source.hf.modelName", "hub-model"),
            ("spec.source.hf.namespace", "hub-organisation"),
            ("spec.source.hf.revision", "hub-revision"),
        ),
        note="A model of the Hugging Face Hub in its three parts.",
    ),
    ServingKind(
        "apps.nvidia.com", "NIMService", ("v1alpha1",),
        "k8s-nim-operator api/apps/v1alpha1/common_types.go: Image (112458f)",
        code="llm.Parts", serves=True, chosen=("spec.image.{repository,tag}",),
        parts=(("spec.image.repository", "image-repository"), ("spec.image.tag", "image-tag")),
        note="The model is an image: `oci://REGISTRY/REPOSITORY:TAG`.",
    ),
    ServingKind(
        "nvidia.com", "DynamoGraphDeployment", ("v1alpha1", "v1beta1"),
        "dynamo deploy/operator/api/v1alpha1 (1d26d92) and api/dynamo/v1beta1 (ef2e633)",
        code="llm.Dynamo", serves=True, options=("service", "env", "argument"),
        chosen=(
            "spec.services.*.envs[].value",
            "spec.services.*.extraPodSpec.mainContainer.env[].value",
            "spec.components[].podTemplate.spec.containers[name=main].env[].value",
        ),
        note="`service: NAME`, and a variable or an argument of its main container. Since v1beta1 the name "
        "of a component, whose container is called `main`.",
    ),
    ServingKind(
        "serving.yatai.ai", "BentoDeployment", ("v2alpha1",),
        "yatai-deployment apis/serving/v2alpha1/bentodeployment_types.go (1ade122)",
        code="llm.Parts", serves=True, chosen=("spec.bento",), parts=(("spec.bento", "object-name"),),
        note="The name of a Bento or BentoRequest object: `oci://NAME:VERSION` is the object `NAME-VERSION`.",
    ),
    ServingKind(
        "resources.yatai.ai", "BentoRequest", ("v1alpha1",),
        "yatai-image-builder, BentoRequest: bentoTag",
        code="llm.Parts", chosen=("spec.bentoTag",), parts=(("spec.bentoTag", "image"),),
        note="`oci://NAME:VERSION` is written as the tag of a Bento, `NAME:VERSION`.",
    ),
    ServingKind(
        "trainer.kubeflow.org", "TrainJob", ("v1alpha1",),
        "trainer pkg/apis/trainer/v1alpha1/trainjob_types.go (bd3256c), pkg/initializers/model",
        uris=("spec.initializer.model.storageUri",), dialect="hub-uri", immutable=_IMMUTABLE,
        note="Its reader knows no revision of a model of the Hugging Face Hub.",
    ),
    _inference_pool("inference.networking.k8s.io", "v1"),
    _inference_pool("inference.networking.x-k8s.io", "v1alpha2"),
    # Argo
    _pods(_ARGO, "Rollout", "spec.template", "argo-rollouts pkg/apis/rollouts/v1alpha1/types.go")._replace(
        traffic=TrafficKind(
            "rest", ("spec.strategy.canary.steps[].setWeight",), "argo-rollouts", (),
            "Argo Rollouts moves the weights itself, step by step, and would set them back",
        ),
        owner="Argo Rollouts",
        owns=(
            Owned("VirtualService", f"{_ROUTING}.istio.virtualService.name"),
            Owned("VirtualService", f"{_ROUTING}.istio.virtualServices[].name"),
            Owned("VirtualService", f"{_ROUTING}.appMesh.virtualService.name"),
            Owned("Ingress", f"{_ROUTING}.nginx.stableIngress"),
            Owned("Ingress", f"{_ROUTING}.nginx.stableIngresses[]"),
            Owned("Ingress", f"{_ROUTING}.alb.ingress"),
            Owned("Ingress", f"{_ROUTING}.alb.ingresses[]"),
            Owned("TraefikService", f"{_ROUTING}.traefik.weightedTraefikServiceName"),
            Owned("TrafficSplit", f"{_ROUTING}.smi.trafficSplitName"),
            Owned("Mapping", f"{_ROUTING}.ambassador.mappings[]"),
            Owned("ApisixRoute", f"{_ROUTING}.apisix.route.name"),
            *_gateway_routes(),
        ),
    ),
    _workflow("Workflow", "spec"),
    _workflow("WorkflowTemplate", "spec"),
    _workflow("ClusterWorkflowTemplate", "spec"),
    _workflow("CronWorkflow", "spec.workflowSpec"),
    _scheduled_workflow(),
    # Routes
    ServingKind(
        "networking.istio.io", "VirtualService", ("v1", "v1beta1", "v1alpha3"), "istio, VirtualService",
        code="routes.VirtualService", rules=True,
        traffic=TrafficKind(
            "relative", ("spec.http[].route[].weight",),
            "istio networking VirtualService http[].route[].weight",
            ("entries", "route"),
            note="Without `route`, every http route with several destinations is written. Each destination "
            "needs a model.",
        ),
    ),
    _http_route("HTTPRoute"),
    _http_route("GRPCRoute"),
    ServingKind(
        "flagger.app", "Canary", ("v1beta1",), "flagger pkg/apis/flagger/v1beta1/canary.go",
        traffic=TrafficKind(
            "rest", ("spec.analysis.stepWeight",), "flagger", (),
            "Flagger moves the weights itself, step by step, and would set them back",
        ),
        owner="Flagger",
        owns=(
            Owned("VirtualService", "spec.{service,targetRef}.name"),
            Owned("HTTPRoute", "spec.{service,targetRef}.name"),
            Owned("TraefikService", "spec.{service,targetRef}.name"),
            Owned("HTTPProxy", "spec.{service,targetRef}.name"),
            Owned("TrafficSplit", "spec.{service,targetRef}.name"),
            Owned("TrafficRoute", "spec.{service,targetRef}.name"),
            Owned("RouteTable", "spec.{service,targetRef}.name"),
            Owned("Service", "spec.targetRef.name"),
            Owned("ApisixRoute", "spec.routeRef.name"),
            Owned("Ingress", "spec.ingressRef.name"),
            Owned("Ingress", "spec.ingressRef.name", "-canary"),
        ),
    ),
)  # fmt: skip

_BY_NAME = {(row.group, row.kind): row for row in ROWS}
_BY_KIND: dict[str, list[ServingKind]] = {}
for _row in ROWS:
    _BY_KIND.setdefault(_row.kind, []).append(_row)

# Kinds that a model's target may be of without a `fieldPath`, and those that a traffic target may be of.
MODEL_KINDS = frozenset(row.kind for row in ROWS if row.uris or row.chosen or row.names)
TRAFFIC_KINDS = frozenset(row.kind for row in ROWS if row.traffic)


def row_of(gvk: Gvk) -> ServingKind | None:
    """The row of an object's group and kind, or None."""
    return _BY_NAME.get((gvk.group, gvk.kind))


def model_options(kind: str) -> tuple[str, ...]:
    """The options that a model's target of this kind may carry, whatever its group; `fieldPath` always."""
    return (*(option for row in _BY_KIND.get(kind, ()) for option in row.options), "fieldPath", "inside")


def traffic_options(kind: str) -> tuple[str, ...]:
    """The options that a traffic target of this kind may carry, whatever its group; `fieldPaths` always."""
    held = [row.traffic for row in _BY_KIND.get(kind, ()) if row.traffic]
    return (*(option for each in held for option in each.options), "fieldPaths")
