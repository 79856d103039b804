"""Bech32 (BIP 173, without its length limit): the text form of age's own keys."""

from __future__ import annotations

from cmp.age.errors import InvalidKeyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {character: value for value, character in enumerate(_CHARSET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6
# The longest key of ours is a hybrid recipient: 1959 characters.
MAX_TEXT = 4096


def encode(prefix: str, data: bytes) -> str:
    """The text of `data` under `prefix`, in the prefix's case."""
    lower = prefix.lower()
    values = _regroup(data, 8, 5, pad=True)
    check = _polymod([*_expand(lower), *values, *([0] * _CHECKSUM)]) ^ 1
    values += [check >> 5 * (5 - index) & 31 for index in range(_CHECKSUM)]
    text = lower + "1" + "".join(_CHARSET[value] for value in values)
    return text.upper() if prefix.isupper() else text


def decode(text: str) -> tuple[str, bytes]:
    """The prefix, in its own case, and the bytes of `text`; raises `InvalidKeyError`."""
    if len(text) > MAX_TEXT or not text.isascii():
        raise InvalidKeyError("the key is too long or holds characters outside ASCII")
    if text not in (text.lower(), text.upper()):
        raise InvalidKeyError("the key mixes upper and lower case")
    prefix, separator, body = text.rpartition("1")
    if not separator or not prefix or len(body) < _CHECKSUM or any(not 33 <= ord(c) <= 126 for c in prefix):
        raise InvalidKeyError("the key is not in Bech32 form")
    try:
        values = [_VALUES[character] for character in body.lower()]
    except KeyError:
        raise InvalidKeyError("the key holds a character that Bech32 does not use") from None
    if _polymod([*_expand(prefix.lower()), *values]) != 1:
        raise InvalidKeyError("the key's checksum is wrong", hint="was it copied completely?")
    return prefix, bytes(_regroup(values[:-_CHECKSUM], 5, 8, pad=False))


def decode_as(text: str, prefix: str, size: int, what: str) -> bytes:
    """The `size` bytes of a string with that prefix; `InvalidKeyError` says what it was expected to be."""
    found, data = decode(text)
    if found != prefix or len(data) != size:
        raise InvalidKeyError(f"the string is not {what}")
    return data


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            if top >> bit & 1:
                checksum ^= term
    return checksum


def _expand(prefix: str) -> list[int]:
    codes = prefix.encode("ascii")
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _regroup(data: Iterable[int], width: int, target: int, *, pad: bool) -> list[int]:
    """Groups of `width` bits as groups of `target` bits; without `pad` left-over bits must be zero."""
    out = []
    buffer = bits = 0
    for value in data:
        buffer = buffer << width | value
        bits += width
        while bits >= target:
            bits -= target
            out.append(buffer >> bits)
            buffer &= (1 << bits) - 1
    if pad:
        return [*out, buffer << (target - bits)] if bits else out
    if bits >= width or buffer:
        raise InvalidKeyError("the key's last character carries left-over bits")
    return out
