"""The C2SP/CCTV age vectors: outcome class, released plaintext, printing back."""

from __future__ import annotations

import hashlib
import os
import zlib
from pathlib import Path

import pytest

from cmp import age
from cmp.age import armor
from cmp.age.file import unwrap_header
from cmp.age.header import read_header
from cmp.age.payload import NONCE_SIZE, seal_chunks
from cmp.age.primitives import payload_key
from cmp.age.source import Source
from cmp.limits import DEFAULT

pytestmark = pytest.mark.shared

KNOWN = {"expect", "file key", "payload", "identity", "passphrase", "armored", "compressed", "comment"}
CLASSES = {
    "no match": age.NoMatchError,
    "HMAC failure": age.HeaderMacError,
    "header failure": age.HeaderError,
    "payload failure": age.PayloadError,
    "armor failure": age.ArmorError,
}
COUNTS = {
    "success": 26,
    "no match": 13,
    "HMAC failure": 1,
    "header failure": 62,
    "payload failure": 19,
    "armor failure": 22,
}


class Vector:
    """A vector file: its header lines and the age file."""

    def __init__(self, path: Path) -> None:
        head, _, body = path.read_bytes().partition(b"\n\n")
        lines = [line.partition(": ") for line in head.decode().splitlines()]
        assert {key for key, _, _ in lines} <= KNOWN, "a newer kit: teach this test its new keys"
        self.name = path.name
        self.fields = {key: value for key, _, value in lines}
        self.expect = self.fields["expect"]
        self.armored = self.fields.get("armored") == "yes"
        self.data = zlib.decompress(body) if self.fields.get("compressed") == "zlib" else body
        self.identities: list[age.Identity] = []
        for key, _, value in lines:
            if key == "identity":
                self.identities.append(age.parse_identity(value))
            elif key == "passphrase":
                self.identities.append(age.ScryptIdentity(value.encode()))

    def outcome(self, size: int | None = None) -> tuple[str, str]:
        """Outcome class and digest of what was released, the file cut into pieces of `size` bytes."""
        step = size or len(self.data) or 1
        pieces = (self.data[start : start + step] for start in range(0, len(self.data), step))
        released = hashlib.sha256()
        try:
            for chunk in age.decrypt_stream(pieces, self.identities, armored=self.armored):
                released.update(chunk)
        except age.AgeError as error:
            found = [name for name, kind in CLASSES.items() if isinstance(error, kind)]
            assert len(found) == 1, error
            return found[0], released.hexdigest()
        return "success", released.hexdigest()

    def binary(self) -> bytes:
        return b"".join(armor.decode([self.data])) if self.armored else self.data


@pytest.fixture(scope="session")
def vectors() -> list[Vector]:
    shared = Path(os.environ.get("CMP_SHARED", Path(__file__).parents[3] / "shared")).resolve()
    folder = shared / "conformance" / "age" / "testdata"
    if not folder.is_dir():
        pytest.skip("no age vectors beside the project; set CMP_SHARED to the folder that holds them")
    return [Vector(path) for path in sorted(folder.iterdir())]


def test_every_vector_is_there(vectors, record_property):
    found = {name: sum(vector.expect == name for vector in vectors) for name in COUNTS}
    assert found == COUNTS
    assert sum(found.values()) == len(vectors) == 143
    record_property("age_vectors", len(vectors))


@pytest.mark.parametrize("size", [None, 1 << 16, 4099, 7])
def test_outcome_class_and_released_plaintext(vectors, size):
    ran = 0
    for vector in vectors:
        if size == 7 and len(vector.data) > 100_000:
            continue
        expect, digest = vector.outcome(size)
        assert (vector.name, expect) == (vector.name, vector.expect)
        if "payload" in vector.fields:
            assert (vector.name, digest) == (vector.name, vector.fields["payload"])
        else:
            assert (vector.name, digest) == (vector.name, hashlib.sha256().hexdigest())
        ran += 1
    print(f"{ran} vectors")
    assert ran == 143 or size == 7


def test_the_safe_function_agrees(vectors):
    for vector in vectors:
        if vector.expect == "success":
            plain = age.decrypt(vector.data, vector.identities, armored=vector.armored)
            assert hashlib.sha256(plain).hexdigest() == vector.fields["payload"]
        else:
            with pytest.raises(CLASSES[vector.expect]):
                age.decrypt(vector.data, vector.identities, armored=vector.armored)


def test_armor_prints_back(vectors):
    ran = 0
    for vector in vectors:
        if vector.armored and vector.expect != "armor failure":
            printed = b"".join(armor.encode(armor.decode([vector.data])))
            assert printed.strip() == vector.data.replace(b"\r\n", b"\n").strip(), vector.name
            ran += 1
    assert ran == 11


def test_header_prints_back(vectors):
    ran = 0
    for vector in vectors:
        if vector.expect not in ("header failure", "armor failure"):
            data = vector.binary()
            header = read_header(Source([data]), DEFAULT)
            again = b"".join(stanza.encode() for stanza in header.stanzas)
            assert header.signed == b"age-encryption.org/v1\n" + again + b"---", vector.name
            assert data.startswith(header.encode()), vector.name
            ran += 1
    assert ran == 26 + 13 + 1 + 19


def test_payload_seals_to_the_same_bytes(vectors):
    for vector in vectors:
        if vector.expect == "success":
            data = vector.binary()
            source = Source([data])
            header = read_header(source, DEFAULT)
            nonce = source.read(NONCE_SIZE)
            file_key = unwrap_header(header, vector.identities)
            assert file_key.hex() == vector.fields["file key"]
            plain = age.decrypt(data, vector.identities)
            sealed = b"".join(seal_chunks(payload_key(file_key, nonce), [plain]))
            assert data == header.encode() + nonce + sealed, vector.name
