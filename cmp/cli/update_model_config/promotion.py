"""`--promote-from`: the candidate of one overlay becomes the baseline of another."""

from __future__ import annotations

import os

import click

from cmp.cli.commands.models.finish import EditOptions
from cmp.cli.commands.models.overlay import keys_of_environment
from cmp.cli.update_model_config.names import OVERLAYS, URI_KEYS
from cmp.cli.update_model_config.place import find, load, place_of
from cmp.cli.update_model_config.request import UpdateRequest
from cmp.cli.update_model_config.update import update
from cmp.cli.update_model_config.uris import Rules, check_uri, is_production
from cmp.errors import Where
from cmp.models.edit import files
from cmp.models.errors import ModelError
from cmp.models.prefix import moved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# A plain ConfigMap has no policy to say how buckets of environments correspond.
BUCKETS = (("s3://mlflow-artifacts-staging/", "s3://mlflow-artifacts-prod/"),)


def promote(options: dict[str, Any], request: UpdateRequest, edit_options: EditOptions) -> int:
    """Copy the candidate of one environment to the baseline of another; returns the exit code."""
    if options["env"] == options["promote_from"] or not (options["env"] or options["config"]):
        raise click.UsageError("--promote-from needs another overlay to promote to: --env production")
    if not request.nothing():
        raise click.UsageError("--promote-from copies what was tested: give no URI, weight or figure with it")
    source = os.path.join(OVERLAYS, options["promote_from"])
    path, notes = place_of(options)
    edit = files.load(path, keys_of_environment()) if os.path.exists(path) else load(path)
    if find(edit).kind == "ModelConfig":
        from cmp.cli.commands.models.promote import run

        return run(source, os.path.dirname(path), ("candidate=baseline",), "", edit_options)
    theirs = os.path.join(source, "model-config.yaml")
    uri = _candidate_uri(theirs)
    for old, new in BUCKETS:
        mapped = moved(uri, old, new)
        if mapped is not None:
            uri = mapped
            notes.append(
                f"the URI is mapped from {old} to {new}; no artifact is copied: make sure it is there"
            )
    rules = Rules(is_production(options["env"], path), tuple(options["prefixes"]), options["allow_https"])
    warnings: list[str] = []
    check_uri(uri, f"the candidate of {theirs}", rules, warnings)
    return update(path, UpdateRequest({"v1": uri}, {}, {}), edit_options, warnings, notes)


def _candidate_uri(path: str) -> str:
    found = find(files.load(path, keys_of_environment()))
    body = found.editor.documents[found.document]
    uri = body["data"].get(URI_KEYS["v2"]) if found.kind == "ConfigMap" else None
    if not isinstance(uri, str) or not uri:
        raise ModelError(f"there is no {URI_KEYS['v2']}", where=Where(file=path))
    return uri
