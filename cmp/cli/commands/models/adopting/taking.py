"""Takes literal URIs and weights out of users' files: a patch loses its value, an object gets a placeholder.

Nothing is written here: the result is edits, which a proof may refuse.
"""

from __future__ import annotations

from typing import NamedTuple

from cmp.cli.commands.models.adopting.layers import patches_of
from cmp.errors import CmpError
from cmp.models import storage
from cmp.models.adopt.find import locate
from cmp.models.edit import files
from cmp.models.edit.text import Editor
from cmp.models.kinds import code_of
from cmp.models.kinds.patterns import spots
from cmp.models.kinds.places import FieldPath, RevisionArgument, mapping, path_to
from cmp.models.kinds.table import row_of
from cmp.paths import leaves, value_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from cmp.cli.commands.models.adopting.layers import Layer, Patch
    from cmp.kustomize.resource import Resource
    from cmp.models.adopt.find import Found
    from cmp.models.adopt.groups import Group
    from cmp.models.adopt.traffic import Split
    from cmp.models.edit.files import FileEdit
    from cmp.models.kinds.kind import Kind
    from cmp.models.kinds.places import Place
    from cmp.sops.keys import KeySource
    from cmp.tree.protocol import Tree

    Path: TypeAlias = tuple[str | int, ...]

# The last steps of JSON patches that set a weight.
_WEIGHTS = ("weight", "traffic", "percent", "trafficPercent", "canaryTrafficPercent")


class Build(NamedTuple):
    """One overlay as it is built: its path, its kustomizations (bases first), and its objects."""

    path: str
    layers: dict[str, Layer]
    objects: list[Resource]


class Sheet:
    """One text under edit: a file, or a patch that stands in a kustomization."""

    def __init__(self, editor: Editor, name: str) -> None:
        self.editor = editor
        self.name = name
        self.leaves: dict[int, set[Path]] = {}
        self.parts: set[tuple[int, Path, str]] = set()
        self.is_empty = False
        self.changed = False

    def drop(self, document: int, path: Path) -> None:
        """Remember to take the entry at `path` out, with all around it that then says nothing."""
        self.changed = True
        self.leaves.setdefault(document, set()).add(path)

    def replace(self, document: int, path: Path, old: str, new: str) -> None:
        """Put a placeholder in the place of a literal, once."""
        self.changed = True
        if (document, path, old) not in self.parts:
            self.parts.add((document, path, old))
            self.editor.replace_part(path, old, new, document)

    def finish(self) -> str:
        """The edited text; as it was when `is_empty` turns out true: a patch without effect."""
        documents = self.editor.documents
        tops = {
            number: list(_tops(value, self.leaves.get(number, set())))
            for number, value in enumerate(documents)
        }
        self.is_empty = bool(self.leaves) and all(
            _says_nothing(value, tops[number]) for number, value in enumerate(documents)
        )
        if self.is_empty:
            return self.editor.text
        for number, paths in tops.items():
            for path in sorted(paths, key=_backwards, reverse=True):
                self.editor.remove(path, number)
        return self.editor.result()


