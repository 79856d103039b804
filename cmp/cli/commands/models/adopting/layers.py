"""Kustomizations as files: what an overlay is built of, and who else uses its bases."""

from __future__ import annotations

import os
from typing import NamedTuple

from cmp.errors import CmpError
from cmp.kustomize.kustomization import FILE_NAMES
from cmp.regex import full_matcher
from cmp.yaml.plain import plain_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.tree.protocol import Tree

# Folders that hold no overlays of the user's.
_SKIPPED = frozenset((".git", "node_modules", ".venv", "__pycache__"))


class Layer(NamedTuple):
    """One kustomization: its folder, its file, its content, and the folders that it builds upon."""

    folder: str
    file: str
    content: dict[str, Any]
    below: tuple[str, ...]

    def path(self, name: str) -> str:
        """The path of a file that the kustomization names."""
        return os.path.normpath(os.path.join(self.folder, name))

    def named(self, key: str) -> list[Any]:
        """The list at a key of the kustomization; empty when there is none."""
        found = self.content.get(key)
        return found if isinstance(found, list) else []


def layers_of(tree: Tree, folder: str) -> dict[str, Layer]:
    """The kustomizations of an overlay by folder, bases first, the overlay last."""
    found: dict[str, Layer] = {}
    _collect(tree, folder, found, set())
    return found


def _collect(tree: Tree, folder: str, found: dict[str, Layer], open_: set[str]) -> None:
    if folder in found or folder in open_:
        return
    layer = _layer(tree, folder)
    if layer is None:
        return
    open_.add(folder)
    for each in layer.below:
        _collect(tree, each, found, open_)
    found[folder] = layer


def _layer(tree: Tree, folder: str) -> Layer | None:
    for name in FILE_NAMES:
        path = os.path.join(folder, name)
        if tree.kind(path) != "file":
            continue
        try:
            documents = plain_values(tree.read_raw(path))
        except CmpError:
            return None
        content = documents[0] if documents and isinstance(documents[0], dict) else {}
        layer = Layer(folder, path, content, ())
        names = [*layer.named("resources"), *layer.named("bases"), *layer.named("components")]
        below = [layer.path(each) for each in names if isinstance(each, str) and "://" not in each]
        return layer._replace(below=tuple(each for each in below if tree.kind(each) == "dir"))
    return None


def other_users(tree: Tree, edited: set[str], adopted: set[str], top: str) -> list[str]:
    """Folders below `top` that are built upon one of `edited`, are built upon by nobody, and not adopted."""
    every: dict[str, dict[str, Layer]] = {}
    used: set[str] = set()
    for folder, names, files in os.walk(top):
        names[:] = sorted(name for name in names if name not in _SKIPPED)
        if any(name in files for name in FILE_NAMES):
            layers = layers_of(tree, folder)
            every[folder] = layers
            used.update(below for layer in layers.values() for below in layer.below)
    return [
        folder
        for folder, layers in every.items()
        if folder not in used and folder not in adopted and not edited.isdisjoint(layers)
    ]


class Patch(NamedTuple):
    """A patch of a kustomization.

    key, position: where it is listed. file: its path, empty for one that stands in the kustomization itself.
    text_at: the path of that text in the kustomization. target: what selects its objects, empty for none.
    """

    key: str
    position: int
    file: str
    text_at: tuple[str | int, ...]
    target: dict[str, Any]

    def selects(self, kind: str, names: set[str]) -> bool:
        """Whether the target, where there is one, means an object of that kind and one of those names."""
        wanted_kind, wanted_name = self.target.get("kind"), self.target.get("name")
        if isinstance(wanted_kind, str) and not _fits(wanted_kind, kind):
            return False
        return not isinstance(wanted_name, str) or any(_fits(wanted_name, name) for name in names)


def _fits(pattern: str, text: str) -> bool:
    try:
        return bool(full_matcher(pattern)(text))
    except CmpError:
        return False


def patches_of(layer: Layer) -> list[Patch]:
    """All patches that a kustomization lists, in whichever field."""
    found: list[Patch] = []
    for position, each in enumerate(layer.named("patchesStrategicMerge")):
        if isinstance(each, str):
            inline = "\n" in each
            at = ("patchesStrategicMerge", position) if inline else ()
            found.append(Patch("patchesStrategicMerge", position, "" if inline else layer.path(each), at, {}))
    for key in ("patchesJson6902", "patches"):
        for position, each in enumerate(layer.named(key)):
            if not isinstance(each, dict):
                continue
            target = each.get("target")
            selector = target if isinstance(target, dict) else {}
            if isinstance(each.get("path"), str):
                found.append(Patch(key, position, layer.path(each["path"]), (), selector))
            elif isinstance(each.get("patch"), str):
                found.append(Patch(key, position, "", (key, position, "patch"), selector))
    return found
