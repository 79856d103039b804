"""Application parameters as edits of the overlay's own kustomization, in memory.

They act as Argo CD's calls of `kustomize edit` do for built-in Kustomize (util/kustomize/kustomize.go
there, commands/edit in kustomize): what is written into DIR's kustomization and nothing below it.
"""

from __future__ import annotations

from cmp.errors import Where
from cmp.render.errors import ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.render.parameters import Image, Parameters

KEEP = "*"


def apply(kustomization: dict[str, Any], parameters: Parameters, file: str) -> dict[str, Any]:
    """The kustomization with the parameters written into it; the one given is left as it is."""
    edited = dict(kustomization)
    for field, value in (
        ("namePrefix", parameters.name_prefix),
        ("nameSuffix", parameters.name_suffix),
        ("namespace", parameters.namespace),
    ):
        if value:
            edited[field] = value
    if parameters.images:
        edited["images"] = _images(edited.get("images") or [], parameters.images)
    if parameters.replicas:
        edited["replicas"] = _replicas(edited.get("replicas") or [], parameters.replicas)
    if parameters.common_labels:
        _labels(edited, parameters.common_labels, file)
    if parameters.common_annotations:
        edited["commonAnnotations"] = {
            **(edited.get("commonAnnotations") or {}),
            **parameters.common_annotations,
        }
    return edited


def refuse_models(parameters: Parameters) -> None:
    """`ParameterError` when models are set by parameters of an overlay that declares none."""
    for name, given in (("model-uris", parameters.model_uris), ("traffic", parameters.traffic)):
        if given:
            raise ParameterError(
                f"the parameter {name} is set, but the overlay has no ModelConfig",
                hint="list a ModelConfig under resources, or remove the parameter",
            )


def _images(present: list[Any], wanted: dict[str, Image]) -> list[Any]:
    """`kustomize edit set image`: an entry of the same name is replaced, `*` keeps a part of it."""
    entries = {entry["name"]: entry for entry in present if isinstance(entry, dict) and "name" in entry}
    for name, image in wanted.items():
        old = entries.get(name, {})
        entry = {"name": name}
        for field, value in (
            ("newName", image.new_name),
            ("newTag", image.new_tag),
            ("digest", image.digest),
        ):
            new = old.get(field, "") if value == KEEP else value
            if new:
                entry[field] = new
        entries[name] = entry
    return [entries[name] for name in sorted(entries)]


def _replicas(present: list[Any], wanted: dict[str, int]) -> list[Any]:
    entries = [entry for entry in present if not (isinstance(entry, dict) and entry.get("name") in wanted)]
    return entries + [{"name": name, "count": count} for name, count in wanted.items()]


def _labels(edited: dict[str, Any], wanted: dict[str, str], file: str) -> None:
    """`kustomize edit add label --without-selector --include-templates --force`."""
    present: list[Any] = list(edited.get("labels") or [])
    on_selectors = dict(edited.get("commonLabels") or {})
    for entry in present:
        if isinstance(entry, dict) and entry.get("includeSelectors"):
            on_selectors.update(entry.get("pairs") or {})
    for key in wanted:
        if key in on_selectors:
            raise ParameterError(
                f"the parameter common-labels sets {key!r}, which this kustomization puts on selectors too",
                where=Where(file=file, field="labels"),
                hint="a selector can't be changed once its object exists; give the label another key",
            )
    kept = [_without(entry, wanted) for entry in present]
    kept.append({"pairs": dict(wanted), "includeSelectors": False, "includeTemplates": True})
    edited["labels"] = [entry for entry in kept if not isinstance(entry, dict) or entry.get("pairs")]


def _without(entry: Any, keys: dict[str, str]) -> Any:
    pairs = entry.get("pairs") if isinstance(entry, dict) else None
    if not isinstance(pairs, dict) or not keys.keys() & pairs.keys():
        return entry
    return {**entry, "pairs": {key: value for key, value in pairs.items() if key not in keys}}
