"""Write `sidecar/requirements.lock`: what `dependencies` and the extra `server` resolve to, wheels by hash.

It lists the wheels that the image, or a test of its layout, can install: Linux with glibc, x86-64 and arm64,
and the Pythons below. pip resolves each combination; all must agree on one version of each distribution.
pip's check of hashes then refuses every other file, source distributions too. Needs a network.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "sidecar" / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
# Debian 13 has glibc 2.41; a wheel says the oldest one that it accepts.
GLIBC = ("2_17", "2_24", "2_26", "2_27", "2_28", "2_31", "2_34")
HEAD = "# What the image installs: every distribution and every wheel that pip may take. Made by: make lock\n"


def dependencies() -> list[str]:
    """The requirements of the image's programs as pyproject.toml states them: cmp-server is one of them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["server"]]


def canonical(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def report(requirements: Iterable[str], python: str, machine: str) -> list[dict[str, Any]]:
    """What pip would install for this Python and machine: entries of pip's installation report."""
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--report", "-", "--only-binary=:all:", "--target", target, "--python-version", python]
        for glibc in GLIBC:
            command += ["--platform", f"manylinux_{glibc}_{machine}"]
        done = subprocess.run([*command, *requirements], stdout=subprocess.PIPE, check=True)
    entries: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return entries


def locked(reports: Iterable[list[dict[str, Any]]]) -> Iterator[str]:
    """The lines of the lock file; ValueError if two reports disagree on a version."""
    versions: dict[str, str] = {}
    hashes: dict[str, set[str]] = defaultdict(set)
    for entry in (entry for each in reports for entry in each):
        name, version = canonical(entry["metadata"]["name"]), entry["metadata"]["version"]
        if versions.setdefault(name, version) != version:
            raise ValueError(f"{name}: {versions[name]} for one Python or machine, {version} for another")
        hashes[name].add(entry["download_info"]["archive_info"]["hashes"]["sha256"])
    for name in sorted(versions):
        lines = [f"{name}=={versions[name]}", *(f"--hash=sha256:{each}" for each in sorted(hashes[name]))]
        yield " \\\n    ".join(lines) + "\n"


def main() -> None:
    """Resolve and write the file."""
    wanted = dependencies()
    found = [report(wanted, python, machine) for python in PYTHONS for machine in MACHINES]
    LOCK.write_text(HEAD + "".join(locked(found)))


if __name__ == "__main__":
    main()
