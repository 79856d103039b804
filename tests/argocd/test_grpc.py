"""The gRPC client against a small server: what holds of the protocol itself, and the messages' coding."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import tarfile
import time
from typing import ClassVar

import argocd_programs
import pytest
from cmp_grpc import RemoteServer
from example_overlays import EXAMPLES, KEY, ROOT
from hypothesis import given
from hypothesis import strategies as st
from protobuf import decode, encode

pytest.importorskip("grpc", reason="grpcio is not installed")
import grpc
from cmp_grpc import (
    ANNOUNCEMENT,
    APP_STREAM_REQUEST,
    CHUNK,
    ENV_ENTRY,
    METADATA,
    FakeServer,
    RealServer,
    archive,
    requests,
)
from own_server import OwnServer

REPOSITORY = EXAMPLES / "fraud-detection"
OVERLAY = "k8s/overlays/production"


@pytest.fixture(params=["grpc", "cmp-server", *argocd_programs.parameters("argocd-cmp-server")])
def server(request, tmp_path):
    made: RemoteServer
    if request.param == "grpc":
        made = FakeServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    elif request.param == "cmp-server":
        made = OwnServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    else:
        program = argocd_programs.program("argocd-cmp-server", request.param)
        made = RealServer(program, ROOT / "plugin.yaml", tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    with made:
        yield made


@pytest.mark.parametrize(
    ("message", "value", "data"),
    [
        (ENV_ENTRY, {"name": "a", "value": "é"}, b"\x0a\x01a\x12\x02\xc3\xa9"),
        (METADATA, {"size": 300}, b"\x20\xac\x02"),
        (METADATA, {"size": -1}, b"\x20" + b"\xff" * 9 + b"\x01"),
        (APP_STREAM_REQUEST, {"file": {"chunk": b"\0\xff"}}, b"\x12\x04\x0a\x02\0\xff"),
        (ANNOUNCEMENT, {"required": True, "array": ["a", ""]}, b"\x20\x01\x42\x01a\x42\x00"),
        (ANNOUNCEMENT, {"map": {"k": "v"}}, b"\x4a\x06\x0a\x01k\x12\x01v"),
    ],
)
def test_the_bytes_of_messages(message, value, data):
    assert encode(message, value) == data
    assert {key: item for key, item in decode(message, data).items() if key in value} == value


def test_fields_of_newer_versions_are_passed_over():
    assert decode(ENV_ENTRY, b"\x0a\x01a\x9a\x06\x02zz\xa0\x06\x07\xa9\x06" + b"\0" * 8) == {
        "name": "a",
        "value": "",
    }


@pytest.mark.parametrize("data", [b"\x0a\x05a", b"\x0a", b"\x20" + b"\xff" * 11, b"\x0f", b"\x08\x01"])
def test_bytes_that_are_no_message(data):
    with pytest.raises(ValueError, match=r"\w"):
        decode(METADATA, data)


@given(
    st.fixed_dictionaries(
        {
            "appName": st.text(),
            "size": st.integers(-(2**63), 2**63 - 1),
            "env": st.lists(st.fixed_dictionaries({"name": st.text(), "value": st.text()}), max_size=3),
        }
    )
)
def test_what_was_encoded_is_decoded(value):
    assert decode(METADATA, encode(METADATA, value)) == {"appRelPath": "", "checksum": "", **value}


def test_the_stream_of_a_repository(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b/file").write_bytes(os.urandom(5 * CHUNK))
    (tmp_path / "link").symlink_to("b/file")
    first, *others = requests(tmp_path, "b", {"K": "v=w"})
    assert first["metadata"]["appName"] == first["metadata"]["appRelPath"] == "b"
    assert first["metadata"]["env"] == [{"name": "K", "value": "v=w"}]
    data = b"".join(other["file"]["chunk"] for other in others)
    assert len(others) > 5
    assert first["metadata"]["checksum"] == hashlib.sha256(data).hexdigest()
    raw = gzip.decompress(archive(tmp_path))
    assert [raw[start : start + 2] for start in (0, 512)] == [b".\0", b"b\0"]  # no slashes, as Go writes them
    with tarfile.open(fileobj=io.BytesIO(archive(tmp_path))) as tar:
        assert [(member.name, member.type) for member in tar] == [
            (".", tarfile.DIRTYPE),
            ("b", tarfile.DIRTYPE),
            ("b/file", tarfile.REGTYPE),
            ("link", tarfile.SYMTYPE),
        ]


def test_the_parameters_tab(server):
    """Without any key: the announcement reads what is not encrypted."""
    del server.sidecar["SOPS_AGE_KEY_FILE"]
    found = {entry["name"]: entry for entry in reversed(server.parameters(REPOSITORY, OVERLAY))}
    assert found["traffic"]["map"] == {"baseline": "80", "candidate": "20"}
    assert found["traffic"]["collectionType"] == "map"
    assert "s3://" not in str(found)


def test_no_discovery(server):
    with server.connect() as client:
        assert client.check_configuration() == {"isDiscoveryConfigured": False, "provideGitCreds": False}
        answer = client.match(requests(REPOSITORY, OVERLAY, {}))
    assert answer == {"isSupported": False, "isDiscoveryEnabled": False}


def spoilt(how: str):
    first, *others = requests(REPOSITORY, OVERLAY, {})
    if how == "checksum":
        first["metadata"]["checksum"] = "0" * 64
    elif how == "cut":
        others.pop()
    elif how == "path":
        first["metadata"]["appRelPath"] = "../.."
    else:
        others.insert(1, first)
    return iter([first, *others])


@pytest.mark.parametrize("how", ["checksum", "cut", "path", "metadata twice"])
def test_streams_that_are_refused(server, how):
    with server.connect() as client, pytest.raises(grpc.RpcError) as caught:
        client.generate(spoilt(how))
    assert caught.value.code() is grpc.StatusCode.UNKNOWN


class Slow(FakeServer):
    """Its commands take longer than anybody waits."""

    sleeping: ClassVar[list[float]] = []

    def _generate(self, folder, env, seconds):
        self.sleeping.append(seconds)
        time.sleep(seconds + 1)  # as long as the caller waits, and the answer may still be in time
        return {"manifests": []}


def test_the_callers_deadline_arrives(tmp_path):
    with Slow(tmp_path) as server, server.connect() as client:
        with pytest.raises(grpc.RpcError) as caught:
            client.generate(requests(REPOSITORY, OVERLAY, {}), timeout=2)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert 0 < Slow.sleeping[0] <= 2


def test_nothing_is_left_of_a_request(tmp_path):
    with FakeServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY)) as server:
        assert server.generate(REPOSITORY, OVERLAY).code == 0
        shutil.rmtree(tmp_path)
        assert [path.name for path in server.folder.iterdir()] == ["mlops-cmp.sock"]
        tmp_path.mkdir()
