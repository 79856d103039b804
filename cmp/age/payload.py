"""The payload: 64 KiB chunks under ChaCha20-Poly1305, counted, the last one marked (age spec, "Payload")."""

from __future__ import annotations

from cmp import ciphers
from cmp.age.errors import PayloadError
from cmp.age.primitives import TAG_SIZE
from cmp.age.source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NONCE_SIZE = 16
CHUNK_SIZE = 64 * 1024
_SEALED_SIZE = CHUNK_SIZE + TAG_SIZE


def open_chunks(key: bytes, source: Source) -> Iterator[bytes]:
    """The plaintext chunk by chunk, each verified before it is handed out; raises `PayloadError`.

    A cut off payload shows only at its end: a caller who must not act on a prefix collects all chunks first.
    """
    cipher = ciphers.chacha20_poly1305(key)
    counter = 0
    while True:
        sealed = source.read(_SEALED_SIZE)
        if len(sealed) < TAG_SIZE:
            raise PayloadError("the age file is cut off")
        last = False
        chunk = _open(cipher, counter, False, sealed) if len(sealed) == _SEALED_SIZE else None
        if chunk is None:
            last = True
            chunk = _open(cipher, counter, True, sealed)
        if chunk is None:
            raise PayloadError("a chunk of the age file was changed, moved or cut off")
        if not chunk and counter:
            # One plaintext has one form: an empty last chunk belongs to the empty file only.
            raise PayloadError("the age file ends with an empty chunk")
        yield chunk
        if last:
            if not source.at_end():
                raise PayloadError("the age file goes on after its last chunk")
            return
        counter += 1


def seal_chunks(key: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The sealed chunks of the plaintext in `chunks`, which may be cut anywhere."""
    cipher = ciphers.chacha20_poly1305(key)
    source = Source(chunks)
    counter = 0
    last = False
    while not last:
        chunk = source.read(CHUNK_SIZE)
        last = source.at_end()
        yield cipher.encrypt(_nonce(counter, last), chunk, None)
        counter += 1


def _open(cipher: ChaCha20Poly1305, counter: int, last: bool, sealed: bytes) -> bytes | None:
    return ciphers.opened(cipher, _nonce(counter, last), sealed, None)


def _nonce(counter: int, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])
