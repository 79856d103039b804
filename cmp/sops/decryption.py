"""Decryption of a SOPS document, step by step.

1. Read the store.                     5. Open every value that the rule covers; refuse plain ones.
2. Read the metadata.                  6. Compare the MAC over all leaves.
3. Compile the rule.                   7. Refuse sealed values that the rule does not cover.
4. Recover the data key.               8. Print the cleartext as `sops decrypt` prints it.

There is no way to leave a step out. Nothing is returned before step 7 is done.
"""

from __future__ import annotations

from cmp.digests import compare_digest, sha512
from cmp.errors import CmpError
from cmp.limits import DEFAULT
from cmp.sops import cipher
from cmp.sops.detect import Format
from cmp.sops.document import Comment, Time, value_bytes
from cmp.sops.errors import MacError, SealError
from cmp.sops.metadata import Tree
from cmp.sops.rules import Rule
from cmp.sops.stores import emit_plain, load_encrypted
from cmp.sops.walk import walk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.document import Branch, Value
    from cmp.sops.keys import KeySource

    # document -> paths
    Sealed = dict[int, set[tuple[str, ...]]]

# SHA-256("sops"): a MAC over encrypted values only never equals one over all values.
MAC_ONLY_ENCRYPTED_START = bytes.fromhex("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69")


def decrypt(
    data: bytes, fmt: Format | str, keys: KeySource, *, file: str = "", limits: Limits = DEFAULT
) -> bytes:
    """The cleartext, exactly the bytes that the newest `sops decrypt` prints; raises a `SopsError`.

    fmt: what `detect` returned, or a format's name. file: for messages and the log line.
    """
    branches = decrypt_branches(data, fmt, keys, file=file, limits=limits)
    try:
        return emit_plain(branches, fmt.name if isinstance(fmt, Format) else fmt)
    except CmpError as error:
        error.at(file=file)
        raise


def decrypt_branches(
    data: bytes, fmt: Format | str, keys: KeySource, *, file: str = "", limits: Limits = DEFAULT
) -> list[Branch]:
    """The cleartext as branches, comments and types included; raises a `SopsError`."""
    return decrypt_tree(data, fmt, keys, file=file, limits=limits)[0].branches


def decrypt_tree(
    data: bytes, fmt: Format | str, keys: KeySource, *, file: str = "", limits: Limits = DEFAULT
) -> tuple[Tree, bytes]:
    """The decrypted tree and its data key."""
    tree, key, _ = _decrypt(data, fmt, keys, file, limits)
    return tree, key


def decrypt_sealed(
    data: bytes, fmt: Format | str, keys: KeySource, *, file: str = "", limits: Limits = DEFAULT
) -> tuple[list[Branch], Sealed]:
    """The cleartext as branches, and what was encrypted: document -> paths without list indices.

    A document in which only comments were encrypted has an empty set; one with nothing encrypted has none.
    """
    tree, _, sealed = _decrypt(data, fmt, keys, file, limits)
    return tree.branches, sealed


def _decrypt(
    data: bytes, fmt: Format | str, keys: KeySource, file: str, limits: Limits
) -> tuple[Tree, bytes, Sealed]:
    try:
        # Steps 1 and 2; finding out the format may have done them.
        tree = fmt.take_tree() if isinstance(fmt, Format) else None
        if tree is None:
            tree = load_encrypted(data, str(fmt), limits)
        # Step 3.
        rule = Rule(tree.metadata.rule, tree.metadata.rule_value)
        # Step 4.
        key = keys.data_key(tree.metadata, file)
        sealed = _open_tree(tree, rule, key)
    except CmpError as error:
        error.at(file=file)
        raise
    return tree, key, sealed


def _open_tree(tree: Tree, rule: Rule, key: bytes) -> Sealed:
    opener = _Opener(rule, key, tree.metadata.mac_only_encrypted)
    # Step 5.
    for number, branch in enumerate(tree.branches):
        opener.document = number
        walk(branch, opener.visit)
    # Step 6.
    check_mac(tree.metadata.mac, tree.metadata.last_modified, opener.digest(), key)
    # Step 7. Only now: a rule changed by hand is a wrong MAC first of all.
    if opener.leftovers:
        raise SealError("a value is sealed, though the file's rule does not cover it").at(
            field=opener.leftovers[0]
        )
    return opener.sealed


class _Opener:
    """Opens leaves and hashes them in document order."""

    def __init__(self, rule: Rule, key: bytes, mac_only_encrypted: bool) -> None:
        self.rule = rule
        self.key = key
        self.mac_only_encrypted = mac_only_encrypted
        self.hash = sha512(MAC_ONLY_ENCRYPTED_START if mac_only_encrypted else b"")
        self.document = 0
        self.leftovers: list[str] = []
        # document -> the paths of the values that were encrypted there; empty for comments alone
        self.sealed: dict[int, set[tuple[str, ...]]] = {}

    def digest(self) -> str:
        """The MAC over what was visited."""
        return self.hash.hexdigest().upper()

    def visit(self, value: Value, path: tuple[str, ...], comments: list[list[str]]) -> Value:
        """The cleartext of a leaf."""
        is_comment = isinstance(value, Comment)
        encrypted = self.rule.encrypts(path, comments, is_comment)
        if encrypted:
            value = self._open(value, path)
            paths = self.sealed.setdefault(self.document, set())
            if not is_comment:
                paths.add(path)
        elif isinstance(value, str) and cipher.looks_sealed(value):
            self.leftovers.append(".".join(path))
        if (encrypted or not self.mac_only_encrypted) and not isinstance(value, Comment):
            self.hash.update(_hashed(value))
        return value

    def _open(self, value: Value, path: tuple[str, ...]) -> Value:
        additional = cipher.aad(path)
        if isinstance(value, Comment):
            try:
                return cipher.open_value(value.text, self.key, additional)
            except SealError:
                # Old versions left comments plain, and people add some by hand.
                return value
        if not isinstance(value, str):
            raise SealError("a value is plain where the file's rule says that it is encrypted").at(
                field=".".join(path)
            )
        try:
            return cipher.open_value(value, self.key, additional)
        except SealError as error:
            if not cipher.looks_sealed(value):
                error.message = "a value is plain where the file's rule says that it is encrypted"
            error.at(field=".".join(path))
            raise


def _hashed(value: Value) -> bytes:
    if isinstance(value, (str, bool, int, float, Time)):
        return value_bytes(value)
    raise SealError("a value of a kind that has no bytes")


def check_mac(sealed: str, last_modified: str, computed: str, key: bytes) -> None:
    """Compare a sealed MAC with the one that was computed; raises `MacError`."""
    if not sealed:
        raise MacError("the file has no MAC, so nothing tells whether it was changed")
    try:
        stored = cipher.open_value(sealed, key, last_modified.encode())
    except SealError as error:
        raise MacError("the file's MAC does not open: its metadata was changed") from error
    if not isinstance(stored, str) or not compare_digest(
        stored.encode("utf-8", "replace"), computed.encode()
    ):
        raise MacError(
            "the file's MAC does not match its content: it was changed without being encrypted again",
            hint="restore it from git, or have someone who holds the key check it and encrypt it again",
        )
