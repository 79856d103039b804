"""What the command line asks for, read and checked before any file is opened."""

from __future__ import annotations

from typing import NamedTuple

import click

from cmp.cli.update_model_config.names import RESOURCES, WEIGHT_KEYS
from cmp.errors import Where
from cmp.models.errors import ModelError
from cmp.models.resolve import check_sum, weight_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class UpdateRequest(NamedTuple):
    """What the command line wants to set.

    uris: keys `v1` and `v2`. weights: keys `baseline` and `candidate`, strings of whole percentages.
    resources: by ConfigMap key, Kubernetes quantities.
    """

    uris: dict[str, str]
    weights: dict[str, str]
    resources: dict[str, str]

    def nothing(self) -> bool:
        """Whether the command line names no value to set."""
        return not (self.uris or self.weights or self.resources)


def request_of(options: dict[str, Any]) -> UpdateRequest:
    """The request in a command's options; `UsageError` where two of them exclude each other."""
    uris = {}
    for which in ("v1", "v2"):
        text, file = options[f"{which}_uri"], options[f"{which}_uri_file"]
        if text is not None and file is not None:
            raise click.UsageError(f"--{which}-uri and --{which}-uri-file exclude each other")
        if file is not None:
            text = _first_line(file)
        if text is not None:
            uris[which] = text
    weights = {
        name: options[f"{name}_weight"] for name in WEIGHT_KEYS if options[f"{name}_weight"] is not None
    }
    resources = {
        key: options[key.replace("-", "_")] for key in RESOURCES if options[key.replace("-", "_")] is not None
    }
    return UpdateRequest(uris, weights, resources)


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError("the URI file cannot be read", where=Where(file=path)) from error
    if not text or "\n" in text:
        raise ModelError("the file must hold one URI", where=Where(file=path))
    return text


def both_weights(request: UpdateRequest, old: dict[str, Any], where: Where) -> dict[str, int]:
    """Both weights, if the request gives one: the other is the complement.

    `ModelError` unless they sum to 100.
    """
    if not request.weights:
        return {}
    weights = {name: weight_of(name, text, where) for name, text in request.weights.items()}
    for name in WEIGHT_KEYS:
        if name not in weights:
            weights[name] = 100 - sum(weights.values())
    check_sum(weights, where, "the weights")
    return weights
