"""The pages against the programs: every command, flag and file that a page names exists."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest
from example_overlays import ROOT, needs_validate

BIN = Path(sys.executable).parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(path for folder in ("docs", "examples", "argocd-apps") for path in (ROOT / folder).rglob("*.md")),
    ]
)
SCRIPTS = sorted(
    path
    for pattern in ("*.sh", "*.yml", "Makefile")
    for path in (ROOT / "examples").rglob(pattern)
    if "cmpctl" in path.read_text()
)


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def usage(*command: str) -> str:
    """What `--help` says; the command must exist."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:], "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def commands(text: str) -> list[list[str]]:
    """The calls of our programs in a page: from code blocks and from `code`."""
    text = text.replace("\\\n", " ")
    found = re.findall(r"(?:^|[`$ (/])((?:cmpctl|cmp-generate) [^`|;>&)\n#]*)", text, re.MULTILINE)
    return [call.split() for call in found]


@pytest.mark.parametrize("path", PAGES + SCRIPTS, ids=label)
def test_commands_and_flags_exist(path: Path) -> None:
    for call in commands(path.read_text()):
        words = call
        if words[1:2] == ["--deadline"] and words[0] == "cmpctl":  # stands before the command's name
            assert "--deadline" in usage("cmpctl")
            words = [words[0], *words[3:]]
        command = [words[0]]
        for word in words[1:]:
            if words[0] != "cmpctl" or not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            if len(command) > 1 and f"  {word}" not in usage(*command).partition("Commands:")[2]:
                break
            if word == "validate":
                needs_validate()
            command.append(word)
        text = usage(*command)
        for flag in (word.partition("=")[0].rstrip(",.:") for word in words if word.startswith("--")):
            assert flag in text, f"{' '.join(command)} has no {flag}"


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_pages_that_are_pointed_at_exist(path: Path) -> None:
    pointers = r"\b((?:docs|argocd-apps|examples|sidecar)/[a-z0-9_./-]+\.(?:md|yaml|sh|json))\b"
    # What a program printed in a tree of its own points at that tree's files.
    text = re.sub(r"```text\n\$ .*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(pointers, text):
        assert (ROOT / target).is_file(), target
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target
