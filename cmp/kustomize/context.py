"""What one layer's generators and transformers may use besides the resources themselves."""

from __future__ import annotations

from cmp.errors import Where
from cmp.kustomize.options import Notice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.loader import Loader
    from cmp.kustomize.options import Hooks, Options
    from cmp.kustomize.schema import Schema


class Context:
    """One layer of a build: its loader, its kustomization, and the build's options, hooks and schema.

    loader: reads files under the layer's load restriction (`load(path) -> bytes`, `root`).
    kustomization: the fields, canonical names, deprecated ones moved. file: the kustomization file's path.
    schema: the OpenAPI schema of the whole build (set once by the first layer that names one).
    """

    __slots__ = ("_build", "file", "hooks", "kustomization", "loader", "options")

    def __init__(
        self,
        loader: Loader,
        kustomization: dict[str, Any],
        file: str,
        options: Options,
        hooks: Hooks,
        build: Any,
    ) -> None:
        self.loader = loader
        self.kustomization = kustomization
        self.file = file
        self.options = options
        self.hooks = hooks
        self._build = build

    @property
    def schema(self) -> Schema:
        """The OpenAPI schema in use; built on first use."""
        schema: Schema = self._build.schema()
        return schema

    def where(self, *path: str | int, field: str = "") -> Where:
        """The place of a value of the kustomization file, as (`"patches"`, 2, `"target"`)."""
        return self.loader.where(self.file, path, field=field or dotted(path))

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
