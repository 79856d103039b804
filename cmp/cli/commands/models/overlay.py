"""An overlay as the models commands see it: what its build declares, and which of its files declare it."""

from __future__ import annotations

import contextlib
import os
import shlex
from typing import NamedTuple

import click

from cmp.errors import CmpError, UsageError, Where
from cmp.kustomize import Hooks, Options
from cmp.kustomize.kustomization import FILE_NAMES
from cmp.models.declarations import Declarations, read
from cmp.models.errors import ModelError
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.kustomize import ResMap
    from cmp.models.config import MaskTest, ModelConfig
    from cmp.models.edit.files import FileEdit
    from cmp.models.lock import ModelLock
    from cmp.render.authors import Authors
    from cmp.sops.keys import KeySource
    from cmp.tree.protocol import Tree

LOCK_FILE = "model-config.lock.yaml"
CONFIG_FILE = "model-config.yaml"
GROUP = "cmp.mlops/"
config_option = click.option(
    "--config", "config_name", default="", help="The ModelConfig, where an overlay has several."
)


class Place(NamedTuple):
    """A document of an overlay's own file: path, place in the file, kind and name, whether it is a patch."""

    path: str
    document: int
    kind: str
    name: str
    patch: bool


class _ReadError(Exception):
    """Ends a build as soon as the declarations are known."""


class _Reader(Hooks):
    """Takes the declarations where the injection would take them, and ends the build there."""

    def __init__(self, is_masked: MaskTest) -> None:
        self.declarations = Declarations([], {})
        self._is_masked = is_masked

    def before_references(self, resmap: ResMap) -> None:
        """Read, then stop."""
        self.declarations = read(resmap, self._is_masked)
        raise _ReadError


def keys_of_environment(asking: bool = True) -> KeySource | None:
    """The person's keys; None when no source of keys is there at all.

    asking: whether a protected key may ask for its passphrase.
    """
    from cmp.cli.request import limits_from
    from cmp.sops import keys

    source = keys.from_environment(
        os.environ,
        keys.read_file,
        ask=keys.terminal_asker() if asking else None,
        limits=limits_from(os.environ),
    )
    try:
        return source if source.identities() else None
    except CmpError:
        return None


def disk_tree(directory: str) -> Tree:
    """The tree around a directory, as a render of it would see it."""
    from cmp.cli.request import limits_from
    from cmp.tree.disk import DiskTree
    from cmp.tree.root import find_root

    root = find_root(directory)
    return DiskTree(root, limits_from(os.environ), base="" if root != "/" else os.path.realpath("."))


