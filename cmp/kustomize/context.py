"""What one layer's generators and transformers may use besides the resources themselves."""

from __future__ import annotations

from cmp.kustomize.options import Notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.errors import Where
    from cmp.kustomize.kustomization import KustomizationFile
    from cmp.kustomize.loader import Loader
    from cmp.kustomize.options import Hooks, Options
    from cmp.kustomize.schema import Schema
    from cmp.kustomize.target import Build


class Context:
    """One layer of a build: its loader, its kustomization, and the build's options, hooks and schema.

    loader: reads files under the layer's load restriction (`load(path) -> bytes`, `root`).
    kustomization: the fields, canonical names, deprecated ones moved. file: the kustomization file's path.
    schema: the OpenAPI schema of the whole build, as far as it is known when asked for.
    """

    __slots__ = ("_build", "_layer", "hooks", "kustomization", "loader", "options")

    def __init__(self, build: Build, loader: Loader, layer: KustomizationFile) -> None:
        self._build = build
        self._layer = layer
        self.loader = loader
        self.kustomization: dict[str, Any] = layer.fields
        self.options: Options = build.options
        self.hooks: Hooks = build.hooks

    @property
    def file(self) -> str:
        """The absolute path of the kustomization file."""
        return self._layer.file

    @property
    def schema(self) -> Schema:
        """The OpenAPI schema in use; read on first use."""
        return self._build.schema

    def where(self, *path: str | int, field: str = "") -> Where:
        """The place of a value of the kustomization file, as (`"patches"`, 2, `"target"`)."""
        return self._layer.where(path, field=field or dotted(path))

    def notice(self, rule: str, message: str, *path: str | int, hint: str = "") -> None:
        """Tell the caller about the value at `path` of the kustomization file."""
        self.hooks.notice(Notice(rule, message, self.where(*path), hint))


def dotted(path: tuple[str | int, ...]) -> str:
    """`patches[2].target` for (`"patches"`, 2, `"target"`)."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
