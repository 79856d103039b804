"""Rendering a directory on disk in one call, for the conformance runner and tests."""

from __future__ import annotations

import os

from cmp.kustomize import emit
from cmp.kustomize.options import Hooks, Notice, Options
from cmp.kustomize.target import build
from cmp.tree import DiskTree


class RecordingHooks(Hooks):
    """Keeps the notices of a build."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def notice(self, notice: Notice) -> None:
        """Keep it."""
        self.notices.append(notice)


def render(root: str, target: str, options: Options | None = None) -> str:
    """The text of the build of the directory `target` below `root`; raises `CmpError`.

    Without options, the environment may ask for the managed-by label, as it may ask kustomize.
    """
    if options is None:
        label = os.environ.get("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL") == "on"
        options = Options(managed_by_label=label)
    with DiskTree("/") as tree:
        path = os.path.normpath(os.path.join(root, target))
        return emit(build(tree, path, options, Hooks()))