class Taking:
    """The edits that take the literals of some models out of the files of some overlays.

    remove: whether a patch's value is taken out where a base gives the field, too; else it becomes a
    placeholder like any other.
    """

    def __init__(self, tree: Tree, keys: KeySource | None, remove: bool) -> None:
        self._tree = tree
        self._keys = keys
        self._remove = remove
        self._files: dict[str, tuple[FileEdit, Sheet] | None] = {}
        self._inline: dict[tuple[str, Path], Sheet] = {}
        # how often a file is listed as a patch, and where
        self._listed: dict[str, list[tuple[Layer, Patch]]] = {}
        self.edited: set[str] = set()
        # encrypted files that held a URI, by overlay
        self.secret: dict[int, str] = {}

    def models(self, builds: Sequence[Build], groups: Sequence[Group]) -> None:
        """Take the URIs out."""
        for number, build in enumerate(builds):
            for layer in build.layers.values():
                for patch in patches_of(layer):
                    if patch.file and (layer, patch) not in self._listed.setdefault(patch.file, []):
                        self._listed[patch.file].append((layer, patch))
            for group in groups:
                for found in group.places[number].values():
                    self._found(number, build, found, _placeholder(group.name))
            self._replacements(build, {text for group in groups for text in _texts(group, number)})

    def weights(
        self, builds: Sequence[Build], splits: Sequence[Sequence[Split]], lists: bool = False
    ) -> None:
        """Take the weights out of patches; an object keeps its own, since a number can't be a placeholder.

        lists: also out of merge patches, whose lists may be all that says which entries there are.
        """
        for build, own in zip(builds, splits, strict=True):
            for split in own:
                objects = [
                    each
                    for each in build.objects
                    if each.kind == split.key[1] and split.key[2] in each.names()
                ]
                names = {name for each in objects for name in each.names()}
                rows = [row_of(each.gvk) for each in objects if lists]
                patterns = {
                    pattern
                    for row in rows
                    if row is not None and row.traffic
                    for pattern in row.traffic.weights
                }
                for layer in build.layers.values():
                    for patch in patches_of(layer):
                        self._weights(layer, patch, split, names, patterns)

    def edits(self) -> list[FileEdit]:
        """The files that change; patches that say nothing any more are gone, with their entries."""
        kustomizations = {layer.file for listed in self._listed.values() for layer, _ in listed}
        for (path, at), sheet in self._inline.items():
            if not sheet.changed:
                continue
            outer = self._sheet(path)
            text = sheet.finish()
            if sheet.is_empty:
                outer.drop(0, at[:2])
            else:
                outer.editor.set_block(at, text)
                outer.changed = True
            kustomizations.add(path)
        result: list[FileEdit] = []
        for path, held in list(self._files.items()):
            if held is None or path in kustomizations or not held[1].changed:
                continue
            edit, sheet = held
            edit.text = sheet.finish()
            if sheet.is_empty:
                edit.gone = True
                for layer, patch in self._listed.get(path, ()):
                    self._sheet(layer.file).drop(0, (patch.key, patch.position))
                    kustomizations.add(layer.file)
            result.append(edit)
        for path in sorted(kustomizations):
            held = self._files.get(path)
            if held is not None and held[1].changed:
                held[0].text = held[1].finish()
                result.append(held[0])
        return result

    def file(self, path: str) -> FileEdit:
        """The edit of a file."""
        held = self._files.get(path)
        if held is None:
            self._sheet(path)
            held = self._files[path]
        assert held is not None  # noqa: S101 - just read
        return held[0]

    # -- one place

    def _found(self, number: int, build: Build, found: Found, placeholder: str) -> None:
        """Every file that gives a place its literal, bases first."""
        row = row_of(found.resource.gvk)
        code = code_of(row) if row is not None else None
        names = found.resource.names()
        given = False
        for layer in build.layers.values():
            for name in layer.named("resources"):
                if isinstance(name, str) and self._tree.kind(layer.path(name)) == "file":
                    given |= self._document(number, layer.path(name), found, code, names, placeholder)
            given |= self._literals(number, layer, found, placeholder)
            for patch in patches_of(layer):
                given |= self._patch(number, layer, patch, found, code, names, placeholder, given)

    def _document(
        self, number: int, path: str, found: Found, code: Kind | None, names: set[str], placeholder: str
    ) -> bool:
        """The object itself: its literal becomes a placeholder."""
        sheet = self._sheet_with(path, found)
        if sheet is None:
            return False
        given = False
        for document, body in enumerate(sheet.editor.documents):
            if not _is(body, found.resource.kind, names):
                continue
            for at, text in _leaves(body, found, code):
                given = True
                self._replaced(number, path, sheet, document, at, text, placeholder)
        return given

    def _patch(
        self,
        number: int,
        layer: Layer,
        patch: Patch,
        found: Found,
        code: Kind | None,
        names: set[str],
        placeholder: str,
        below: bool,
    ) -> bool:
        """A patch: its literal is taken out where `below` says that the field is there without it."""
        if patch.target and not patch.selects(found.resource.kind, names):
            return False
        sheet = self._sheet_with(patch.file, found) if patch.file else self._inline_sheet(layer, patch)
        if sheet is None:
            return False
        given = False
        for document, body in enumerate(sheet.editor.documents):
            if isinstance(body, list):
                given |= self._operations(number, patch, sheet, document, body, found, placeholder, below)
                continue
            if not isinstance(body, dict):
                continue
            if not _is(body, found.resource.kind, names) and not patch.target:
                continue
            for at, text in _leaves(body, found, code):
                given = True
                if storage.is_unfilled(text):
                    continue
                if self._remove and below and isinstance(at[-1], str):
                    self._touch(number, patch.file or layer.file, sheet)
                    sheet.drop(document, at)
                else:
                    self._replaced(number, patch.file or layer.file, sheet, document, at, text, placeholder)
        return given

    def _operations(
        self,
        number: int,
        patch: Patch,
        sheet: Sheet,
        document: int,
        body: list[Any],
        found: Found,
        placeholder: str,
        below: bool,
    ) -> bool:
        """A JSON patch: an operation whose value is the literal, or holds it."""
        wholes = _wholes(found)
        given = False
        for position, operation in enumerate(body):
            if not isinstance(operation, dict) or operation.get("op") not in ("add", "replace"):
                continue
            for inner, value in leaves(operation.get("value")):
                if value not in wholes:
                    continue
                given = True
                self._touch(number, patch.file, sheet)
                if self._remove and below and not inner:
                    sheet.drop(document, (position,))
                    for test, other in enumerate(body[:position]):
                        if mapping(other).get("op") == "test" and other.get("path") == operation.get("path"):
                            sheet.drop(document, (test,))
                else:
                    sheet.replace(document, (position, "value", *inner), wholes[value], placeholder)
        return given

    def _literals(self, number: int, layer: Layer, found: Found, placeholder: str) -> bool:
        """The literals of a generator."""
        key = found.options.get("key")
        if found.resource.kind != "ConfigMap" or key is None:
            return False
        given = False
        for position, entry in enumerate(layer.named("configMapGenerator")):
            if not isinstance(entry, dict) or entry.get("name") not in found.resource.names():
                continue
            for place, literal in enumerate(entry.get("literals") or ()):
                if isinstance(literal, str) and literal.partition("=")[0] == key:
                    given = True
                    text = literal.partition("=")[2].strip("'\"")
                    if not storage.is_unfilled(text):
                        at = ("configMapGenerator", position, "literals", place)
                        self._replaced(number, layer.file, self._sheet(layer.file), 0, at, text, placeholder)
        return given

    def _replaced(
        self, number: int, path: str, sheet: Sheet, document: int, at: Path, text: str, placeholder: str
    ) -> None:
        if storage.is_unfilled(text):
            return
        self._touch(number, path, sheet)
        sheet.replace(document, at, text, placeholder)

    def _touch(self, number: int, path: str, sheet: Sheet) -> None:
        """Remember which file changes, and whether a secret stood in it."""
        self.edited.add(path or sheet.name)
        held = self._files.get(path)
        if held is not None and held[0].encrypted:
            held[0].open_to_secrets()
            self.secret.setdefault(number, path)

    # -- replacements

    def _replacements(self, build: Build, texts: set[str]) -> None:
        """Replacements that copy a URI which the injection writes: the target is one of the model's own."""
        for layer in build.layers.values():
            for position, entry in enumerate(layer.named("replacements")):
                if not isinstance(entry, dict):
                    continue
                if isinstance(entry.get("path"), str):
                    self._replacement_file(build, layer, position, layer.path(entry["path"]), texts)
                elif _copies(entry, build.objects, texts):
                    self._sheet(layer.file).drop(0, ("replacements", position))
                    self.edited.add(layer.file)

    def _replacement_file(
        self, build: Build, layer: Layer, position: int, path: str, texts: set[str]
    ) -> None:
        sheet = self._sheet(path)
        for document, body in enumerate(sheet.editor.documents):
            entries = body if isinstance(body, list) else [body]
            copying = [place for place, each in enumerate(entries) if _copies(each, build.objects, texts)]
            if copying:
                self.edited.add(path)
            if len(copying) == len(entries) and len(sheet.editor.documents) == 1:
                self._sheet(layer.file).drop(0, ("replacements", position))
                self.edited.add(layer.file)
            elif isinstance(body, list):
                for place in copying:
                    sheet.drop(document, (place,))

    # -- weights

    def _weights(self, layer: Layer, patch: Patch, split: Split, names: set[str], patterns: set[str]) -> None:
        kind = split.key[1]
        if not self._remove or (patch.target and not patch.selects(kind, names)):
            return
        path = patch.file or layer.file
        sheet = self._sheet(patch.file) if patch.file else self._inline_sheet(layer, patch)
        if sheet is None:
            return
        keys = mapping(split.fields.get("keys")).values()  # type: ignore[arg-type]
        for document, body in enumerate(sheet.editor.documents):
            if isinstance(body, list) and patch.target:
                for position, operation in enumerate(body):
                    last = str(mapping(operation).get("path", "")).rpartition("/")[2]
                    if mapping(operation).get("op") in ("add", "replace") and last in (*_WEIGHTS, *keys):
                        self._touch(0, path, sheet)
                        sheet.drop(document, (position,))
            elif isinstance(body, dict) and kind == "ConfigMap" and _is(body, kind, names):
                for key in keys:
                    if key in mapping(body.get("data")):
                        self._touch(0, path, sheet)
                        sheet.drop(document, ("data", str(key)))
            elif isinstance(body, dict) and (patch.target or _is(body, kind, names)):
                for spot in (spot for pattern in patterns for spot in spots(body, pattern)):
                    self._touch(0, path, sheet)
                    sheet.drop(document, spot.path)

    # -- files

    def _sheet(self, path: str) -> Sheet:
        held = self._files.get(path)
        if held is None:
            edit = files.load(path, self._keys)
            held = self._files[path] = (edit, Sheet(edit.editor(), path))
        return held[1]

    def _sheet_with(self, path: str, found: Found) -> Sheet | None:
        """A file that may speak of a place; None for others, which need not be taken apart."""
        if path not in self._files and self._tree.kind(path) == "file":
            data = self._tree.read_raw(path)
            words = [*found.resource.names(), *_wholes(found)]
            if not any(word.encode() in data for word in words) and b"ENC[AES256_GCM" not in data:
                return None
        if self._tree.kind(path) != "file":
            return None
        return self._sheet(path)

    def _inline_sheet(self, layer: Layer, patch: Patch) -> Sheet | None:
        key = (layer.file, patch.text_at)
        if key not in self._inline:
            text = value_at(layer.content, patch.text_at)
            try:
                self._inline[key] = Sheet(Editor(str(text)), layer.file)
            except CmpError:
                return None
        return self._inline[key]


