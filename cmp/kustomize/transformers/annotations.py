"""AnnotationsTransformer: annotations on objects and pod templates (api/filters/annotations)."""

from __future__ import annotations

from cmp.kustomize.specs import FieldSpec
from cmp.kustomize.transformers._entries import write_entries
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs


class Config(NamedTuple):
    """The annotations and the mappings they go into."""

    annotations: dict[str, str]
    specs: tuple[FieldSpec, ...]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's `commonAnnotations`."""
    return [Config(context.kustomization["commonAnnotations"], specs.table("commonAnnotations"))]


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Write every annotation into every mapping; existing keys are overwritten."""
    if not config.annotations:
        return
    entries = {key: config.annotations[key] for key in sorted(config.annotations)}
    write_entries(resmap, entries, config.specs, context.budget)
