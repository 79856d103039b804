"""`cmpctl secrets check`: what must be encrypted and is not; and near twins that are fine."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.cli import ctl

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {token: abc}\n"
RULES = "creation_rules:\n- {path_regex: 'env/.*', age: RECIPIENT}\n- {age: RECIPIENT}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "SOPS_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("s.yaml", SECRET, "it holds a Secret with values"),
        ("s.yaml", f"kind: ConfigMap\n---\n{SECRET}", "it holds a Secret with values"),
        (
            "l.yaml",
            f"apiVersion: v1\nkind: List\nitems:\n- {SECRET.replace(chr(10), chr(10) + '  ')}",
            "it holds",
        ),
        ("a.enc.yaml", "k: v\n", "its name says that it is"),
        ("sub/a.sops.json", '{"k": "v"}', "its name says that it is"),
        ("env/app.env", "A=b\n", "a rule of .sops.yaml matches it"),
        ("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", ""),
        ("s.yaml", SECRET.replace("abc", "''"), ""),
        ("s.yaml", "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nstringData: {a: b}\n", ""),
        ("s.yaml", "kind: Secret\n{{ template }}\n", ""),
        ("env/k.yaml", "resources: [a.yaml]\n", ""),
        ("other.env", "A=b\n", ""),
        ("README.md", "Secret\n", ""),
        ("sub/.sops.yaml", "creation_rules: []\n", ""),
    ],
)
def test_a_file_in_clear(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, reason: str
) -> None:
    assert ctl.main(["secrets", "init", "--key", "k.agekey"]) == 0
    recipient = (folder / ".sops.yaml").read_text().rpartition("age: ")[2].strip()
    (folder / ".sops.yaml").write_text(RULES.replace("RECIPIENT", recipient))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    capsys.readouterr()
    assert ctl.main(["secrets", "check", name]) == int(bool(reason))
    error = capsys.readouterr().err
    assert reason in error
    assert "abc" not in error
    if reason:
        assert f"hint: cmpctl secrets encrypt -i {name}" in error
        assert ctl.main(["secrets", "encrypt", "-i", name]) == 0
        assert ctl.main(["secrets", "check", name]) == 0, "what the hint says helps"


def test_every_bad_file_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.yaml", "b.yaml"):
        (folder / name).write_text(SECRET)
    assert ctl.main(["secrets", "check", "a.yaml", "b.yaml"]) == 1
    assert capsys.readouterr().err.count("error: ") == 2
