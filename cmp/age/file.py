"""Whole age files: header, then payload, plain or armored (age spec, "Encrypted file format")."""

from __future__ import annotations

from os import urandom

from cmp.age import armor as armors
from cmp.age.errors import AgeError, HeaderError, HeaderMacError, NoMatchError
from cmp.age.header import Header, Stanza, read_header, signed_part
from cmp.age.keys import PASSPHRASE
from cmp.age.payload import NONCE_SIZE, open_chunks, seal_chunks
from cmp.age.primitives import FILE_KEY_SIZE, header_mac, payload_key
from cmp.age.source import Source
from cmp.digests import compare_digest
from cmp.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cmp.age.keys import Identity, Recipient
    from cmp.limits import Limits


def decrypt(
    data: bytes, identities: Sequence[Identity], limits: Limits = DEFAULT, *, armored: bool | None = None
) -> bytes:
    """The plaintext of an age file, all of it verified; raises an `AgeError`.

    armored: None looks at the first bytes.
    """
    if armored is None:
        armored = armors.is_armored(data)
    return b"".join(decrypt_stream([data], identities, limits, armored=armored))


def decrypt_stream(
    chunks: Iterable[bytes],
    identities: Sequence[Identity],
    limits: Limits = DEFAULT,
    *,
    armored: bool = False,
) -> Iterator[bytes]:
    """The plaintext of an age file chunk by chunk, in bounded memory.

    Each chunk is verified, the whole only when the iterator ends without an error: who must not act on a
    cut off file uses `decrypt`.
    """
    source = Source(armors.decode(chunks) if armored else chunks)
    header = read_header(source, limits)
    file_key = unwrap_header(header, identities, limits)
    nonce = source.read(NONCE_SIZE)
    if len(nonce) != NONCE_SIZE:
        raise HeaderError("the age file ends before its payload")
    yield from open_chunks(payload_key(file_key, nonce), source)


def unwrap_header(header: Header, identities: Iterable[Identity], limits: Limits = DEFAULT) -> bytes:
    """The file key, the header's MAC checked; raises `NoMatchError`, `HeaderError` or `HeaderMacError`."""
    for identity in identities:
        file_key = identity.unwrap(header.stanzas, limits)
        if file_key is None:
            continue
        if not compare_digest(header_mac(file_key, header.signed), header.mac):
            raise HeaderMacError("the age header was changed after it was written")
        return file_key
    types = tuple(stanza.type for stanza in header.stanzas)
    raise NoMatchError("none of the identities opens the age file", types)


def encrypt(plaintext: bytes, recipients: Sequence[Recipient], *, armor: bool = False) -> bytes:
    """An age file that each of `recipients` can open; raises `AgeError`."""
    return b"".join(encrypt_stream([plaintext], recipients, armor=armor))


def encrypt_stream(
    chunks: Iterable[bytes], recipients: Sequence[Recipient], *, armor: bool = False
) -> Iterator[bytes]:
    """An age file piece by piece, in bounded memory."""
    pieces = _encrypt(chunks, recipients)
    return armors.encode(pieces) if armor else pieces


def _encrypt(chunks: Iterable[bytes], recipients: Sequence[Recipient]) -> Iterator[bytes]:
    file_key = urandom(FILE_KEY_SIZE)
    nonce = urandom(NONCE_SIZE)
    yield wrap_header(file_key, recipients).encode() + nonce
    yield from seal_chunks(payload_key(file_key, nonce), chunks)


def wrap_header(file_key: bytes, recipients: Sequence[Recipient]) -> Header:
    """A header that wraps `file_key` for each of `recipients`."""
    _check_together(recipients)
    stanzas: list[Stanza] = [recipient.wrap(file_key) for recipient in recipients]
    signed = signed_part(stanzas)
    return Header(stanzas, signed, header_mac(file_key, signed))


def _check_together(recipients: Sequence[Recipient]) -> None:
    kinds = {recipient.kind for recipient in recipients}
    if not kinds:
        raise AgeError("a file needs a recipient")
    if PASSPHRASE in kinds and len(recipients) > 1:
        raise AgeError("a passphrase must be the only recipient of a file")
    if len(kinds) > 1:
        raise AgeError(
            "post-quantum and classic recipients cannot share a file",
            hint="a classic recipient would make the file as weak as without the others",
        )
