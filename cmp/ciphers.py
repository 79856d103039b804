"""X25519, ChaCha20-Poly1305 and AES-GCM of `cryptography`, from its compiled module (ADR 0017).

The public modules in front of it import every other cipher, `typing`, `enum` and OpenSSL's older bindings:
25 ms of each render that decrypts, which is more than the rest of a small one. A release of `cryptography`
that has the compiled names elsewhere is used by its public modules: slower, with the same results.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305


def aes_gcm(key: bytes) -> AESGCM:
    """AES-GCM; ValueError unless the key has 16, 24 or 32 bytes."""
    make = _compiled("aead", "AESGCM")
    if make is None:
        from cryptography.hazmat.primitives.ciphers import aead

        make = aead.AESGCM
    made: AESGCM = make(key)
    return made


def chacha20_poly1305(key: bytes) -> ChaCha20Poly1305:
    """ChaCha20-Poly1305; ValueError unless the key has 32 bytes."""
    make = _compiled("aead", "ChaCha20Poly1305")
    if make is None:
        from cryptography.hazmat.primitives.ciphers import aead

        make = aead.ChaCha20Poly1305
    made: ChaCha20Poly1305 = make(key)
    return made


def opened(
    cipher: AESGCM | ChaCha20Poly1305, nonce: bytes, sealed: bytes, extra: bytes | None
) -> bytes | None:
    """The cleartext; None if the tag does not fit. extra: what is authenticated with it."""
    try:
        return cipher.decrypt(nonce, sealed, extra)
    except Exception as error:
        from cryptography.exceptions import InvalidTag

        if isinstance(error, InvalidTag):
            return None
        raise


def x25519_private(scalar: bytes) -> X25519PrivateKey:
    """The key of a scalar of 32 bytes."""
    made: X25519PrivateKey = _x25519("X25519PrivateKey", "from_private_bytes")(scalar)
    return made


def x25519_public(point: bytes) -> X25519PublicKey:
    """The key of a point of 32 bytes."""
    made: X25519PublicKey = _x25519("X25519PublicKey", "from_public_bytes")(point)
    return made


def _x25519(kind: str, name: str) -> Any:
    """The maker of a key: compiled, else the method of that name of a public class."""
    make = _compiled("x25519", name)
    if make is None:
        from cryptography.hazmat.primitives.asymmetric import x25519

        make = getattr(getattr(x25519, kind), name)
    return make


def _compiled(module: str, name: str) -> Any:
    """What the compiled module has under the name, or None."""
    try:
        from cryptography.hazmat.bindings._rust import openssl
    except ImportError:
        return None
    return getattr(getattr(openssl, module, None), name, None)
