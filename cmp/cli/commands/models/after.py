"""What an edit does to the output: the overlay rendered before and after, compared object by object.

Nothing has to be written for it: the edited files stand in for those of the tree. Other encrypted files are
masked, so that no key is needed.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cmp.kustomize import ResMap
    from cmp.models.edit.files import FileEdit
    from cmp.tree.protocol import Kind, Tree
    from cmp.yaml.value import Value


class Changes(NamedTuple):
    """Objects as `Kind/name`, with the fields that differ; warning: why the overlay does not render."""

    overlay: str
    changed: dict[str, list[str]]
    added: list[str]
    removed: list[str]
    warning: str = ""


class EditedTree:
    """`tree` with some files' contents replaced; None for a file that is gone."""

    def __init__(self, tree: Tree, contents: Mapping[str, bytes | None]) -> None:
        self.tree = tree
        self.root = tree.root
        self._contents = {path: data for path, data in contents.items() if data is not None}
        self._gone = {path for path, data in contents.items() if data is None}

    def kind(self, path: str) -> Kind:
        """As the tree below, new files included."""
        if path in self._gone:
            return "missing"
        return "file" if path in self._contents else self.tree.kind(path)

    def resolve(self, path: str) -> str:
        """As the tree below."""
        return path if path in self._contents else self.tree.resolve(path)

    def reads(self) -> dict[str, bytes]:
        """As the tree below, with the new contents."""
        new = {self.display(path): data for path, data in self._contents.items()}
        return {**self.tree.reads(), **new}

    def read_raw(self, path: str) -> bytes:
        """The content."""
        return self.read(path)

    def read(self, path: str) -> bytes:
        """The content."""
        return self._contents[path] if path in self._contents else self.tree.read(path)

    def list(self, path: str) -> list[str]:
        """As the tree below, new files included."""
        own = {os.path.basename(each) for each in self._contents if os.path.dirname(each) == path}
        gone = {os.path.basename(each) for each in self._gone if os.path.dirname(each) == path}
        return sorted({*self.tree.list(path), *own} - gone)

    def display(self, path: str) -> str:
        """As the tree below."""
        return self.tree.display(path)


def changes(overlay: str, tree: Tree, edits: Iterable[FileEdit]) -> Changes:
    """Which objects of `overlay` the edits change."""
    edits = list(edits)
    before = {
        os.path.realpath(each.path): each.original.encode() for each in edits if each.before is not None
    }
    after = contents_of(edits)
    path = os.path.realpath(overlay)
    try:
        new = _rendered(EditedTree(tree, after), path)
    except CmpError as error:
        hint = f" ({error.hint})" if error.hint else ""
        return Changes(overlay, {}, [], [], f"{overlay} does not render now: {error}{hint}")
    try:
        old = _rendered(EditedTree(tree, before), path)
    except CmpError:
        return Changes(overlay, {}, sorted(new), [])
    changed = {
        name: _fields(old[name], new[name]) for name in old.keys() & new.keys() if old[name] != new[name]
    }
    return Changes(
        overlay,
        dict(sorted(changed.items())),
        sorted(new.keys() - old.keys()),
        sorted(old.keys() - new.keys()),
    )


def contents_of(edits: Iterable[FileEdit]) -> dict[str, bytes | None]:
    """The new cleartext of each edited file, for an `EditedTree`."""
    return {os.path.realpath(each.path): None if each.gone else each.text.encode() for each in edits}


def _rendered(tree: Tree, path: str) -> dict[str, Value]:
    """Bodies by kind, namespace and the name before any hash."""
    from cmp.render.pipeline import render
    from cmp.render.settings import Settings

    return _by_name(render(tree, path, Settings(masked=True)).resmap)


def _by_name(resmap: ResMap) -> dict[str, Value]:
    named: dict[str, Value] = {}
    for resource in resmap:
        # A generated name follows the content; the name before it tells which object it is.
        name = resource.previous[-1][1] if resource.needs_hash and resource.previous else resource.name
        namespace = f" in {resource.namespace}" if resource.namespace else ""
        named[f"{resource.kind}/{name}{namespace}"] = resource.body
    return named


def _fields(old: Value, new: Value, path: str = "") -> list[str]:
    """The paths at which two values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            field
            for key in dict.fromkeys((*old, *new))
            if old.get(key) != new.get(key)
            for field in _fields(old.get(key), new.get(key), f"{path}.{key}" if path else key)
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            field
            for place, (left, right) in enumerate(zip(old, new, strict=True))
            if left != right
            for field in _fields(left, right, f"{path}[{place}]")
        ]
    return [path]
