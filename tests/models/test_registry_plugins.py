"""Registries of other packages: found by their entry point, by `lock` and `check` alone, and checked."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cmp.errors import UsageError
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.reference import checked_scheme
from cmp.models.registry import Registries, Resolution
from cmp.models.registry.resolving import checked_resolution
from cmp.models.registry.table import BUILT_IN, checked
from cmp.models.registry.testkit import SECRET, RegistrySuite

PLUGIN = '''
"""A registry in a JSON file, as a package of somebody else would have it."""
import json, os
from pathlib import Path

from cmp.models.errors import ReferenceSyntaxError, RegistryError
from cmp.models.registry.protocol import Resolution

Path(os.environ["SHELF_LOADED"]).write_text("loaded")


class Shelf:
    def __init__(self, environ):
        self._path = environ["SHELF_FILE"]

    @staticmethod
    def checked(ref):
        if not ref.startswith("shelf:") or ":" not in ref[6:]:
            raise ReferenceSyntaxError("not a reference of the shelf", hint="shelf:NAME:ALIAS")
        return ref

    def resolve(self, ref):
        name, _, alias = self.checked(ref)[6:].partition(":")
        version = json.loads(Path(self._path).read_text()).get(f"{name}:{alias}")
        if version is None:
            raise RegistryError(f"the shelf has no {name}:{alias}")
        place = f"s3://bkt-staging/{name}/{version}"
        return Resolution("https://shelf.example", name, version, "", place, {})
'''


def package(folder: Path, points: str, *, name: str = "shelf-plugin", module: str = PLUGIN) -> Path:
    """What an installed package looks like on the path."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mlops_cmp.registries]\n{points}\n")
    (folder / "shelf_plugin.py").write_text(module)
    return folder


class Installed(NamedTuple):
    """A call runs a program. shelf: the plug-in's file. loaded: there once the plug-in was loaded."""

    run: Callable[..., tuple[int, str, str]]
    overlay: str
    shelf: Path
    loaded: Path

    def __call__(self, *arguments: Any, **more: Any) -> tuple[int, str, str]:
        return self.run(*arguments, **more)


@pytest.fixture
def run(tmp_path, overlays):
    """A function that runs one of our programs where the plug-in is installed: (code, stdout, stderr)."""
    site = package(tmp_path / "site", "shelf = shelf_plugin:Shelf")
    staging, _ = overlays(tmp_path / "repo")
    config = tmp_path / "repo/k8s/base/config.yaml"
    text = config.read_text()
    text = text.replace("models:/fraud detector@champion ", "shelf:fraud:champion ")
    config.write_text(text.replace('"models:/fraud detector@challenger"', "shelf:fraud:challenger"))
    models = tmp_path / "repo/k8s/base/models.yaml"
    models.write_text(models.read_text().replace("s3://placeholder/x", "REPLACE_WITH_URI"))
    (tmp_path / "shelf.json").write_text('{"fraud:champion": "7", "fraud:challenger": "8"}')

    def run(*arguments, module="cmp.cli.ctl", plugin=True):
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "CMP_LOCKED_BY": "ci@example.com",
            "SHELF_FILE": str(tmp_path / "shelf.json"),
            "SHELF_LOADED": str(tmp_path / "loaded"),
            "PYTHONPATH": f"{site if plugin else ''}:{Path(__file__).parents[2]}",
        }
        command = [sys.executable, "-m", module, *map(str, arguments)]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, cwd=tmp_path, check=False)
        return done.returncode, done.stdout, done.stderr

    return Installed(run, staging, tmp_path / "shelf.json", tmp_path / "loaded")


@pytest.mark.slow
def test_lock_and_check_use_it_and_a_render_never_loads_it(run):
    code, _, errors = run(run.overlay, module="cmp.cli.generate")
    assert code == 1
    assert "is not resolved" in errors
    assert not run.loaded.exists()

    assert run("models", "lock", run.overlay)[0] == 0
    assert run.loaded.exists()
    lock = (run.overlay / "model-config.lock.yaml").read_text()
    assert "ref: shelf:fraud:champion" in lock
    assert "registry: https://shelf.example" in lock

    run.loaded.unlink()
    code, rendered, errors = run(run.overlay, module="cmp.cli.generate")
    assert (code, errors) == (0, "")
    assert "storageUri: s3://bkt-staging/fraud/7" in rendered
    assert 'cmp.mlops/baseline.version: "7"' in rendered
    # ... nor do commands that read the lock only, nor a machine without the plug-in
    assert run("models", "show", run.overlay)[0] == 0
    assert (
        run("models", "set", run.overlay, "baseline", "--ref", "shelf:fraud:challenger", "--dry-run")[0] == 0
    )
    assert run(run.overlay, module="cmp.cli.generate", plugin=False)[1] == rendered
    assert not run.loaded.exists()

    assert run("models", "check", run.overlay)[0] == 0
    assert run.loaded.exists()
    run.shelf.write_text('{"fraud:champion": "9", "fraud:challenger": "8"}')
    code, told, _ = run("models", "check", run.overlay)
    assert code == 1
    assert "has moved: version 7 when it was locked, version 9 now" in told
    run.shelf.write_text('{"fraud:champion": "7"}')
    code, told, _ = run("models", "check", run.overlay)
    assert code == 1
    assert "the shelf has no fraud:challenger" in told
    run.shelf.unlink()  # the plug-in fails by an error of its own
    code, told, _ = run("models", "check", run.overlay)
    assert code == 4
    assert "the registry client for 'shelf' failed: FileNotFoundError" in told
    code, told, _ = run("models", "check", run.overlay, plugin=False)
    assert code == 4
    assert "no registry client is installed for references of the scheme 'shelf'" in told


