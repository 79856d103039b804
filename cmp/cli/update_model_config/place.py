"""The file to edit, and the document in it."""

from __future__ import annotations

import os
from typing import NamedTuple

import click

from cmp.cli.commands.models.overlay import GROUP, keys_of_environment
from cmp.cli.update_model_config.names import DEFAULT_CONFIG, OVERLAYS, RESOURCES, URI_KEYS, WEIGHT_KEYS
from cmp.errors import Where
from cmp.models.edit import files
from cmp.models.edit.files import FileEdit
from cmp.models.errors import ModelError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.edit.text import Editor


class Found(NamedTuple):
    """The document to edit: its file, number, kind and name."""

    edit: FileEdit
    editor: Editor
    document: int
    kind: str
    name: str


def place_of(options: dict[str, Any]) -> tuple[str, list[str]]:
    """The file to edit; with `--init` it is created from its example first."""
    if options["config"] and options["env"]:
        raise click.UsageError("--config and --env exclude each other")
    path = options["config"] or DEFAULT_CONFIG
    if options["env"]:
        path = os.path.join(OVERLAYS, options["env"], "model-config.yaml")
    if os.path.exists(path):
        return path, []
    example = next(
        (each for each in (f"{path}.example", f"{DEFAULT_CONFIG}.example") if os.path.exists(each)), ""
    )
    if not example or not options["init"]:
        hint = (
            "add --init to create it from " + example
            if example
            else "run it from the repository's top folder"
        )
        raise ModelError("no such file", where=Where(file=path), hint=hint)
    return path, [f"created from {example}; list it in the folder's kustomization"]


def load(path: str) -> FileEdit:
    """The file, or what its example makes of a missing one."""
    if os.path.exists(path):
        return files.load(path, keys_of_environment())
    example = f"{path}.example" if os.path.exists(f"{path}.example") else f"{DEFAULT_CONFIG}.example"
    return files.new(path, files.load(example).text)


def find(edit: FileEdit) -> Found:
    """The ModelConfig of the file, or the ConfigMap with the most of our keys."""
    editor = edit.editor()
    best: tuple[int, Found] | None = None
    kinds = []
    ours = {*URI_KEYS.values(), *WEIGHT_KEYS.values(), *RESOURCES}
    for number, body in enumerate(editor.documents):
        if not isinstance(body, dict):
            continue
        kind, metadata = str(body.get("kind")), body.get("metadata")
        name = str(metadata.get("name")) if isinstance(metadata, dict) else ""
        kinds.append(kind)
        if kind == "ModelConfig" and str(body.get("apiVersion", "")).startswith(GROUP):
            return Found(edit, editor, number, kind, name)
        if kind == "ConfigMap":
            data = body.get("data")
            score = len(ours & data.keys()) if isinstance(data, dict) else 0
            if best is None or score > best[0]:
                best = (score, Found(edit, editor, number, kind, name))
    if best is None:
        raise ModelError(
            f"the file holds neither a ConfigMap nor a ModelConfig, but {', '.join(kinds) or 'nothing'}",
            where=Where(file=edit.path),
        )
    data = editor.documents[best[1].document].get("data")
    if not isinstance(data, dict):
        raise ModelError(
            "the ConfigMap has no data",
            where=Where(file=edit.path, object=f"ConfigMap/{best[1].name}", field="data"),
        )
    return best[1]
