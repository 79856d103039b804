"""cmpctl paths, doctor and docs."""

from __future__ import annotations

import json
import os

import pytest
import yaml
from example_overlays import EXAMPLES, KEY, ROOT

from cmp.cli import ctl
from cmp.cli.commands import doctor
from cmp.cli.commands.paths import directories
from cmp.cli.variables import VARIABLES

PRODUCTION = "examples/fraud-detection/k8s/overlays/production"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    for name in os.environ:
        if name.startswith(("SOPS_", "CMP_", "ARGOCD_")):
            monkeypatch.delenv(name)


def test_paths_as_the_annotation_wants_them_without_a_key(capsys):
    root = EXAMPLES.parent
    assert ctl.main(["paths", PRODUCTION, "--root", str(root)]) == 0
    assert capsys.readouterr().out == ".;/examples/fraud-detection/k8s/base\n"


def test_files_and_json(capsys):
    assert ctl.main(["paths", PRODUCTION, "--root", str(ROOT), "--files", "--output", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert f"{PRODUCTION}/registry.enc.yaml" in found
    assert "examples/fraud-detection/k8s/base/models.yaml" in found
    assert all((ROOT / path).is_file() for path in found)


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (["/r/o/a", "/r/o/b/c"], ["."]),
        (["/r/o/a", "/r/base/x", "/r/base/sub/y"], [".", "/base"]),
        (["/r/base-two/x", "/r/base/x"], [".", "/base", "/base-two"]),
        (["/r/x"], [".", "/"]),
    ],
)
def test_the_fewest_directories(read, expected):
    assert directories(read, "/r/o", "/r") == expected


def test_the_applications_carry_what_paths_prints(capsys):
    for path in sorted((ROOT / "argocd-apps").glob("*.yaml")):
        for body in yaml.safe_load_all(path.read_text()):
            if not body or body["kind"] != "Application" or "plugin" not in body["spec"].get("source", {}):
                continue
            annotation = body["metadata"]["annotations"]["argocd.argoproj.io/manifest-generate-paths"]
            assert ctl.main(["paths", body["spec"]["source"]["path"], "--root", str(ROOT)]) == 0
            assert set(capsys.readouterr().out.strip().split(";")) <= set(annotation.split(";")), path


def levels(environ):
    return {(check.subject, check.level) for check in doctor.run(environ)}


def test_doctor_finds_and_cures(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "CONFIG", str(tmp_path / "none"))
    good = tmp_path / "key"
    good.write_bytes(KEY.read_bytes())
    good.chmod(0o600)
    found = doctor.run({"SOPS_AGE_KEY_FILE": str(good), "CMP_STATE_DIR": str(tmp_path)})
    assert {check.level for check in found} == {"ok"}
    good.chmod(0o644)
    assert ("SOPS_AGE_KEY_FILE", "warning") in levels({"SOPS_AGE_KEY_FILE": str(good)})
    assert ("SOPS_AGE_KEY_FILE", "error") in levels({"SOPS_AGE_KEY_FILE": str(tmp_path / "gone")})
    assert ("identities", "warning") in levels({"HOME": str(tmp_path)})
    assert ("CMP_PROJECT_KEYS", "error") in levels({"CMP_PROJECT_KEYS": str(tmp_path)})
    assert ("CMP_STATE_DIR", "ok") in levels({"CMP_STATE_DIR": str(tmp_path / "made" / "later")})
    assert ("CMP_STATE_DIR", "error") in levels({"CMP_STATE_DIR": str(good / "below a file")})
    assert ("CMP_STATE_DIR", "error") in levels({"CMP_STATE_DIR": str(good)})
    assert ("CMP_STRICT", "error") in levels({"CMP_STRICT": "on"})
    assert ("CMP_DEADLINE", "error") in levels({"CMP_DEADLINE": "soon"})
    assert ("CMP_MAX_*", "error") in levels({"CMP_MAX_FILES": "-1"})
    for check in found + doctor.run({"CMP_CONCURENCY": "1", "CMP_PROJECT_KEYS": str(tmp_path)}):
        assert check.level == "ok" or check.cure


def test_doctor_lists_the_extras(monkeypatch):
    needs = [
        "click>=8",
        'bcrypt>=4.1; extra == "ssh"',
        'no-such-part[x]>=1; extra == "validate"',
        'mlops-cmp[ssh]; extra == "all"',
    ]
    monkeypatch.setattr(doctor, "requires", lambda name: needs)
    found = {check.subject: (check.level, check.finding) for check in doctor.extras({})}
    assert found == {
        "extra ssh": ("ok", "installed"),
        "extra validate": ("ok", "not installed (lacks no-such-part)"),
    }


def test_doctor_names_the_nearest_variable():
    (check,) = [each for each in doctor.run({"CMP_CONCURENCY": "1"}) if each.subject == "CMP_CONCURENCY"]
    assert "CMP_CONCURRENCY" in check.cure


def test_doctor_in_a_sidecar(tmp_path, monkeypatch):
    (tmp_path / "plugin.yaml").write_text("kind: ConfigManagementPlugin\n")
    monkeypatch.setattr(doctor, "CONFIG", str(tmp_path / "plugin.yaml"))
    found = levels({"ARGOCD_PLUGINSOCKFILEPATH": str(tmp_path)})
    assert ("plugin.yaml", "warning") in found
    assert ("socket", "error") in found
    (tmp_path / "plugin.yaml").write_bytes((ROOT / "plugin.yaml").read_bytes())
    assert ("plugin.yaml", "ok") in levels({})


def test_doctor_never_shows_a_key(capsys, monkeypatch):
    monkeypatch.setenv("SOPS_AGE_KEY", "AGE-SECRET-KEY-1NOTAKEY")
    ctl.main(["doctor"])
    assert "NOTAKEY" not in capsys.readouterr().out


def test_every_variable_that_the_code_reads_is_described():
    import re
    from pathlib import Path

    source = "".join(path.read_text() for path in Path(ctl.__file__).parents[1].rglob("*.py"))
    named = set(re.findall(r'"(CMP_[A-Z_]+)"', source))
    assert named - set(VARIABLES) - {"CMP_MAX_"} == set()


def test_docs(capsys):
    assert ctl.main(["docs", "plugin"]) == 0
    assert capsys.readouterr().out == (ROOT / "plugin.yaml").read_text()