def test_a_reference_that_is_left_in_a_storage_field_is_found_by_the_locks_schemes(run):
    assert run("models", "lock", run.overlay)[0] == 0
    models = run.overlay.parents[1] / "base/models.yaml"
    models.write_text(models.read_text() + "---\n" + (
        "apiVersion: mlops.seldon.io/v1alpha1\nkind: Model\nmetadata: {name: c}\n"
        "spec: {storageUri: 'shelf:fraud:champion'}\n"))  # fmt: skip
    code, rendered, errors = run(run.overlay, module="cmp.cli.generate")
    assert (code, rendered) == (1, "")
    assert "holds a model reference" in errors


def test_a_reference_in_a_target_is_replaced_in_silence(run):
    models = run.overlay.parents[1] / "base/models.yaml"
    models.write_text(models.read_text().replace("REPLACE_WITH_URI", "shelf:fraud:champion"))
    assert run("models", "lock", run.overlay)[0] == 0
    code, rendered, errors = run(run.overlay, module="cmp.cli.generate")
    assert (code, errors) == (0, "")
    assert "shelf:" not in rendered


@pytest.mark.parametrize("module", ["cmp.render.pipeline", "cmp.cli.generate", "cmp.cli.rendering"])
def test_what_renders_does_not_even_import_the_registries(module):
    seen = "[n for n in sys.modules if n.startswith('cmp.models.registry') or n == 'importlib.metadata']"
    code = f"import sys, {module}; print({seen})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_server_imports_before_it_forks_has_no_registry(tmp_path):
    site = package(tmp_path / "site", "shelf = shelf_plugin:Shelf")
    seen = "[n for n in sys.modules if n.startswith(('cmp.models.registry', 'shelf_plugin'))]"
    code = (
        "import sys; from cmp.server.warm import warm_up; from cmp.server.settings import Settings\n"
        f"warm_up(Settings({{}}, 'unused.sock', 1)); print('cmp.models.lock' in sys.modules, {seen})"
    )
    environ = {**os.environ, "PYTHONPATH": f"{site}:{Path(__file__).parents[2]}"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.strip() == "True []"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A function that installs packages for this process."""

    def install(points, **more):
        site = package(tmp_path / f"site{len(list(tmp_path.iterdir()))}", points, **more)
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.setenv("SHELF_LOADED", str(tmp_path / "loaded"))
        monkeypatch.delitem(sys.modules, "shelf_plugin", raising=False)

    return install


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("models:/a/1", "no registry is configured"),
        ("runs:/a/b", "no registry is configured"),
        ("oci://127.0.0.1:9/m:1", "127.0.0.1:9 cannot be reached"),
        ("hf://a/b", "127.0.0.1:9 cannot be reached"),
    ],
)
def test_what_is_built_in_cannot_be_replaced(installed, tmp_path, ref, words):
    scheme = ref.partition(":")[0]
    assert scheme in BUILT_IN
    installed(f"{scheme} = shelf_plugin:Shelf")
    environ = {"HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9", "CMP_REGISTRY_RETRIES": "0"}
    with pytest.raises(UnreachableError, match=words):
        Registries(environ).resolve(ref)
    assert not (tmp_path / "loaded").exists()


BROKEN = {
    "two packages": ("", "several packages .* other-plugin 1.0, shelf-plugin 1.0"),
    "no such class": ("Nobody", "of shelf-plugin 1.0 cannot be loaded: AttributeError"),
    "not a class": ("PATH", "is not a registry client"),
    "a class without methods": ("Path", "is not a registry client"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_plugin_that_is_broken_is_named(installed, case):
    name, words = BROKEN[case]
    module = PLUGIN + "\nPATH = 'x'\n"
    installed(f"shelf = shelf_plugin:{name or 'Shelf'}", module=module)
    if case == "two packages":
        installed("shelf = shelf_plugin:Shelf", name="other-plugin")
    with pytest.raises(UsageError, match=words) as caught:
        Registries({}).resolve("shelf:a:b")
    assert caught.value.hint


def test_a_plugin_whose_set_up_fails(installed):
    installed("shelf = shelf_plugin:Shelf")
    with pytest.raises(UnreachableError, match="client for 'shelf' failed: KeyError"):
        Registries({}).resolve("shelf:a:b")


@pytest.mark.parametrize("ref", ["models:/fraud@v3", "models:/fraud", "oci://model:1", "hf://gpt2"])
def test_what_is_mistyped_needs_no_registry_to_be_told(ref, tmp_path):
    with pytest.raises(ReferenceSyntaxError):
        Registries({"HOME": str(tmp_path)}).resolve(ref)


def test_a_mistyped_scheme_names_the_nearest():
    with pytest.raises(UnreachableError) as caught:
        Registries({}).resolve("model:/fraud@champion")
    assert "models" in caught.value.hint


def test_a_reference_of_a_plugin_is_opaque_to_commands_that_edit():
    assert checked("shelf:any thing/at:all") == "shelf:any thing/at:all"
    assert checked("models:/f/007") == "models:/f/7"
    assert checked_scheme("Shelf:x") == "shelf"


GOOD = Resolution("https://shelf.example", "fraud", "7", "", "s3://bucket/x", {"a": "b"})


def misfit(**fields: Any) -> Resolution:
    """As a plug-in without types might answer."""
    return GOOD._replace(**fields)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        ("https://shelf.example", "fraud", "7", "", "s3://bucket/x", {}),
        GOOD._replace(registry=""),
        GOOD._replace(registry="https://user:secret@shelf.example"),
        GOOD._replace(model="", version="", run_id=""),
        misfit(version=7),
        GOOD._replace(version="7\n8"),
        GOOD._replace(model="x" * 3000),
        GOOD._replace(uri=""),
        GOOD._replace(uri="models:/fraud/7"),
        GOOD._replace(uri="s3://bucket/../other"),
        GOOD._replace(uri="https://u:secret@host/x"),
        GOOD._replace(uri="https://host/x?X-Amz-Signature=secret"),
        misfit(tags={"a": 1}),
        misfit(tags=["a"]),
        GOOD._replace(tags={"a": "x" * 300_000}),
    ],
)
def test_answers_that_no_lock_may_hold(answer):
    assert checked_resolution(GOOD) == GOOD
    with pytest.raises(RegistryError) as caught:
        checked_resolution(answer)
    assert "secret" not in f"{caught.value}{caught.value.hint}"


# -- the test kit finds what is wrong with a plug-in


def _suite(tmp_path, monkeypatch):
    shelf = tmp_path / "shelf.json"
    shelf.write_text('{"fraud:stable": "7"}')

    class Suite(RegistrySuite):
        scheme = "shelf"
        found = "shelf:fraud:stable"
        missing = ("shelf:fraud:nobody",)
        malformed = ("shelf:", "shelf:fraud")

        def environ(self):
            return {"SHELF_FILE": str(shelf), "SHELF_TOKEN": SECRET}

        def move(self):
            shelf.write_text('{"fraud:stable": "8"}')

    return Suite()


def _run(suite):
    """The names of the suite's tests that fail."""
    failed = []
    for name in sorted(each for each in dir(suite) if each.startswith("test_")):
        try:
            getattr(suite, name)()
        except Exception:
            failed.append(name)
    return failed


FAULTS = {
    "none": ("", "", set()),
    "shows the token": (
        'raise RegistryError(f"the shelf has no {name}:{alias}")',
        'raise RegistryError("401 for " + self._token)',
        {"test_what_the_registry_does_not_know"},
    ),
    "shows the token in its repr": (
        "    def resolve(",
        "    def __repr__(self):\n        return self._token\n\n    def resolve(",
        {"test_setting_up_shows_no_secret"},
    ),
    "calls what is missing unreachable": (
        "raise RegistryError(f",
        "from cmp.models.errors import UnreachableError; raise UnreachableError(f",
        {"test_what_the_registry_does_not_know"},
    ),
    "names the place and not the version": (
        "{name}/{version}",
        "{name}/latest",
        {"test_a_move_is_seen"},
    ),
    "keeps what it has read": (
        "json.loads(Path(self._path).read_text())",
        "self.kept.setdefault('read', json.loads(Path(self._path).read_text()))",
        {"test_a_move_is_seen"},
    ),
    "takes any text": (
        'if not ref.startswith("shelf:") or ":" not in ref[6:]:',
        "if False:",
        {"test_what_is_no_reference"},
    ),
    "answers a tuple": (
        "return Resolution(",
        "return (",
        {"test_an_answer_is_exact", "test_a_move_is_seen"},
    ),
    "says how often it was asked": (
        '"", place, {})',
        '"", place, {"asked": str(self.kept.update({len(self.kept): 1}) or len(self.kept))})',
        {"test_an_answer_is_exact", "test_the_usual_form_means_the_same"},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_test_kit_finds(fault, installed, tmp_path, monkeypatch):
    old, new, expected = FAULTS[fault]
    module = PLUGIN.replace(
        'self._path = environ["SHELF_FILE"]',
        'self._path, self._token = environ["SHELF_FILE"], environ["SHELF_TOKEN"]',
    ).replace("class Shelf:\n", "class Shelf:\n    kept = {}\n\n")
    assert old in module
    installed("shelf = shelf_plugin:Shelf", module=module.replace(old, new) if old else module)
    failed = set(_run(_suite(tmp_path, monkeypatch)))
    assert failed >= expected
    assert bool(failed) is bool(expected)
