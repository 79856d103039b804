"""The messages of the plugin's protocol: Protocol Buffers' wire format for tables, no generated files.

Argo CD's cmpserver/plugin/plugin.proto and reposerver/repository/repository.proto (ParameterAnnouncement), as
they have been from 2.14 to 3.6. Fields that a newer version adds are passed over. Encoding: protobuf.dev,
"Encoding".
"""

from __future__ import annotations

from cmp.protobuf import VARINT, as_bytes, as_text, encoded, field, fields, varint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

SERVICE = "plugin.ConfigManagementPluginService"
HEALTH_SERVICE = "grpc.health.v1.Health"
SERVING, NOT_SERVING = 1, 2

_ANNOUNCEMENT = {
    "name": 1,
    "title": 2,
    "tooltip": 3,
    "required": 4,
    "itemType": 5,
    "collectionType": 6,
    "string": 7,
    "array": 8,
    "map": 9,
}


class Metadata:
    """ManifestRequestMetadata. size: bytes of the archive, 0 where it is not told."""

    __slots__ = ("checksum", "environment", "path", "size")

    def __init__(self) -> None:
        self.path = ""
        self.checksum = ""
        self.size = 0
        self.environment: dict[str, str] = {}


def request_part(message: bytes) -> tuple[int, bytes]:
    """An AppStreamRequest: 1 and the bytes of its metadata, or 2 and a chunk of the archive."""
    found: tuple[int, bytes] = (0, b"")
    for number, content in fields(message):
        if number == 1:
            found = (1, as_bytes(content))
        elif number == 2:
            chunks = [as_bytes(chunk) for inner, chunk in fields(as_bytes(content)) if inner == 1]
            found = (2, chunks[-1] if chunks else b"")
    return found


def piece_before(start: bytes, size: int) -> int:
    """How many bytes stand before the chunk of an AppStreamRequest with one File of one chunk, and no more.

    start: the message's first ten bytes, or all of it. size: the whole message's. 0: it is another message,
    and `request_part` has to read it.
    """
    if start[:1] != b"\x12":
        return 0
    inner, at = varint(start, 1)
    if at + inner != size or start[at : at + 1] != b"\x0a":
        return 0
    chunk, at = varint(start, at + 1)
    return at if at + chunk == size else 0


def metadata(data: bytes) -> Metadata:
    """The metadata of a stream; `WireError`. The last entry of a name counts."""
    found = Metadata()
    for number, content in fields(data):
        if number == 2:
            found.path = as_text(content)
        elif number == 3:
            found.checksum = as_text(content)
        elif number == 4 and isinstance(content, int):
            found.size = content if content < 1 << 63 else 0
        elif number == 5:
            entry = {inner: as_text(text) for inner, text in fields(as_bytes(content)) if inner in (1, 2)}
            if entry.get(1):
                found.environment[entry[1]] = entry.get(2, "")
    return found


def manifests(documents: Iterable[bytes]) -> bytes:
    """A ManifestResponse: JSON strings."""
    return b"".join([field(1, document) for document in documents])


def repository() -> bytes:
    """A RepositoryResponse that says: not supported, and no discovery."""
    return b""


def configuration() -> bytes:
    """A CheckPluginConfigurationResponse that says: no discovery, no git credentials wanted."""
    return b""


def announcements(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """A ParametersAnnouncementResponse. entries: as a plugin's command prints them, in JSON's values."""
    return b"".join([field(1, _announcement(entry)) for entry in entries])


def health(status: int) -> bytes:
    """A HealthCheckResponse."""
    return b"\x08" + bytes((status,))


def health_service(request: bytes) -> str:
    """The service that a HealthCheckRequest asks about."""
    name = ""
    for number, content in fields(request):
        if number == 1:
            name = as_text(content)
    return name


def _announcement(entry: Mapping[str, Any]) -> bytes:
    out = b""
    for name, number in _ANNOUNCEMENT.items():
        value = entry.get(name)
        if not value:
            continue
        if value is True:
            out += encoded(number << 3 | VARINT) + b"\x01"
        elif isinstance(value, str):
            out += field(number, value.encode())
        elif isinstance(value, dict):
            for key, text in value.items():
                out += field(number, field(1, key.encode()) + field(2, text.encode()))
        else:
            out += b"".join([field(number, text.encode()) for text in value])
    return out
