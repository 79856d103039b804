"""The ssh-rsa recipient type: RSA-OAEP with an SSH key (age's package agessh)."""

from __future__ import annotations

from cmp.age.errors import HeaderError, InvalidKeyError
from cmp.age.header import Stanza
from cmp.age.keys import Identity, Recipient
from cmp.age.primitives import FILE_KEY_SIZE
from cmp.age.ssh_wire import public_text, tag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.padding import OAEP
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    from cmp.limits import Limits

TYPE = "ssh-rsa"
MIN_BITS = 2048
# Some libraries take minutes for absurd moduli.
MAX_BITS = 16384
_LABEL = b"age-encryption.org/v1/ssh-rsa"


def _padding() -> OAEP:
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA256

    return OAEP(mgf=MGF1(SHA256()), algorithm=SHA256(), label=_LABEL)


class SshRsaRecipient(Recipient):
    """`ssh-rsa AAAA…`, 2048 bits or more."""

    __slots__ = ("_public", "_wire")

    def __init__(self, wire: bytes) -> None:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.serialization import load_ssh_public_key

        try:
            public = load_ssh_public_key(public_text(wire).encode("ascii"))
        except (ValueError, UnsupportedAlgorithm) as error:
            raise InvalidKeyError("the ssh-rsa recipient is malformed") from error
        if not isinstance(public, RSAPublicKey):
            raise InvalidKeyError("the ssh-rsa recipient is malformed")
        if not MIN_BITS <= public.key_size <= MAX_BITS:
            raise InvalidKeyError(f"an ssh-rsa recipient needs {MIN_BITS} to {MAX_BITS} bits")
        self._wire = wire
        self._public: RSAPublicKey = public

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza with the file key under RSA-OAEP."""
        return Stanza(TYPE, (tag(self._wire),), self._public.encrypt(file_key, _padding()))

    def __str__(self) -> str:
        return public_text(self._wire)


class SshRsaIdentity(Identity):
    """An RSA private key from an SSH key file."""

    __slots__ = ("_key", "_tag", "_wire")

    def __init__(self, key: RSAPrivateKey) -> None:
        from base64 import b64decode

        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        text = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        self._key = key
        self._wire = b64decode(text.split(b" ")[1])
        self._tag = tag(self._wire)

    def recipient(self) -> SshRsaRecipient:
        """The public half; raises `InvalidKeyError` for a key too small to encrypt to."""
        return SshRsaRecipient(self._wire)

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key of the first stanza that opens."""
        for stanza in stanzas:
            if stanza.type != TYPE:
                continue
            if len(stanza.arguments) != 1:
                raise HeaderError("an ssh-rsa stanza of the age header needs one argument")
            if stanza.arguments[0] != self._tag:
                continue
            try:
                file_key = self._key.decrypt(stanza.body, _padding())
            except ValueError:
                # The tag is short and may be another key's too: no match, not an error.
                continue
            if len(file_key) != FILE_KEY_SIZE:
                raise HeaderError("a stanza of the age header wraps a key of a wrong size")
            return file_key
        return None
