"""The ssh-ed25519 recipient type: an Ed25519 signing key used on Curve25519 (age's package agessh)."""

from __future__ import annotations

from os import urandom

from cmp.age import b64
from cmp.age.errors import HeaderError, InvalidKeyError
from cmp.age.header import Stanza
from cmp.age.keys import Identity, Recipient
from cmp.age.primitives import check_body_size, unwrap, wrap
from cmp.age.ssh_wire import public_text, tag, wire_fields
from cmp.age.x25519 import exchange, private_key, share_argument
from cmp.digests import hkdf_sha256, sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from cmp.limits import Limits

TYPE = "ssh-ed25519"
_INFO = b"age-encryption.org/v1/ssh-ed25519"
_PRIME = 2**255 - 19
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME


def montgomery(public: bytes) -> bytes:
    """The Curve25519 point of an Ed25519 public key (RFC 7748, section 4.1); raises `InvalidKeyError`."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    # x² = (y² - 1) / (d·y² + 1) must have a root, else the bytes are not a point of the curve.
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _PRIME) % _PRIME
    if square and pow(square, (_PRIME - 1) // 2, _PRIME) != 1:
        raise InvalidKeyError("the ssh-ed25519 recipient is not a point of its curve")
    # `pow(…, p - 2)` is 0 for 0, as the format wants it for the identity point.
    u = (1 + y) * pow(1 - y, _PRIME - 2, _PRIME) % _PRIME
    return u.to_bytes(32, "little")


def _tweak(wire: bytes) -> bytes:
    return hkdf_sha256(b"", wire, _INFO)


class SshEd25519Recipient(Recipient):
    """`ssh-ed25519 AAAA…`"""

    __slots__ = ("_point", "_wire")

    def __init__(self, wire: bytes) -> None:
        kind, public = wire_fields(wire, 2)
        if kind != b"ssh-ed25519" or len(public) != 32 or len(wire) != 51:
            raise InvalidKeyError("the ssh-ed25519 recipient is malformed")
        self._wire = wire
        self._point = montgomery(public)

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza with a fresh ephemeral share."""
        ephemeral = private_key(urandom(32))
        share = ephemeral.public_key().public_bytes_raw()
        secret = exchange(ephemeral, self._point)
        tweaked = exchange(private_key(_tweak(self._wire)), secret) if secret else None
        if tweaked is None:
            raise InvalidKeyError("the ssh-ed25519 recipient is a point of low order, which protects nothing")
        body = wrap(hkdf_sha256(tweaked, share + self._point, _INFO), file_key)
        return Stanza(TYPE, (tag(self._wire), b64.encode(share).decode("ascii")), body)

    def __str__(self) -> str:
        return public_text(self._wire)


class SshEd25519Identity(Identity):
    """An Ed25519 private key from an SSH key file."""

    __slots__ = ("_key", "_point", "_tag", "_tweak_key", "_wire")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        public = key.public_key().public_bytes_raw()
        self._wire = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + public
        self._tag = tag(self._wire)
        self._key = private_key(sha512(key.private_bytes_raw()).digest()[:32])
        self._point = self._key.public_key().public_bytes_raw()
        self._tweak_key = private_key(_tweak(self._wire))

    def recipient(self) -> SshEd25519Recipient:
        """The public half."""
        return SshEd25519Recipient(self._wire)

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key of the first stanza that opens."""
        for stanza in stanzas:
            if stanza.type != TYPE:
                continue
            if len(stanza.arguments) != 2:
                raise HeaderError("an ssh-ed25519 stanza of the age header needs two arguments")
            share = share_argument(stanza.arguments[1])
            if stanza.arguments[0] != self._tag:
                continue
            check_body_size(stanza.body)
            secret = exchange(self._key, share)
            tweaked = exchange(self._tweak_key, secret) if secret else None
            if tweaked is None:
                raise HeaderError("an ssh-ed25519 stanza of the age header has a share of low order")
            file_key = unwrap(hkdf_sha256(tweaked, share + self._point, _INFO), stanza.body)
            # The tag is short and may be another key's too: no match, not an error.
            if file_key is not None:
                return file_key
        return None
