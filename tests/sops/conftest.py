"""Keys, the real sops program and the folder of vectors; a test that needs what is absent says so."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from cmp import age
from cmp.sops.keys import KeySource

DATA = Path(__file__).parent.parent / "data" / "sops"
VECTORS = (
    Path(os.environ.get("CMP_SHARED", Path(__file__).parents[3] / "shared")).resolve()
    / "conformance"
    / "sops"
)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    return DATA


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The folder of SOPS vectors, which lies outside of the project."""
    if not (VECTORS / "index.json").is_file():
        pytest.skip(f"the SOPS vectors are not at {VECTORS}; CMP_SHARED names their parent folder")
    return VECTORS


@pytest.fixture(scope="session")
def identity():
    """The project's own test identity."""
    (found,) = age.parse_identities((DATA / "keys.txt").read_bytes())
    return found


@pytest.fixture(scope="session")
def keys(identity) -> KeySource:
    return KeySource(lambda: [identity], "the tests' key")


@pytest.fixture(scope="session")
def sops(tmp_path_factory, identity):
    """Run the real sops on bytes: `sops("encrypt", data, "yaml", rule={}) -> (exit code, stdout, stderr)`."""
    tool = shutil.which("sops")
    if tool is None:
        pytest.skip("the program sops is not on PATH")
    folder = tmp_path_factory.mktemp("sops")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SOPS_AGE_KEY_FILE": str(DATA / "keys.txt"),
        "SOPS_AGE_RECIPIENTS": str(identity.recipient()),
    }
    names = {"yaml": ".yaml", "json": ".json", "dotenv": ".env", "ini": ".ini", "binary": ".bin"}

    def call(verb: str, data: bytes, fmt: str, *flags: str, rule: dict | None = None):
        path = folder / f"{random.getrandbits(64):x}{names[fmt]}"
        path.write_bytes(data)
        config = path.with_suffix(".config")
        if rule is not None:
            # Flags cannot say everything that a configuration file can. JSON is YAML.
            rules = {"creation_rules": [{"age": str(identity.recipient()), **rule}]}
            config.write_text(json.dumps(rules))
            flags = ("--config", str(config), *flags)
        done = subprocess.run(
            [tool, *flags[:2], verb, *flags[2:], str(path)]
            if rule is not None
            else [tool, verb, *flags, str(path)],
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
        )
        path.unlink()
        config.unlink(missing_ok=True)
        return done.returncode, done.stdout, done.stderr

    return call


@pytest.fixture(scope="session")
def seal():
    """Encrypt branches under a fixed data key: `seal(branches, fmt, key=…, **metadata) -> bytes`."""
    from hashlib import sha512

    from cmp.sops import cipher
    from cmp.sops.decryption import MAC_ONLY_ENCRYPTED_START
    from cmp.sops.document import Comment, value_bytes
    from cmp.sops.metadata import MasterKey, Metadata, Tree
    from cmp.sops.rules import Rule
    from cmp.sops.stores import emit_encrypted
    from cmp.sops.walk import walk

    def call(branches, fmt: str, *, key: bytes, enc: str = "none", **fields) -> bytes:
        metadata = Metadata(
            [[MasterKey.age("age1test", enc)]], last_modified="2024-01-01T00:00:00Z", version="3.13.3"
        )
        for name, value in fields.items():
            setattr(metadata, name, value)
        rule = Rule(metadata.rule, metadata.rule_value)
        digest = sha512(MAC_ONLY_ENCRYPTED_START if metadata.mac_only_encrypted else b"")

        def visit(value, path, comments):
            encrypted = rule.encrypts(path, comments, isinstance(value, Comment))
            if not isinstance(value, Comment) and (encrypted or not metadata.mac_only_encrypted):
                digest.update(value_bytes(value))
            if not encrypted:
                return value
            sealed = cipher.seal_value(value, key, cipher.aad(path))
            return Comment(sealed, value.inline) if isinstance(value, Comment) else sealed

        for branch in branches:
            walk(branch, visit)
        metadata.mac = cipher.seal_value(digest.hexdigest().upper(), key, metadata.last_modified.encode())
        return emit_encrypted(Tree(branches, metadata), fmt)

    return call
