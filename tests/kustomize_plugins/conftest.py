"""Builds of small trees in memory, and a folder on disk with a fake helm."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from textwrap import dedent

import pytest
from kustomize_trees import RecordingHooks

from cmp.kustomize import Options, build, emit
from cmp.tree import DiskTree
from cmp.tree.memory import MemoryTree


@pytest.fixture
def render():
    """Build `files` (path to text) and return the output."""

    def call(files: dict[str, str], hooks=None, **options) -> str:
        data = {f"/{path}": dedent(text).encode() for path, text in files.items()}
        return emit(build(MemoryTree(data), "/", Options(**options), hooks or RecordingHooks()))

    return call


HELM = """\
#!/bin/sh
# Writes down how it was called and prints a manifest.
. "$0.settings"
{ printf '%s\\n' "$@"; echo --; } >> "$FAKE_HELM_LOG"
env | sort > "$FAKE_HELM_LOG.env"
case "$1" in
version) echo "${FAKE_HELM_VERSION:-v3.15.2+gabc}" ;;
pull)
    while [ $# -gt 0 ]; do
        [ "$1" = --untardir ] && home="$2"
        shift
    done
    mkdir -p "$home/chart" && echo "pulled: true" > "$home/chart/values.yaml" ;;
template)
    [ -n "$FAKE_HELM_FAIL" ] && { echo "it is broken" >&2; exit 3; }
    for argument; do
        [ "$last" = -f ] && cat "$argument" >> "$FAKE_HELM_LOG.values"
        last="$argument"
    done
    printf '%s' "$FAKE_HELM_NOISE"
    printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: from-chart\\n' ;;
esac
"""


class Helm:
    """A folder with a kustomization, and what the fake helm in it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.parent / "helm.log"
        self.program = folder.parent / "helm"
        self.program.write_text(HELM)
        self.program.chmod(0o755)

    def render(self, files: dict[str, str], **options) -> str:
        settings = {name: value for name, value in os.environ.items() if name.startswith("FAKE_HELM_")}
        settings = {"FAKE_HELM_LOG": str(self.log), **settings}
        lines = (f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
        Path(f"{self.program}.settings").write_text("".join(lines))
        for path, text in files.items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(dedent(text))
        chosen = Options(**{"enable_helm": True, "helm_command": str(self.program), **options})
        with DiskTree("/") as tree:
            return emit(build(tree, os.path.realpath(self.folder), chosen))

    def calls(self) -> list[list[str]]:
        """The arguments of each call."""
        return [call.split("\n") for call in self.log.read_text().removesuffix("\n--\n").split("\n--\n")]

    def values(self) -> str:
        """The contents of all values files of the last `template`."""
        return Path(f"{self.log}.values").read_text()


@pytest.fixture
def helm(tmp_path: Path) -> Helm:
    (tmp_path / "work").mkdir()
    return Helm(tmp_path / "work")