# -- values


def comments(text: str) -> list[str]:
    """The comments of a YAML text, without the `#`."""
    found = []
    for line in text.splitlines():
        before, mark, comment = line.partition("#")
        quoted = before.count("'") % 2 or before.count('"') % 2
        if mark and not quoted and (not before or before[-1].isspace()):
            found.append(comment.strip())
    return found


def _placeholder(model: str) -> str:
    word = "".join(each if each.isalnum() else "_" for each in model.upper())
    return f"REPLACE_WITH_{word}_URI"


def _texts(group: Group, number: int) -> Iterator[str]:
    for found in group.places[number].values():
        yield found.uri
        yield from (str(place.get()) for place in found.places)


def _wholes(found: Found) -> dict[str, str]:
    """What stands in the object at each place: the whole string, and the part of it that is the value."""
    result: dict[str, str] = {}
    for place in found.places:
        text = str(place.get())
        name = getattr(place, "name", "")
        result[text] = text
        if name:
            result[f"{name}={text}"] = text
    return result


def _leaves(body: dict[str, Any], found: Found, code: Kind | None) -> Iterator[tuple[Path, str]]:
    """(path, the value's text) of a place's parts in an object, or in a patch of it."""
    try:
        places: tuple[Place, ...] = locate(body, found.key, code)
    except CmpError:
        return
    for place in places:
        held = place.held() if isinstance(place, RevisionArgument) else place
        if held is None or not isinstance(held.get(), str):
            continue
        for container, key in held.claims:
            step = key[0] if isinstance(key, tuple) else key
            assert isinstance(step, (str, int))  # noqa: S101 - a key of a mapping or an index
            yield (*path_to(body, container), step), str(held.get())


