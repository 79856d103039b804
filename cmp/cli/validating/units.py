"""From the targets of a command line to units: overlays to render, files, standard input.

A folder without a kustomization is searched: each overlay below it is a unit, and the manifests that no
overlay reads are one more.
"""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from cmp.cli import request, revision, source
from cmp.cli.arguments import Arguments
from cmp.cli.validating.places import Places
from cmp.errors import CmpError, Where
from cmp.validate.result import Aside

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from cmp.kustomize.resource import Resource

    Body = dict[str, Any]

MANIFESTS = (".yaml", ".yml", ".json")
# Folders of tools, which hold no manifests.
_LEFT_OUT = frozenset((".git", ".venv", "node_modules", "__pycache__"))
_SOPS_CONFIGURATION = (".sops.yaml", ".sops.yml")


class Loaded(NamedTuple):
    """What a unit holds.

    origins: the file of each object; empty where `files` say it. files: what git holds behind the objects, as
    it is stored. places: where their values stand. read: the real paths of what was read. warnings: for
    standard error.
    """

    objects: list[Body]
    origins: list[str]
    files: dict[str, list[Body]]
    places: Places
    read: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    aside: tuple[Aside, ...] = ()
    unreadable: tuple[CmpError, ...] = ()


class Found(NamedTuple):
    """overlays: folders to render. loose: files beside them. bases: how many folders are parts of others."""

    overlays: list[str]
    loose: list[str]
    bases: int


def search(folder: str) -> Found:
    """The overlays below a folder, and the manifests in folders that have no kustomization above them."""
    layers: dict[str, tuple[str, set[str]]] = {}
    loose: list[str] = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _LEFT_OUT)
        if source.is_overlay(where):
            layers[os.path.realpath(where)] = where, _parts(where)
        elif not _is_below(where, layers):
            loose += [os.path.join(where, name) for name in sorted(names) if name.endswith(MANIFESTS)]
    used = set().union(*(parts for _, parts in layers.values())) if layers else set()
    overlays = [
        where
        for real, (where, _) in layers.items()
        if not _is_component(where)
        and (real not in used or "overlays" in os.path.normpath(where).split(os.sep))
    ]
    return Found(sorted(overlays), loose, len(layers) - len(overlays))


def _is_below(where: str, layers: dict[str, tuple[str, set[str]]]) -> bool:
    real = os.path.realpath(where)
    return any(real.startswith(layer + os.sep) for layer in layers)


def _layer(folder: str) -> Body:
    """The fields of a folder's kustomization; none if it cannot be read, which its own render reports."""
    from cmp.kustomize.kustomization import FILE_NAMES

    for name in FILE_NAMES:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            try:
                found = source.parse(read_bytes(path), path)
            except CmpError:
                return {}
            return found[0] if found else {}
    return {}


def _is_component(folder: str) -> bool:
    return _layer(folder).get("kind") == "Component"


def _parts(folder: str) -> set[str]:
    """The real paths of the folders that a kustomization builds upon."""
    layer = _layer(folder)
    named = [
        each
        for field in ("resources", "bases", "components")
        for each in (layer[field] if isinstance(layer.get(field), list) else ())
        if isinstance(each, str)
    ]
    paths = (os.path.realpath(os.path.join(folder, each)) for each in named)
    return {path for path in paths if os.path.isdir(path)}


