"""`cmpctl models init`: a first ModelConfig for an overlay that has none."""

from __future__ import annotations

import os
import shlex

import click

from cmp.cli.commands.models.declared import sealer
from cmp.cli.commands.models.finish import edit_options_of, finish, with_edit_options
from cmp.cli.commands.models.making import config_text, free_name, schema_edits
from cmp.cli.commands.models.overlay import Overlay, keys_of_environment
from cmp.errors import UsageError, Where, located
from cmp.models import reference, storage
from cmp.models.edit import files
from cmp.models.errors import ModelError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.cli.commands.models.finish import EditOptions

_HEAD = (
    "Which model is served where. Add the places that get its URI under `targets`:",
    "  model: {kind: Model, name: NAME}",
    "  server: {kind: Deployment, name: NAME, container: NAME, env: MODEL_URI}",
)


@click.command()
@click.argument("overlay")
@click.option("--model", "model", default="", help="The name of the model; default: that of the ModelConfig.")
@click.option("--ref", default="", help="What is served, such as models:/fraud@champion.")
@click.option("--uri", default="", help="A storage URI, instead of a reference.")
@click.option(
    "--config", "config_name", default="", help="The name of the ModelConfig; default: the overlay's folder."
)
@with_edit_options
def command(overlay: str, model: str, ref: str, uri: str, config_name: str, **options: Any) -> int:
    """Write a ModelConfig into OVERLAY and list it in its kustomization.

    The model gets no targets: add the objects that serve it. If the overlay serves models already, use
    `cmpctl models adopt` instead, which finds them.

    \b
    Examples:
      cmpctl models init k8s/overlays/staging --model fraud --ref models:/fraud@champion
      cmpctl models init k8s/base --ref models:/fraud@champion --dry-run
    """
    if bool(ref) == bool(uri):
        raise UsageError("give --ref or --uri", hint="--ref models:/NAME@ALIAS, then cmpctl models lock")
    return run(overlay, model, {"ref": ref} if ref else {"uri": uri}, config_name, edit_options_of(options))


def run(argument: str, model: str, value: dict[str, str], config_name: str, edit_options: EditOptions) -> int:
    """Write the file, as the command does; returns the exit code."""
    if "ref" in value:
        reference.parse(value["ref"])
    else:
        storage.check(value["uri"])
    opened = Overlay.open(argument, keys_of_environment())
    kustomization = opened.own_kustomization()
    with opened.pointing():
        present = opened.declarations().configs
    if present:
        raise ModelError(
            f"the overlay has a ModelConfig already: {present[0].name}",
            where=Where(file=present[0].resource.file),
            hint=f"change it: cmpctl models set {shlex.quote(argument)} MODEL --ref REF",
        )
    name = config_name or os.path.basename(opened.path)
    path = os.path.join(opened.path, free_name(opened.path, name))
    text = config_text(name, {"models": {model or name: value}}, *_HEAD, local=True)
    schema, text = schema_edits(opened.tree, path, text)
    edit = files.new(path, text, sealer(path, "", opened.tree) if "uri" in value else None)
    editor = kustomization.editor()
    with located(file=kustomization.path):
        editor.append(("resources",), os.path.basename(path))
    kustomization.take(editor)
    notes = [f"{edit.name} is new and encrypted, as the creation rule says"] if edit.encrypted else []
    notes.append("add the objects that serve the model under targets: cmpctl docs models lists the kinds")
    if "ref" in value:
        notes.append(f"then: cmpctl models lock {shlex.quote(argument)}")
    return finish([edit, kustomization, *schema], edit_options, opened.tree, [argument], notes=notes)
