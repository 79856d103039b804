"""`cmpctl models adopt`: a ModelConfig made of what overlays render, and proof that nothing changes."""

from __future__ import annotations

import os
import shlex
from typing import NamedTuple

import click

from cmp.cli.commands.models.adopting import proof
from cmp.cli.commands.models.adopting.layers import layers_of, other_users
from cmp.cli.commands.models.adopting.taking import Build, Taking, comments
from cmp.cli.commands.models.finish import edit_options_of, finish, now, with_edit_options
from cmp.cli.commands.models.making import config_text, free_name, schema_edits
from cmp.cli.commands.models.overlay import Overlay, keys_of_environment
from cmp.errors import CmpError, UsageError, Where, located
from cmp.models import storage
from cmp.models.adopt.declare import declare, merged
from cmp.models.adopt.find import locate, original_name, survey
from cmp.models.adopt.groups import common, group
from cmp.models.adopt.traffic import Split, Traffic, config_maps, traffic
from cmp.models.config import GROUP
from cmp.models.errors import ModelError
from cmp.models.kinds import code_of
from cmp.models.kinds.table import row_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.cli.commands.models.finish import EditOptions
    from cmp.models.adopt.declare import Declared
    from cmp.models.adopt.find import Found, Key
    from cmp.models.adopt.groups import Group
    from cmp.models.edit.files import FileEdit
    from cmp.sops.keys import KeySource
    from cmp.tree.protocol import Tree

# The name with which `--as` chooses the object that decides about weights.
TRAFFIC = "traffic"
_BASE = "Which model is served where, and how traffic is split. Each overlay gives its URIs and weights."
_OWN = "What this overlay serves."


@click.command()
@click.argument("overlays", nargs=-1, required=True, metavar="OVERLAY...")
@click.option(
    "--as",
    "named",
    multiple=True,
    metavar="NAME=PLACE",
    help="The model NAME is what PLACE holds, such as fraud=Model/fraud-v1; traffic=PLACE for weights.",
)
@click.option("--config", "config_name", default="", help="The name of the ModelConfig.")
@with_edit_options
def command(overlays: tuple[str, ...], named: tuple[str, ...], config_name: str, **options: Any) -> int:
    """Write a ModelConfig from what the OVERLAYs render, and take the literal URIs out.

    Name all overlays of a base in one call: its fields become placeholders. Each overlay must render the same
    bytes afterwards, provenance aside, or nothing is written. What `files` and `envs` of a generator bring
    stays, since other tools read these files.

    \b
    Examples:
      cmpctl models adopt k8s/overlays/staging k8s/overlays/production --dry-run
      cmpctl models adopt k8s/overlays/* --as fraud=InferenceService/fraud
    """
    return run(overlays, named, config_name, edit_options_of(options))


def run(arguments: Sequence[str], named: Sequence[str], config_name: str, edit_options: EditOptions) -> int:
    """Adopt, as the command does; returns the exit code."""
    keys = keys_of_environment()
    wanted = _wanted(named)
    opened = [Overlay.open(each.rstrip("/") or "/", keys) for each in dict.fromkeys(arguments)]
    tree = opened[0].tree
    if any(each.tree.root != tree.root for each in opened):
        raise UsageError("the overlays are in different repositories", hint="adopt each repository by itself")
    adoption = _Adoption(tree, keys, opened, wanted, config_name, edit_options.show_uris)
    edits = adoption.edits()
    return finish(edits, edit_options, tree, [each.argument for each in opened], notes=adoption.notes)


def _wanted(named: Sequence[str]) -> dict[str, str]:
    result: dict[str, str] = {}
    for text in named:
        name, equals, place = text.partition("=")
        if not equals or not name or not place:
            raise UsageError(f"--as takes NAME=PLACE, not {text!r}", hint="such as fraud=Model/fraud-v1")
        result[name] = place
    return result


class _Way(NamedTuple):
    """How literals are taken out. remove: out of patches; else they become placeholders, as in objects.

    weights: whether the ModelConfig gets the weights. lists: whether merge patches lose theirs.
    """

    remove: bool = True
    weights: bool = True
    lists: bool = False


