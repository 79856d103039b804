"""The AI-HOW Makefile: every target's commands name programs, subcommands and flags that exist."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import EXAMPLES, KEY, ROOT, environment, needs_validate

FOLDER = EXAMPLES / "ai-how"
BIN = str(Path(sys.executable).parent)
TARGETS = re.findall(r"^([a-z0-9-]+):.*##", (FOLDER / "Makefile").read_text(), re.MULTILINE)


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`make` in the example's folder, with this environment's programs in front."""
    env = environment(SOPS_AGE_KEY_FILE=str(KEY))
    env["PATH"] = f"{BIN}:{env.get('PATH', '')}"
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=FOLDER,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


@functools.cache
def help_of(*command: str) -> str:
    """What a program says about one of its commands, which must exist."""
    asked = command if command[-1] == "options" else (*command, "--help")
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def flags(words: list[str]) -> list[str]:
    """The long flags among the words of a call."""
    return [word.partition("=")[0] for word in words if word.startswith("--")]


def calls(text: str, program: str) -> list[list[str]]:
    """The argument lists of a program's calls in a shell text."""
    return [
        found.split()
        for found in re.findall(rf"(?:^|[;|&] *|do +){program} +([^;|&\n]*)", text, re.MULTILINE)
    ]


def test_there_are_targets() -> None:
    wanted = {
        "k8s-deploy-manual",
        "k8s-deploy-minio-manual",
        "k8s-deploy-postgresql-manual",
        "gitops-validate",
    }
    assert wanted <= set(TARGETS)


@pytest.mark.parametrize("setting", [[], ["ENV=dev"], ["ENV=prod"]], ids=["base", "dev", "prod"])
@pytest.mark.parametrize("target", TARGETS)
def test_commands_exist(target: str, setting: list[str]) -> None:
    done = make("-n", target, "REPO=https://git.company.com/x", *setting)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    for folder in re.findall(r"k8s-manifests/\S+?(?=[ ;\"$])", done.stdout):
        assert (FOLDER / folder).is_dir() or "$app" in folder or "$" in folder, folder
    for file in re.findall(r"--filename=(\.\./\S+)", done.stdout):
        assert (FOLDER / file).is_file(), file
    for words in calls(done.stdout, "cmpctl"):
        if words[0] == "validate":
            needs_validate()
        for flag in flags(words):
            assert flag in help_of(f"{BIN}/cmpctl", words[0]), flag
    kubectl = shutil.which("kubectl")
    for words in calls(done.stdout, "kubectl") if kubectl else ():
        verbs = [word for word in words if not word.startswith(("-", "$", '"'))]
        text = help_of(kubectl, *verbs[: 2 if verbs[0] == "create" else 1]) + help_of(kubectl, "options")
        for flag in flags(words):
            assert f"{flag}=" in text, (verbs, flag)


def test_validation_refuses_the_placeholder_repository() -> None:
    done = make("gitops-validate")
    assert done.returncode == 2
    assert "placeholder repository" in done.stderr
    assert "your-org" in done.stdout


def test_the_repository_url_is_replaced_everywhere(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(ROOT / "argocd-apps", tmp_path / "apps"))
    done = make("gitops-update-repo-url", f"APPS_DIR={copy}", "REPO=https://git.company.com/x")
    assert done.returncode == 0, done.stderr
    left = [path for path in copy.rglob("*.yaml") if "your-org" in path.read_text()]
    assert left == []
    assert make("gitops-update-repo-url", f"APPS_DIR={copy}").returncode == 2


def test_nothing_is_applied_when_the_render_fails(tmp_path: Path) -> None:
    (tmp_path / "kubectl").write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/called\ncat > /dev/null\n')
    (tmp_path / "kubectl").chmod(0o755)
    kubectl = f"KUBECTL={tmp_path}/kubectl"
    refused = make("k8s-deploy-minio-manual", kubectl, "GENERATE=false")
    assert refused.returncode == 2
    assert "--filename=/" not in (tmp_path / "called").read_text()
    done = make("k8s-deploy-minio-manual", kubectl)
    assert done.returncode == 0, done.stderr
    assert "apply --namespace=mlops --filename=/" in (tmp_path / "called").read_text()
