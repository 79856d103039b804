"""The vectors' KSOPS and Flux trees, built by the engine with files that come out decrypted."""

from __future__ import annotations

import json

import pytest

from cmp import age
from cmp.kustomize import Hooks, Options, build, emit
from cmp.limits import DEFAULT
from cmp.render.errors import GateError
from cmp.sops import decrypt, detect, ksops
from cmp.sops.keys import KeySource
from cmp.tree import DiskTree
from cmp.tree.memory import MemoryTree
from cmp.yaml.plain import plain_values

pytestmark = pytest.mark.shared


class Opened:
    """A tree whose SOPS documents come out as cleartext."""

    def __init__(self, tree, keys):
        self.tree, self.keys = tree, keys

    def __getattr__(self, name):
        return getattr(self.tree, name)

    def read(self, path: str) -> bytes:
        data = self.tree.read(path)
        found = detect(data, path)
        return data if found is None else decrypt(data, found, self.keys, file=path)


class WithKsops(Hooks):
    def __init__(self, tree):
        self.tree = tree

    def generator(self, config, path_of):
        if not ksops.is_generator(config.body):
            return None
        return ksops.generate(config.body, lambda path: self.tree.read(path_of(path)))


@pytest.fixture(scope="module")
def keys(vectors):
    """All identities of the vectors, and the data key of the one Flux file that only PGP opens."""
    index = json.loads((vectors / "index.json").read_text())
    (pgp,) = (entry["data_key"] for entry in index["fixtures"] if entry["file"] == "pgp/flux/pgp.yaml")

    class Keys(KeySource):
        def data_key(self, metadata, file=""):
            return bytes.fromhex(pgp) if metadata.key_types() == ["pgp"] else super().data_key(metadata, file)

    names = ("made-a.txt", "flux-age.txt", "flux-age-pq.txt", "flux-age-global.txt")

    def load():
        return [k for name in names for k in age.parse_identities((vectors / "keys" / name).read_bytes())]

    return Keys(load, "vectors")


def _render(tree, path: str) -> str:
    return emit(build(tree, path, Options(), WithKsops(tree)))


def test_ksops_trees(vectors, keys):
    folders = sorted(path.parent for path in vectors.glob("ksops/*/*/want.yaml"))
    tree = Opened(DiskTree(str(vectors), DEFAULT), keys)
    for folder in folders:
        assert _render(tree, str(folder)) == (folder / "want.yaml").read_text(), folder
    assert len(folders) == 18


# What the note beside the tree says that each object holds; `key` unless a patch names another.
FLUX = {
    **{("Secret", f"sops-algo-{name}"): {"key": "value"} for name in ("age", "age-pq", "pgp", "vault")},
    **{("Secret", f"sops-{name}-secret"): {"key": "value"} for name in ("envs", "files", "inside", "remote")},
    **{("ConfigMap", f"sops-{name}-configmap"): {"key": "value"} for name in ("envs", "files", "remote")},
    ("Secret", "sops-component"): {"key": "value"},
    ("Secret", "sops-patches-secret"): {"key": "merge1", "merge2": "merge2"},
}
FLUX_REMOTE = "https://raw.githubusercontent.com/fluxcd/kustomize-controller/refs/heads/main/config/default/namespace.yaml"


@pytest.fixture
def flux(vectors, keys, monkeypatch):
    """Render a folder of the Flux tree by the whole pipeline; the one remote file comes from memory."""
    from cmp.kustomize.remote import http
    from cmp.render import Settings, render

    served = {FLUX_REMOTE: b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: system\n"}
    monkeypatch.setattr(http, "get", lambda url, _: served.pop(url))
    options = Options(remote_allow=("raw.githubusercontent.com",))

    root = vectors / "flux"
    files = {f"/{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*") if path.is_file()}

    def run(folder: str, replaced: dict[str, bytes]) -> dict[tuple[str, str], dict[str, str]]:
        tree = MemoryTree(
            {**files, **{f"/{name}/kustomization.yaml": data for name, data in replaced.items()}}
        )
        return _values(render(tree, f"/{folder}", Settings(keys=keys, options=options)).text)

    return run


def allowing(vectors, part):
    """The kustomization of a part whose ConfigMap from an encrypted file says that it is meant."""
    text = (vectors / "flux" / part / "kustomization.yaml").read_bytes()
    return {part: text.replace(b"configMapGenerator:\n- ", ALLOWED)}


def test_the_whole_flux_tree(flux, vectors):
    """Its value in base64 (`inside`) and its remote resource (`remote`) included."""
    found = flux("", {**allowing(vectors, "envs"), **allowing(vectors, "files")})
    assert found == FLUX
    assert len(found) == 13


ALLOWED = b"configMapGenerator:\n- options: {annotations: {cmp.mlops/allow-cleartext: a test}}\n  "


def test_each_part_of_the_flux_tree(flux, vectors):
    parts = sorted(path.parent.name for path in vectors.glob("flux/*/kustomization.yaml"))
    found = {}
    for part in parts:
        if part == "component":
            continue  # no overlay of its own; the whole tree holds it
        replaced = {}
        if part in ("envs", "files"):
            # Each makes a ConfigMap of an encrypted file: refused until the overlay says that it is meant.
            with pytest.raises(GateError, match="would be shown in clear"):
                flux(part, {})
            replaced = allowing(vectors, part)
        found.update(flux(part, replaced))
    assert found.pop(("Secret", "global-age-secret")) == {"key": "global-value"}
    expected = {(kind, name.removeprefix("sops-")): value for (kind, name), value in FLUX.items()}
    del expected["Secret", "component"]
    renamed = {(kind, name.removeprefix("sops-")): value for (kind, name), value in found.items()}
    assert renamed == expected
    assert len(parts) == 8


def _values(text: str) -> dict[tuple[str, str], dict[str, str]]:
    """The data of each object, base64 undone."""
    from base64 import b64decode

    found = {}
    for body in plain_values(text):
        values = dict(body.get("data") or {})
        if body["kind"] == "Secret":
            # The API server lets stringData win.
            values = {key: b64decode(value).decode() for key, value in values.items()}
            values.update(body.get("stringData") or {})
        found[body["kind"], body["metadata"]["name"]] = values
    return found
