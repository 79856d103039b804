"""SSH keys as age keys: `authorized_keys` lines and private key files (upstream: age, agessh)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from cmp.age import b64
from cmp.age.errors import AgeError, InvalidKeyError
from cmp.age.keys import Identity, Recipient
from cmp.age.ssh_wire import public_text, tag, wire_fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.age.header import Stanza
    from cmp.limits import Limits

_OPENSSH_BEGIN = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_OPENSSH_END = b"-----END OPENSSH PRIVATE KEY-----"
_OPENSSH_MAGIC = b"openssh-key-v1\0"
MAX_KEY_BYTES = 1 << 14


def parse_recipient(text: str) -> Recipient:
    """The recipient of a line as in `authorized_keys` without options; raises `InvalidKeyError`."""
    fields = text.split()
    if len(fields) < 2:
        raise InvalidKeyError("the SSH recipient has no key")
    wire = b64.decode_padded(fields[1].encode("ascii", "replace"))
    if wire is None or wire_fields(wire, 1)[0] != fields[0].encode("utf-8"):
        raise InvalidKeyError("the SSH recipient is malformed")
    return recipient_of_wire(wire)


def recipient_of_wire(wire: bytes) -> Recipient:
    """The recipient of a key's wire form; raises `InvalidKeyError` for key types age cannot use."""
    kind = wire_fields(wire, 1)[0]
    if kind == b"ssh-ed25519":
        from cmp.age.ssh_ed25519 import SshEd25519Recipient

        return SshEd25519Recipient(wire)
    if kind == b"ssh-rsa":
        from cmp.age.ssh_rsa import SshRsaRecipient

        return SshRsaRecipient(wire)
    raise InvalidKeyError("age can use SSH keys of the types ssh-ed25519 and ssh-rsa only")


def parse_identity(pem: bytes, ask: Callable[[], bytes] | None = None) -> Identity:
    """The identity in an SSH private key file; raises `AgeError`.

    ask: called for the passphrase when a file turns out to need a protected key; without it such a key
    is refused at once.
    """
    pem = pem.strip()
    if len(pem) > MAX_KEY_BYTES:
        raise InvalidKeyError("the SSH key file is too long")
    wire = _locked_public_key(pem)
    if wire is None:
        return _load(pem, None)
    if ask is None:
        raise AgeError(
            "the SSH key is protected by a passphrase",
            hint="a passphrase can be asked for on a terminal only",
        )
    return LockedSshIdentity(pem, wire, ask)


class LockedSshIdentity(Identity):
    """A protected SSH key: as its public half is readable, it asks only when that would help."""

    __slots__ = ("_ask", "_opened", "_pem", "_tag", "_wire")

    def __init__(self, pem: bytes, wire: bytes, ask: Callable[[], bytes]) -> None:
        self._pem = pem
        self._wire = wire
        self._ask = ask
        self._tag = tag(wire)
        self._opened: Identity | None = None

    def recipient(self) -> Recipient:
        """The public half, without asking."""
        return recipient_of_wire(self._wire)

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key, after asking for the passphrase once if a stanza names this key."""
        kind = wire_fields(self._wire, 1)[0].decode("ascii", "replace")
        if not any(stanza.type == kind and stanza.arguments[:1] == (self._tag,) for stanza in stanzas):
            return None
        if self._opened is None:
            opened = _load(self._pem, self._ask())
            if str(opened.recipient()) != public_text(self._wire):
                raise InvalidKeyError("the two halves of the SSH key do not belong together")
            self._opened = opened
        return self._opened.unwrap(stanzas, limits)


def _locked_public_key(pem: bytes) -> bytes | None:
    """The public key in wire form of a protected OpenSSH key file, else None."""
    if not pem.startswith(_OPENSSH_BEGIN):
        if b"ENCRYPTED" in pem[:200]:
            raise InvalidKeyError(
                "the SSH key is protected in an old format",
                hint="rewrite it with ssh-keygen -p -o, or use an age identity",
            )
        return None
    body = pem.removeprefix(_OPENSSH_BEGIN).partition(_OPENSSH_END)[0]
    try:
        blob = b64decode(b"".join(body.split()), validate=True)
    except Error:
        raise InvalidKeyError("the SSH key file is malformed") from None
    if not blob.startswith(_OPENSSH_MAGIC):
        raise InvalidKeyError("the SSH key file is malformed")
    blob = blob.removeprefix(_OPENSSH_MAGIC)
    cipher, kdf, options = wire_fields(blob, 3)
    if cipher == b"none":
        return None
    start = 12 + len(cipher) + len(kdf) + len(options)
    if blob[start : start + 4] != b"\0\0\0\1":
        raise InvalidKeyError("the SSH key file does not hold exactly one key")
    return wire_fields(blob[start + 4 :], 1)[0]


def _load(pem: bytes, passphrase: bytes | None) -> Identity:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    loader = load_ssh_private_key if pem.startswith(_OPENSSH_BEGIN) else load_pem_private_key
    try:
        key = loader(pem + b"\n", passphrase)
    except UnsupportedAlgorithm as error:
        raise InvalidKeyError(
            "the SSH key cannot be read: its cipher is not supported, or the Python package bcrypt is missing"
        ) from error
    except (ValueError, TypeError):
        # The library's message could quote the input, so it is not chained.
        if passphrase is not None:
            raise AgeError("the SSH key does not open with this passphrase") from None
        raise InvalidKeyError("the SSH key file is malformed") from None
    if isinstance(key, Ed25519PrivateKey):
        from cmp.age.ssh_ed25519 import SshEd25519Identity

        return SshEd25519Identity(key)
    if isinstance(key, RSAPrivateKey):
        from cmp.age.ssh_rsa import SshRsaIdentity

        return SshRsaIdentity(key)
    raise InvalidKeyError("age can use SSH keys of the types ssh-ed25519 and ssh-rsa only")
