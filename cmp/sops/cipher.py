"""One sealed value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, opened and made with AES-256-GCM.

The additional data is the path of the value, its components joined with `:` plus a final `:` (list
indices are not part of a path). The `type` word is outside the authentication, as upstream has it.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from functools import lru_cache

from cmp import ciphers
from cmp.sops.document import Comment, Time, from_bytes, type_word, value_bytes
from cmp.sops.errors import SealError
from cmp.sops.times import TimeError, parse_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from cmp.sops.document import Value

PREFIX = "ENC[AES256_GCM,"
IV_SIZE = 32
TAG_SIZE = 16
_LONGEST_INT = 40

# Upstream's own pattern is anchored at the start only and takes any characters in a field; nothing that
# SOPS writes has text behind the bracket, so we want the whole value.
_SEALED = re.compile(
    r"ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:([a-z]+)\]\Z"
)
_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_GO_INT = re.compile(r"[+-]?[0-9]+\Z")
_GO_FLOAT = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)\Z")
_GO_SPECIAL_FLOATS = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "nan"})


class Sealed:
    """The parts of a sealed value, base64 undone."""

    __slots__ = ("data", "iv", "tag", "type")

    def __init__(self, data: bytes, iv: bytes, tag: bytes, type: str) -> None:  # noqa: A002
        self.data = data
        self.iv = iv
        self.tag = tag
        self.type = type

    def __str__(self) -> str:
        data, iv, tag = (_base64(part) for part in (self.data, self.iv, self.tag))
        return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{self.type}]"


def looks_sealed(text: str) -> bool:
    """Whether `text` claims to be a sealed value."""
    return text.startswith(PREFIX)


def parse(text: str) -> Sealed:
    """The parts of a sealed value; raises `SealError`."""
    match = _SEALED.match(text)
    if match is None:
        raise SealError("the value is not in SOPS' form for encrypted values")
    data, iv, tag, word = match.groups()
    return Sealed(_unbase64(data), _unbase64(iv), _unbase64(tag), word)


def aad(path: list[str] | tuple[str, ...]) -> bytes:
    """The additional data of a value at `path`."""
    return (":".join(path) + ":").encode("utf-8", "surrogateescape")


def open_value(text: str, key: bytes, additional: bytes) -> Value:
    """The value sealed in `text`; the empty text is its own cleartext. Raises `SealError`."""
    if not text:
        return ""
    sealed = parse(text)
    return typed(open_bytes(sealed, key, additional), sealed.type)


def open_bytes(sealed: Sealed, key: bytes, additional: bytes) -> bytes:
    """The cleartext bytes; raises `SealError` when key, path or ciphertext do not belong together."""
    # Other sizes of tag would make a forgery easier; SOPS has never written them.
    if len(sealed.tag) != TAG_SIZE or not 8 <= len(sealed.iv) <= 128:
        raise SealError("the value's nonce or tag has a wrong size")
    cleartext = ciphers.opened(_aead(key), sealed.iv, sealed.data + sealed.tag, additional)
    if cleartext is None:
        raise SealError(
            "the value does not open with the file's data key at this place",
            hint="it was changed or moved without sops: restore it from git, or encrypt it again",
        )
    return cleartext


def seal_value(
    value: str | int | float | bool | Time | Comment, key: bytes, additional: bytes, iv: bytes | None = None
) -> str:
    """The sealed form of a leaf; the empty text stays empty. `iv`: `IV_SIZE` bytes, random if None."""
    data = value_bytes(value)
    if not data and isinstance(value, (str, Comment)):
        return ""
    from os import urandom

    iv = iv if iv is not None else urandom(IV_SIZE)
    out = _aead(key).encrypt(iv, data, additional)
    return str(Sealed(out[:-TAG_SIZE], iv, out[-TAG_SIZE:], type_word(value)))


def typed(data: bytes, word: str) -> Value:
    """Cleartext bytes as the value of type `word`; raises `SealError` without saying what the bytes are."""
    text = from_bytes(data)
    if word == "str":
        return text
    if word == "comment":
        return Comment(text)
    if word == "int" and len(text) <= _LONGEST_INT and _GO_INT.match(text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if word == "float" and (_GO_FLOAT.match(text) or text.lower() in _GO_SPECIAL_FLOATS):
        value = float(text)
        if value not in (float("inf"), float("-inf")) or text.lower() in _GO_SPECIAL_FLOATS:
            return value
    if word == "bool" and text in _TRUE:
        return True
    if word == "bool" and text in _FALSE:
        return False
    if word == "time":
        try:
            return Time(parse_rfc3339(text))
        except TimeError as error:
            raise SealError("the value's cleartext is not a time") from error
    if word in ("int", "float", "bool"):
        raise SealError(f"the value's cleartext is not of its type {word}")
    raise SealError("the value has a type that SOPS does not write")


@lru_cache(maxsize=8)
def _aead(key: bytes) -> AESGCM:
    return ciphers.aes_gcm(key)


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode("ascii")


def _unbase64(text: str) -> bytes:
    try:
        data = a2b_base64(text, strict_mode=True)
    except Base64Error as error:
        raise SealError("the value holds malformed base64") from error
    # Strict mode still accepts left-over bits that are not zero.
    if _base64(data) != text:
        raise SealError("the value holds malformed base64")
    return data
