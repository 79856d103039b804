"""Edits of a ModelConfig."""

from __future__ import annotations

import os

from cmp.cli.commands.models.finish import EditOptions
from cmp.cli.commands.models.overlay import Overlay
from cmp.cli.update_model_config.names import MODELS
from cmp.cli.update_model_config.place import Found
from cmp.cli.update_model_config.request import UpdateRequest, both_weights
from cmp.errors import CmpError, Where
from cmp.kustomize.resource import LOCAL_CONFIG
from cmp.models import reference
from cmp.models.errors import ModelError
from cmp.models.prefix import below_any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def set_model_config(
    found: Found, request: UpdateRequest, overlays: list[str], edit_options: EditOptions, warnings: list[str]
) -> None:
    """Set URIs or references and weights; the overlay's own policy counts."""
    where = Where(file=found.edit.path, object=f"ModelConfig/{found.name}")
    if request.resources:
        raise ModelError(
            "a ModelConfig holds no resource figures",
            where=where,
            hint=_figures_file(found.edit.path, overlays),
        )
    spec = found.editor.documents[found.document].get("spec")
    if not isinstance(spec, dict):
        raise ModelError("the ModelConfig has no spec", where=where)
    for which, uri in request.uris.items():
        _set_model(found, spec, MODELS[which], uri, edit_options, warnings)
    if request.uris:
        _check_policies(found, request, overlays)
    for name, weight in both_weights(request, {}, where).items():
        found.editor.set(("spec", "traffic", "weights", name), weight, found.document)


def _set_model(
    found: Found, spec: dict[str, Any], name: str, uri: str, edit_options: EditOptions, warnings: list[str]
) -> None:
    models = spec.get("models")
    model = models.get(name) if isinstance(models, dict) else None
    old = model if isinstance(model, dict) else {}
    annotations = (found.editor.documents[found.document].get("metadata") or {}).get("annotations") or {}
    patch = LOCAL_CONFIG not in annotations
    key, other = ("ref", "uri") if reference.is_reference(uri) else ("uri", "ref")
    if old.get(key) == uri:
        return
    if not (edit_options.dry_run or edit_options.check):
        # A preview is masked and needs no key; what is written must be encrypted.
        found.edit.open_to_secrets()
    elif found.edit.sealed:
        warnings.append("no key opened the file: this is a preview, writing needs SOPS_AGE_KEY_FILE")
    path = ("spec", "models", name)
    if old.get(other) is not None and not patch:
        found.editor.rename((*path, other), key, uri, found.document)
    else:
        found.editor.set((*path, key), uri, found.document)
        if old.get(other) is not None:
            found.editor.set((*path, other), None, found.document)
    if key == "ref":
        warnings.append(f"{name} is a reference now: run cmpctl models lock")


def _check_policies(found: Found, request: UpdateRequest, overlays: list[str]) -> None:
    """The policy of each overlay that this file belongs to itself; a base serves several."""
    folder = os.path.dirname(os.path.realpath(found.edit.path))
    if folder not in overlays:
        return
    try:
        configs = Overlay.open(folder, None).declarations().configs
    except CmpError:
        return
    for config in configs:
        for which, uri in request.uris.items():
            prefixes = config.policy.allowed_prefixes
            if config.policy.require_lock and not reference.is_reference(uri):
                raise ModelError(
                    f"--{which}-uri: the policy of this overlay requires a lock",
                    where=config.policy.node.where,
                    hint="give a models:/ reference and run cmpctl models lock",
                )
            if prefixes and not reference.is_reference(uri) and not below_any(uri, prefixes):
                raise ModelError(
                    f"--{which}-uri: the URI is below none of policy.allowedPrefixes",
                    where=config.policy.node.where,
                    hint="a model of another environment? use --promote-from",
                )


def _figures_file(path: str, overlays: list[str]) -> str:
    """Where the resource figures are: a ConfigMap beside this file."""
    folder = os.path.dirname(os.path.realpath(path))
    for folder_ in dict.fromkeys((folder, *overlays)):
        for name in sorted(os.listdir(folder_)):
            candidate = os.path.join(folder_, name)
            if name.endswith((".yaml", ".yml")) and candidate != os.path.realpath(path):
                with open(candidate, encoding="utf-8", errors="replace") as file:
                    if "cpu-limit:" in file.read():
                        return (
                            f"they are in {os.path.relpath(candidate)}: --config {os.path.relpath(candidate)}"
                        )
    return "they are in a ConfigMap: name its file with --config"