# The first one that changes no render counts. A patch that replaces a list whole cannot lose a part of it if
# the base has another list: there weights or placeholders stay. Weights may bring more than themselves: names
# that follow renames, which kustomize does not do.
_WAYS = (
    _Way(lists=True),
    _Way(),
    _Way(remove=False),
    _Way(weights=False),
    _Way(remove=False, weights=False),
)


class _Attempt(NamedTuple):
    """Edits to try. contents: the bytes of all of them."""

    edits: list[FileEdit]
    contents: dict[str, bytes | None]
    notes: list[str]


class _Adoption:
    """One call: the overlays as they are now, the models found in them, and the edits."""

    def __init__(
        self,
        tree: Tree,
        keys: KeySource | None,
        opened: list[Overlay],
        wanted: dict[str, str],
        config_name: str,
        show_uris: bool,
    ) -> None:
        self.tree = tree
        self.keys = keys
        self.opened = opened
        self.notes: list[str] = []
        self.before = [self._text(each, {}) for each in opened]
        self.builds = [self._build(each) for each in opened]
        labels = [place for name, place in wanted.items() if name != TRAFFIC]
        surveys = [survey(build.objects, labels) for build in self.builds]
        if not any(each.found for each in surveys):
            raise ModelError(
                "no place of a model's URI was found",
                where=Where(file=opened[0].argument),
                hint="for an overlay that serves no model yet: cmpctl models init OVERLAY",
            )
        unclear = dict.fromkeys(label for each in surveys for label in each.unclear)
        models = {name: place for name, place in wanted.items() if name != TRAFFIC}
        chosen = group(
            [each.found for each in surveys], models, [each.argument for each in opened], show_uris
        )
        self.groups = chosen.groups
        self.splits = self._splits(wanted.get(TRAFFIC, ""))
        self.name = config_name or _config_name(self.groups)
        self.notes += [f"left as it is: {label}" for label in chosen.left]
        self.notes += [f"left as it is: {label} (name it with --as if it is a model)" for label in unclear]
        self.notes += [
            f"left as it is: {text}" for text in dict.fromkeys(t for each in self.splits for t in each.left)
        ]

    def edits(self) -> list[FileEdit]:
        """The edits after which every overlay renders the same; `ModelError` when there are none."""
        refused: dict[_Way, ModelError] = {}
        for way in _WAYS:
            if not way.weights and not any(each.splits for each in self.splits):
                break
            try:
                attempt = self._attempt(way)
                self._prove(attempt)
            except _UsedError:
                raise
            except ModelError as error:
                refused[way] = error
                continue
            self.notes += attempt.notes
            if not way.weights:
                reason = refused[_Way(remove=False)].message
                self.notes.append(f"the weights are left as they are: {reason}")
            return attempt.edits
        raise refused[next(reversed(refused))]

    # -- what is there

    def _text(self, overlay: Overlay, contents: dict[str, bytes | None]) -> str:
        with overlay.pointing():
            return proof.text(self.tree, overlay.path, self.keys, contents)

    def _build(self, overlay: Overlay) -> Build:
        objects = proof.objects(self.tree, overlay.path, self.keys, {})
        for each in objects:
            if each.gvk.group == GROUP and each.kind == "ModelConfig":
                raise ModelError(
                    f"{overlay.argument} has a ModelConfig already: {each.name}",
                    where=Where(file=each.file),
                    hint="change it with cmpctl models set, or add targets by hand: cmpctl docs models",
                )
        return Build(overlay.path, layers_of(self.tree, overlay.path), objects)

    def _splits(self, wanted: str) -> list[Traffic]:
        found = [
            traffic(build.objects, self.groups, number, wanted) for number, build in enumerate(self.builds)
        ]
        if all(each.splits for each in found):
            keys = config_maps([build.objects for build in self.builds], [each.weights for each in found])
            for key, names in keys.items():
                for each in found:
                    each.splits.append(Split(key, {"keys": names}, each.weights))
        return found

    # -- what changes

    def _attempt(self, way: _Way) -> _Attempt:
        splits = self.splits if way.weights else [Traffic({}, [], [])] * len(self.builds)
        taking = Taking(self.tree, self.keys, way.remove)
        taking.models(self.builds, self.groups)
        taking.weights(self.builds, [each.splits for each in splits], way.lists)
        edits = taking.edits()
        contents = _contents(edits)
        keeping = self._keeping(contents)
        declared = declare(self.groups, splits, keeping)
        home = self._home(declared)
        self._check_users(taking.edited | ({os.path.join(home, "kustomization")} if home else set()))
        lost = _lost_comments(edits)
        new = self._files(declared, home, taking, lost)
        # A kustomization that loses a patch and gets another is one edit; so is a schema that both name.
        listed = [edit for edit in {each.path: each for each in (*edits, *new)}.values() if edit.changed]
        notes = [
            f"{label} keeps its value in git: a file or generator that other tools read brings it "
            "(replaces: any)"
            for label in sorted({_label(key) for key in keeping})
        ]
        return _Attempt(listed, _contents(listed), notes)

    def _keeping(self, contents: dict[str, bytes | None]) -> set[Key]:
        """Places that hold a literal even after the edits: what brings it is not ours to edit."""
        result: set[Key] = set()
        for number, build in enumerate(self.builds):
            objects = proof.objects(self.tree, build.path, self.keys, contents)
            by_name = {(each.gvk.group, each.kind, original_name(each)): each for each in objects}
            for each in self.groups:
                for found in each.places[number].values():
                    resource = by_name.get(found.key[:3])
                    if resource is not None and _holds_literal(resource.body, found):
                        result.add(found.key)
        return result

    def _home(self, declared: Declared) -> str:
        """The folder of the base that gets the ModelConfig; empty when each overlay has its own."""
        if not declared.shared:
            return ""
        own = {build.path for build in self.builds}
        shared = [
            folder
            for folder in self.builds[0].layers
            if all(folder in build.layers for build in self.builds) and folder not in own
        ]
        files = {self._path_of(found.resource.file) for each in self.groups for found in each.found}
        # The lowest one from which all the objects come; kustomizations stand bases first.
        for folder in shared:
            if files <= self._files_below(folder):
                return folder
        return shared[-1] if shared else ""

    def _path_of(self, display: str) -> str:
        root = self.tree.root if self.tree.root != "/" else os.path.realpath(".")
        return os.path.normpath(os.path.join(root, display))

    def _files_below(self, folder: str) -> set[str]:
        found: set[str] = set()
        for layer in layers_of(self.tree, folder).values():
            found.add(layer.file)
            found.update(layer.path(each) for each in layer.named("resources") if isinstance(each, str))
        return found

    def _check_users(self, edited: set[str]) -> None:
        """Stop when an overlay that is not adopted builds upon a folder whose files change."""
        layers = {folder: layer for build in self.builds for folder, layer in build.layers.items()}
        changed = {folder for folder, layer in layers.items() if _owns(layer.file, folder, edited)}
        for folder in layers:
            changed |= {folder for path in edited if os.path.dirname(path) == folder}
        top = self.tree.root
        if top == "/":
            top = os.path.dirname(os.path.commonpath(list(layers)))
        others = other_users(self.tree, changed, {build.path for build in self.builds}, top)
        if others:
            names = [os.path.relpath(each) for each in others]
            error = _UsedError(
                f"{names[0]} builds upon the same base and is not named: it would get a placeholder",
                hint="name all overlays of the base in one call: cmpctl models adopt "
                + shlex.join([*(each.argument for each in self.opened), *names]),
            )
            error.others = tuple(CmpError(f"{name} builds upon it, too") for name in names[1:])
            raise error

    def _files(
        self, declared: Declared, home: str, taking: Taking, lost: dict[str, list[str]]
    ) -> list[FileEdit]:
        result: list[FileEdit] = []
        if home:
            text = config_text(self.name, declared.shared, _BASE, local=True)
            result += self._listed(taking, home, text, None, patch=False)
        for number, (overlay, own) in enumerate(zip(self.opened, declared.own, strict=True)):
            head = [
                _OWN,
                *(
                    f"{line} ({file})"
                    for file, lines in lost.items()
                    for line in lines
                    if self._is_of(number, file)
                ),
            ]
            spec = own if home else merged(declared.shared, own)
            text = config_text(self.name, spec, *head, local=not home)
            result += self._listed(
                taking, overlay.path, text, taking.secret.get(number, ""), patch=bool(home)
            )
        return result

    def _is_of(self, number: int, file: str) -> bool:
        """Whether a file of a removed comment belongs to this overlay: the first that is built of it."""
        path = os.path.realpath(file)
        users = [
            position
            for position, build in enumerate(self.builds)
            if any(
                os.path.dirname(path) == folder or path.startswith(folder + os.sep) for folder in build.layers
            )
        ]
        own = [position for position, build in enumerate(self.builds) if path.startswith(build.path + os.sep)]
        return (own or users or [0])[0] == number

    def _listed(
        self, taking: Taking, folder: str, text: str, secret: str | None, *, patch: bool
    ) -> list[FileEdit]:
        """A new file with the kustomization that lists it. secret: an encrypted file that held its URIs; None
        for a text without URIs.
        """
        from cmp.cli.commands.models.declared import sealer
        from cmp.models.edit import files

        kustomization = taking.file(_kustomization(self.tree, folder))
        name = free_name(folder, self.name)
        path = os.path.join(folder, name)
        schema, text = schema_edits(self.tree, path, text)
        edit = files.new(path, text, sealer(path, secret, self.tree) if secret is not None else None)
        if secret is not None and not edit.encrypted:
            self._note(f"{edit.name} is not encrypted: its URIs are readable in git, as they were")
        editor = kustomization.editor()
        with located(file=kustomization.path):
            editor.append(("patches",) if patch else ("resources",), {"path": name} if patch else name)
        kustomization.take(editor)
        return [edit, kustomization, *schema]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # -- proof

    def _prove(self, attempt: _Attempt) -> None:
        """Raise `ModelError` unless every overlay renders what it rendered before."""
        for overlay, before in zip(self.opened, self.before, strict=True):
            try:
                after = self._text(overlay, attempt.contents)
            except CmpError as error:
                raise ModelError(
                    f"{overlay.argument} would not render: {error}", hint=error.hint or "nothing was written"
                ) from error
            if after != before:
                raise ModelError(
                    f"{overlay.argument} would render something else: "
                    f"{proof.first_difference(before, after)}",
                    hint="nothing was written; write the ModelConfig by hand: cmpctl docs models",
                )


