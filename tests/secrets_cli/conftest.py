"""A folder with keys and a configuration, and a way to run `cmpctl secrets` in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cmp import age

ONE, TWO = age.X25519Identity(bytes([7] * 32)), age.X25519Identity(bytes([8] * 32))
SECRET = """# who may log in
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData:
  user: "admin"   # the only one

  password: 'hunter2'
"""
CONFIG = f"""creation_rules:
- path_regex: \\.yaml$
  age: {ONE.recipient()}
  encrypted_regex: ^(data|stringData)$
- age: {ONE.recipient()}
"""


class Result:
    """What a run printed and returned."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.code = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")


class Place:
    """A folder to work in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.one, self.two = str(ONE.recipient()), str(TWO.recipient())
        (path / "keys.txt").write_text(ONE.secret_text() + "\n")
        (path / ".sops.yaml").write_text(CONFIG)
        (path / "secret.yaml").write_text(SECRET)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(path),
            "SOPS_AGE_KEY_FILE": str(path / "keys.txt"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "cmp.cli.ctl", "secrets", *arguments]

    def run(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Result:
        return Result(
            subprocess.run(
                self.command(*arguments),
                input=stdin,
                capture_output=True,
                cwd=self.path,
                env={**self.environment, **environment},
                timeout=300,
                check=False,
            )
        )

    def ok(self, *arguments: str, stdin: bytes = b"", **environment: str) -> Result:
        result = self.run(*arguments, stdin=stdin, **environment)
        assert result.code == 0, result.err
        return result

    def read(self, name: str) -> str:
        return (self.path / name).read_text()

    def editor(self, script: str) -> str:
        """An editor that runs a Python script with the file's name as its first argument."""
        (self.path / "editor.py").write_text(script)
        return f"{sys.executable} {self.path / 'editor.py'}"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def encrypted(place: Place) -> Place:
    """The same with secret.yaml encrypted."""
    place.ok("encrypt", "-i", "secret.yaml")
    return place
