"""What prefix and suffix have in common: which names they skip, and the history they leave."""

from __future__ import annotations

from cmp.kustomize.fieldspec import FieldError, Walker
from cmp.kustomize.history import expose, remember
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import overwrite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.resid import Gvk
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import FieldSpec

_SKIPPED = frozenset(("CustomResourceDefinition", "Namespace"))
NAME = "metadata/name"


def skips(gvk: Gvk) -> bool:
    """Whether names of objects of this (original) kind stay as they are."""
    return gvk.kind in _SKIPPED or (gvk.kind == "APIService" and gvk.group == "apiregistration.k8s.io")


def add_affix(
    resmap: ResMap, specs: tuple[FieldSpec, ...], budget: Budget, prefix: str = "", suffix: str = ""
) -> None:
    """Change the fields of `specs` in each object, and remember earlier names and what was added."""

    def leaf(container: Any, key: Any) -> None:
        value = container[key]
        if isinstance(value, (dict, list)):
            raise FieldError("must be a string")
        text = prefix + text_of(value) + suffix  # tainted strings stay so
        budget.spend(len(text))
        container[key] = overwrite(value, text)

    walkers = [(spec, Walker((spec,), lambda: "")) for spec in specs]
    skipped: dict[Gvk, bool] = {}
    for resource in resmap:
        gvk = resource.org_gvk
        if gvk not in skipped:
            skipped[gvk] = skips(gvk)
        if skipped[gvk]:
            continue
        for spec, walker in walkers:
            if not gvk.selected_by(spec.gvk):
                continue
            if spec.path == NAME:
                _remember(resource, prefix, suffix)
            walker.apply(resource, leaf)
    resmap.touch()


def _remember(resource: Resource, prefix: str, suffix: str) -> None:
    if prefix:
        resource.prefixes.append(prefix)
    if suffix:
        resource.suffixes.append(suffix)
    if prefix or suffix:
        if resource.shows_history:
            expose(resource)  # before the old name, as upstream does
        remember(resource)
