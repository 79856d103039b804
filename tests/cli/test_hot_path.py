"""What cmp-generate imports: start-up is most of a render's time, so the list is kept short on purpose."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Slow to import, and not needed to build plain files.
NEVER = [
    "argparse",
    "asyncio",
    "base64",
    "click",
    "contextlib",
    "contextvars",
    "cryptography",
    "ctypes",
    "dataclasses",
    "email",
    "hashlib",
    "hmac",
    "http",
    "inspect",
    "ipaddress",
    "json",
    "jsonpatch",
    "logging",
    "math",
    "multiprocessing",
    "pathlib",
    "pickle",
    "random",
    "re2",
    "ruamel",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "typing",
    "unittest",
    "urllib",
    "uuid",
    "warnings",
    "yaml",
    "zipfile",
]

FILES = {
    "kustomization.yaml": (
        "namePrefix: p-\nnamespace: space\nresources: [d.yaml]\n"
        "labels: [{pairs: {a: b}}]\nimages: [{name: nginx, newTag: '2'}]\n"
        "configMapGenerator: [{name: c, literals: [k=v]}]\n"
    ),
    "d.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
        "spec: {template: {spec: {containers: [{name: c, image: nginx, envFrom: [{configMapRef: {name: c}}]}]}}}\n"
    ),
}
CODE = """
import sys
before = set(sys.modules)
from cmp.cli.generate import main
code = main()
sys.stderr.write("\\n".join(sorted(set(sys.modules) - before)))
sys.exit(code)
"""


@pytest.fixture
def small(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def modules(*arguments):
    done = subprocess.run(
        [sys.executable, "-I", "-c", CODE, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr.split()


def test_a_plain_build_imports_nothing_slow(small):
    found = modules("--plain", str(small))
    assert sorted({name.partition(".")[0] for name in found} & set(NEVER)) == []


def test_a_plain_build_needs_no_layer_that_it_does_not_use(small):
    unused = ("cmp.sops", "cmp.age", "cmp.models", "cmp.gates", "cmp.argocd", "cmp.validate", "cmp.diff")
    assert [name for name in modules("--plain", str(small)) if name.startswith(unused)] == []


def test_a_full_render_of_plain_files_needs_no_cryptography(small):
    found = {name.partition(".")[0] for name in modules(str(small))}
    assert sorted(found & set(NEVER)) == []


def test_a_render_that_decrypts_and_injects_models_imports_the_compiled_ciphers_alone(monkeypatch):
    """The public modules of `cryptography` import typing, enum and every cipher: 25 ms of a start."""
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(ROOT / "examples/keys/public-test-key.agekey"))
    found = set(modules(str(ROOT / "examples/fraud-detection/k8s/overlays/production")))
    top = {name.partition(".")[0] for name in found}
    assert sorted(top & set(NEVER) - {"cryptography"}) == []
    assert [name for name in found if name.startswith("cryptography.hazmat.primitives")] == []
