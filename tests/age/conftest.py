"""Real tools for the age tests; a test that needs an absent one is skipped and says so."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest


@pytest.fixture(scope="session")
def run():
    """Run a tool with bytes in and out; fails the test with the tool's message."""

    def call(*command: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
        environment = {**os.environ, **(env or {})}
        done = subprocess.run(
            command, input=stdin, capture_output=True, env=environment, timeout=300, check=False
        )
        assert done.returncode == 0, f"{command[0]}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    return call


@pytest.fixture(scope="session")
def age_tool() -> str:
    return _tool("age")


@pytest.fixture(scope="session")
def ssh_keygen() -> str:
    return _tool("ssh-keygen")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"the program {name} is not on PATH")
    return found
