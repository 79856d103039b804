"""`cmpctl models init`: a first ModelConfig, listed, valid, and of use to the other commands."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cmp.cli.ctl import main

KUSTOMIZATION = "# ours\nresources:\n  - cm.yaml   # the only one\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "CMP_PROJECT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    (tmp_path / "app").mkdir()
    Path("app/kustomization.yaml").write_text(KUSTOMIZATION)
    Path("app/cm.yaml").write_text(CONFIG_MAP)
    return tmp_path


def init(*arguments, code=0):
    assert main(["models", "init", "app", *arguments]) == code


def test_a_reference(here, capsys):
    init("--model", "fraud", "--ref", "models:/fraud@champion")
    text = Path("app/model-config.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../.cmp/ModelConfig.schema.json\n")
    assert yaml.safe_load(text)["spec"] == {"models": {"fraud": {"ref": "models:/fraud@champion"}}}
    assert Path("app/kustomization.yaml").read_text() == KUSTOMIZATION + "  - model-config.yaml\n"
    assert Path(".cmp/ModelConfig.schema.json").is_file()
    assert "cmpctl models lock app" in capsys.readouterr().out
    assert main(["models", "show", "app"]) == 0
    assert "models:/fraud@champion" in capsys.readouterr().out


def test_a_uri_renders(here, capfd):
    init("--uri", "s3://models/fraud/1")
    assert yaml.safe_load(Path("app/model-config.yaml").read_text())["metadata"]["name"] == "app"
    capfd.readouterr()
    assert main(["validate", "app"]) in (0, 1)
    assert "ModelConfig" not in capfd.readouterr().err


def test_dry_run(here):
    init("--uri", "s3://models/fraud/1", "--dry-run")
    assert Path("app/kustomization.yaml").read_text() == KUSTOMIZATION
    assert not Path("app/model-config.yaml").exists()


def test_a_second_one_is_refused(here, capsys):
    init("--uri", "s3://models/fraud/1")
    init("--uri", "s3://models/fraud/1", code=1)
    assert "has a ModelConfig already: app" in capsys.readouterr().err


def test_another_file_of_that_name_stays(here):
    Path("app/model-config.yaml").write_text(CONFIG_MAP)
    init("--uri", "s3://models/fraud/1")
    assert Path("app/model-config.yaml").read_text() == CONFIG_MAP
    assert "kind: ModelConfig" in Path("app/models.yaml").read_text()


@pytest.mark.parametrize("arguments", [[], ["--ref", "models:/a@b", "--uri", "s3://a-b/c"]])
def test_one_of_both(here, capsys, arguments):
    init(*arguments, code=2)
    assert "give --ref or --uri" in capsys.readouterr().err


def test_a_reference_with_a_mistake(here, capsys):
    init("--ref", "s3://models/fraud/1", code=1)
    assert "not a model reference" in capsys.readouterr().err


def test_new_locks_name_the_schema_where_it_is(here, monkeypatch):
    """The line must lead to a file: without the schemas in the repository there is none."""
    from cmp.cli.commands.models.making import schema_line
    from cmp.cli.commands.models.overlay import disk_tree

    path = str(here / "app/model-config.lock.yaml")
    tree = disk_tree(str(here / "app"))
    assert schema_line(tree, path, "ModelLock") == ""
    init("--ref", "models:/fraud@champion")
    line = schema_line(tree, path, "ModelLock")
    assert line == "# yaml-language-server: $schema=../.cmp/ModelLock.schema.json\n"
