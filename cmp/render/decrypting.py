"""A tree whose files come out decrypted: whoever reads a SOPS document gets its cleartext, MAC checked."""

from __future__ import annotations

from cmp.errors import Where, located
from cmp.render.cleartext import is_identity
from cmp.render.errors import SecretError
from cmp.sops import detect
from cmp.yaml.taint import Marks, Origin, TaintedBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.render.cleartext import Cleartext
    from cmp.sops import Format
    from cmp.sops.decryption import Sealed
    from cmp.sops.document import Branch
    from cmp.sops.keys import KeySource
    from cmp.tree.protocol import Kind, Tree
    from cmp.yaml.value import Value


class DecryptingTree:
    """`tree` with decryption on `read`; `read_raw`, which kustomization files use, leaves bytes as they are.

    keys: None refuses encrypted files. masked: give tokens instead of decrypting. cleartext: told of every
    value that was decrypted and of every file that was read. passes: objects that ask for it leave encrypted,
    and `stored` has them by file.
    """

    def __init__(
        self,
        tree: Tree,
        keys: KeySource | None,
        cleartext: Cleartext,
        limits: Limits,
        masked: bool = False,
        passes: bool = True,
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
        self._passes = passes
        self.stored: dict[str, dict[str, Value]] = {}

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
        """The cleartext of a file that has to be a SOPS document; `SecretError` when it is not one."""
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
        raw, shown = self.read_raw(path), self.tree.display(path)
        opened = raw if self._leaves(raw, shown) else self.open_bytes(raw, path, shown)
        if opened is not None:
            self._opened[path] = opened
        return opened

    def _leaves(self, raw: bytes, shown: str) -> bool:
        """Whether the file leaves as it stands, for an operator in the cluster."""
        if not self._passes or b"ENC[" not in raw:
            return False
        from cmp.gates.passthrough import stored

        with located(file=shown):
            found = stored(raw)
        if found is not None:
            self.stored[shown] = found
        return found is not None

    def open_bytes(self, data: bytes, path: str, shown: str, printed: str = "") -> bytes | None:
        """The cleartext of `data`, or None if it is not a SOPS document.

        path: its name may say the format. shown: for messages. printed: the format that comes out, where it
        is not the document's own.
        """
        with located(file=shown):
            fmt = detect(data, path, self._limits)
        return None if fmt is None else self._open(data, fmt, shown, printed)

    def _open(self, data: bytes, fmt: Format, shown: str, printed: str) -> bytes:
        self.encrypted.append(shown)
        if self._masked:
            from cmp.render.masking import mask

            masked, left_out = mask(data, fmt, shown, self._limits)
            self.left_out += left_out
            return masked
        if self._keys is None:
            hint = self._stays_encrypted(data) or "set SOPS_AGE_KEY_FILE"
            raise SecretError("the file is encrypted and there is no key", hint=hint).at(shown)
        from cmp.sops.decryption import decrypt_sealed
        from cmp.sops.errors import DataKeyError
        from cmp.sops.stores import emit_plain

        try:
            branches, sealed = decrypt_sealed(data, fmt, self._keys, file=shown, limits=self._limits)
        except DataKeyError as error:
            error.hint = "; ".join(filter(None, (self._stays_encrypted(data), error.hint)))
            raise
        self._cleartext.opened(branches, sealed, shown)
        if printed == "json" and len(branches) > 1:
            raise SecretError(
                "several YAML documents cannot be printed as JSON",
                where=Where(file=shown),
                hint="keep one document, or give the key the ending .yaml",
            )
        content = emit_plain(branches, printed or fmt.name)
        return TaintedBytes(content, marks(branches, sealed, fmt.name, shown)) if sealed else content

    def _stays_encrypted(self, data: bytes) -> str:
        """How the file may leave without a key; empty where no operator in the cluster decrypts it."""
        from cmp.gates.passthrough import ANNOTATION, KINDS

        kind = next((kind for kind in KINDS.values() if f"kind: {kind}".encode() in data), "")
        if not kind or not self._passes:
            return ""
        return f"a {kind} leaves encrypted where its file has the annotation {ANNOTATION}: <reason>"


def marks(branches: list[Branch], sealed: Sealed, fmt: str, file: str) -> Marks:
    """Which leaves of a decrypted document are tainted. fmt: the name of its SOPS store."""
    from cmp.sops.stores import store

    origins = (Origin(file, 0, ()),)
    parts = store(fmt).parts
    if parts == "lines":
        return Marks(origins, frozenset(sealed[0]), by_line=True)
    if parts != "paths":
        return Marks(origins)
    paths = {
        path for number, found in sealed.items() for path in found if not is_identity(path, branches[number])
    }
    return Marks(origins, frozenset(paths))
