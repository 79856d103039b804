"""Edits of a ConfigMap with the keys of fraud-model-config."""

from __future__ import annotations

import os

from cmp.cli.commands.models.overlay import Overlay
from cmp.cli.update_model_config.names import RESOURCES, URI_KEYS, WEIGHT_KEYS
from cmp.cli.update_model_config.place import Found
from cmp.cli.update_model_config.request import UpdateRequest, both_weights
from cmp.errors import CmpError, Where
from cmp.models import reference
from cmp.models.errors import ModelError
from cmp.nearest import did_you_mean
from cmp.quantity import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal
    from typing import Any

    from cmp.models.config import ModelConfig


def set_config_map(found: Found, request: UpdateRequest, warnings: list[str]) -> None:
    """Set the keys of the request; resource requests must not exceed their limits afterwards."""
    data = found.editor.documents[found.document]["data"]
    where = Where(file=found.edit.path, object=f"ConfigMap/{found.name}", field="data")
    wanted = {URI_KEYS[which]: uri for which, uri in request.uris.items()}
    for which, uri in request.uris.items():
        if reference.is_reference(uri):
            warnings.append(f"--{which}-uri is a model reference: what reads the ConfigMap must resolve it")
    wanted |= {WEIGHT_KEYS[name]: str(weight) for name, weight in both_weights(request, data, where).items()}
    wanted |= request.resources
    _check_resources({**{key: data.get(key) for key in RESOURCES}, **request.resources}, where)
    for key, value in wanted.items():
        if key not in data:
            warnings.append(f"the key {key} was not there: {did_you_mean(key, data, 'its keys are')}")
        found.editor.set(("data", key), value, found.document)


def _check_resources(figures: dict[str, Any], where: Where) -> None:
    values = {key: _amount(text, f"{key} {text!r}") for key, text in figures.items() if isinstance(text, str)}
    for kind in ("cpu", "memory"):
        request, limit = values.get(f"{kind}-request"), values.get(f"{kind}-limit")
        if request is not None and limit is not None and request > limit:
            raise ModelError(f"the {kind} request is above the {kind} limit", where=where)


def _amount(text: str, what: str) -> Decimal:
    """The number that a quantity such as `250m` or `1Gi` stands for; `ModelError` names `what`."""
    value = parse(text)
    if value is None:
        raise ModelError(f"{what} is not a resource quantity", hint="such as 250m, 2, 512Mi or 1Gi")
    if value <= 0:
        raise ModelError(f"{what} must be more than 0")
    return value


def refuse_targeted(found: Found, request: UpdateRequest, overlays: list[str]) -> None:
    """A key that a ModelConfig fills would be overwritten at every render: name the file to edit instead."""
    keys = {URI_KEYS[which] for which in request.uris} | (
        set(WEIGHT_KEYS.values()) if request.weights else set()
    )
    for folder in overlays:
        try:
            overlay = Overlay.open(folder, None)
            configs = overlay.declarations().configs
        except CmpError:
            continue  # an overlay that does not build cannot tell; its failure is reported after the edit
        for config in configs:
            targets = [target for model in config.models.values() for target in model.targets]
            targets += config.traffic.targets if config.traffic is not None else []
            for target in targets:
                filled = {target.options.get("key", ""), *target.keys.values()} & keys
                if target.kind == "ConfigMap" and target.name == found.name and filled:
                    file = _declaring_file(found.edit.path, overlay, config)
                    raise ModelError(
                        f"the key {min(filled)} is filled from ModelConfig/{config.name} at every render",
                        where=Where(file=found.edit.path, object=f"ConfigMap/{found.name}"),
                        hint=f"edit {os.path.relpath(file)} instead: --config {os.path.relpath(file)}",
                    )


def _declaring_file(path: str, overlay: Overlay, config: ModelConfig) -> str:
    """The ModelConfig's file beside the edited one, else the overlay's own, else the one it was read from."""
    beside = os.path.dirname(os.path.realpath(path))
    for folder in dict.fromkeys((beside, overlay.path)):
        try:
            place = Overlay.open(folder, None).place("ModelConfig", config)
        except CmpError:
            continue
        if place is not None:
            return place.path
    return config.resource.file
