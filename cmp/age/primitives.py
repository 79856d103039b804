"""The cryptographic functions that recipient types and payload share (age spec, "Conventions").

`cryptography` is imported inside the functions: a render that decrypts nothing must not pay for it.
"""

from __future__ import annotations

from cmp.age.errors import HeaderError

FILE_KEY_SIZE = 16
TAG_SIZE = 16
_ZERO_NONCE = bytes(12)


def hkdf(key_material: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 with 32 bytes of output."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key_material)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.hmac import HMAC

    state = HMAC(key, SHA256())
    state.update(data)
    return state.finalize()


def header_mac(file_key: bytes, signed: bytes) -> bytes:
    """The MAC of a header."""
    return hmac_sha256(hkdf(file_key, b"", b"header"), signed)


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The key of the payload's chunks."""
    return hkdf(file_key, nonce, b"payload")


def wrap(key: bytes, file_key: bytes) -> bytes:
    """The file key sealed with a key that is used once, hence the fixed nonce."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def unwrap(key: bytes, body: bytes) -> bytes | None:
    """The file key, or None when `key` is not the one that sealed it."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None


def check_body_size(body: bytes) -> None:
    """Refuse a wrapped key of another size *before* decrypting it.

    ChaCha20-Poly1305 does not commit to its key: a longer ciphertext could be made to open under many keys
    at once, which lets an attacker search passphrases or recipients in bulk.
    """
    if len(body) != FILE_KEY_SIZE + TAG_SIZE:
        raise HeaderError("a stanza of the age header wraps a key of a wrong size")
