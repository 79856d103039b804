"""The order of a layer's built-in transformers (api/internal/target/kusttarget_configplugin.go)."""

from __future__ import annotations

from typing import NamedTuple


class Step(NamedTuple):
    """One transformer: its built-in kind, its module below `transformers`, the fields that give it work."""

    kind: str
    module: str
    fields: tuple[str, ...]


PIPELINE = (
    Step("PatchStrategicMergeTransformer", "patch_strategic_merge", ("patchesStrategicMerge",)),
    Step("PatchTransformer", "patches", ("patches",)),
    Step("NamespaceTransformer", "namespace", ("namespace",)),
    Step("PrefixTransformer", "prefix", ("namePrefix",)),
    Step("SuffixTransformer", "suffix", ("nameSuffix",)),
    Step("LabelTransformer", "labels", ("labels", "commonLabels")),
    Step("AnnotationsTransformer", "annotations", ("commonAnnotations",)),
    Step("PatchJson6902Transformer", "patch_json6902", ("patchesJson6902",)),
    Step("ReplicaCountTransformer", "replicas", ("replicas",)),
    Step("ImageTagTransformer", "images", ("images",)),
    Step("ReplacementTransformer", "replacements", ("replacements",)),
)
