"""The cryptographic functions that recipient types and payload share (age spec, "Conventions").

`cryptography` is imported when the first cipher is made: a render that decrypts nothing must not pay for it.
"""

from __future__ import annotations

from cmp import ciphers
from cmp.age.errors import HeaderError
from cmp.digests import hkdf_sha256, hmac_sha256

FILE_KEY_SIZE = 16
TAG_SIZE = 16
_ZERO_NONCE = bytes(12)


def header_mac(file_key: bytes, signed: bytes) -> bytes:
    """The MAC of a header."""
    return hmac_sha256(hkdf_sha256(file_key, b"", b"header"), signed)


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The key of the payload's chunks."""
    return hkdf_sha256(file_key, nonce, b"payload")


def wrap(key: bytes, file_key: bytes) -> bytes:
    """The file key sealed with a key that is used once, hence the fixed nonce."""
    return ciphers.chacha20_poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> bytes | None:
    """The file key, or None when `key` is not the one that sealed it."""
    return ciphers.opened(ciphers.chacha20_poly1305(key), _ZERO_NONCE, body, None)


def check_body_size(body: bytes) -> None:
    """Refuse a wrapped key of another size *before* decrypting it.

    ChaCha20-Poly1305 does not commit to its key: a longer ciphertext could be made to open under many keys
    at once, which lets an attacker search passphrases or recipients in bulk.
    """
    if len(body) != FILE_KEY_SIZE + TAG_SIZE:
        raise HeaderError("a stanza of the age header wraps a key of a wrong size")
