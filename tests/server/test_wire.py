"""The protocol's messages: the server's coding against the tests' own, and bytes that are none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protobuf import decode, encode

from cmp.server import wire
from cmp.server.errors import WireError

pytest.importorskip("grpc", reason="grpcio is not installed")
from cmp_grpc import (
    ANNOUNCEMENTS_RESPONSE,
    APP_STREAM_REQUEST,
    CONFIGURATION_RESPONSE,
    MANIFEST_RESPONSE,
    METADATA,
    REPOSITORY_RESPONSE,
)


@given(
    st.fixed_dictionaries(
        {
            "appName": st.text(),
            "appRelPath": st.text(),
            "checksum": st.text(),
            "size": st.integers(0, 2**63 - 1),
            "env": st.lists(st.fixed_dictionaries({"name": st.text(min_size=1), "value": st.text()})),
        }
    )
)
def test_metadata(value):
    kind, data = wire.request_part(encode(APP_STREAM_REQUEST, {"metadata": value}))
    found = wire.metadata(bytes(data))
    assert kind == 1
    assert (found.path, found.checksum, found.size) == (value["appRelPath"], value["checksum"], value["size"])
    assert found.environment == {entry["name"]: entry["value"] for entry in value["env"]}


@given(st.binary(max_size=3000))
def test_chunks(chunk):
    kind, found = wire.request_part(encode(APP_STREAM_REQUEST, {"file": {"chunk": chunk}}))
    assert (kind, bytes(found)) == (2, chunk)


def test_fields_of_newer_versions_are_passed_over():
    newer = {**METADATA, "more": (99, "string"), "number": (98, "int")}
    message = {"metadata": (1, newer), "file": (2, {"chunk": (1, "bytes"), "offset": (7, "int")})}
    value = {"appRelPath": "a", "checksum": "c", "more": "x", "number": 7}
    _, data = wire.request_part(encode(message, {"metadata": value}))
    assert wire.metadata(bytes(data)).checksum == "c"
    assert wire.request_part(encode(message, {"file": {"chunk": b"x", "offset": 5}})) == (2, b"x")
    assert wire.request_part(encode({"new": (3, "string")}, {"new": "x"})) == (0, b"")
    assert wire.request_part(b"\x0d\0\0\0\0\x11" + bytes(8))[0] == 0


@pytest.mark.parametrize(
    "data", [b"\x0a\x05a", b"\x0a", b"\xff" * 11, b"\x0b", b"\x12\x05\x0a", b"\x08\x80", b"\x12\x02\x0a\x05"]
)
def test_bytes_that_are_no_message(data):
    with pytest.raises(WireError):
        wire.request_part(data)


@pytest.mark.parametrize("data", [b"\x10\x01", b"\x12\x01\xff", b"\x28\x01", b"\x2a\x02\x0a\x05"])
def test_bytes_that_are_no_metadata(data):
    with pytest.raises(WireError):
        wire.metadata(data)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_our_error(data):
    for read in (wire.request_part, wire.metadata, wire.health_service):
        try:
            read(data)
        except WireError as err:
            assert err.message


def test_responses():
    assert decode(MANIFEST_RESPONSE, wire.manifests([b'{"a":1}', "é".encode()]))["manifests"] == [
        '{"a":1}',
        "é",
    ]
    nothing = {"isDiscoveryConfigured": False, "provideGitCreds": False}
    assert decode(CONFIGURATION_RESPONSE, wire.configuration()) == nothing
    assert decode(REPOSITORY_RESPONSE, wire.repository()) == {
        "isSupported": False,
        "isDiscoveryEnabled": False,
    }
    entries: list[dict[str, Any]] = [
        {
            "name": "a",
            "title": "T",
            "tooltip": "t" * 200,
            "collectionType": "map",
            "map": {"k": "v", "l": ""},
        },
        {"name": "b", "collectionType": "array", "array": ["x", "y"], "required": True},
        {"name": "c", "collectionType": "string", "string": "s"},
    ]
    found = decode(ANNOUNCEMENTS_RESPONSE, wire.announcements(entries))["parameterAnnouncements"]
    for entry, announced in zip(entries, found, strict=True):
        assert {key: announced[key] for key in entry} == entry


def test_health():
    assert wire.health_service(b"\x0a\x01a") == "a"
    assert wire.health_service(b"") == ""
    assert wire.health(wire.SERVING) == b"\x08\x01"
