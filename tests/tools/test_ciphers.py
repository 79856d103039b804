"""The compiled ciphers and CPython's own hashes give what the public modules give, and give way to them."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from cmp import ciphers, digests

KEY = bytes(range(32))
NONCE = bytes(12)


@pytest.fixture(params=["compiled", "public"])
def road(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the compiled module, and as if a release had it elsewhere."""
    if request.param == "public":
        monkeypatch.setattr(ciphers, "_compiled", lambda module, name: None)


@pytest.mark.usefixtures("road")
def test_authenticated_ciphers() -> None:
    for ours, theirs in ((ciphers.aes_gcm, AESGCM), (ciphers.chacha20_poly1305, ChaCha20Poly1305)):
        sealed = theirs(KEY).encrypt(NONCE, b"cleartext", b"more")
        cipher = ours(KEY)
        assert cipher.encrypt(NONCE, b"cleartext", b"more") == sealed
        assert ciphers.opened(cipher, NONCE, sealed, b"more") == b"cleartext"
        assert ciphers.opened(cipher, NONCE, sealed, None) is None
        assert ciphers.opened(cipher, NONCE, sealed[:-1] + bytes((sealed[-1] ^ 1,)), b"more") is None
        with pytest.raises(ValueError, match=r"(?i)nonce"):
            ciphers.opened(cipher, b"", sealed, b"more")
        with pytest.raises(ValueError, match=r"(?i)key"):
            ours(b"short")


@pytest.mark.usefixtures("road")
def test_key_exchange() -> None:
    other = X25519PrivateKey.from_private_bytes(bytes(reversed(KEY)))
    key = ciphers.x25519_private(KEY)
    assert key.public_key().public_bytes_raw() == (
        X25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw()
    )
    point = ciphers.x25519_public(other.public_key().public_bytes_raw())
    assert key.exchange(point) == other.exchange(key.public_key())
    with pytest.raises(ValueError, match=r"(?i)shared|computing|error"):
        key.exchange(ciphers.x25519_public(bytes(32)))


def test_the_compiled_module_is_where_it_is_looked_for() -> None:
    """If this fails, renders are still right, but 25 ms slower: look where this release has the names."""
    for module, name in (
        ("aead", "AESGCM"),
        ("aead", "ChaCha20Poly1305"),
        ("x25519", "from_private_bytes"),
        ("x25519", "from_public_bytes"),
    ):
        assert ciphers._compiled(module, name) is not None
    assert ciphers._compiled("aead", "gone") is None
    assert ciphers._compiled("gone", "gone") is None


@given(st.binary(max_size=200), st.binary(max_size=200), st.binary(max_size=100))
def test_hashes(key: bytes, data: bytes, info: bytes) -> None:
    assert digests.sha256_hex(data) == hashlib.sha256(data).hexdigest()
    assert digests.sha512(data).digest() == hashlib.sha512(data).digest()
    assert digests.hmac_sha256(key, data) == hmac.digest(key, data, "sha256")
    assert digests.hkdf_sha256(data, key, info) == HKDF(SHA256(), 32, key, info).derive(data)
    assert digests.compare_digest(key, data) is (key == data)


def test_a_large_text_is_hashed_by_openssl() -> None:
    large = b"x" * (digests._LARGE + 1)
    assert digests.sha256_hex(large) == hashlib.sha256(large).hexdigest()


def test_an_interpreter_without_hashes_of_its_own() -> None:
    code = (
        "import sys\n"
        "for name in ('_sha2', '_sha256', '_sha512', '_operator'):\n"
        "    sys.modules[name] = None\n"
        "from cmp import digests\n"
        "print(digests.sha256_hex(b''), digests.sha512().digest_size, digests.compare_digest(b'a', b'a'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [hashlib.sha256(b"").hexdigest(), "64", "True"]
