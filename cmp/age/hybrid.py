"""The hybrid post-quantum recipient type (age spec, "The mlkem768x25519 recipient type").

HPKE in base mode with the KEM MLKEM768-X25519 (0x647a), HKDF-SHA-256 and ChaCha20-Poly1305.
"""

from __future__ import annotations

from os import urandom

from cmp.age import b64, bech32
from cmp.age.errors import AgeError, HeaderError, InvalidKeyError
from cmp.age.header import Stanza
from cmp.age.keys import POST_QUANTUM, Identity, Recipient
from cmp.age.primitives import check_body_size
from cmp.age.x25519 import POINT_SIZE, exchange, private_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, Suite

    from cmp.limits import Limits

TYPE = "mlkem768x25519"
RECIPIENT_PREFIX = "age1pq"
IDENTITY_PREFIX = "AGE-SECRET-KEY-PQ-"
_INFO = b"age-encryption.org/mlkem768x25519"
_SEED_SIZE = 32
_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_CIPHERTEXT_SIZE = 1088
_PUBLIC_SIZE = _MLKEM_PUBLIC_SIZE + POINT_SIZE
_ENC_SIZE = _MLKEM_CIPHERTEXT_SIZE + POINT_SIZE


def _suite() -> Suite:
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _unsupported() -> AgeError:
    return AgeError(
        "this build of the Python package cryptography has no ML-KEM, which hybrid age keys need",
        hint="install the wheel from PyPI, which carries a recent OpenSSL",
    )


class HybridRecipient(Recipient):
    """`age1pq1…`"""

    __slots__ = ("public",)
    kind = POST_QUANTUM

    def __init__(self, public: bytes) -> None:
        self.public = public

    @classmethod
    def parse(cls, text: str) -> HybridRecipient:
        """The recipient of its text form; raises `InvalidKeyError`."""
        return cls(bech32.decode_as(text, RECIPIENT_PREFIX, _PUBLIC_SIZE, "a hybrid age recipient"))

    def wrap(self, file_key: bytes) -> Stanza:
        """A stanza with a fresh encapsulation."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
        from cryptography.hazmat.primitives.hpke import MLKEM768X25519PublicKey

        try:
            key = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(self.public[:_MLKEM_PUBLIC_SIZE]),
                X25519PublicKey.from_public_bytes(self.public[_MLKEM_PUBLIC_SIZE:]),
            )
            sealed = _suite().encrypt(file_key, key, info=_INFO)
        except UnsupportedAlgorithm as error:
            raise _unsupported() from error
        except ValueError as error:
            raise InvalidKeyError("the hybrid age recipient is not a valid public key") from error
        return Stanza(TYPE, (b64.encode(sealed[:_ENC_SIZE]).decode("ascii"),), sealed[_ENC_SIZE:])

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.public)


class HybridIdentity(Identity):
    """`AGE-SECRET-KEY-PQ-1…`"""

    __slots__ = ("_key", "_public", "_seed", "_x25519")

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._key: MLKEM768X25519PrivateKey | None = None
        self._x25519: X25519PrivateKey | None = None
        self._public = b""

    @classmethod
    def parse(cls, text: str) -> HybridIdentity:
        """The identity of its text form; raises `InvalidKeyError`."""
        return cls(bech32.decode_as(text, IDENTITY_PREFIX, _SEED_SIZE, "a hybrid age identity"))

    @classmethod
    def generate(cls) -> HybridIdentity:
        """A new identity."""
        return cls(urandom(_SEED_SIZE))

    def secret_text(self) -> str:
        """The private text form, for a key file and nothing else."""
        return bech32.encode(IDENTITY_PREFIX, self._seed)

    def _derived(self) -> tuple[MLKEM768X25519PrivateKey, X25519PrivateKey, bytes]:
        if self._key is None or self._x25519 is None:
            from hashlib import shake_256

            from cryptography.exceptions import UnsupportedAlgorithm
            from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
            from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey

            expanded = shake_256(self._seed).digest(96)
            try:
                mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
            except UnsupportedAlgorithm as error:
                raise _unsupported() from error
            self._x25519 = private_key(expanded[64:])
            self._key = MLKEM768X25519PrivateKey(mlkem, self._x25519)
            self._public = (
                mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()
            )
        return self._key, self._x25519, self._public

    def recipient(self) -> HybridRecipient:
        """The public half."""
        return HybridRecipient(self._derived()[2])

    def unwrap(self, stanzas: list[Stanza], limits: Limits) -> bytes | None:
        """The file key of the first stanza that opens."""
        from cryptography.exceptions import InvalidTag

        for stanza in stanzas:
            if stanza.type != TYPE:
                continue
            encapsulated = _encapsulated(stanza)
            check_body_size(stanza.body)
            key, x25519, _ = self._derived()
            # HPKE reports a low order share and a wrong key alike; the format tells them apart.
            if exchange(x25519, encapsulated[_MLKEM_CIPHERTEXT_SIZE:]) is None:
                raise HeaderError("a hybrid stanza of the age header has a share of low order")
            try:
                return _suite().decrypt(encapsulated + stanza.body, key, info=_INFO)
            except InvalidTag:
                continue
        return None


def _encapsulated(stanza: Stanza) -> bytes:
    if len(stanza.arguments) != 1:
        raise HeaderError("a hybrid stanza of the age header needs one argument")
    encapsulated = b64.decode(stanza.arguments[0].encode("ascii"))
    if encapsulated is None or len(encapsulated) != _ENC_SIZE:
        raise HeaderError("a hybrid stanza of the age header has a malformed encapsulated key")
    return encapsulated
