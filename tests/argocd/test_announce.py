"""The announcement and plugin.yaml against the table and the limits of Argo CD's UI."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cmp.argocd import plugin_config
from cmp.argocd.announce import static
from cmp.argocd.table import PARAMETERS
from cmp.cli.commands.parameters import announce

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "examples/fraud-detection/k8s/overlays/production"


def test_plugin_yaml_is_the_one_of_this_version():
    assert (ROOT / "plugin.yaml").read_text() == plugin_config.render(), (
        "run: cmpctl docs plugin > plugin.yaml"
    )


def test_plugin_yaml_is_what_argocd_reads():
    body = yaml.safe_load((ROOT / "plugin.yaml").read_text())
    assert body["kind"] == "ConfigManagementPlugin"
    assert body["metadata"]["name"] == plugin_config.PLUGIN_NAME
    spec = body["spec"]
    assert set(spec) == {"generate", "parameters"}  # no discover, no version, no init
    assert spec["generate"] == {"command": ["cmp-generate"]}
    assert spec["parameters"]["dynamic"] == {"command": ["cmpctl", "parameters"]}
    announced = spec["parameters"]["static"]
    assert announced == static()
    assert [each["name"] for each in announced] == [row.name for row in PARAMETERS]
    assert {each["collectionType"] for each in announced} <= {"string", "array", "map"}


def test_applications_name_the_plugin_as_it_is_called():
    for path in (ROOT / "argocd-apps").rglob("*.yaml"):
        for body in yaml.safe_load_all(path.read_text()):
            text = json.dumps(body)
            if '"plugin": {' in text and '"name":' in text.split('"plugin": {', 1)[1]:
                assert f'"name": "{plugin_config.PLUGIN_NAME}"' in text, path


def test_current_values_without_a_key_and_without_a_uri(monkeypatch):
    monkeypatch.delenv("SOPS_AGE_KEY_FILE", raising=False)
    found = {each["name"]: each for each in announce(str(PRODUCTION))}
    assert list(found) == [row.name for row in PARAMETERS]
    assert found["traffic"]["map"] == {"baseline": "80", "candidate": "20"}
    assert found["namespace"]["string"] == "fraud-detection"
    assert "harbor.test/library/fraud-detector:v2.3.1" in found["images"]["array"]
    assert set(found["model-uris"]["map"]) == {"baseline", "candidate"}
    assert "s3://" not in json.dumps(found)
    for row in PARAMETERS:
        assert set(found[row.name]) <= {"name", "title", "tooltip", "collectionType", row.form}


@pytest.mark.parametrize("content", [None, b"", b"resources: [missing.yaml]\n", b"\xff\xfe", b"a: [\n"])
def test_a_broken_overlay_still_announces_the_table(tmp_path, content):
    if content is not None:
        (tmp_path / "kustomization.yaml").write_bytes(content)
    assert announce(str(tmp_path)) == static()


def test_the_command_as_the_sidecar_runs_it(tmp_path):
    environ = {
        "PATH": "/usr/bin:/bin",
        "ARGOCD_APP_NAME": "x",
        "ARGOCD_APP_SOURCE_PATH": "examples/fraud-detection/k8s/overlays/production",
    }
    done = subprocess.run(
        [sys.executable, "-m", "cmp.cli.ctl", "parameters"],
        cwd=PRODUCTION,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert isinstance(json.loads(done.stdout), list)
    assert json.loads(done.stdout)[1]["map"] == {"baseline": "80", "candidate": "20"}


# source path -> whether the base above the overlay is part of the repository
@pytest.mark.parametrize(
    ("source_path", "inside"), [(None, False), ("", False), (".", False), ("other", False), ("o", True)]
)
@pytest.mark.parametrize("module", ["cmp.cli.generate", "cmp.cli.ctl"])
def test_in_the_plugin_nothing_above_the_source_path_is_read(tmp_path, module, source_path, inside):
    """Without the path the root is the working directory, also where a repository's folder stands above."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b/kustomization.yaml").write_text("namePrefix: above-\nconfigMapGenerator: [{name: c}]\n")
    overlay = tmp_path / "o"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text("resources: [../b]\nnamespace: mine\n")
    environ = {"PATH": "/usr/bin:/bin", "ARGOCD_APP_NAME": "x", "CMP_STATE_DIR": str(tmp_path / "state")}
    if source_path is not None:
        environ["ARGOCD_APP_SOURCE_PATH"] = source_path
    words = ["parameters"] if module == "cmp.cli.ctl" else []
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        command, cwd=overlay, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if words:
        assert (json.loads(done.stdout) != static()) == inside
    elif inside:
        assert b"name: above-c" in done.stdout
    else:
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"leaves the root" in done.stderr
