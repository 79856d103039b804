"""LabelTransformer: labels and, where asked for, selectors and templates (api/filters/labels)."""

from __future__ import annotations

from cmp.errors import located
from cmp.kustomize.resid import Gvk
from cmp.kustomize.specs import FieldSpec, merge_specs, spec_list
from cmp.kustomize.transformers._entries import write_entries
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs

_METADATA = FieldSpec(Gvk("", "", ""), "metadata/labels", True)


class Config(NamedTuple):
    """The labels and the mappings they go into."""

    labels: dict[str, str]
    specs: tuple[FieldSpec, ...]


def configs(context: Context, specs: Specs) -> list[Config]:
    """One for each entry of `labels`, then one for `commonLabels`, which may be empty."""
    fields = context.kustomization
    found = []
    for index, entry in enumerate(fields.get("labels", ())):
        with located(context.where("labels", index)):
            found.append(Config(entry.get("pairs") or {}, label_specs(entry, specs)))
    found.append(Config(fields.get("commonLabels") or {}, specs.table("commonLabels")))
    return found


def label_specs(entry: dict[str, Any], specs: Specs) -> tuple[FieldSpec, ...]:
    """The fields of a `labels` entry: its own, those configured for labels, and what its flags add."""
    merged = merge_specs(list(spec_list(entry.get("fields", ()))), specs.table("labels"))
    if entry.get("includeSelectors"):
        return tuple(merge_specs(merged, specs.table("commonLabels")))
    if entry.get("includeTemplates"):
        merged = merge_specs(merged, specs.table("templateLabels"))
    return tuple(merge_specs(merged, (_METADATA,)))


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Write every label into every mapping; existing keys are overwritten."""
    if not config.labels:
        return
    entries = {key: config.labels[key] for key in sorted(config.labels)}
    write_entries(resmap, entries, config.specs, context.budget)