class Overlay:
    """One overlay.

    argument: as the command line gave it. path: its directory in `tree`. keys: opens encrypted files; without
    keys encrypted values are masked, which suffices for everything but URIs.
    """

    def __init__(self, argument: str, tree: Tree, path: str, keys: KeySource | None) -> None:
        self.argument = argument
        self.tree = tree
        self.path = path
        self.keys = keys
        self._declarations: Declarations | None = None
        self._own: FileEdit | None = None
        self._authors: Authors | None = None

    @classmethod
    def open(cls, argument: str, keys: KeySource | None) -> Overlay:
        """An overlay on disk."""
        path = os.path.realpath(argument)
        if not os.path.isdir(path):
            raise UsageError(f"{argument} is not a directory", hint="name the folder of an overlay")
        return cls(argument, disk_tree(path), path, keys)

    @classmethod
    def open_as_readable(cls, argument: str) -> Overlay:
        """An overlay on disk for a command that needs no key: masked where the keys here do not open it.

        Nobody is asked for a passphrase.
        """
        from cmp.sops.errors import DataKeyError

        opened = cls.open(argument, keys_of_environment(asking=False))
        try:
            opened.declarations()
        except DataKeyError:
            return cls.open(argument, None)
        return opened

    @classmethod
    def open_revision(cls, argument: str, keys: KeySource | None) -> Overlay:
        """An overlay on disk, or `OVERLAY@REVISION` out of git."""
        from cmp.cli.revision import split, tree_at

        path, revision = split(argument)
        if not revision:
            return cls.open(argument, keys)
        tree, inside = tree_at(path, revision)
        return cls(argument, tree, inside, keys)

    @property
    def masked(self) -> bool:
        """Whether encrypted values are tokens here."""
        return self.keys is None

    def is_masked(self, text: str) -> bool:
        """Whether `text` is such a token."""
        from cmp.sops.mask import is_masked

        return self.masked and is_masked(text)

    def declarations(self) -> Declarations:
        """The ModelConfigs and ModelLocks of the build."""
        if self._declarations is None:
            from cmp.kustomize import build
            from cmp.limits import DEFAULT
            from cmp.render.authors import Authors
            from cmp.render.cleartext import Cleartext
            from cmp.render.decrypting import DecryptingTree

            hooks = _Reader(self.is_masked)
            opened = DecryptingTree(self.tree, self.keys, Cleartext(), DEFAULT, self.masked)
            self._authors = Authors(opened.reads, opened.encrypted)
            with contextlib.suppress(_ReadError):
                build(opened, self.path, Options(), hooks)
            self._declarations = hooks.declarations
        return self._declarations

    def config(self, name: str = "") -> ModelConfig:
        """The ModelConfig of the build: the only one, or the one called `name`."""
        configs = self.declarations().configs
        if not configs:
            raise ModelError(
                "the overlay declares no models",
                where=Where(file=self.argument),
                hint="add a ModelConfig: cmpctl docs models",
            )
        chosen = [config for config in configs if name in ("", config.name)]
        if len(chosen) != 1:
            names = [config.name for config in configs]
            message = (
                f"no ModelConfig is called {name!r}" if not chosen else "the overlay has several ModelConfigs"
            )
            hint = did_you_mean(name, names) if name else f"say --config {' or '.join(names)}"
            raise ModelError(message, where=Where(file=self.argument), hint=hint)
        return chosen[0]

    def model_arguments(self, config: ModelConfig, model: str = "", option: str = "") -> str:
        """What follows a command in a hint: the overlay, the model, and the config where there are several.

        option: what the command calls the model; empty where it is an argument.
        """
        words = [self.argument, *((option,) if model and option else ()), *((model,) if model else ())]
        if len(self.declarations().configs) > 1:
            words += ["--config", config.name]
        return shlex.join(words)

    def lock(self, config: ModelConfig) -> ModelLock | None:
        """The lock of a config."""
        return self.declarations().lock_of(config)

    @contextlib.contextmanager
    def pointing(self) -> Iterator[None]:
        """Errors of a declaration name the file that gives the field: the overlay's patch, not the base."""
        try:
            yield
        except CmpError as error:
            from cmp.render.authors import Authors
            from cmp.render.pointing import point

            point(error, Authors(self.tree.reads))
            error.excerpt = ""
            raise

    def file_of(self, where: Where) -> str:
        """The file that gives a declaration's field."""
        self.declarations()
        assert self._authors is not None  # noqa: S101 - made with the declarations
        return self._authors.placed(where).file

    # -- its own files

    def kustomization(self) -> str:
        """The path of its kustomization file."""
        for name in FILE_NAMES:
            path = os.path.join(self.path, name)
            if self.tree.kind(path) == "file":
                return path
        raise ModelError("the folder has no kustomization file", where=Where(file=self.argument))

    def own_kustomization(self) -> FileEdit:
        """The edit of its kustomization file: one, however many files are new in it."""
        if self._own is None:
            from cmp.models.edit import files

            self._own = files.load(self.kustomization())
        return self._own

    def name_below(self, config: ModelConfig) -> str:
        """The name by which the overlay's own files mean a config: before its own prefix and suffix.

        It is the original one, unless several configs share that: a base used twice.
        """
        resource = config.resource
        names = [name for _, name, _ in resource.previous] + [config.name]
        others = [each.resource for each in self.declarations().configs if each is not config]
        taken = {each.previous[0][1] if each.previous else each.name for each in others}
        if names[0] not in taken:
            return names[0]
        own = _loaded(self.tree.read_raw(self.kustomization()), self.kustomization())
        renames = isinstance(own, dict) and bool(own.get("namePrefix") or own.get("nameSuffix"))
        return names[-2] if renames and len(names) > 1 else names[-1]

    def places(self) -> list[Place]:
        """The documents of ModelConfigs and ModelLocks in files that its kustomization names itself."""
        listed = _listed(_loaded(self.tree.read_raw(self.kustomization()), self.kustomization()))
        found: list[Place] = []
        for name, patch in listed.items():
            path = os.path.normpath(os.path.join(self.path, name))
            if self.tree.kind(path) != "file" or not name.endswith((".yaml", ".yml", ".json")):
                continue
            data = self.tree.read_raw(path)
            if GROUP.encode() not in data:
                continue
            for document, body in enumerate(_documents(data, path)):
                if isinstance(body, dict) and str(body.get("apiVersion", "")).startswith(GROUP):
                    metadata = body.get("metadata")
                    own = metadata.get("name") if isinstance(metadata, dict) else ""
                    found.append(Place(path, document, str(body.get("kind")), str(own), patch))
        return found

    def place(self, kind: str, config: ModelConfig) -> Place | None:
        """Its own document of `kind` for a config: a patch of it, or the object itself."""
        places = [place for place in self.places() if place.kind == kind]
        exact = [place for place in places if place.name == self.name_below(config)]
        names = config.resource.names()
        others = [each for each in self.declarations().configs if each is not config]
        # A name that another copy of the same base has had, too, says nothing.
        names -= {name for other in others for name in other.resource.names()}
        found = exact or [place for place in places if place.name in names]
        return found[0] if found else None


def _listed(kustomization: Any) -> dict[str, bool]:
    """Files that a kustomization names, and whether as a patch."""
    if not isinstance(kustomization, dict):
        return {}
    listed: dict[str, bool] = {}
    for key in ("resources", "bases", "components"):
        for each in kustomization.get(key) or ():
            if isinstance(each, str):
                listed[each] = False
    for each in kustomization.get("patches") or ():
        if isinstance(each, dict) and isinstance(each.get("path"), str):
            listed[each["path"]] = True
    for each in kustomization.get("patchesStrategicMerge") or ():
        if isinstance(each, str) and "\n" not in each:
            listed[each] = True
    return listed


def _loaded(data: bytes, path: str) -> Any:
    documents = _documents(data, path)
    return documents[0] if documents else None


def _documents(data: bytes, path: str) -> list[Any]:
    from cmp.yaml import YamlError
    from cmp.yaml.plain import plain_values

    try:
        return plain_values(data)
    except YamlError as error:
        raise ModelError("the file is not valid YAML", where=Where(file=path)) from error
