"""Which file an edit goes to: the overlay's own ModelConfig or ModelLock, made where there is none."""

from __future__ import annotations

import os

from cmp.cli.commands.models.making import schema_line
from cmp.cli.commands.models.overlay import CONFIG_FILE, LOCK_FILE
from cmp.errors import Where, located
from cmp.kustomize.resource import LOCAL_CONFIG
from cmp.models.config import API_VERSION
from cmp.models.edit import files
from cmp.models.errors import ModelError
from cmp.regex import searcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.cli.commands.models.overlay import Overlay, Place
    from cmp.models.config import ModelConfig
    from cmp.models.edit.files import FileEdit
    from cmp.models.edit.text import Editor, Path
    from cmp.tree.protocol import Tree

# What a new file seals when no .sops.yaml says otherwise but its neighbour is encrypted.
URI_RULE = ("encrypted_regex", "^uri$")


class Declared:
    """One declaration under edit: its file, the document in it, and the other files that change with it."""

    def __init__(self, edit: FileEdit, document: int, patch: bool, others: list[FileEdit]) -> None:
        self.edit = edit
        self.document = document
        self.patch = patch
        self.others = others
        self.editor: Editor = edit.editor()

    def set(self, path: Path, value: object) -> None:
        """Put a value."""
        self.editor.set(path, value, self.document)

    def drop(self, path: Path) -> None:
        """Take a value away; a patch has to say so with a null, since its base may give it."""
        if self.patch:
            self.editor.set(path, None, self.document)
        else:
            self.editor.remove(path, self.document)

    def edits(self) -> list[FileEdit]:
        """All files, the edited texts in place."""
        with located(file=self.edit.path):
            self.edit.take(self.editor)
        return [self.edit, *self.others]


def config_of(overlay: Overlay, config: ModelConfig) -> Declared:
    """The overlay's own document of a ModelConfig; a patch is made where there is none."""
    place = overlay.place("ModelConfig", config)
    if place is not None:
        return _opened(overlay, place)
    name = overlay.name_below(config)
    text = f"# What this overlay changes of its base's ModelConfig.\n{_head('ModelConfig', name)}spec: {{}}\n"
    file = _free(overlay, CONFIG_FILE, name)
    return _made(overlay, os.path.join(overlay.path, file), text, ("patches",), {"path": file}, config)


def lock_of(overlay: Overlay, config: ModelConfig) -> Declared:
    """The overlay's own ModelLock of a config; made, and listed under resources, where there is none."""
    place = overlay.place("ModelLock", config)
    if place is not None:
        return _opened(overlay, place)
    name = overlay.name_below(config)
    text = (
        "# Where each reference pointed when it was locked. Made by cmpctl models lock; renders read this.\n"
        f"{_head('ModelLock', name, local=True)}spec:\n  entries: {{}}\n"
    )
    file = _free(overlay, LOCK_FILE, name)
    return _made(overlay, os.path.join(overlay.path, file), text, ("resources",), file, config)


def _free(overlay: Overlay, file: str, name: str) -> str:
    """The file's name; with the config's in front where the overlay has that file for another config."""
    listed = any(os.path.basename(place.path) == file for place in overlay.places())
    return f"{name}.{file}" if listed else file


def _head(kind: str, name: str, local: bool = False) -> str:
    annotations = f'\n  annotations:\n    {LOCAL_CONFIG}: "true"' if local else ""
    return f"apiVersion: {API_VERSION}\nkind: {kind}\nmetadata:\n  name: {name}{annotations}\n"


def _opened(overlay: Overlay, place: Place) -> Declared:
    return Declared(files.load(place.path, overlay.keys), place.document, place.patch, [])


def _made(
    overlay: Overlay, path: str, text: str, listed: Path, entry: str | dict[str, str], config: ModelConfig
) -> Declared:
    if os.path.exists(path):
        raise ModelError(
            "the file exists, but the kustomization does not list it",
            where=Where(file=path),
            hint=f"list it under {listed[0]}, or remove it",
        )
    kind = "ModelConfig" if listed == ("patches",) else "ModelLock"
    edit = files.new(path, schema_line(overlay.tree, path, kind) + text, _sealer(overlay, path, config))
    kustomization = overlay.own_kustomization()
    editor = kustomization.editor()
    editor.append(listed, entry)
    kustomization.take(editor)
    return Declared(edit, 0, listed == ("patches",), [kustomization])


def _sealer(overlay: Overlay, path: str, config: ModelConfig) -> Callable[[bytes], bytes] | None:
    place = overlay.place("ModelConfig", config)
    return sealer(path, place.path if place is not None else "", overlay.tree)


def sealer(path: str, neighbour: str, tree: Tree) -> Callable[[bytes], bytes] | None:
    """How a new file is encrypted: as `.sops.yaml` says, else like its neighbour; None for not at all."""
    from cmp.sops.write.document import NewFile, encrypt

    new = _by_rule(path) or (_like_neighbour(neighbour, tree) if neighbour else None)
    if new is None:
        return None
    made: NewFile = new

    def seal(data: bytes) -> bytes:
        from cmp.cli.commands.models.finish import now

        return encrypt(data, "yaml", made, now()).data

    return seal


def _by_rule(path: str):  # type: ignore[no-untyped-def]  # NewFile, imported where it is needed
    """What the nearest `.sops.yaml` above says about `path`; None without a file or a rule that fits."""
    from cmp.sops.config import CONFIG_NAME, ConfigError, parse
    from cmp.sops.write.document import NewFile

    folder = os.path.dirname(path)
    while True:
        candidate = os.path.join(folder, CONFIG_NAME)
        if os.path.isfile(candidate):
            break
        # As sops, but not above the repository: a rule of the user's home is not part of it.
        if os.path.exists(os.path.join(folder, ".git")) or os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)
    with open(candidate, "rb") as file:
        config = parse(file.read())
    try:
        rule = config.rule_for(os.path.relpath(path, folder))
    except ConfigError:
        return None
    # A file without the team's KMS or PGP keys would lock the others out.
    if any(group.others for group in rule.groups):
        raise ModelError(
            "the creation rule for this file has keys of other types than age",
            where=Where(file=path),
            hint="create the file and encrypt it with sops once; afterwards it is edited here",
        )
    groups = tuple(group.age for group in rule.groups if group.age)
    if not groups:
        return None
    if rule.rule is not None and rule.rule[0] == "encrypted_regex":
        # The rule stays; what it leaves readable is added.
        regex = rule.rule[1]
        if searcher(regex)("uri"):
            return NewFile(groups, rule.rule, rule.shamir_threshold, rule.mac_only_encrypted)
        joined = ("encrypted_regex", f"{regex}|{URI_RULE[1]}")
        return NewFile(groups, joined, rule.shamir_threshold, mac_only_encrypted=True)
    # Kind and name must stay readable: a patch is matched by them, and a reviewer reads versions.
    return NewFile(groups, URI_RULE, rule.shamir_threshold, mac_only_encrypted=True)


def _like_neighbour(path: str, tree: Tree):  # type: ignore[no-untyped-def]  # as above
    """The recipients of an encrypted file, and the rule for URIs; None for one that is not encrypted."""
    from cmp.sops import detect
    from cmp.sops.stores import load_encrypted
    from cmp.sops.write.document import NewFile
    from cmp.sops.write.wrap import age_groups

    data = tree.read_raw(path)
    fmt = detect(data, path)
    if fmt is None:
        return None
    groups = tuple(tuple(group) for group in age_groups(load_encrypted(data, fmt.name).metadata))
    return NewFile(groups, URI_RULE, mac_only_encrypted=True) if any(groups) else None
