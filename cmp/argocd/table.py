"""The parameters of an Application, as one table: the reader, the announcement and plugin.yaml all use it."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple


class Row(NamedTuple):
    """name: as Applications write it. form: `map`, `array` or `string`, Argo CD's collectionType.

    title and tooltip: for the UI. read: the function of `cmp.argocd.values` that checks one value. field:
    of `cmp.render.parameters.Parameters`.
    """

    name: str
    form: str
    title: str
    tooltip: str
    read: str
    field: str


PARAMETERS = (
    Row(
        "model-uris",
        "map",
        "Model URIs",
        "Storage URIs by model name; beats lock and literal URI, refused when a lock is required. A value in "
        "parentheses is what the overlay says and changes nothing.",
        "uri",
        "model_uris",
    ),
    Row(
        "traffic",
        "map",
        "Traffic weights",
        "Percentages by model name, all models of the split together 100.",
        "percentage",
        "traffic",
    ),
    Row(
        "images",
        "array",
        "Images",
        "As kustomize writes them: name=newName:tag, name:tag or name@digest.",
        "image",
        "images",
    ),
    Row(
        "name-prefix",
        "string",
        "Name prefix",
        "Put before the name of every object.",
        "name_part",
        "name_prefix",
    ),
    Row(
        "name-suffix",
        "string",
        "Name suffix",
        "Put after the name of every object.",
        "name_part",
        "name_suffix",
    ),
    Row(
        "namespace",
        "string",
        "Namespace",
        "The namespace of every namespaced object.",
        "namespace",
        "namespace",
    ),
    Row("replicas", "map", "Replicas", "Replica counts by name of the workload.", "count", "replicas"),
    Row(
        "common-labels",
        "map",
        "Labels",
        "Labels for every object and pod template, never for selectors.",
        "label_value",
        "common_labels",
    ),
    Row(
        "common-annotations",
        "map",
        "Annotations",
        "Annotations for every object and pod template.",
        "annotation_value",
        "common_annotations",
    ),
    Row(
        "strict",
        "string",
        "Strict",
        "true: what kustomize lets pass silently is an error. The operator's CMP_STRICT can't be lowered.",
        "flag",
        "strict",
    ),
)

BY_NAME = {row.name: row for row in PARAMETERS}

# spec.source.plugin.env reaches us as ARGOCD_ENV_<NAME>: a twin of each parameter (MODEL_URIS).
ENV_PREFIX = "ARGOCD_ENV_"
# ARGOCD_ENV_IMAGE_<anything> is one image: argocd-image-updater can write only environment entries.
IMAGE_ENV_PREFIX = "ARGOCD_ENV_IMAGE_"
BY_ENV = {ENV_PREFIX + row.name.upper().replace("-", "_"): row for row in PARAMETERS}
