"""The wire form of SSH public keys (RFC 4253 section 6.6) and the tag that age makes of it."""

from __future__ import annotations

from base64 import b64encode

from cmp.age import b64
from cmp.age.errors import InvalidKeyError
from cmp.digests import sha256


def wire_fields(wire: bytes, count: int) -> list[bytes]:
    """The first `count` length-prefixed fields of SSH's wire form; raises `InvalidKeyError`."""
    fields = []
    position = 0
    for _ in range(count):
        end = position + 4 + int.from_bytes(wire[position : position + 4], "big")
        if position + 4 > len(wire) or end > len(wire):
            raise InvalidKeyError("the SSH key is malformed")
        fields.append(wire[position + 4 : end])
        position = end
    return fields


def tag(wire: bytes) -> str:
    """What names a key in its stanzas: base64 of four bytes, so files for SSH keys are not anonymous."""
    return b64.encode(sha256(wire).digest()[:4]).decode("ascii")


def public_text(wire: bytes) -> str:
    """A key as in an `authorized_keys` file, without a comment."""
    kind = wire_fields(wire, 1)[0].decode("ascii")
    return f"{kind} {b64encode(wire).decode('ascii')}"
