"""A build without keys that only looks: the overlay's own kustomization and its model declarations."""

from __future__ import annotations

from cmp.render.cleartext import Cleartext
from cmp.render.decrypting import DecryptingTree
from cmp.render.hooks import RenderHooks
from cmp.render.masking import Masks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize import ResMap
    from cmp.models.config import MaskTest
    from cmp.render.settings import Settings
    from cmp.tree.protocol import Tree


class Announcing(RenderHooks):
    """Hooks that remember and change nothing; tree: the one to build from."""

    def __init__(self, tree: Tree, settings: Settings) -> None:
        self._masks = Masks(on=True)
        self.tree = DecryptingTree(tree, None, Cleartext(), settings.limits, masked=True)
        super().__init__(self.tree, settings, self._masks)
        self.kustomization: dict[str, Any] = {}

    def edit(self, kustomization: dict[str, Any], path: str) -> dict[str, Any]:
        """Remember it."""
        self.kustomization = super().edit(kustomization, path)
        return self.kustomization

    def before_references(self, resmap: ResMap) -> None:
        """Read the declarations without injecting them: an unresolved model must not hide the others."""
        from cmp import models

        if models.present(resmap):
            masks: MaskTest = self._masks
            self.declarations = models.read(resmap, masks)
