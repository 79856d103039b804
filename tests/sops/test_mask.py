"""Masked rendering: no key, no cleartext, tokens where sealed values were."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest

from cmp.sops import detect
from cmp.sops.errors import SopsError
from cmp.sops.mask import TOKEN, is_masked, mask
from cmp.sops.stores import load_plain


def test_the_token_is_text_and_canonical_base64():
    assert b64encode(b64decode(TOKEN, validate=True)).decode() == TOKEN
    assert is_masked(TOKEN)
    assert is_masked(f"PASSWORD={TOKEN}")
    assert is_masked(b64encode(TOKEN.encode()).decode())
    assert not is_masked("aHVudGVyMg==")


def test_every_format(data_folder):
    for path in sorted((data_folder / "valid").iterdir()):
        if path.suffix == ".plain":
            continue
        data = path.read_bytes()
        found = detect(data, path.name)
        assert found is not None
        masked = mask(data, found)
        assert b"ENC[" not in masked
        assert b"sops" not in masked
        assert TOKEN.encode() in masked, path.name
        load_plain(masked, found.name)
        assert mask(data, found.name) == masked


def test_what_is_plain_stays(data_folder):
    masked = mask((data_folder / "valid" / "stream.yaml").read_bytes(), "yaml").decode()
    assert masked == (
        "apiVersion: v1\nkind: Secret\nmetadata:\n    name: one\n"
        "stringData:\n    password: encrypted/masked\n"
        "---\n"
        "apiVersion: v1\nkind: Secret\nmetadata:\n    name: two\ndata:\n    password: encrypted/masked\n"
    )


def test_a_binary_file_is_the_token(data_folder):
    assert mask((data_folder / "valid" / "any.bin").read_bytes(), "binary") == TOKEN.encode()


def test_sealed_comments_are_left_out(data_folder):
    masked = mask((data_folder / "valid" / "types.yaml").read_bytes(), "yaml")
    assert b"#" not in masked


def test_a_plain_file_cannot_be_masked():
    with pytest.raises(SopsError):
        mask(b"a: 1\n", "yaml")