def _is(body: object, kind: str, names: set[str]) -> bool:
    metadata = mapping(body).get("metadata")  # type: ignore[arg-type]
    return mapping(body).get("kind") == kind and mapping(metadata).get("name") in names  # type: ignore[arg-type]


def _copies(entry: object, objects: Sequence[Resource], texts: set[str]) -> bool:
    """Whether a replacement copies one of the texts, as a whole."""
    source = mapping(mapping(entry).get("source"))  # type: ignore[arg-type]
    if source.get("options"):
        return False
    for resource in objects:
        if resource.kind == source.get("kind") and source.get("name") in resource.names():
            try:
                return FieldPath(resource.body, str(source.get("fieldPath", "metadata.name"))).get() in texts
            except CmpError:
                return False
    return False


def _tops(value: Any, leaves: set[Path], path: Path = ()) -> Iterator[Path]:
    """The paths to take out so that all `leaves` are gone, with what then says nothing."""
    children = _children(value)
    for step, child in children:
        at = (*path, step)
        if not path and isinstance(value, dict) and step in ("apiVersion", "kind"):
            continue
        if _is_gone(child, leaves, at):
            yield at
        else:
            yield from _tops(child, leaves, at)


def _is_gone(value: Any, leaves: set[Path], path: Path) -> bool:
    if path in leaves:
        return True
    states = {step: _is_gone(child, leaves, (*path, step)) for step, child in _children(value)}
    if isinstance(path[-1], int):  # an item's name only says which item it is
        states = {step: gone for step, gone in states.items() if step != "name"}
    return bool(states) and all(states.values())


def _children(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _says_nothing(value: Any, tops: Sequence[Path]) -> bool:
    """Whether a patch says nothing but which object it is for."""
    if isinstance(value, list):
        return len(tops) == len(value)
    gone = {path[0] for path in tops if len(path) == 1}
    left = [key for key in value if key not in gone] if isinstance(value, dict) else [value]
    metadata = value.get("metadata") if isinstance(value, dict) else None
    plain = set(mapping(metadata)) <= {"name", "namespace"}
    return plain and all(key in ("apiVersion", "kind", "metadata") for key in left)


def _backwards(path: Path) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, step, "") if isinstance(step, int) else (0, 0, step) for step in path)
