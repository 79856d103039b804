"""SuffixTransformer: a string after names (api/internal/builtins/SuffixTransformer.go)."""

from __future__ import annotations

from cmp.kustomize.specs import FieldSpec
from cmp.kustomize.transformers._affix import add_affix
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs


class Config(NamedTuple):
    """suffix may be empty, which still counts for telling references apart."""

    suffix: str
    specs: tuple[FieldSpec, ...]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's `nameSuffix`."""
    return [Config(context.kustomization["nameSuffix"], specs.table("nameSuffix"))]


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Put the suffix after every name but those of CustomResourceDefinitions, Namespaces and APIServices."""
    add_affix(resmap, config.specs, context.budget, suffix=config.suffix)
