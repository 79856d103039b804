"""Files that the models commands make: their text, their names, and the schema that editors check them by."""

from __future__ import annotations

import os

from cmp.kustomize.resource import LOCAL_CONFIG
from cmp.models.config import API_VERSION
from cmp.models.edit.text import block

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.edit.files import FileEdit
    from cmp.tree.protocol import Tree

# Where a repository keeps the schemas, below its root. `init` and `adopt` write them there.
SCHEMAS = ".cmp"
CONFIG_FILE = "model-config.yaml"


def config_text(name: str, spec: dict[str, Any], *head: str, local: bool) -> str:
    """A ModelConfig with comments above. local: whether it is the object itself, not a patch of it."""
    metadata: dict[str, Any] = {"name": name}
    if local:
        metadata["annotations"] = {LOCAL_CONFIG: "true"}
    body = {"apiVersion": API_VERSION, "kind": "ModelConfig", "metadata": metadata, "spec": spec}
    return "".join(f"# {line}\n" for line in head) + block(body, 0, 2) + "\n"


def free_name(folder: str, name: str) -> str:
    """A file name that is not taken."""
    for each in (CONFIG_FILE, "models.yaml", f"{name}.{CONFIG_FILE}"):
        if not os.path.lexists(os.path.join(folder, each)):
            return each
    return f"{name}.models.yaml"


def schema_path(tree: Tree, path: str, kind: str) -> str:
    """Where the schema of `kind` is for a file at `path`: below the repository's root, else beside it."""
    top = tree.root if tree.root != "/" else os.path.dirname(path)
    return os.path.join(top, SCHEMAS, f"{kind}.schema.json")


def schema_line(tree: Tree, path: str, kind: str) -> str:
    """The comment by which editors find the schema; empty in a repository that does not have it."""
    schema = schema_path(tree, path, kind)
    return _line(schema, path) if os.path.isfile(schema) else ""


def schema_edits(tree: Tree, path: str, text: str) -> tuple[list[FileEdit], str]:
    """The schemas that the repository lacks, and a ModelConfig with the line that names its own."""
    from cmp.models.edit import files
    from cmp.models.schema import KINDS, render

    made: list[FileEdit] = []
    for kind in KINDS:
        schema = schema_path(tree, path, kind)
        if not os.path.isfile(schema):
            edit = files.new(schema, render(kind))
            edit.made_by = f"cmpctl docs schema {kind}"
            made.append(edit)
    return made, _line(schema_path(tree, path, "ModelConfig"), path) + text


def _line(schema: str, path: str) -> str:
    return f"# yaml-language-server: $schema={os.path.relpath(schema, os.path.dirname(path))}\n"
