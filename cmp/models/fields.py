"""The field table: where each serving kind takes its model's location, as data with its source.

A row says for a group, kind and versions which shape of object it is, the path the shape starts from, and
which options of a target choose among several fields. The shapes are in `cmp.models.shapes`.
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resid import Gvk


class Row(NamedTuple):
    """One kind. versions: empty for any. path: where the shape starts. pods: where its pods' metadata is."""

    group: str
    kind: str
    versions: tuple[str, ...]
    shape: str
    path: tuple[str, ...]
    options: tuple[str, ...]
    pods: tuple[str, ...]
    source: str
    kserve: bool = False  # whether KServe's webhook decides which URI schemes are admitted


_KSERVE = "serving.kserve.io"
_SELDON = "machinelearning.seldon.io"
_POD = ("container", "env")
_STEP = ("template", "container", "env", "parameter")
_TEMPLATE = ("spec", "template")
_POD_SOURCE = "Kubernetes API, PodTemplateSpec"
_ARGO_SOURCE = "argo-workflows pkg/apis/workflow/v1alpha1/workflow_types.go"
_ISVC_OPTIONS = ("component", "canary", "container", "env", "mountPath")


def _pod(group: str, kind: str, path: tuple[str, ...], source: str = _POD_SOURCE) -> Row:
    return Row(group, kind, (), "pod", (*path, "spec"), _POD, (*path, "metadata"), source)


def _workflow(kind: str, path: tuple[str, ...]) -> Row:
    return Row("argoproj.io", kind, ("v1alpha1",), "workflow", path, _STEP, (), _ARGO_SOURCE)


ROWS: tuple[Row, ...] = (
    # KServe: pkg/apis/serving, release 0.20
    Row(_KSERVE, "InferenceService", ("v1beta1",), "inference-service", ("spec",), _ISVC_OPTIONS, (),
        "kserve pkg/apis/serving/v1beta1/{predictor,component,inference_service}.go", kserve=True),
    Row(_KSERVE, "LLMInferenceService", ("v1alpha1", "v1alpha2"), "llm", ("spec", "model"), ("adapter",),
        ("spec",), "kserve pkg/apis/serving/v1alpha2/llm_inference_service_types.go", kserve=True),
    Row(_KSERVE, "TrainedModel", ("v1alpha1",), "field", ("spec", "model", "storageUri"), (), (),
        "kserve pkg/apis/serving/v1alpha1/trained_model.go", kserve=True),
    Row(_KSERVE, "LocalModelCache", ("v1alpha1",), "field", ("spec", "sourceModelUri"), (), (),
        "kserve pkg/apis/serving/v1alpha1/local_model_cache_types.go", kserve=True),
    Row(_KSERVE, "InferenceGraph", ("v1alpha1",), "none", (), (), (),
        "kserve pkg/apis/serving/v1alpha1/inference_graph.go: routes, holds no model"),
    # Seldon Core
    Row(_SELDON, "SeldonDeployment", ("v1", "v1alpha2", "v1alpha3"), "seldon-deployment",
        ("spec", "predictors"), ("predictor", "node", "explainer", "container", "env"), (),
        "Seldon Core v1, SeldonDeployment: predictors[].graph, children, explainer"),
    Row("mlops.seldon.io", "Model", ("v1alpha1",), "field", ("spec", "storageUri"), (), (),
        "Seldon Core v2, Model: storageUri, any rclone remote"),
    Row("mlops.seldon.io", "Pipeline", ("v1alpha1",), "none", (), (), (),
        "Seldon Core v2, Pipeline: names Models"),
    # Kubernetes
    _pod("apps", "Deployment", _TEMPLATE),
    _pod("apps", "StatefulSet", _TEMPLATE),
    _pod("apps", "DaemonSet", _TEMPLATE),
    _pod("apps", "ReplicaSet", _TEMPLATE),
    _pod("batch", "Job", _TEMPLATE),
    _pod("batch", "CronJob", ("spec", "jobTemplate", "spec", "template")),
    Row("", "Pod", (), "pod", ("spec",), _POD, (), _POD_SOURCE),
    Row("", "ConfigMap", ("v1",), "config-map", ("data",), ("key",), (), "Kubernetes API, ConfigMap"),
    Row("", "Service", ("v1",), "none", (), (), (), "the name that traffic goes to; holds no model"),
    # Argo
    _pod("argoproj.io", "Rollout", _TEMPLATE, "argo-rollouts pkg/apis/rollouts/v1alpha1/types.go"),
    _workflow("Workflow", ("spec",)),
    _workflow("WorkflowTemplate", ("spec",)),
    _workflow("ClusterWorkflowTemplate", ("spec",)),
    _workflow("CronWorkflow", ("spec", "workflowSpec")),
)  # fmt: skip

# The implementations of a predictor before `model` (v1beta1/predictor.go), and of an explainer.
LEGACY_PREDICTORS = (
    *("sklearn", "xgboost", "tensorflow", "pytorch", "triton", "onnx", "huggingface", "pmml", "lightgbm"),
    "paddle",
)
EXPLAINERS = ("art", "alibi", "aix")

_BY_KIND: dict[str, list[Row]] = {}
for _row in ROWS:
    _BY_KIND.setdefault(_row.kind, []).append(_row)

KINDS = frozenset(_BY_KIND)


def row_for(gvk: Gvk) -> Row | None:
    """The row of an object, or None. A version that the row does not list is still the same kind's row."""
    for row in _BY_KIND.get(gvk.kind, ()):
        if row.group == gvk.group:
            return row
    return None


def options_of(kind: str, traffic: bool) -> tuple[str, ...]:
    """The options that a target of this kind may carry; `fieldPath` always, `keys` for it in traffic."""
    if traffic:
        from cmp.models.splits import options_of as split_options

        return split_options(kind)
    return (*(option for row in _BY_KIND.get(kind, ()) for option in row.options), "fieldPath")
