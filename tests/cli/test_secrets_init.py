"""`cmpctl secrets init`: a repository that had no secrets has a key, rules and a first encrypted file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from cmp import age
from cmp.cli import ctl, generate

OVERLAY = "k8s/overlays/staging"
FIRST = f"{OVERLAY}/secret.enc.yaml"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith(("SOPS_", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / OVERLAY).mkdir(parents=True)
    (root / OVERLAY / "kustomization.yaml").write_text("resources: [secret.enc.yaml]\n")
    monkeypatch.chdir(root)
    return root


def rows(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """What the command says of each thing, by its name."""
    return {row["what"]: row["state"] for row in json.loads(capsys.readouterr().out)}


def test_a_new_repository_renders_with_its_first_secret(
    repository: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert ctl.main(["secrets", "init", OVERLAY]) == 0
    said = capfd.readouterr()
    key = tmp_path / "home/.config/sops/age/keys.txt"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert f"back up {key} now" in said.err
    assert f"cmpctl secrets edit {FIRST}" in said.err
    assert "AGE-SECRET-KEY" not in said.out + said.err
    assert not (repository / ".gitignore").exists(), "the key is outside"
    text = (repository / FIRST).read_text()
    assert "name: app-secret" in text and "token: ENC[" in text
    assert generate.main([OVERLAY], os.environ) == 0
    assert "kind: Secret" in capfd.readouterr().out


def test_a_second_run_keeps_everything(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl.main(["secrets", "init", OVERLAY, "--output", "json"]) == 0
    assert rows(capsys) == {"key": "new, mode 0600", "rules": "new", "secret": "new, encrypted"}
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    assert ctl.main(["secrets", "init", OVERLAY, "--output", "json"]) == 0
    assert rows(capsys) == {"key": "kept", "rules": "kept", "secret": "kept"}
    assert {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("before", [None, "", "build/\n", "build/\r\n*.log", "/keys/dev.agekey\n"])
def test_a_key_inside_is_ignored_by_git(
    repository: Path, capsys: pytest.CaptureFixture[str], before: str | None
) -> None:
    ignored = repository / ".gitignore"
    if before is not None:
        ignored.write_text(before)
    assert ctl.main(["secrets", "init", "--key", "keys/dev.agekey"]) == 0
    lines = ignored.read_text().splitlines()
    assert lines == [
        *(line for line in (before or "").splitlines() if line != "/keys/dev.agekey"),
        "/keys/dev.agekey",
    ]
    capsys.readouterr()


def test_it_is_named_from_the_top_of_the_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository / OVERLAY)
    assert ctl.main(["secrets", "init", ".", "--key", "dev.agekey"]) == 0
    assert (repository / ".gitignore").read_text() == f"/{OVERLAY}/dev.agekey\n"
    assert (repository / ".sops.yaml").exists()
    assert (repository / FIRST).exists()
    capsys.readouterr()


def test_rules_of_others_are_kept_and_must_name_the_key(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(age.X25519Identity.generate().recipient())
    (repository / ".sops.yaml").write_text(f"creation_rules: [{{age: {other}}}]\n")
    assert ctl.main(["secrets", "init", OVERLAY]) == 1
    error = capsys.readouterr().err
    assert "does not name this key, so you could not open the file" in error
    assert "add age1" in error
    assert not (repository / FIRST).exists()


def test_a_key_file_that_is_not_one(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "dev.agekey").write_text("AGE-SECRET-KEY-1WRONG\n")
    assert ctl.main(["secrets", "init", "--key", "dev.agekey"]) == 1
    error = capsys.readouterr().err
    assert "dev.agekey" in error and "WRONG" not in error
    assert not (repository / ".sops.yaml").exists()


def test_without_a_key_the_hint_says_what_to_type(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ctl.main(["secrets", "init", OVERLAY]) == 0
    (tmp_path / "home/.config/sops/age/keys.txt").unlink()
    capsys.readouterr()
    assert generate.main([OVERLAY], os.environ) == 1
    hint = capsys.readouterr().err
    assert "`cmpctl secrets keygen -o ~/.config/sops/age/keys.txt`" in hint
    assert "--masked" in hint
    assert generate.main([OVERLAY, "--masked"], os.environ) == 0
