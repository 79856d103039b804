"""The order of a layer's built-in transformers (api/internal/target/kusttarget_configplugin.go)."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from cmp.kustomize.context import Context
    from cmp.kustomize.origin import Origin
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs

    class Transformer(Protocol):
        """What each module of `cmp.kustomize.transformers` offers."""

        def configs(self, context: Context, specs: Specs) -> Sequence[Any]:
            """One value for each run of `transform`, from the layer's own fields."""

        def transform(self, resmap: ResMap, config: Any, context: Context) -> None:
            """Change the resources."""


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


def run_pipeline(resmap: ResMap, context: Context, specs: Specs, origin: Origin | None) -> None:
    """Run a layer's built-in transformers on `resmap`; a module is loaded only if a field asks for it.

    A config may stand for several of upstream's transformers, run as one; its `weight` says for how many.
    origin: where the layer is, to record each transformation (`buildMetadata`), or None.
    """
    for step in PIPELINE:
        if not any(context.kustomization.get(field) for field in step.fields):
            continue
        module = load(step.module)
        resmap.touch_labels()
        for config in module.configs(context, specs):
            module.transform(resmap, config, context)
            if origin is not None:
                from cmp.kustomize.origin import add_transformation

                text = origin.configured(context.file.rpartition("/")[2], "builtin", step.kind).text()
                for _ in range(getattr(config, "weight", 1)):
                    add_transformation(resmap, text, context.budget)
        # Patches drop what they empty themselves, as later patches must not see it.
        resmap.drop_empties()


def load(module: str) -> Transformer:
    """The module `cmp.kustomize.transformers.<module>`."""
    # Not importlib.import_module: that package would be imported for it.
    found: Any = __import__(f"cmp.kustomize.transformers.{module}", fromlist=("transform",))
    transformer: Transformer = found
    return transformer
