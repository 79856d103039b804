"""Protocol Buffers' wire format for messages that a table describes: no generated files, no compiler.

A message type is a dict {field: (number, type)}; type is "string", "bytes", "int", "bool", "map" (string to
string) or another message type, and a list of one of these for a repeated field. Values are dicts.
Unknown fields are skipped, absent ones get proto3's defaults. It shares nothing with `cmp.protobuf`, which
tests compare with it.
"""

from __future__ import annotations

from typing import Any

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_ENTRY = {"key": (1, "string"), "value": (2, "string")}
_DEFAULTS: dict[str, Any] = {"string": "", "bytes": b"", "int": 0, "bool": False}


def encode(message: dict[str, Any], value: dict[str, Any]) -> bytes:
    """The bytes of a value; a key that the type lacks is a KeyError."""
    out = bytearray()
    for field, content in value.items():
        number, kind = message[field]
        items = content
        if kind == "map":
            kind, items = [_ENTRY], [{"key": key, "value": text} for key, text in content.items()]
        for item in items if isinstance(kind, list) else [items]:
            out += _field(number, kind[0] if isinstance(kind, list) else kind, item)
    return bytes(out)


def _field(number: int, kind: Any, item: Any) -> bytes:
    if kind in ("int", "bool"):
        return _varint(number << 3 | _VARINT) + _varint(int(item) & (1 << 64) - 1)
    if isinstance(kind, dict):
        item = encode(kind, item)
    data = item.encode() if kind == "string" else item
    return _varint(number << 3 | _LENGTH) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def decode(message: dict[str, Any], data: bytes) -> dict[str, Any]:
    """The value of a message; ValueError for bytes that are none."""
    by_number = {number: (field, kind) for field, (number, kind) in message.items()}
    value = {field: _default(kind) for field, (_, kind) in message.items()}
    position = 0
    while position < len(data):
        tag, position = _read_varint(data, position)
        content, position = _read(data, position, tag & 7)
        if tag >> 3 not in by_number:
            continue
        field, kind = by_number[tag >> 3]
        if kind == "map":
            entry = decode(_ENTRY, _bytes(content))
            value[field][entry["key"]] = entry["value"]
        elif isinstance(kind, list):
            value[field].append(_meaning(kind[0], content))
        else:
            value[field] = _meaning(kind, content)
    return value


def _default(kind: Any) -> Any:
    if kind == "map":
        return {}
    if isinstance(kind, list):
        return []
    return None if isinstance(kind, dict) else _DEFAULTS[kind]


def _meaning(kind: Any, content: bytes | int) -> Any:
    if kind in ("int", "bool"):
        if not isinstance(content, int):
            raise ValueError("a number was expected")
        return bool(content) if kind == "bool" else content - (content >> 63 << 64)
    data = _bytes(content)
    if isinstance(kind, dict):
        return decode(kind, data)
    return data.decode() if kind == "string" else data


def _bytes(content: bytes | int) -> bytes:
    if not isinstance(content, bytes):
        raise ValueError("a length-delimited field was expected")  # noqa: TRY004 - the input is wrong
    return content


def _read(data: bytes, position: int, wire: int) -> tuple[bytes | int, int]:
    if wire == _VARINT:
        return _read_varint(data, position)
    if wire == _LENGTH:
        length, position = _read_varint(data, position)
    elif wire in (_FIXED64, _FIXED32):
        length = 8 if wire == _FIXED64 else 4
    else:
        raise ValueError(f"wire type {wire}")
    if position + length > len(data):
        raise ValueError("the message is cut off")
    return data[position : position + length], position + length


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise ValueError("the message is cut off")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, position
    raise ValueError("a number is too long")
