"""What one layer's generators and transformers may use besides the resources themselves."""

from __future__ import annotations

from cmp.kustomize.options import Notice
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.errors import Where
    from cmp.kustomize.budget import Budget
    from cmp.kustomize.kustomization import KustomizationFile
    from cmp.kustomize.loader import Loader
    from cmp.kustomize.options import Hooks, Options
    from cmp.kustomize.schema import Schema
    from cmp.kustomize.state import BuildState


class Context:
    """One layer of a build: its loader, its kustomization, and the build's options, hooks and schema.

    loader: reads files under the layer's load restriction (`load(path) -> bytes`, `root`).
    kustomization: the fields, canonical names, deprecated ones moved. file: the kustomization file's path.
    schema: the OpenAPI schema of the whole build, as far as it is known when asked for.
    """

    __slots__ = ("_layer", "_state", "hooks", "kustomization", "loader", "options")

    def __init__(self, state: BuildState, loader: Loader, layer: KustomizationFile) -> None:
        self._state = state
        self._layer = layer
        self.loader = loader
        self.kustomization: dict[str, Any] = layer.fields
        self.options: Options = state.options
        self.hooks: Hooks = state.hooks

    @property
    def file(self) -> str:
        """The absolute path of the kustomization file."""
        return self._layer.file

    @property
    def schema(self) -> Schema:
        """The OpenAPI schema in use; read on first use."""
        return self._state.schema

    @property
    def budget(self) -> Budget:
        """What the build may still copy."""
        return self._state.budget

    def read_again(self, file: str) -> bytes | None:
        """The content of a file that resources were read from, by the name that messages use."""
        source = self._state.sources.get(file)
        return source[0].load(source[1]) if isinstance(source, tuple) else source

    def where(self, *path: str | int, field: str = "") -> Where:
        """The place of a value of the kustomization file, as (`"patches"`, 2, `"target"`)."""
        return self._layer.where(path, field=field or dotted(path))

    def notice(self, rule: str, message: str, *path: str | int, hint: str = "") -> None:
        """Tell the caller about the value at `path` of the kustomization file."""
        self.hooks.notice(Notice(rule, message, self.where(*path), hint))
