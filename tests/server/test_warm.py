"""What the zygote does before its first request: it leaves nothing to import, and reads no operator's key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from example_overlays import EXAMPLES, KEY

from cmp.cli.request import of_tree
from cmp.server import warm_tree
from cmp.tree.archive import open_archive, open_directory

# A process warms up as the zygote does, then renders overlays as children do.
CODE = """
import json, os, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event == "open" else None)
from cmp.server.settings import Settings
from cmp.server.warm import warm_up
environ = {"SOPS_AGE_KEY_FILE": sys.argv[1], "HOME": os.path.dirname(sys.argv[1])}
warm_up(Settings(environ, "unused.sock", 1))
read = [str(path) for path in opened if str(path).startswith(environ["HOME"])]
before = set(sys.modules)
useless = sorted({"cmp.sops.write", "cmp.yaml.edit", "ruamel.yaml", "tarfile", "tempfile"} & before)
from cmp.cli.bounds import RenderBounds
from cmp.cli.rendering import perform
from cmp.cli.request import of_tree
from cmp.server.child import _rendered
from cmp.tree.disk import DiskTree
environ = {**environ, "ARGOCD_APP_NAME": "a"}
codes = []
for overlay in sys.argv[2:]:
    root = overlay.partition("/k8s/")[0]
    finished = perform(
        lambda: of_tree(DiskTree(root), overlay, environ), environ, RenderBounds(environ, 50, slots=False)
    )
    codes.append(_rendered(finished).code)
print(json.dumps([read, codes, sorted(set(sys.modules) - before), useless]))
"""
OVERLAYS = [
    EXAMPLES / "fraud-detection/k8s/overlays/production",
    EXAMPLES / "fraud-detection/k8s/overlays/staging",
]


@pytest.fixture(scope="module")
def warmed():
    """Files read of the key's folder while warming up; exit codes; modules imported by the renders; what only
    encrypts and packs."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(KEY), *map(str, OVERLAYS)],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    return json.loads(done.stdout)


def test_no_key_of_the_operator_is_read(warmed):
    assert warmed[0] == []


def test_a_render_has_nothing_left_to_import(warmed):
    _, codes, imported, _ = warmed
    assert codes == [0, 0]
    assert imported == []


def test_what_encrypts_and_packs_the_repository_of_our_own_is_not_kept(warmed):
    assert warmed[3] == []


def test_the_repository_of_our_own_renders_whole():
    files, environ = warm_tree.files()
    packed = memoryview(warm_tree.archive(files))
    tree, directory = open_directory(open_archive(packed), warm_tree.OVERLAY, warm_tree.OVERLAY)
    rendered = of_tree(tree, directory, {**environ, "ARGOCD_APP_NAME": "a"}).render()
    assert rendered.warnings == []
    bodies: list[Any] = [resource.body for resource in rendered.resmap]
    kinds = {body["kind"] for body in bodies}
    assert kinds > {"Deployment", "Service", "ConfigMap", "Secret", "Model", "Experiment", "InferenceService"}
    uris = [body["spec"]["storageUri"] for body in bodies if body["kind"] == "Model"]
    assert uris == ["s3://warm/one/1", "s3://warm/two/1"]


def test_each_key_is_another_one_and_no_file_tells_it():
    files, environ = warm_tree.files()
    _, other = warm_tree.files()
    assert environ != other
    assert not any(environ["SOPS_AGE_KEY"].encode() in data for data in files.values())
