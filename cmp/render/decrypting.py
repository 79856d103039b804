"""A tree whose files come out decrypted: whoever reads a SOPS document gets its cleartext, MAC checked."""

from __future__ import annotations

from cmp.errors import CmpError, Where
from cmp.render.errors import SecretError
from cmp.sops import detect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.render.cleartext import Cleartext
    from cmp.sops import Format
    from cmp.sops.keys import KeySource
    from cmp.tree.protocol import Kind, Tree


class DecryptingTree:
    """`tree` with decryption on `read`; `read_raw`, which kustomization files use, leaves bytes as they are.

    keys: None refuses encrypted files. masked: give tokens instead of decrypting. cleartext: told of every
    value that was decrypted and of every file that was read.
    """

    def __init__(
        self, tree: Tree, keys: KeySource | None, cleartext: Cleartext, limits: Limits, masked: bool = False
    ) -> None:
        self.tree = tree
        self.root = tree.root
        self.left_out: list[str] = []
        self.encrypted: list[str] = []
        self._keys = keys
        self._cleartext = cleartext
        self._limits = limits
        self._masked = masked
        self._opened: dict[str, bytes] = {}

    def kind(self, path: str) -> Kind:
        """As the tree below."""
        return self.tree.kind(path)

    def resolve(self, path: str) -> str:
        """As the tree below."""
        return self.tree.resolve(path)

    def list(self, path: str) -> list[str]:
        """As the tree below."""
        return self.tree.list(path)

    def display(self, path: str) -> str:
        """As the tree below."""
        return self.tree.display(path)

    def reads(self) -> dict[str, bytes]:
        """As the tree below."""
        return self.tree.reads()

    def read_raw(self, path: str) -> bytes:
        """The bytes as they are stored."""
        data = self.tree.read_raw(path)
        self._cleartext.saw(path, data)
        return data

    def read(self, path: str) -> bytes:
        """The content, decrypted if it is a SOPS document; raises what decryption raises."""
        opened = self._read(path)
        return self.tree.read(path) if opened is None else opened

    def read_encrypted(self, path: str) -> bytes:
        """The cleartext of a file that has to be a SOPS document; `SecretError` when it is none."""
        opened = self._read(path)
        if opened is None:
            raise SecretError(
                "the file is not encrypted",
                where=Where(file=self.display(path)),
                hint="encrypt it with sops, or list it under resources",
            )
        return opened

    def _read(self, path: str) -> bytes | None:
        """The cleartext, or None for a file that is not encrypted."""
        known = self._opened.get(path)
        if known is not None:
            return known
        opened = self.open_bytes(self.read_raw(path), path, self.tree.display(path))
        if opened is not None:
            self._opened[path] = opened
        return opened

    def open_bytes(self, data: bytes, path: str, shown: str, printed: str = "") -> bytes | None:
        """The cleartext of `data`, or None if it is no SOPS document.

        path: its name may say the format. shown: for messages. printed: the format that comes out, where it
        is not the document's own.
        """
        try:
            fmt = detect(data, path, self._limits)
        except CmpError as err:
            raise err.at(shown) from err.__cause__
        return None if fmt is None else self._open(data, fmt, shown, printed)

    def _open(self, data: bytes, fmt: Format, shown: str, printed: str) -> bytes:
        self.encrypted.append(shown)
        if self._masked:
            from cmp.render.masking import mask

            masked, left_out = mask(data, fmt, shown, self._limits)
            self.left_out += left_out
            return masked
        if self._keys is None:
            raise SecretError("the file is encrypted and there is no key", hint="set SOPS_AGE_KEY_FILE").at(
                shown
            )
        from cmp.sops.decryption import decrypt_branches
        from cmp.sops.stores import emit_plain

        branches = decrypt_branches(data, fmt, self._keys, file=shown, limits=self._limits)
        self._cleartext.opened(branches, shown)
        if printed == "json" and len(branches) > 1:
            raise SecretError(
                "several YAML documents cannot be printed as JSON",
                where=Where(file=shown),
                hint="keep one document, or give the key the ending .yaml",
            )
        return emit_plain(branches, printed or fmt.name)
