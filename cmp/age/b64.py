"""Canonical base64: one text for each byte string, nothing ignored (age spec, "Conventions").

Python's strict mode still accepts left-over bits that are not zero, so every decoded text is encoded again
and compared.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64


def encode(data: bytes) -> bytes:
    """Base64 without padding."""
    return b2a_base64(data, newline=False).rstrip(b"=")


def decode(text: bytes) -> bytes | None:
    """The bytes of canonical base64 without padding, or None when `text` is anything else."""
    return decode_padded(text + b"=" * (-len(text) % 4)) if b"=" not in text else None


def decode_padded(text: bytes) -> bytes | None:
    """The bytes of canonical base64 with padding, or None when `text` is anything else."""
    try:
        data = a2b_base64(text, strict_mode=True)
    except Error:
        return None
    return data if b2a_base64(data, newline=False) == text else None
