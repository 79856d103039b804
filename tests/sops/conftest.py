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
VECTORS = Path(os.environ.get("CMP_SHARED", "/work/shared")) / "conformance" / "sops"


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


@pytest.fixture
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
            [tool, *flags[:2], verb, *flags[2:], str(path)] if rule is not None else [tool, verb, *flags, str(path)], capture_output=True, env=environment, timeout=60, check=False
        )
        path.unlink()
        config.unlink(missing_ok=True)
        return done.returncode, done.stdout, done.stderr

    return call
