"""What passes between the processes: an order on a socket pair, an answer through a pipe of its own."""

from __future__ import annotations

import json
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Orders and reports are single packets; what is large lies in the memory file or goes through the pipe.
PACKET = 4096
_HEAD = struct.Struct(">IQ")
HEAD_SIZE = _HEAD.size
INDEX = "Index"
# What a child is forked for; an order holds the place.
_METHODS = ("GenerateManifest", "GetParametersAnnouncement", INDEX)
_ORDER = struct.Struct(">QBQQddQ")
_REPORT = struct.Struct(">QqdQ")
READY = b'{"ready": true}'


class Order:
    """A child to fork. The descriptors of memory file and pipe go with it, and of the index.

    method: the protocol's, or `INDEX`. archive, trailer: bytes in the memory file. waited: seconds since the
    upload was complete. callers: seconds that the caller still waits, 0 without an end. index: bytes of the
    archive's index, 0 where there is none; those it may have, where it is to be made.
    """

    __slots__ = ("archive", "callers", "index", "method", "number", "trailer", "waited")

    def __init__(
        self, number: int, method: str, archive: int, trailer: int, waited: float, callers: float, index: int
    ) -> None:
        self.number = number
        self.method = method
        self.archive = archive
        self.trailer = trailer
        self.waited = waited
        self.callers = callers
        self.index = index

    def packed(self) -> bytes:
        """One packet."""
        method = _METHODS.index(self.method)
        return _ORDER.pack(
            self.number, method, self.archive, self.trailer, self.waited, self.callers, self.index
        )


def order(packet: bytes) -> Order:
    """The order in a packet."""
    number, method, *rest = _ORDER.unpack(packet)
    return Order(number, _METHODS[method], *rest)


class Report:
    """How a child ended.

    number: its order's. status: its exit code, or its signal as a negative number. cpu: seconds of processor
    time. peak: bytes of memory. failed: why it could not be forked, else empty.
    """

    __slots__ = ("cpu", "failed", "number", "peak", "status")

    def __init__(self, number: int, status: int = 0, cpu: float = 0, peak: int = 0, failed: str = "") -> None:
        self.number = number
        self.status = status
        self.cpu = cpu
        self.peak = peak
        self.failed = failed

    def packed(self) -> bytes:
        """One packet."""
        return _REPORT.pack(self.number, self.status, self.cpu, self.peak) + self.failed.encode()

    def facts(self) -> dict[str, Any]:
        """For the log."""
        if self.failed:
            return {"failed": self.failed}
        return {"status": self.status, "cpu": round(self.cpu, 4), "peak": self.peak}


def report(packet: bytes) -> Report:
    """The report in a packet."""
    number, status, cpu, peak = _REPORT.unpack_from(packet)
    return Report(number, status, cpu, peak, packet[_REPORT.size :].decode())


class Answer:
    """What a child says.

    code: cmp-generate's exit code. facts: names, counts and warnings for the log. payload: the encoded
    response where `code` is 0, else the text of the error.
    """

    __slots__ = ("code", "facts", "payload")

    def __init__(self, code: int, facts: Mapping[str, Any], payload: bytes) -> None:
        self.code = code
        self.facts = facts
        self.payload = payload

    def packed_head(self) -> bytes:
        """What goes before the payload."""
        # As a child prints its objects: nothing else has to be read for it.
        from cmp.yaml.gojson import dumps

        head = dumps({"code": self.code, "facts": dict(self.facts)})
        return _HEAD.pack(len(head), len(self.payload)) + head


def sizes(head: bytes | bytearray) -> tuple[int, int]:
    """The sizes of an answer's description and of its payload; head: `HEAD_SIZE` bytes."""
    described, payload = _HEAD.unpack_from(head)
    return described, payload


def answer(data: bytes | bytearray) -> Answer:
    """The whole answer."""
    described, payload = sizes(data)
    start = HEAD_SIZE + described
    found = json.loads(data[HEAD_SIZE:start])
    return Answer(found["code"], found["facts"], bytes(memoryview(data)[start : start + payload]))
