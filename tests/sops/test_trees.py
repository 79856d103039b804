"""The vectors' KSOPS and Flux trees, built by the engine with files that come out decrypted."""

from __future__ import annotations

import json

import pytest

from cmp import age
from cmp.kustomize import Hooks, Options, build, emit
from cmp.limits import DEFAULT
from cmp.sops import decrypt, detect, ksops
from cmp.sops.keys import KeySource
from cmp.tree import DiskTree, MemoryTree
from cmp.yaml import load_all

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

    def generator(self, config, context):
        if not ksops.is_generator(config.body):
            return None
        return ksops.generate(config.body, lambda path: self.tree.read(context.loader.path_of(path)))


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


# The tree's own note says what each part holds after decryption.
FLUX = {
    "envs": {("Secret", "envs-secret"): "value", ("ConfigMap", "envs-configmap"): "value"},
    "files": {("Secret", "files-secret"): "value", ("ConfigMap", "files-configmap"): "value"},
    "component": {("Secret", "component"): "value"},
    "patches": {("Secret", "patches-secret"): "merge1"},
    "global": {("Secret", "global-age-secret"): "global-value"},
    "algorithms": {
        ("Secret", name): "value" for name in ("algo-age", "algo-age-pq", "algo-pgp", "algo-vault")
    },
}


@pytest.mark.parametrize("part", FLUX)
def test_flux_tree(vectors, keys, part):
    assert (
        _values(_render(Opened(DiskTree(str(vectors), DEFAULT), keys), str(vectors / "flux" / part)))
        == FLUX[part]
    )


def test_the_whole_flux_tree_without_its_remote_part(vectors, keys):
    root = vectors / "flux"
    files = {f"/t/{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*") if path.is_file()}
    top = files["/t/kustomization.yaml"].decode()
    assert "  - remote\n" in top
    files["/t/kustomization.yaml"] = "".join(
        line for line in top.splitlines(keepends=True) if line.strip() not in ("- remote", "- inside")
    ).encode()
    tree = Opened(MemoryTree(files), keys)
    found = _values(_render(tree, "/t"))
    expected = {}
    for part in FLUX.values():
        expected.update(part)
    expected.pop(("Secret", "global-age-secret"))
    assert {(kind, name.removeprefix("sops-")): value for (kind, name), value in found.items()} == expected


def _values(text: str) -> dict[tuple[str, str], str]:
    """The value under `key` of each object, base64 undone."""
    from base64 import b64decode

    found = {}
    for body in load_all(text.encode()):
        value = body.get("stringData", {}).get("key")
        if value is None:
            value = body["data"]["key"]
            value = b64decode(value).decode() if body["kind"] == "Secret" else value
        found[body["kind"], body["metadata"]["name"]] = value
    return found
