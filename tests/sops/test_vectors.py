"""The SOPS vectors: what must open opens, what must not is refused for the right reason, all counted."""

from __future__ import annotations

import json

import pytest

from cmp import age
from cmp.errors import CmpError
from cmp.sops import decrypt, detect, errors
from cmp.sops.keys import FixedDataKey, KeySource
from cmp.yaml import load_all

pytestmark = pytest.mark.shared

CLASSES = {
    "no mac": errors.MacError,
    "mac mismatch": errors.MacError,
    "decrypt error": errors.SealError,
    "metadata error": errors.MetadataError,
    "no metadata": errors.SopsError,
    "parse error": errors.ParseError,
    "no key": errors.DataKeyError,
}
# Refused earlier than upstream does, for a reason that says more.
OTHER_CLASSES = {
    "bad/multidoc-plain-appended.yaml": errors.MetadataError,
    "bad/type-str-to-comment.yaml": errors.SealError,
}
# Written by versions before 3.10, whose printers moved comments and left out JSON's final line break or
# printed every number as a float; the newest sops prints what we print (see test_oracle).
PRINTED_OTHERWISE = {"made/3.7.3/comments.yaml", "made/3.7.3/types.json", "made/3.9.4/types.json"}
REFUSED_OF_TOLERATED = {
    "weak/trailing-garbage.yaml": errors.SealError,
    "weak/json-trailing-text.json": errors.ParseError,
    "made/3.13.1/comment-regex-in-list.yaml": errors.MacError,
}


@pytest.fixture(scope="module")
def index(vectors):
    return json.loads((vectors / "index.json").read_text())


@pytest.fixture(scope="module")
def source(vectors):
    def make(entry):
        if entry.get("data_key"):
            return FixedDataKey(bytes.fromhex(entry["data_key"]))
        return KeySource(
            lambda: [
                key
                for name in entry["identities"]
                for key in age.parse_identities((vectors / name).read_bytes())
            ],
            "the vector's keys",
        )

    return make


def test_every_fixture_opens_with_upstreams_cleartext(vectors, index, source, record_property):
    opened = exact = refused = 0
    for entry in index["fixtures"]:
        data = (vectors / entry["file"]).read_bytes()
        found = detect(data, entry["file"])
        assert found is not None and found.name == entry["format"], entry["file"]
        if entry["expect"] != "ok":
            with pytest.raises(CLASSES[entry["expect"]]):
                decrypt(data, found, source(entry))
            refused += 1
            continue
        plain = decrypt(data, found, source(entry), file=entry["file"])
        want = (vectors / entry["plaintext"]).read_bytes()
        opened += 1
        if entry["file"] in PRINTED_OTHERWISE:
            assert _parsed(plain, entry["format"]) == _parsed(want, entry["format"]), entry["file"]
        else:
            assert plain == want, entry["file"]
            exact += 1
    assert (opened, exact, refused) == (133, 130, 1)
    record_property("sops_fixtures", opened + refused)
    assert index["counts"] == {
        "fixtures": opened + refused,
        "with_good_mac": opened,
        "rejects": 51,
        "tolerated": 20,
        "age_blobs": 3,
    }


def _parsed(data: bytes, fmt: str):
    return json.loads(data) if fmt == "json" else load_all(data)


def test_every_reject_is_refused(vectors, index, source, record_property):
    counts = dict.fromkeys(CLASSES, 0)
    for entry in index["rejects"]:
        data = (vectors / entry["file"]).read_bytes()
        expected = OTHER_CLASSES.get(entry["file"], CLASSES[entry["expect"]])
        with pytest.raises(expected) as caught:
            decrypt(data, entry["format"], source(entry))
        assert "hunter" not in str(caught.value) and "admin" not in str(caught.value)
        counts[entry["expect"]] += 1
    assert sum(counts.values()) == 51
    record_property("sops_rejects", 51)
    assert all(counts.values()), counts


def test_no_reject_opens_after_detection(vectors, index, source):
    """The same files as a build reads them: either refused, or taken as plain for the gates to find."""
    plain = []
    for entry in index["rejects"]:
        data = (vectors / entry["file"]).read_bytes()
        try:
            found = detect(data, entry["file"])
            if found is None:
                plain.append(entry["file"])
                continue
            decrypt(data, found, source(entry))
        except CmpError:
            continue
        pytest.fail(f"{entry['file']} was opened")
    assert sorted(plain) == [
        "bad/no-metadata.yaml",
        "bad/plain.yaml",
        "bad/sops-not-a-map.yaml",
        "bad/top-level-array.json",
    ]


def test_each_tolerated_file_is_handled_as_its_advice_says(vectors, index, source, record_property):
    opened = refused = 0
    for entry in index["tolerated"]:
        data = (vectors / entry["file"]).read_bytes()
        if entry["file"] in REFUSED_OF_TOLERATED:
            assert "refus" in entry["advice"], entry["file"]
            with pytest.raises(REFUSED_OF_TOLERATED[entry["file"]]):
                decrypt(data, entry["format"], source(entry))
            refused += 1
            continue
        assert "read" in entry["advice"], entry["file"]
        plain = decrypt(data, entry["format"], source(entry))
        if entry.get("plaintext"):
            assert plain == (vectors / entry["plaintext"]).read_bytes(), entry["file"]
        opened += 1
    assert (opened, refused) == (17, 3)
    record_property("sops_tolerated_files", opened + refused)
