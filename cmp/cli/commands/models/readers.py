"""Which overlays read a file: the kustomizations around it, followed as text, without building anything."""

from __future__ import annotations

import os

from cmp.kustomize.kustomization import FILE_NAMES
from cmp.tree.root import find_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SKIPPED = frozenset(("node_modules", "__pycache__", "venv"))
MAX_FOLDERS = 2_000
MAX_UP = 3


def overlays_reading(path: str) -> list[str]:
    """The folders whose build reads `path`, without those that others of them build upon; sorted."""
    target = os.path.realpath(path)
    graph = {folder: _references(folder, name) for folder, name in _kustomizations(_top(target))}
    reaching = {folder for folder in graph if _reaches(graph, folder, target)}
    used = {other for folder in reaching for other in graph[folder]}
    return sorted(reaching - used)


def _top(path: str) -> str:
    """Where to look: the repository, else a few folders up."""
    folder = os.path.dirname(path)
    root = find_root(folder)
    if root != "/":
        return root
    for _ in range(MAX_UP):
        folder = os.path.dirname(folder)
    return folder


def _kustomizations(top: str) -> list[tuple[str, str]]:
    found = []
    for count, (folder, folders, files) in enumerate(os.walk(top)):
        if count > MAX_FOLDERS:
            break
        folders[:] = [each for each in folders if not each.startswith(".") and each not in SKIPPED]
        name = next((name for name in FILE_NAMES if name in files), "")
        if name:
            found.append((folder, name))
    return found


def _references(folder: str, name: str) -> set[str]:
    """The files and folders that a kustomization names."""
    from cmp.errors import CmpError
    from cmp.yaml import load_config

    try:
        with open(os.path.join(folder, name), "rb") as file:
            body = load_config(file.read()).value
    except (OSError, CmpError):
        return set()
    return {
        os.path.realpath(os.path.join(folder, text.partition("=")[2] or text))
        for text in _texts(body)
        if "\n" not in text
    }


def _texts(value: Any) -> list[str]:
    """Every text in it: more than the paths, which does no harm."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inner for text in _texts(each)]


def _reaches(graph: dict[str, set[str]], folder: str, target: str) -> bool:
    seen: set[str] = set()
    stack = [folder]
    while stack:
        current = stack.pop()
        if current in seen:
            continue
        seen.add(current)
        references = graph.get(current, set())
        if target in references:
            return True
        stack += [each for each in references if each in graph]
    return False
