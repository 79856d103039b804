"""Seal the leaves of a tree and compute its MAC; a leaf that did not change keeps its ciphertext.

The twin of `cmp.sops.decryption`: same walk, same rule, same hash. One difference from upstream is meant:
a comment inside a list stays a comment, where upstream turns it into a list item that some of its versions
count into the MAC.
"""

from __future__ import annotations

from cmp.digests import sha512
from cmp.sops import cipher
from cmp.sops.decryption import MAC_ONLY_ENCRYPTED_START
from cmp.sops.document import Branch, Comment, Item, Time, is_sequence, type_word, value_bytes
from cmp.sops.errors import EmitError
from cmp.sops.walk import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.document import Value
    from cmp.sops.rules import Rule

    Leaf = str | int | float | bool | Time | Comment


class Stash:
    """The sealed texts of a document by place and cleartext; upstream keeps the nonces instead."""

    def __init__(self) -> None:
        self._texts: dict[tuple[bytes, str, bytes], list[str]] = {}

    @classmethod
    def of(cls, sealed: list[Branch], opened: list[Branch]) -> Stash:
        """The stash of a document, given before and after opening."""
        stash = cls()
        for (path, text), (_, value) in zip(_leaves(sealed), _leaves(opened), strict=True):
            stash.add(path, text, value)
        return stash

    def copy(self) -> Stash:
        """A stash with the same texts."""
        twin = Stash()
        twin._texts = {place: list(texts) for place, texts in self._texts.items()}
        return twin

    def add(self, path: tuple[str, ...], text: Leaf, value: Leaf) -> None:
        """Remember a leaf if it was sealed."""
        sealed = text.text if isinstance(text, Comment) else text
        if isinstance(sealed, str) and cipher.looks_sealed(sealed) and text != value:
            self._texts.setdefault(_stash_key(path, value), []).append(sealed)

    def take(self, path: tuple[str, ...], value: Leaf) -> str | None:
        """The sealed text of the same value at the same place; each is given out once."""
        texts = self._texts.get(_stash_key(path, value))
        return texts.pop(0) if texts else None


def _stash_key(path: tuple[str, ...], value: Leaf) -> tuple[bytes, str, bytes]:
    return cipher.aad(path), type_word(value), value_bytes(value)


def _leaves(branches: list[Branch]) -> list[tuple[tuple[str, ...], Leaf]]:
    found: list[tuple[tuple[str, ...], Leaf]] = []

    def visit(value: Value, path: tuple[str, ...], comments: list[list[str]]) -> Value:
        found.append((path, _leaf(value)))
        return value

    for branch in branches:
        walk(branch, visit)
    return found


def restore_inline(sealed: list[Branch], opened: list[Branch]) -> None:
    """Mark the opened comments that stand behind a value; opening loses that, upstream and here."""
    leaves = iter(_leaves(sealed))

    def visit(value: Value, path: tuple[str, ...], comments: list[list[str]]) -> Value:
        before = next(leaves)[1]
        if isinstance(value, Comment) and isinstance(before, Comment) and before.inline:
            return Comment(value.text, inline=True)
        return value

    for branch in opened:
        walk(branch, visit)


class Sealer:
    """Seals leaves in document order. `count`: how many values, comments aside, were sealed."""

    def __init__(self, rule: Rule, key: bytes, mac_only_encrypted: bool, stash: Stash | None = None) -> None:
        self.rule = rule
        self.key = key
        self.mac_only_encrypted = mac_only_encrypted
        self.stash = stash or Stash()
        self.hash = sha512(MAC_ONLY_ENCRYPTED_START if mac_only_encrypted else b"")
        self.count = 0

    def seal(self, branches: list[Branch]) -> list[Branch]:
        """Sealed copies of the branches of one document stream."""
        sealed = [copy_branch(branch) for branch in branches]
        for branch in sealed:
            walk(branch, self._visit)
        return sealed

    def mac(self, last_modified: str) -> str:
        """The sealed MAC over what was sealed so far."""
        return cipher.seal_value(self.hash.hexdigest().upper(), self.key, last_modified.encode("ascii"))

    def _visit(self, value: Value, path: tuple[str, ...], comments: list[list[str]]) -> Value:
        leaf = _leaf(value)
        is_comment = isinstance(leaf, Comment)
        encrypted = self.rule.encrypts(path, comments, is_comment)
        if (encrypted or not self.mac_only_encrypted) and not is_comment:
            self.hash.update(value_bytes(leaf))
        if not encrypted:
            return leaf
        if isinstance(leaf, Comment) and not leaf.text:
            # Sealed as it is, an empty comment that stands in a list, or that SOPS' printer moves into one,
            # is read as an empty list item.
            leaf = Comment(" ", leaf.inline)
        text = self.stash.take(path, leaf) or cipher.seal_value(leaf, self.key, cipher.aad(path))
        if not isinstance(leaf, Comment):
            self.count += 1
            return text
        if self.rule.by_comment and self.rule.name.startswith("un") and self.rule.matches_comment(text):
            raise EmitError(
                "the file's comment rule matches an encrypted comment, so the file could not be opened again",
                hint="make the regular expression match the marking comments only",
            )
        return Comment(text, leaf.inline)


def _leaf(value: Value) -> Leaf:
    if value is None or isinstance(value, (Branch, list)):
        raise TypeError("not a leaf")
    return value


def copy_branch(branch: Branch) -> Branch:
    """A copy whose containers are new; leaves are shared."""
    return Branch(Item(item.key, copy_value(item.value)) for item in branch)


def copy_value(value: Value) -> Value:
    """A copy whose containers are new."""
    if isinstance(value, Branch):
        return copy_branch(value)
    if is_sequence(value):
        return [copy_value(item) for item in value]
    return value
