"""The examples as the tests see them: every overlay rendered once, and a small path language."""

from __future__ import annotations

import fnmatch
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
KEY = EXAMPLES / "keys" / "public-test-key.agekey"
GENERATE = str(Path(sys.executable).with_name("cmp-generate"))
KUSTOMIZATION = ("kustomization.yaml", "kustomization.yml", "Kustomization")


def needs_validate() -> None:
    """A visible skip where this build has no `cmpctl validate`."""
    if importlib.util.find_spec("cmp.cli.commands.validate") is None:
        pytest.skip("this build has no `cmpctl validate`")


def changed_repository(tmp_path: Path) -> tuple[Path, str]:
    """The fraud-detection example as a git repository with an uncommitted change of weights; its commit."""
    folder = Path(shutil.copytree(EXAMPLES / "fraud-detection", tmp_path / "repo"))
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "start"]):
        subprocess.run([*git, *command], cwd=folder, check=True, capture_output=True)
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    )
    weights = folder / "k8s/overlays/staging/model-config.yaml"
    weights.write_text(weights.read_text().replace("50\n      candidate: 50", "90\n      candidate: 10"))
    return folder, head.stdout.strip()


class _Loader(yaml.SafeLoader):
    """YAML without timestamps, as Kubernetes reads it."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text: str | bytes) -> list[dict[str, Any]]:
    """The objects of a YAML stream."""
    return [document for document in yaml.load_all(text, _Loader) if document]


def kustomizations() -> list[Path]:
    """Every folder below examples/ that holds a kustomization: bases and overlays, components left out."""
    found = sorted(path.parent for name in KUSTOMIZATION for path in EXAMPLES.rglob(name))
    assert found, "no examples found"
    return [folder for folder in found if "components" not in folder.parts]


def overlays() -> list[Path]:
    """The folders among them that are environments."""
    return [folder for folder in kustomizations() if "overlays" in folder.parts]


def label(folder: Path) -> str:
    """A test id: the folder's path below examples/."""
    return str(folder.relative_to(EXAMPLES))


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without anything that steers the plugin, and `extra`."""
    ours = ("ARGOCD_", "SOPS_", "CMP_", "PARAM_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | extra


def run(*arguments: str, key: bool = True, **extra: str) -> subprocess.CompletedProcess[bytes]:
    """`cmp-generate` with the examples' key (or without), from the project's root."""
    given = {"SOPS_AGE_KEY_FILE": str(KEY)} if key else {}
    return subprocess.run(
        [GENERATE, *arguments], cwd=ROOT, env=environment(**given, **extra), capture_output=True, check=False
    )


@functools.cache
def rendered(folder: Path) -> bytes:
    """What cmp-generate prints for a folder; rendered once in a test run."""
    done = run(str(folder))
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@functools.cache
def objects(folder: Path) -> tuple[dict[str, Any], ...]:
    """The objects that cmp-generate prints for a folder."""
    return tuple(documents(rendered(folder)))


def tool(name: str) -> str:
    """The path of a real upstream program, or a visible skip."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on PATH")
    return found


CLUSTER_WIDE = ("ClusterIssuer", "Namespace", "StorageClass")


def select(items: tuple[dict[str, Any], ...], selector: str) -> list[dict[str, Any]]:
    """Objects by `Kind/name`; both may hold wildcards. `namespaced` is every object that has a namespace."""
    if selector == "namespaced":
        return [item for item in items if item["kind"] not in CLUSTER_WIDE]
    kind, _, name = selector.partition("/")
    return [
        item
        for item in items
        if fnmatch.fnmatchcase(item["kind"], kind) and fnmatch.fnmatchcase(item["metadata"]["name"], name)
    ]


ABSENT = object()


def steps(path: str) -> list[str]:
    """A path's steps: dots separate, `\\.` is a dot, `[name=x]` picks from a list, `*` is every item."""
    return [step.replace("\0", ".") for step in path.replace("\\.", "\0").split(".")]


def look(value: Any, path: list[str]) -> list[Any]:
    """Every value at a path; ABSENT stands for a step that leads nowhere."""
    if not path:
        return [value]
    step, rest = path[0], path[1:]
    if step == "*":
        inner = list(value.values()) if isinstance(value, dict) else list(value)
        return [found for item in inner for found in look(item, rest)]
    if step.startswith("["):
        key, _, wanted = step[1:-1].partition("=")
        picked = [item for item in value if item.get(key) == wanted]
        return look(picked[0], rest) if picked else [ABSENT]
    if isinstance(value, list):
        return look(value[int(step)], rest) if int(step) < len(value) else [ABSENT]
    return look(value[step], rest) if isinstance(value, dict) and step in value else [ABSENT]


def images(items: tuple[dict[str, Any], ...]) -> set[str]:
    """Every image named anywhere in the objects."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("image"), str):
                found.add(value["image"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    for item in items:
        walk(item)
    return found
