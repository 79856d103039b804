"""The X25519 recipient type (age spec, "The X25519 recipient type")."""

from __future__ import annotations

from os import urandom

from cmp import ciphers
from cmp.age import b64, bech32
from cmp.age.errors import HeaderError, InvalidKeyError
from cmp.age.header import Stanza
from cmp.age.keys import Identity, Recipient
from cmp.age.primitives import check_body_size, unwrap, wrap
from cmp.digests import hkdf_sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from cmp.limits import Limits

TYPE = "X25519"
RECIPIENT_PREFIX = "age"
IDENTITY_PREFIX = "AGE-SECRET-KEY-"
_INFO = b"age-encryption.org/v1/X25519"
POINT_SIZE = 32


def private_key(scalar: bytes) -> X25519PrivateKey:
    """The key object of a scalar."""
    return ciphers.x25519_private(scalar)


def exchange(key: X25519PrivateKey, point: bytes) -> bytes | None:
    """The shared secret, or None for a point of low order, with which any key gives the same secret."""
    try:
        return key.exchange(ciphers.x25519_public(point))
    except ValueError:
        return None


def share_argument(text: str) -> bytes:
    """The ephemeral share in a stanza's argument; raises `HeaderError`."""
    share = b64.decode(text.encode("ascii"))
    if share is None or len(share) != POINT_SIZE:
        raise HeaderError("a stanza of the age header has a malformed ephemeral share")
    return share


class X25519Recipient(Recipient):
    """`age1…`"""

    __slots__ = ("point",)

    def __init__(self, point: bytes) -> None:
        self.point = point

    @classmethod
    def parse(cls, text: str) -> X25519Recipient:
        """The recipient of its text form; raises `InvalidKeyError`."""
        return cls(bech32.decode_as(text, RECIPIENT_PREFIX, POINT_SIZE, "an age recipient"))

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza with a fresh ephemeral share."""
        ephemeral = private_key(urandom(32))
        share = ephemeral.public_key().public_bytes_raw()
        secret = exchange(ephemeral, self.point)
        if secret is None:
            raise InvalidKeyError("the age recipient is a point of low order, which protects nothing")
        body = wrap(hkdf_sha256(secret, share + self.point, _INFO), file_key)
        return Stanza(TYPE, (b64.encode(share).decode("ascii"),), body)

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.point)


class X25519Identity(Identity):
    """`AGE-SECRET-KEY-1…`"""

    __slots__ = ("_key", "_point", "_scalar")

    def __init__(self, scalar: bytes) -> None:
        self._scalar = scalar
        self._key: X25519PrivateKey | None = None
        self._point = b""

    @classmethod
    def parse(cls, text: str) -> X25519Identity:
        """The identity of its text form; raises `InvalidKeyError`."""
        return cls(bech32.decode_as(text, IDENTITY_PREFIX, POINT_SIZE, "an age identity"))

    @classmethod
    def generate(cls) -> X25519Identity:
        """A new identity."""
        return cls(urandom(32))

    def secret_text(self) -> str:
        """The private text form, for a key file and nothing else."""
        return bech32.encode(IDENTITY_PREFIX, self._scalar)

    def _derived(self) -> tuple[X25519PrivateKey, bytes]:
        if self._key is None:
            self._key = private_key(self._scalar)
            self._point = self._key.public_key().public_bytes_raw()
        return self._key, self._point

    def recipient(self) -> X25519Recipient:
        """The public half."""
        return X25519Recipient(self._derived()[1])

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key of the first stanza that opens."""
        for stanza in stanzas:
            if stanza.type != TYPE:
                continue
            if len(stanza.arguments) != 1:
                raise HeaderError("an X25519 stanza of the age header needs one argument")
            share = share_argument(stanza.arguments[0])
            check_body_size(stanza.body)
            key, point = self._derived()
            secret = exchange(key, share)
            if secret is None:
                raise HeaderError("an X25519 stanza of the age header has a share of low order")
            file_key = unwrap(hkdf_sha256(secret, share + point, _INFO), stanza.body)
            if file_key is not None:
                return file_key
        return None