def read_bytes(path: str) -> bytes:
    """The content; `CmpError`."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as err:
        raise CmpError("cannot be read", where=Where(file=path)) from err


def plain(objects: Iterable[Any], file: str = "") -> list[Body]:
    """The objects as JSON has them, which is what schemas and rules speak of; `file` is for errors."""
    from cmp.yaml import gojson

    try:
        return [json.loads(gojson.dumps(body)) for body in objects]
    except CmpError as err:
        raise err.at(file=file) from None


# -- an overlay


def overlay(target: str, *, masked: bool = False) -> Loaded:
    """The render of OVERLAY or OVERLAY@REF with the keys of this environment; `CmpError`."""
    path, at = revision.split(target)
    arguments = Arguments()
    arguments.masked = masked
    arguments.directory = revision.existing(path) if at else path
    wanted = request.read(arguments, os.environ)
    tree, directory = revision.tree_at(path, at) if at else (wanted.tree, wanted.directory)
    from cmp.render.pipeline import render

    resources = list(render(tree, directory, wanted.settings).resmap)
    objects = plain(resource.body for resource in resources)
    warnings = [text for each in zip(objects, resources, strict=True) for text in _drop_uncounted(*each)]
    content = {name: data for name, data in tree.reads().items() if _is_manifest(name)}
    encrypted = [name for name, data in content.items() if _is_encrypted(data, name)]
    by_id = {id(body): resource for body, resource in zip(objects, resources, strict=True)}
    places = Places(content, by_id, encrypted)
    files = {name: _flat(places.documents(name)) for name in content}
    read = () if at else tree.read_paths()
    origins = [resource.file for resource in resources]
    return Loaded(objects, origins, files, places, tuple(read), tuple(warnings))


def _is_manifest(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or os.path.basename(name) == "Kustomization"


def _is_encrypted(data: bytes, name: str) -> bool:
    if b"ENC[AES256_GCM" not in data:
        return False
    from cmp.sops.detect import detect

    try:
        return detect(data, name) is not None
    except CmpError:
        return True


def _flat(documents: list[Any]) -> list[Body]:
    """Mappings alone, the items of Lists in the place of them, as JSON has them."""
    found: list[Body] = []
    for document in documents:
        if not isinstance(document, dict):
            return []
        items = document.get("items")
        is_list = str(document.get("kind", "")).endswith("List") and isinstance(items, list)
        found += [each for each in items if isinstance(each, dict)] if is_list and items else [document]
    try:
        return plain(found)
    except CmpError:
        return []


def _drop_uncounted(body: Body, resource: Resource) -> Iterator[str]:
    """Take waivers out of `body` that its author did not write; yields a warning for each."""
    from cmp.kustomize import waivers

    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    for key in sorted(waivers.written(resource)):
        if key.startswith(waivers.WAIVE) and not waivers.counts(resource, key) and annotations:
            annotations.pop(key, None)
            yield (
                f"{resource}: the annotation {key} does not count where it comes from: write it into the "
                "object's own file, its generator's options.annotations, or a patch that "
                "targets this object by name"
            )


# -- files


def standard_input() -> Loaded:
    """What stands on standard input; `CmpError`."""
    return Loaded(plain(source.load("-"), "standard input"), [], {}, Places({}))


def file(path: str) -> Loaded:
    """The objects of one file; `CmpError`."""
    data = read_bytes(path)
    if _is_encrypted(data, path):
        aside = Aside(path, "encrypted; an overlay that reads it is checked with the key", True)
        return Loaded([], [], {}, Places({}), (), (), (aside,))
    objects = plain(source.parse(data, path), path)
    return Loaded(objects, [path] * len(objects), {path: objects}, Places({path: data}))


def loose(paths: Iterable[str]) -> Loaded:
    """The objects of files that no overlay reads; what is not one of ours is set aside, with the reason."""
    files: dict[str, list[Body]] = {}
    content: dict[str, bytes] = {}
    aside: list[Aside] = []
    unreadable: list[CmpError] = []
    for path in paths:
        why = _other(path)
        if why is not None:
            aside.append(why)
            continue
        try:
            data = read_bytes(path)
            if _is_encrypted(data, path):
                aside.append(Aside(path, "encrypted; an overlay that reads it is checked with the key", True))
                continue
            objects = plain(source.parse(data, path), path)
        except CmpError as err:
            unreadable.append(err.at(file=path))
            continue
        if objects and not any({"apiVersion", "kind", "metadata"} & each.keys() for each in objects):
            aside.append(Aside(path, "no manifest", False))
            continue
        files[path], content[path] = objects, data
    bodies = [body for bodies in files.values() for body in bodies]
    return Loaded(bodies, [], files, Places(content), (), (), tuple(aside), tuple(unreadable))


def _other(path: str) -> Aside | None:
    """A file that its name or its folder tells apart."""
    if os.path.basename(path) in _SOPS_CONFIGURATION:
        return Aside(path, "the configuration of SOPS", False)
    folder = os.path.dirname(path)
    while folder:
        if os.path.isfile(os.path.join(folder, "Chart.yaml")):
            return Aside(path, "a Helm chart, which is not rendered", True)
        folder = os.path.dirname(folder) if folder != os.path.dirname(folder) else ""
    return None
