"""The traffic table: what each kind means by a weight and who owns it, as data with its source.

meaning: `percent` (whole numbers that sum to 100), `rest` (a percentage, the stable version gets the rest),
`relative` (a share of the sum), `text` (a number for people's own use). Kinds whose weights belong to a
controller have a reason instead: writing them would fight it.
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resid import Gvk


class Split(NamedTuple):
    """One kind. shape: how to find the entries. controller: why the weights are not ours, or empty."""

    group: str
    kind: str
    meaning: str
    shape: str
    options: tuple[str, ...]
    source: str
    controller: str = ""


SPLITS: tuple[Split, ...] = (
    Split("mlops.seldon.io", "Experiment", "relative", "experiment", ("entries",),
          "Seldon Core v2, Experiment: candidates[].weight"),
    Split("machinelearning.seldon.io", "SeldonDeployment", "percent", "seldon-deployment", ("entries",),
          "Seldon Core v1 webhook: traffic of the predictors that are no shadows sums to 100"),
    Split("serving.kserve.io", "InferenceService", "rest", "inference-service", ("entries",),
          "kserve ksvc_reconciler.go (canaryTrafficPercent); 0.20 spec.canary[].trafficPercent"),
    Split("serving.kserve.io", "InferenceGraph", "percent", "inference-graph", ("entries", "node"),
          "kserve inferencegraph_validation.go: a Splitter's weights sum to 100"),
    Split("serving.kserve.io", "LLMInferenceService", "relative", "llm", ("entries",),
          "kserve v1alpha2 router.route.{group,weight}, backendRefs[].weight"),
    Split("networking.istio.io", "VirtualService", "relative", "virtual-service", ("entries", "route"),
          "istio networking VirtualService http[].route[].weight"),
    Split("gateway.networking.k8s.io", "HTTPRoute", "relative", "http-route", ("entries", "rule"),
          "Gateway API rules[].backendRefs[].weight"),
    Split("gateway.networking.k8s.io", "GRPCRoute", "relative", "http-route", ("entries", "rule"),
          "Gateway API rules[].backendRefs[].weight"),
    Split("networking.k8s.io", "Ingress", "rest", "ingress", ("entries",),
          "ingress-nginx canary annotations"),
    Split("", "ConfigMap", "text", "config-map", ("keys",), "Kubernetes API, ConfigMap"),
    Split("flagger.app", "Canary", "rest", "", (), "flagger",
          "Flagger moves the weights itself, step by step, and would set them back"),
    Split("argoproj.io", "Rollout", "rest", "", (), "argo-rollouts",
          "Argo Rollouts moves the weights itself, step by step, and would set them back"),
)  # fmt: skip

_BY_KIND: dict[str, list[Split]] = {}
for _split in SPLITS:
    _BY_KIND.setdefault(_split.kind, []).append(_split)

KINDS = frozenset(_BY_KIND)


def split_for(gvk: Gvk) -> Split | None:
    """The row of an object, or None."""
    for split in _BY_KIND.get(gvk.kind, ()):
        if split.group == gvk.group:
            return split
    return None


def options_of(kind: str) -> tuple[str, ...]:
    """The options that a traffic target of this kind may carry; `fieldPaths` always."""
    return (*(option for split in _BY_KIND.get(kind, ()) for option in split.options), "fieldPaths")
