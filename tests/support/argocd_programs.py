"""Real Argo CD servers: those of scripts/oracles.toml that are built, and those that variables name.

`scripts/oracles.py contract` builds them. A version that is not there is skipped by name, one test each.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from example_overlays import ROOT

CACHE = Path(os.environ.get("CMP_ORACLES") or Path.home() / ".cache/mlops-cmp-oracles")
PINS = tomllib.loads((ROOT / "scripts/oracles.toml").read_text())
VERSIONS: tuple[str, ...] = tuple(each["version"] for each in PINS["argocd"])
_ELSEWHERE = "the variable's"
_VARIABLES = {"argocd-cmp-server": "ARGOCD_CMP_SERVER", "argocd-repo-server": "ARGOCD_REPO_SERVER"}


def parameters(name: str) -> list[Any]:
    """A fixture's parameters: one for each version, and one more if the program's variable is set."""
    wanted = [*VERSIONS, *([_ELSEWHERE] if os.environ.get(_VARIABLES[name]) else [])]
    return [pytest.param(version, id=f"{name}-{version}", marks=pytest.mark.oracle) for version in wanted]


def program(name: str, version: str) -> str:
    """The path of a server, or a visible skip."""
    if version == _ELSEWHERE:
        return os.environ[_VARIABLES[name]]
    path = CACHE / "argocd" / version / name
    if not os.access(path, os.X_OK):
        pytest.skip(f"Argo CD {version} is not built (scripts/oracles.py contract)")
    return str(path)


def accepts(version: str, since: tuple[int, int]) -> bool:
    """Whether a version is at least `since`; one that a variable names is taken for the newest."""
    if version == _ELSEWHERE:
        return True
    major, minor = version.removeprefix("v").split(".")[:2]
    return (int(major), int(minor)) >= since
