"""`cmpctl models show`: each model with its reference, version, weight and targets."""

from __future__ import annotations

import sys

import click

from cmp.cli.commands.models.overlay import Overlay
from cmp.cli.output import as_json, table, write
from cmp.models import storage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.config import Model, ModelConfig
    from cmp.models.lock import ModelLock


# `sha256:` and twelve digits; JSON has the whole of it
LONGEST = 19


@click.command()
@click.argument("overlay")
@click.option("--show-uris", is_flag=True, help="Print URIs; they are masked otherwise.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def command(overlay: str, show_uris: bool, output: str) -> int:
    """Print each model of OVERLAY with its reference, version, weight and targets.

    Needs no key: encrypted URIs are then shown as such.

    \b
    Examples:
      cmpctl models show k8s/overlays/production
      cmpctl models show k8s/overlays/production --output json
    """
    opened = Overlay.open_as_readable(overlay)
    declared = opened.declarations()
    rows = [
        _row(opened, config, declared.lock_of(config), model, show_uris)
        for config in declared.configs
        for model in config.models.values()
    ]
    if output == "json":
        write(sys.stdout, as_json(rows))
        return 0
    if not rows:
        opened.config()
    shown = [
        [row["model"], row["ref"] or "-", _short(row["version"]), row["source"], row["weight"], row["uri"]]
        for row in rows
    ]
    shown = [["-" if cell is None else cell for cell in row] for row in shown]
    write(sys.stdout, table(shown, ("model", "reference", "version", "from", "weight", "uri")))
    for row in rows:
        targets = ", ".join(row["targets"]) or "no targets"
        write(sys.stdout, f"{row['model']}: {targets}; from {row['file']}\n")
    return 0


def _short(version: str) -> str:
    """A version for the table: enough of a digest or commit to tell it from others."""
    return (version if len(version) <= LONGEST else version[:LONGEST] + "…") or "-"


def _row(
    opened: Overlay, config: ModelConfig, lock: ModelLock | None, model: Model, show: bool
) -> dict[str, Any]:
    entry = lock.entries.get(model.name) if lock is not None else None
    uri = entry.uri if entry is not None else model.uri
    source = "lock" if entry is not None else "uri" if model.uri else "unresolved"
    if entry is not None and entry.ref != model.ref_text:
        source = "lock of another ref"
    given = entry.node if entry is not None else model.node.child("uri" if model.uri else "ref", None)
    weights = config.traffic.weights if config.traffic is not None else {}
    return {
        "config": config.name,
        "model": model.name,
        "ref": model.ref_text,
        "registered": entry.model if entry is not None else "",
        "version": entry.version if entry is not None else "",
        "digest": entry.digest if entry is not None else "",
        "source": source,
        "file": opened.file_of(given.where),
        "weight": weights.get(model.name),
        "uri": _uri(opened, uri, show),
        "targets": [f"{target.kind}/{target.name}" for target in model.targets],
    }


def _uri(opened: Overlay, uri: str, show: bool) -> str:
    if opened.is_masked(uri):
        return "encrypted"
    return uri if show or not uri else storage.masked(uri)
