"""The five stores behind one table: bytes to branches, branches to bytes, metadata in and out.

Formats are named as upstream names them: `yaml`, `json`, `dotenv`, `ini`, `binary`.
"""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.sops import metadata as meta
from cmp.sops.document import Branch, Item, Tree
from cmp.sops.errors import EmitError, MetadataError, NotEncryptedError, ParseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits

FORMATS = ("yaml", "json", "dotenv", "ini", "binary")


def load_plain(data: bytes, fmt: str, limits: Limits = DEFAULT) -> list[Branch]:
    """The branches of a file without metadata; raises `ParseError` or `LimitError`."""
    if fmt == "yaml":
        from cmp.sops.stores import yaml

        return yaml.load(data, limits)
    if fmt == "json":
        from cmp.sops.stores import json

        return json.load(data, limits)
    if fmt == "dotenv":
        from cmp.sops.stores import dotenv

        return dotenv.load(data, limits)
    if fmt == "ini":
        from cmp.sops.stores import ini

        return ini.load(data, limits)
    from cmp.sops.stores import binary

    return binary.load(data)


def load_encrypted(data: bytes, fmt: str, limits: Limits = DEFAULT) -> Tree:
    """The tree of a file; raises `NotEncryptedError`, `MetadataError`, `ParseError` or `LimitError`."""
    # The encrypted form of a binary file is JSON.
    branches = load_plain(data, "json" if fmt == "binary" else fmt, limits)
    if not branches:
        raise ParseError("the file holds no document")
    found = _take_flat(branches[0]) if fmt == "dotenv" else _take(branches)
    if fmt in ("dotenv", "ini"):
        from cmp.sops.flatten import unflatten

        if fmt == "ini":
            # The store has undone its own escapes; 3.13.0 and 3.13.1 wrote real line breaks.
            found = Branch(
                Item(key, v.replace("\\n", "\n") if isinstance(v, str) else v) for key, v in found.entries()
            )
        found = unflatten(found)
    return Tree(branches, meta.from_branch(found, limits))


def emit_plain(branches: list[Branch], fmt: str, indent: int | None = None) -> bytes:
    """The cleartext as `sops decrypt` prints it. indent: columns of YAML or JSON, -1 a tab."""
    if fmt == "yaml":
        from cmp.sops.stores import yaml

        return yaml.emit(branches, yaml.INDENT if indent is None else indent)
    if fmt == "json":
        from cmp.sops.stores import json

        return json.emit(branches, json.INDENT if indent is None or indent < 0 else " " * indent)
    if fmt == "dotenv":
        from cmp.sops.stores import dotenv

        return dotenv.emit(branches)
    if fmt == "ini":
        from cmp.sops.stores import ini

        return ini.emit(branches)
    from cmp.sops.stores import binary

    return binary.emit(branches)


def emit_encrypted(tree: Tree, fmt: str, indent: int | None = None) -> bytes:
    """The file with its metadata in every document, as the newest SOPS prints it."""
    found = meta.to_branch(tree.metadata)
    if fmt in ("dotenv", "ini"):
        from cmp.sops.flatten import flatten

        found = flatten(found, meta.PREFIX if fmt == "dotenv" else "")
    if fmt == "ini":
        found = Branch(
            Item(key, value.replace("\n", "\\n") if isinstance(value, str) else value)
            for key, value in found.entries()
        )
    tail = found if fmt == "dotenv" else [Item(meta.KEY, found)]
    for branch in tree.branches:
        reserved = [
            k
            for k, _ in branch.entries()
            if (k.startswith(meta.PREFIX) if fmt == "dotenv" else k == meta.KEY)
        ]
        if reserved:
            raise EmitError(f"the key {reserved[0]!r} is reserved for SOPS' own metadata")
    branches = [Branch([*branch, *tail]) for branch in tree.branches]
    return emit_plain(branches, "json" if fmt == "binary" else fmt, indent)


def _take(branches: list[Branch]) -> Branch:
    """Remove the block from every document and return the first document's; all or none must have one."""
    blocks = [[item for item in branch if item.key == meta.KEY] for branch in branches]
    if not blocks[0] and not any(blocks):
        raise NotEncryptedError("the file has no SOPS metadata")
    if len(blocks[0]) > 1:
        raise MetadataError("the file has two 'sops' entries")
    for number, block in enumerate(blocks, 1):
        if not block:
            raise MetadataError(
                f"document {number} of the file has no 'sops' entry, though others have one",
                hint="encrypt the file again as a whole, or split it",
            )
    for branch in branches:
        branch[:] = [item for item in branch if item.key != meta.KEY]
    found = blocks[0][0].value
    if not isinstance(found, Branch):
        raise MetadataError("the file's 'sops' entry is not a mapping")
    return found


def _take_flat(branch: Branch) -> Branch:
    found = Branch(
        Item(item.key[len(meta.PREFIX) :], item.value)
        for item in branch
        if isinstance(item.key, str) and item.key.startswith(meta.PREFIX)
    )
    if not found:
        raise NotEncryptedError("the file has no SOPS metadata")
    branch[:] = [
        item for item in branch if not (isinstance(item.key, str) and item.key.startswith(meta.PREFIX))
    ]
    return found
