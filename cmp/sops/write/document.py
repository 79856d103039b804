"""SOPS documents written as pure functions, bytes to bytes: encrypt, edit, set, unset, rotate, update keys.

Every function reads its own result back with the data key, MAC included, and compares it with what was
meant, before anything is returned: a file that could not be opened again is never written.
"""

from __future__ import annotations

import re

from cmp.lighttyping import NamedTuple
from cmp.limits import DEFAULT
from cmp.sops.decryption import decrypt_tree
from cmp.sops.document import Branch, Comment, is_sequence, value_bytes
from cmp.sops.errors import EmitError, SopsError
from cmp.sops.keys import FixedDataKey
from cmp.sops.metadata import DEFAULT_SUFFIX, RULES, Metadata, Tree
from cmp.sops.rules import Rule
from cmp.sops.stores import load_encrypted, load_plain, store
from cmp.sops.write import treepath
from cmp.sops.write.printing import printer
from cmp.sops.write.seal import Sealer, Stash, copy_branch, restore_inline
from cmp.sops.write.wrap import age_groups, new_data_key, rewrap, wrap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cmp.limits import Limits
    from cmp.sops.document import Value
    from cmp.sops.keys import KeySource
    from cmp.sops.write.treepath import Path

# What we write is the format of this SOPS; it reads older files with other rules in places.
FORMAT_VERSION = "3.13.3"
_ATTEMPTS = 3


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
        return printer(self.fmt).reveal(self.data, self.branches)

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

    def _changed(self, change: Callable[[Branch], None], now: str) -> Written:
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
    kind = store(fmt)
    if any(kind.reserved(key) for branch in branches for key, _ in branch.entries()):
        raise SopsError(
            "the file has a 'sops' entry already",
            hint="an encrypted file is changed with edit, set or rotate",
        )
    key = new_data_key()
    groups, threshold = wrap(new.groups, new.threshold, key)
    metadata = Metadata(groups, now, shamir_threshold=threshold, version=FORMAT_VERSION)
    metadata.rule, metadata.rule_value = new.rule or (RULES[0], DEFAULT_SUFFIX)
    metadata.mac_only_encrypted = new.mac_only_encrypted
    if kind.whole:
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
    text = printer(fmt).emit(data, Tree(sealed, opened.metadata), None)
    return _check(text, opened.branches, opened.key, fmt, limits)


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
    printing = printer(fmt)
    source, branches = printing.prepare(source, branches, indent)
    for _ in range(_ATTEMPTS):
        sealer = Sealer(rule, key, metadata.mac_only_encrypted, stash.copy())
        sealed = sealer.seal(branches)
        metadata.mac = sealer.mac(metadata.last_modified)
        data = printing.emit(source, Tree(sealed, metadata), indent)
        if printing.comments_stay(data, sealed, limits):
            break
        # Printing as SOPS does moved a comment to another mapping, and with it the place it is sealed for.
        branches = printing.as_printed(branches, limits)
    return Written(_check(data, branches, key, fmt, limits), sealer.count)


def _check(data: bytes, meant: list[Branch], key: bytes, fmt: str, limits: Limits) -> bytes:
    """`data`, if it opens and holds what was meant."""
    try:
        tree, _ = decrypt_tree(data, fmt, FixedDataKey(key), limits=limits)
    except SopsError as error:
        raise EmitError(
            f"the document cannot be written so that it opens again: {error.message}",
            hint="a plain number such as -0.0 or 1e999 changes when it is printed: write it as a string",
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


def _newer(version: str) -> str:
    """The file's version, or ours if that is newer or the file has none."""
    parts = re.fullmatch(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6}).*", version)
    ours = tuple(map(int, FORMAT_VERSION.split(".")))
    return version if parts and tuple(map(int, parts.groups())) >= ours else FORMAT_VERSION
