"""Announcing parameters to Argo CD's UI: a JSON array with this application's current values.

The announcement runs without keys. Values are for display; nothing that is encrypted is in it, and a model is
shown by its reference and locked version, never by its URI.
"""

from __future__ import annotations

from cmp.argocd.table import PARAMETERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.argocd.table import Row
    from cmp.models.declarations import Declarations


def static() -> list[dict[str, Any]]:
    """The table without values."""
    return [entry(row, None) for row in PARAMETERS]


def entry(row: Row, value: Any) -> dict[str, Any]:
    """One announcement; value: of the form that the row says, None for none."""
    announced: dict[str, Any] = {
        "name": row.name,
        "title": row.title,
        "tooltip": row.tooltip,
        "collectionType": row.form,
    }
    if value:
        announced[row.form] = value
    return announced


def current(kustomization: dict[str, Any], declarations: Declarations | None) -> list[dict[str, Any]]:
    """The table with what the overlay says now. kustomization: its own fields, canonical names."""
    values = {**_overlay(kustomization), **_models(declarations)}
    return [entry(row, values.get(row.name)) for row in PARAMETERS]


def _models(declarations: Declarations | None) -> dict[str, Any]:
    uris: dict[str, str] = {}
    traffic: dict[str, str] = {}
    for config in declarations.configs if declarations else ():
        lock = declarations.lock_of(config) if declarations else None
        for name, model in config.models.items():
            locked = lock.entries.get(name) if lock else None
            uris[name] = _told(model.ref_text, locked.version if locked else "")
        if config.traffic is not None:
            traffic.update({name: str(weight) for name, weight in config.traffic.weights.items()})
    return {"model-uris": uris, "traffic": traffic}


def _told(ref: str, version: str) -> str:
    """What the UI shows of a model: reference and version; a literal URI may be a secret."""
    if not ref:
        return "(literal URI)"
    return f"{ref} (version {version})" if version else f"{ref} (not locked)"


def is_announced(text: str) -> bool:
    """Whether a model's URI is what `_told` shows: the UI may save a whole map when one entry is edited."""
    return text.endswith(")") and "(" in text


def _overlay(kustomization: dict[str, Any]) -> dict[str, Any]:
    """The fields that the parameters edit, in the form of the parameters."""
    labels: dict[str, str] = {}
    for each in kustomization.get("labels") or ():
        if isinstance(each, dict) and not each.get("includeSelectors"):
            labels.update(each.get("pairs") or {})
    replicas = [each for each in kustomization.get("replicas") or () if isinstance(each, dict)]
    return {
        "images": [text for each in kustomization.get("images") or () if (text := _image(each))],
        "name-prefix": kustomization.get("namePrefix"),
        "name-suffix": kustomization.get("nameSuffix"),
        "namespace": kustomization.get("namespace"),
        "replicas": {str(each.get("name")): str(each.get("count")) for each in replicas},
        "common-labels": labels,
        "common-annotations": dict(kustomization.get("commonAnnotations") or {}),
    }


def _image(image: Any) -> str:
    """`name=newName:tag@digest`, without the parts that are not there."""
    if not isinstance(image, dict):
        return ""
    tag, digest = image.get("newTag"), image.get("digest")
    text = str(image.get("name", ""))
    if image.get("newName"):
        text += f"={image['newName']}"
    return text + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
