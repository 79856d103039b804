"""`cmp-generate -o PATH`: one file for all, or one per object in a folder, all of them or none.

Names are those of `kustomize build -o`: GROUP_VERSION_KIND_NAME.yaml in lower case, with the namespace before
it where objects of several namespaces stand in one folder (kustomize/commands/build/writer.go). Files may
hold decrypted Secrets: mode 0600, folders 0700.
"""

from __future__ import annotations

import os

from cmp.errors import CmpError, UsageError
from cmp.files import write_together
from cmp.kustomize import ResMap, emit
from cmp.kustomize.resid import NO_NAMESPACE
from cmp.tree.names import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.kustomize.resource import Resource
    from cmp.render import Rendered

_SHOWN = 10


def is_folder(path: str) -> bool:
    """Whether PATH asks for one file per object."""
    return path.endswith("/") or os.path.isdir(path)


def write(path: str, directories: Sequence[str], renders: Sequence[Rendered]) -> list[str]:
    """Write what was rendered; warnings about files in the folders that were not written now.

    directories: what the user named, as many as `renders`. Raises `CmpError`, also when an object
    has no file name of its own; then nothing was written.
    """
    if path == os.devnull:  # all is rendered and checked, and nothing kept
        return []
    if not is_folder(path):
        if os.path.exists(path) and not os.path.isfile(path):
            raise UsageError(f"{path} is not a file or a folder", hint="leave -o out for standard output")
        if len(renders) > 1:
            raise UsageError(
                f"{path} is not a folder, and several directories were named",
                hint=f"write -o {path}/ to make the folder",
            )
        write_together({path: renders[0].text.encode("utf-8", "surrogateescape")})
        return []
    files: dict[str, bytes] = {}
    for below, each in zip(_folders(directories), renders, strict=True):
        folder = os.path.join(path, below)
        for name, text in _by_object(each.resmap).items():
            files[os.path.join(folder, name)] = text
    before = {folder: _manifests(folder) for folder in {os.path.dirname(file) for file in files}}
    write_together(files)
    left = sorted(
        file
        for folder, names in before.items()
        for file in (os.path.join(folder, name) for name in names)
        if file not in files
    )
    if not left:
        return []
    shown = ", ".join(left[:_SHOWN]) + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
    return [f"not of this render, left as it was: {shown}"]


def _folders(directories: Sequence[str]) -> list[str]:
    """For each directory its folder below PATH: none for one, else what the directories do not share."""
    whole = [os.path.realpath(directory) for directory in directories]
    if len(whole) == 1:
        return [""]
    shared = os.path.commonpath(whole)
    found = [os.path.relpath(each, shared) for each in whole]
    if len(set(found)) < len(found) or "." in found:
        raise UsageError("a directory is named twice, or holds another one that is named")
    return found


def _manifests(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(".yaml")]
    except FileNotFoundError:
        return []


def _by_object(resmap: ResMap) -> dict[str, bytes]:
    namespaces = {resource.effective_namespace for resource in resmap} - {NO_NAMESPACE}
    files: dict[str, bytes] = {}
    for resource in resmap:
        name = _file_name(resource, with_namespace=len(namespaces) > 1)
        if name in files:
            raise CmpError(
                f"two objects would be written to the same file, {plain(name)}",
                hint="their names differ in upper and lower case only: write to one file with -o FILE",
            )
        files[name] = emit(ResMap([resource])).encode("utf-8", "surrogateescape")
    return files


def _file_name(resource: Resource, *, with_namespace: bool) -> str:
    parts = [*resource.gvk, resource.name]
    namespace = resource.effective_namespace
    if with_namespace and namespace != NO_NAMESPACE:
        parts.insert(0, namespace)
    name = "_".join(part for part in parts if part).lower() + ".yaml"
    if "/" in name or "\0" in name or name.startswith(".") or len(name.encode("utf-8", "replace")) > 255:
        raise CmpError(
            f"{plain(str(resource))} has no name that a file can have", hint="write to one file with -o FILE"
        )
    return name
