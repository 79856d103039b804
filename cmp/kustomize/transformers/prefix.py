"""PrefixTransformer: a string before names (api/internal/builtins/PrefixTransformer.go)."""

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
    """prefix may be empty, which still counts for telling references apart."""

    prefix: str
    specs: tuple[FieldSpec, ...]


def configs(context: Context, specs: Specs) -> list[Config]:
    """The layer's `namePrefix`."""
    return [Config(context.kustomization["namePrefix"], specs.table("namePrefix"))]


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Put the prefix before every name but those of CustomResourceDefinitions, Namespaces and APIServices."""
    add_affix(resmap, config.specs, context.budget, prefix=config.prefix)
