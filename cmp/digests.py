"""SHA-256, SHA-512, HMAC and HKDF with SHA-256, and a comparison in constant time, without OpenSSL.

`hashlib` and `hmac` load OpenSSL's library, which costs a small render 4 ms. The hashes are CPython's own, as
its module `random` takes them; where an interpreter has none, they are those of `hashlib` (ADR 0017).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hashlib import sha256, sha512
    from hmac import compare_digest
else:
    try:
        from _sha2 import sha256, sha512  # CPython 3.12 and newer
    except ImportError:
        try:
            from _sha256 import sha256
            from _sha512 import sha512
        except ImportError:
            from hashlib import sha256, sha512
    try:
        from _operator import _compare_digest as compare_digest
    except ImportError:
        from hmac import compare_digest

__all__ = ["compare_digest", "hkdf_sha256", "hmac_sha256", "sha256", "sha256_hex", "sha512"]

_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
# From here on OpenSSL's faster hash earns what loading it costs.
_LARGE = 1 << 20


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of bytes in hexadecimal digits."""
    if len(data) < _LARGE:
        return sha256(data).hexdigest()
    import hashlib

    return hashlib.sha256(data).hexdigest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104)."""
    padded = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner = sha256(padded.translate(_INNER) + data).digest()
    return sha256(padded.translate(_OUTER) + inner).digest()


def hkdf_sha256(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 (RFC 5869) with 32 bytes of output, so one step of expansion."""
    return hmac_sha256(hmac_sha256(salt, secret), info + b"\x01")
