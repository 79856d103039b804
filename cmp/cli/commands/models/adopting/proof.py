"""Builds and renders an overlay with some files changed, and compares what comes out."""

from __future__ import annotations

import contextlib

from cmp.cli.commands.models.after import EditedTree
from cmp.kustomize import Hooks, Options, build
from cmp.limits import DEFAULT
from cmp.models.provenance import PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.kustomize import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.sops.keys import KeySource
    from cmp.tree.protocol import Tree


class _EnoughError(Exception):
    """Ends a build as soon as its objects are known."""


class _Objects(Hooks):
    def __init__(self) -> None:
        self.found: list[Resource] = []

    def before_references(self, resmap: ResMap) -> None:
        self.found = list(resmap)
        raise _EnoughError


def objects(
    tree: Tree, path: str, keys: KeySource | None, contents: Mapping[str, bytes | None]
) -> list[Resource]:
    """The objects as the injection would find them: before names get hashes and references follow."""
    from cmp.render.cleartext import Cleartext
    from cmp.render.decrypting import DecryptingTree

    hooks = _Objects()
    opened = DecryptingTree(EditedTree(tree, contents), keys, Cleartext(), DEFAULT, masked=False)
    with contextlib.suppress(_EnoughError):
        build(opened, path, Options(), hooks)
    return hooks.found


def text(tree: Tree, path: str, keys: KeySource | None, contents: Mapping[str, bytes | None]) -> str:
    """What a render prints, without lines of provenance."""
    from cmp.render.pipeline import render
    from cmp.render.settings import Settings

    rendered = render(EditedTree(tree, contents), path, Settings(keys=keys))
    lines = rendered.text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip().startswith(PREFIX))


def first_difference(before: str, after: str) -> str:
    """The object and the number of the first line that differs, without its value."""
    kind = name = ""
    theirs = after.splitlines()
    lines = before.splitlines()
    for position, line in enumerate(lines):
        if line == "---":
            kind = name = ""
        if position >= len(theirs) or theirs[position] != line:
            rest = lines[position:]
            kind = kind or next((each[6:] for each in rest if each.startswith("kind: ")), "")
            name = name or next((each[8:] for each in rest if each.startswith("  name: ")), "")
            return f"{kind}/{name}, {line.strip().partition(':')[0]}"
        if line.startswith("kind: "):
            kind = line[6:]
        if line.startswith("  name: ") and not name:
            name = line[8:]
    return "the end"
