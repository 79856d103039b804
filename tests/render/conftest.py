"""Small trees in memory, a key, and a way to encrypt: what the tests of the pipeline share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp import age
from cmp.render import Parameters, Settings, render
from cmp.sops.keys import KeySource
from cmp.tree.memory import MemoryTree

KEY = Path(__file__).parents[2] / "examples/keys/public-test-key.agekey"


@pytest.fixture(scope="session")
def identity():
    (found,) = age.parse_identities(KEY.read_bytes())
    return found


@pytest.fixture
def keys(identity):
    return KeySource(lambda: [identity], "the tests' key")


@pytest.fixture(scope="session")
def seal(identity):
    """Encrypt a text for the tests' key: seal(text, fmt="yaml", regex="^(data|stringData)$")."""
    from cmp.sops.write.document import NewFile, encrypt

    def run(text, fmt="yaml", regex=""):
        rule = ("encrypted_regex", regex) if regex else None
        new = NewFile(groups=((str(identity.recipient()),),), rule=rule)
        data = text if isinstance(text, bytes) else text.encode()
        return encrypt(data, fmt, new, "2026-01-02T03:04:05Z").data

    return run


@pytest.fixture
def run(keys):
    """run({"kustomization.yaml": "...", ...}, **settings) -> Rendered; the overlay is /r."""

    def build(files, path="/r", parameters=None, **settings):
        tree = MemoryTree(
            {
                f"/r/{name}": data if isinstance(data, bytes) else data.encode()
                for name, data in files.items()
            },
            root="/r",
        )
        settings.setdefault("keys", keys)
        settings.setdefault("explain", True)
        given = Parameters()
        for name, value in (parameters or {}).items():
            setattr(given, name, value)
        return render(tree, path, Settings(parameters=given, **settings))

    return build
