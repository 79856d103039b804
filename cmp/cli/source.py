"""Manifests that a command line names: an overlay, an overlay at a git revision, a file, standard input."""

from __future__ import annotations

import os
import sys

from cmp.cli import request, revision
from cmp.cli.arguments import Arguments
from cmp.errors import CmpError, Where, located
from cmp.kustomize.kustomization import FILE_NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.render import Rendered


def is_overlay(path: str) -> bool:
    """Whether a directory holds a kustomization."""
    return any(os.path.isfile(os.path.join(path, name)) for name in FILE_NAMES)


def load(argument: str, *, masked: bool = False, root: str = "") -> list[dict[str, Any]]:
    """The objects behind `-`, FILE, OVERLAY or OVERLAY@REF; `CmpError` where there are none."""
    if argument == "-":
        return parse(sys.stdin.buffer.read(), "standard input")
    if os.path.isfile(argument):
        with open(argument, "rb") as file:
            return parse(file.read(), argument)
    return [resource.body for resource in rendered(argument, masked=masked, root=root).resmap]


def rendered(argument: str, *, masked: bool = False, root: str = "") -> Rendered:
    """The render of OVERLAY or OVERLAY@REF with the keys of this environment."""
    arguments = Arguments()
    path, at = revision.split(argument)
    arguments.masked = masked
    if at:
        arguments.directory = revision.existing(path)
        wanted = request.read(arguments, os.environ)
        tree, directory = revision.tree_at(path, at)
        from cmp.render.pipeline import render

        return render(tree, directory, wanted.settings)
    arguments.directory, arguments.root = path, root
    return request.read(arguments, os.environ).render()


def parse(data: bytes, name: str) -> list[dict[str, Any]]:
    """The objects of a YAML stream, Lists flattened."""
    from cmp.yaml import load_all

    with located(file=name):
        documents = list(load_all(data))
    objects: list[dict[str, Any]] = []
    for number, document in enumerate(documents, 1):
        if document is None:
            continue
        if not isinstance(document, dict):
            raise CmpError(f"document {number} is not a mapping", where=Where(file=name))
        items = document.get("items")
        if str(document.get("kind", "")).endswith("List") and isinstance(items, list):
            objects += [item for item in items if isinstance(item, dict)]
        else:
            objects.append(document)
    return objects
