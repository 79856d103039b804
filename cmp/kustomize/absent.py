"""What to do about a folder without a kustomization file: the hint of that error.

Runs only when the error is made. It looks at names and never reads a file.
"""

from __future__ import annotations

import posixpath

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.tree.protocol import Tree

_FOLDERS = 200  # how many folders below are looked at
_SHOWN = 4


def hint(tree: Tree, folder: str, wanted: Sequence[str]) -> str:
    """One sentence; wanted: the names of a kustomization file."""
    names = _names(tree, folder)
    lower = {name.lower() for name in wanted}
    near = next((name for name in names if name.lower() in lower), "")
    if near:
        return f"rename {near} to kustomization.yaml: the case of letters counts"
    below = _below(tree, folder, wanted)
    if below:
        more = ", ..." if len(below) > _SHOWN else ""
        return f"name a folder that has one: {', '.join(map(tree.display, below[:_SHOWN]))}{more}"
    if any(name.endswith((".yaml", ".yml")) for name in names):
        return "add a kustomization.yaml that lists the folder's files under `resources:`"
    return "name the folder of an overlay, such as k8s/overlays/staging"


def _below(tree: Tree, folder: str, wanted: Sequence[str]) -> list[str]:
    """Folders below with a kustomization file, those below a folder `overlays` first."""
    found = []
    waiting = [folder]
    for _ in range(_FOLDERS):
        if not waiting:
            break
        here = waiting.pop(0)
        names = _names(tree, here)
        if here != folder and any(name in wanted for name in names):
            found.append(here)
        below = [posixpath.join(here, name) for name in names if not name.startswith(".") and "." not in name]
        waiting += [path for path in below if _is_folder(tree, path)]
    return sorted(found, key=lambda path: "/overlays/" not in path)


def _names(tree: Tree, folder: str) -> list[str]:
    try:
        return tree.list(folder)
    except CmpError:
        return []


def _is_folder(tree: Tree, path: str) -> bool:
    try:
        return tree.kind(path) == "dir"
    except CmpError:
        return False