class _UsedError(ModelError):
    """Somebody else uses what would change: no other way of editing helps."""


def _contents(edits: Sequence[FileEdit]) -> dict[str, bytes | None]:
    """The bytes that would be written."""
    moment = now()
    return {os.path.realpath(each.path): None if each.gone else each.after(moment) for each in edits}


def _holds_literal(body: dict[str, Any], found: Found) -> bool:
    row = row_of(found.resource.gvk)
    try:
        places = locate(body, found.key, code_of(row) if row is not None else None)
    except CmpError:
        return False
    values = [place.get() for place in places]
    return any(isinstance(value, str) and value and not storage.is_unfilled(value) for value in values)


def _label(key: Key) -> str:
    inside = "/".join(value for option, value in key[3] if option != "dialect")
    return f"{key[1]}/{key[2]}" + (f":{inside}" if inside else "")


def _owns(file: str, folder: str, edited: set[str]) -> bool:
    return file in edited or any(os.path.dirname(path) == folder for path in edited)


def _lost_comments(edits: Sequence[FileEdit]) -> dict[str, list[str]]:
    """Comments of the lines that are taken out, by file."""
    lost: dict[str, list[str]] = {}
    for edit in edits:
        kept = [] if edit.gone else comments(edit.text)
        gone = [each for each in comments(edit.original) if each not in kept]
        if gone:
            lost[edit.name] = gone
    return lost


def _kustomization(tree: Tree, folder: str) -> str:
    return layers_of(tree, folder)[folder].file


def _config_name(groups: Sequence[Group]) -> str:
    """What the names of the models' objects have in common; the first one otherwise."""
    names = [each.found[0].key[2] for each in groups]
    words = names[0].split("-")
    shared = common(names) if len(names) > 1 else len(words)
    return "-".join(words[: shared or len(words)])
