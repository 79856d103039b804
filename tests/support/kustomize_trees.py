"""Rendering a directory on disk in one call, for the conformance runner and tests."""

from __future__ import annotations

import os

from cmp.kustomize import Hooks, Notice, Options, build, emit
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


class TreeCase:
    """A small tree in one text, with the output (or the error) its build must have.

    The text: `#` lines say what it shows, an optional `target: DIR`, then for each file `==> path` and its
    content; `==> EXPECT` heads the output, `==> REFUSED` the one-line error. A file that must not end with a
    newline ends with `@@NONL`.
    """

    def __init__(self, text: str) -> None:
        head, *sections = ("\n" + text).split("\n==> ")
        self.target = next((line[8:] for line in head.splitlines() if line.startswith("target: ")), ".")
        self.files: dict[str, bytes] = {}
        self.expect: str | None = None
        self.refused: str | None = None
        for section in sections:
            name, _, content = section.partition("\n")
            content = content + "\n" if content and not content.endswith("\n") else content
            if name == "EXPECT":
                self.expect = content
            elif name == "REFUSED":
                self.refused = content.strip()
            else:
                self.files[name] = content.replace("@@NONL\n", "").encode()
