"""SOPS documents written as pure functions, bytes to bytes: encrypt, edit, set, unset, rotate, update keys.

Every function reads its own result back with the data key, MAC included, and compares it with what was
meant, before anything is returned: a file that could not be opened again is never written.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from cmp.limits import DEFAULT
from cmp.sops.decryption import decrypt_tree
from cmp.sops.document import Branch, Comment, Item, Tree, is_sequence, value_bytes
from cmp.sops.errors import EmitError, SopsError
from cmp.sops.keys import FixedDataKey
from cmp.sops.metadata import DEFAULT_SUFFIX, KEY, RULES, Metadata, to_branch
from cmp.sops.rules import Rule
from cmp.sops.stores import emit_encrypted, emit_plain, load_encrypted, load_plain
from cmp.sops.write import treepath
from cmp.sops.write.seal import Sealer, Stash, copy_branch, restore_inline
from cmp.sops.write.wrap import age_groups, new_data_key, rewrap, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cmp.limits import Limits
    from cmp.sops.document import Value
    from cmp.sops.keys import KeySource
    from cmp.sops.write.treepath import Path

# What we write is the format of this SOPS; it reads older files with other rules in places.
FORMAT_VERSION = "3.13.3"
_ATTEMPTS = 3


class AlreadyEncryptedError(SopsError):
    """The file to encrypt is a SOPS document already."""

    upstream_exit = 203


class NewFile(NamedTuple):
    """What a new document gets. groups: age recipients by group. rule: (one of `RULES`, its text) or None."""

    groups: tuple[tuple[str, ...], ...]
    rule: tuple[str, str] | None = None
    threshold: int = 0
    mac_only_encrypted: bool = False


class Written(NamedTuple):
    """A document and how many of its values are sealed: none is worth a warning."""

    data: bytes
    sealed: int


class Opened:
    """A document opened for change: cleartext branches, data key, metadata and the ciphertexts to keep."""

    def __init__(
        self, data: bytes, fmt: str, keys: KeySource, file: str = "", limits: Limits = DEFAULT
    ) -> None:
        """Decrypt `data`, MAC checked; raises a `SopsError`."""
        self.data = data
        self.fmt = fmt
        self.file = file
        self.limits = limits
        tree, self.key = decrypt_tree(data, fmt, keys, file=file, limits=limits)
        self.branches = tree.branches
        self.metadata = tree.metadata
        sealed = load_encrypted(data, fmt, limits)
        self.stash = Stash.of(sealed.branches, tree.branches)
        restore_inline(sealed.branches, tree.branches)

    def text(self) -> bytes:
        """The cleartext for a person: in the file's own layout if that can be had, else as SOPS prints it."""
        if self.fmt == "yaml":
            from cmp.sops.write.layout import indent_of, reveal

            source = _text(self.data)
            edited = reveal(source, load_plain(self.data, "yaml"), self.branches, indent_of(source))
            if edited is not None:
                return edited.encode("utf-8")
        return emit_plain(self.branches, self.fmt, _indent(self.data, self.fmt, None))

    def with_text(self, text: bytes, now: str) -> Written:
        """The document with the cleartext `text` instead of its own; what stayed keeps its ciphertext."""
        branches = load_plain(text, self.fmt, self.limits)
        return self._write(branches, text, now)

    def with_value(self, path: Path, value: Value, now: str) -> Written:
        """The document with `value` at `path` in its first YAML document."""
        return self._changed(lambda branch: treepath.set_value(branch, path, value), now)

    def without(self, path: Path, now: str) -> Written:
        """The document without what stands at `path` in its first YAML document."""
        return self._changed(lambda branch: treepath.unset_value(branch, path), now)

    def rotated(self, now: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> Written:
        """The document under a new data key, every value sealed anew; recipients join the first group."""
        groups = age_groups(self.metadata)
        missing = [name for name in remove if not any(name in group for group in groups)]
        if missing:
            raise EmitError(f"the file has no recipient {missing[0][:80]}")
        groups = [[name for name in group if name not in remove] for group in groups]
        groups[0] += [name for name in dict.fromkeys(add) if name not in groups[0]]
        self.key = new_data_key()
        self.stash = Stash()
        threshold = self.metadata.shamir_threshold
        self.metadata.key_groups, self.metadata.shamir_threshold = wrap(groups, threshold, self.key)
        return self._write(self.branches, self.data, now)

    def _changed(self, change, now: str) -> Written:  # type: ignore[no-untyped-def]
        branches = [copy_branch(branch) for branch in self.branches]
        if not branches:
            raise EmitError("the file holds no document")
        change(branches[0])
        return self._write(branches, self.data, now)

    def _write(self, branches: list[Branch], source: bytes, now: str) -> Written:
        self.metadata.last_modified = now
        self.metadata.version = _newer(self.metadata.version)
        return write(
            branches, self.metadata, self.key, self.fmt, source, stash=self.stash, limits=self.limits
        )


def encrypt(
    data: bytes, fmt: str, new: NewFile, now: str, *, indent: int | None = None, limits: Limits = DEFAULT
) -> Written:
    """A new SOPS document with the content of `data`; raises a `SopsError` or `cmp.age.InvalidKeyError`.

    now: RFC 3339, seconds. indent: columns of YAML or JSON (-1 a tab) where the source's cannot be kept.
    """
    branches = load_plain(data, fmt, limits)
    if not branches:
        raise EmitError("the file holds no document", hint="write at least one key into it")
    if any(_reserved(branch, fmt) for branch in branches):
        raise AlreadyEncryptedError(
            "the file has a 'sops' entry already",
            hint="an encrypted file is changed with edit, set or rotate",
        )
    key = new_data_key()
    groups, threshold = wrap(new.groups, new.threshold, key)
    metadata = Metadata(groups, now, shamir_threshold=threshold, version=FORMAT_VERSION)
    metadata.rule, metadata.rule_value = new.rule or (RULES[0], DEFAULT_SUFFIX)
    metadata.mac_only_encrypted = new.mac_only_encrypted
    if fmt == "binary":
        # One value that must be sealed: no rule can apply.
        metadata.rule, metadata.rule_value, metadata.mac_only_encrypted = RULES[0], "", False
    return write(branches, metadata, key, fmt, data, indent=indent, limits=limits)


def update_keys(
    data: bytes,
    fmt: str,
    groups: Sequence[Sequence[str]],
    threshold: int,
    keys: KeySource,
    file: str = "",
    limits: Limits = DEFAULT,
) -> bytes:
    """The document with its data key wrapped for `groups`; values, MAC and time stay as they are."""
    opened = Opened(data, fmt, keys, file, limits)
    rewrap(opened.metadata, groups, threshold, opened.key)
    sealed = load_encrypted(data, fmt, limits).branches
    return _check(_emit(sealed, opened.metadata, fmt, data, None), opened.branches, opened.key, fmt, limits)


def write(
    branches: list[Branch],
    metadata: Metadata,
    key: bytes,
    fmt: str,
    source: bytes,
    *,
    stash: Stash | None = None,
    indent: int | None = None,
    limits: Limits = DEFAULT,
) -> Written:
    """Seal `branches` and print them in the layout of `source`; sets the MAC of `metadata`."""
    rule = Rule(metadata.rule, metadata.rule_value)
    stash = stash or Stash()
    if fmt == "yaml":
        source, branches = _with_place(source, branches, indent)
    for _ in range(_ATTEMPTS):
        sealer = Sealer(rule, key, metadata.mac_only_encrypted, stash.copy())
        sealed = sealer.seal(branches)
        metadata.mac = sealer.mac(metadata.last_modified)
        data = _emit(sealed, metadata, fmt, source, indent)
        if fmt != "yaml" or _comments_stay(data, sealed, limits):
            break
        # Printing as SOPS does moved a comment to another mapping, and with it the place it is sealed for.
        branches = _as_printed(branches, limits)
    return Written(_check(data, branches, key, fmt, limits), sealer.count)


def _with_place(source: bytes, branches: list[Branch], indent: int | None) -> tuple[bytes, list[Branch]]:
    """A cleartext with an empty `sops` entry at its end, and the branches as they read then.

    A comment that ends a file may belong to another mapping once an entry follows, and it must be sealed for
    the place where it will be found.
    """
    from cmp.sops.write.layout import append, indent_of

    before = load_plain(source, "yaml")
    if before != branches or any(branch.has(KEY) for branch in before):
        return source, branches
    text = _text(source)
    placed = append(text, before, Item(KEY, Branch([Item("mac", "")])), indent or indent_of(text))
    if placed is None:
        return source, branches
    for branch in placed[1]:
        branch[:] = [item for item in branch if item.key != KEY]
    return placed[0].encode("utf-8"), placed[1]


def _as_printed(branches: list[Branch], limits: Limits) -> list[Branch]:
    """The branches with their comments where SOPS' printer puts them; as they are if that cannot be read."""
    try:
        return load_plain(emit_plain(branches, "yaml"), "yaml", limits)
    except SopsError:
        return branches


def _comments_stay(data: bytes, sealed: list[Branch], limits: Limits) -> bool:
    """Whether a printed document has its comments where they were sealed for."""
    return load_encrypted(data, "yaml", limits).branches == sealed


def _emit(sealed: list[Branch], metadata: Metadata, fmt: str, source: bytes, indent: int | None) -> bytes:
    if fmt == "yaml":
        from cmp.sops.write.layout import indent_of, rewrite

        text = _text(source)
        before = load_plain(source, "yaml")
        block = Item(KEY, to_branch(metadata))
        after = [_with_block(branch, block, before, number) for number, branch in enumerate(sealed)]
        edited = rewrite(text, before, after, indent or indent_of(text))
        if edited is not None:
            return edited.encode("utf-8")
    return emit_encrypted(Tree(sealed, metadata), fmt, _indent(source, fmt, indent))


def _text(source: bytes) -> str:
    """The text of a YAML file; one in another encoding than UTF-8 is printed anew."""
    return source.decode("utf-8", "replace")


def _with_block(branch: Branch, block: Item, before: list[Branch], number: int) -> Branch:
    """`branch` with the metadata where the source has them, else at the end."""
    old = before[number] if number < len(before) else Branch()
    place = next((index for index, item in enumerate(old) if item.key == KEY), None)
    if place is None:
        return Branch([*branch, block])
    behind = old[place + 1 :]
    if all(isinstance(item.key, Comment) for item in behind):
        place = len(branch) - len(behind)
    return Branch([*branch[:place], block, *branch[place:]])


def _check(data: bytes, meant: list[Branch], key: bytes, fmt: str, limits: Limits) -> bytes:
    """`data`, if it opens and holds what was meant."""
    try:
        tree, _ = decrypt_tree(data, fmt, FixedDataKey(key), limits=limits)
    except SopsError as error:
        raise EmitError(
            f"the document cannot be written so that it opens again: {error.message}",
            hint="a plain number such as -0.0 or 1e999 changes when it is printed: write it as a text",
        ).at(field=error.where.field) from error
    problem = _difference(list(tree.branches), list(meant))
    if problem is not None:
        raise EmitError("a value cannot be written so that it reads back the same").at(field=problem)
    return data


def _difference(found: Value, meant: Value, path: str = "") -> str | None:
    """The path of the first entry that differs; comments are not compared."""
    if isinstance(meant, Branch):
        if not isinstance(found, Branch):
            return path
        left, right = list(found.entries()), list(meant.entries())
        if [key for key, _ in left] != [key for key, _ in right]:
            return path
        pairs = [
            (one, other, f"{path}.{key}".lstrip("."))
            for (key, one), (_, other) in zip(left, right, strict=True)
        ]
    elif is_sequence(meant):
        if not is_sequence(found):
            return path
        one_side = [item for item in found if not isinstance(item, Comment)]
        other_side = [item for item in meant if not isinstance(item, Comment)]
        if len(one_side) != len(other_side):
            return path
        pairs = [(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(one_side, other_side, strict=True))]
    else:
        return None if _same_leaf(found, meant) else path
    for one, other, place in pairs:
        problem = _difference(one, other, place)
        if problem is not None:
            return problem
    return None


def _same_leaf(found: Value, meant: Value) -> bool:
    if (
        found is None
        or meant is None
        or isinstance(found, (Branch, list))
        or isinstance(meant, (Branch, list))
    ):
        return found is meant
    # A whole float comes back as an int from stores that print it so; its bytes are the same.
    return value_bytes(found) == value_bytes(meant)


def _reserved(branch: Branch, fmt: str) -> bool:
    return any(key.startswith("sops_") if fmt == "dotenv" else key == KEY for key, _ in branch.entries())


def _indent(source: bytes, fmt: str, wanted: int | None) -> int | None:
    """The indentation to print with: the wanted one, else the source's own."""
    if wanted is not None:
        return wanted
    if fmt in ("json", "binary"):
        match = re.match(rb"\s*\{[ ]*\r?\n([ ]{1,8}|\t)\"", source)
        return None if match is None else -1 if match[1] == b"\t" else len(match[1])
    if fmt == "yaml":
        from cmp.sops.write.layout import indent_of

        return indent_of(_text(source))
    return None


def _newer(version: str) -> str:
    """The file's version, or ours if that is newer or the file has none."""
    parts = re.fullmatch(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6}).*", version)
    ours = tuple(map(int, FORMAT_VERSION.split(".")))
    return version if parts and tuple(map(int, parts.groups())) >= ours else FORMAT_VERSION
