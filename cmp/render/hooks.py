"""What the pipeline does inside the engine's build: edits, injection, KSOPS generators, notices."""

from __future__ import annotations

from cmp.kustomize.options import Collecting
from cmp.render import edits
from cmp.render.authors import Authors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.errors import Where
    from cmp.kustomize import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.models.config import MaskTest
    from cmp.models.declarations import Declarations
    from cmp.models.record import Record
    from cmp.render.decrypting import DecryptingTree
    from cmp.render.masking import Masks
    from cmp.render.settings import Settings
    from cmp.yaml.value import Value


class RenderHooks(Collecting):
    """The hooks of a full render; `record` and `declarations` are there after the build, if it has models."""

    def __init__(self, tree: DecryptingTree, settings: Settings, masks: Masks) -> None:
        super().__init__()
        self.record: Record | None = None
        self.declarations: Declarations | None = None
        self._copied: list[tuple[Resource, str, Where]] = []
        self._tree = tree
        self.authors = Authors(tree.reads, tree.encrypted)
        self._settings = settings
        self._masks = masks

    def copied(self, source: Resource, path: str, where: Where) -> None:
        """Remember what replacements read: it must not be what the injection writes later."""
        self._copied.append((source, path, where))

    def edit(self, kustomization: dict[str, Any], path: str) -> dict[str, Any]:
        """Write the Application's parameters into the top layer's kustomization."""
        return edits.apply(kustomization, self._settings.parameters, self._tree.display(path))

    def before_references(self, resmap: ResMap) -> None:
        """Open Secrets' values that are SOPS files; inject models, weights and provenance."""
        from cmp import models
        from cmp.render.nested import open_nested

        open_nested(resmap, self._tree)

        parameters = self._settings.parameters
        if not models.present(resmap):
            edits.refuse_models(parameters)
            return
        masks: MaskTest = self._masks
        self.declarations = models.read(resmap, masks)
        self.record = models.inject(
            resmap,
            declarations=self.declarations,
            uris=parameters.model_uris,
            weights=parameters.traffic,
            copied=[models.Copied(*each) for each in self._copied],
            is_masked=masks,
            waivers=self._settings.waivers,
            author=self.authors.of,
        )
        self.notices += self.record.notices

    def generator(self, config: Resource, path_of: Callable[[str], str]) -> list[Value] | None:
        """KSOPS generator files as they stand."""
        from cmp.render.ksops import objects_of

        def open_file(path: str) -> bytes:
            return self._tree.read_encrypted(path_of(path))

        objects = objects_of(config, open_file, self._settings.limits)
        if objects is None:
            return None
        return [each for each in objects if not self._left_out(each, config)]

    def _left_out(self, value: Value, config: Resource) -> bool:
        """In a masked render, an object whose name or kind is encrypted has no place."""
        if not self._settings.masked or not isinstance(value, dict):
            return False
        metadata = value.get("metadata")
        texts = (value.get("kind"), metadata.get("name") if isinstance(metadata, dict) else None)
        if not any(isinstance(text, str) and self._masks(text) for text in texts):
            return False
        self._tree.left_out.append(f"{config.file}: an object whose kind or name is encrypted is left out")
        return True
