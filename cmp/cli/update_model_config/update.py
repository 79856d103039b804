"""One edit from the document found to the end of the command."""

from __future__ import annotations

import os

from cmp.cli.commands.models.finish import EditOptions, finish
from cmp.cli.commands.models.overlay import disk_tree
from cmp.cli.commands.models.readers import overlays_reading
from cmp.cli.update_model_config.config_map import refuse_targeted, set_config_map
from cmp.cli.update_model_config.model_config import set_model_config
from cmp.cli.update_model_config.place import find, load
from cmp.cli.update_model_config.request import UpdateRequest


def update(
    path: str, request: UpdateRequest, edit_options: EditOptions, warnings: list[str], notes: list[str]
) -> int:
    """Edit the file, render what reads it, say what changed; the exit code."""
    edit = load(path)
    found = find(edit)
    overlays = overlays_reading(path)
    if found.kind == "ModelConfig":
        set_model_config(found, request, overlays, edit_options, warnings)
    else:
        refuse_targeted(found, request, overlays)
        set_config_map(found, request, warnings)
    edit.take(found.editor)
    shown = [os.path.relpath(each) for each in overlays]
    if not overlays and edit.changed:
        warnings.append(f"no kustomization reads {path}: nothing was rendered")
    tree = disk_tree(os.path.dirname(os.path.realpath(path)))
    return finish([edit], edit_options, tree, shown, warnings=warnings, notes=notes)
