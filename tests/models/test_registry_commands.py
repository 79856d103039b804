"""`cmpctl models lock`, `check` and `show` with each registry: what is locked and rendered, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from fake_registries import FakeHub, FakeMlflow, FakeOci, model_pack

from cmp.cli.ctl import main
from cmp.cli.generate import main as generate

pytest.importorskip("urllib3", reason="the extra registries is not installed")

STAGING = "k8s/overlays/staging"
DEAD = "http://127.0.0.1:9"
VARIABLES = (
    *("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "HF_ENDPOINT", "HF_TOKEN", "DOCKER_CONFIG"),
    *("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "CMP_PROJECT_KEYS"),
)


class Mlflow:
    """Two references, what moves and removes the first, and the settings of a registry that is dead."""

    def __init__(self):
        self.fake = FakeMlflow()
        self.fake.models["fraud"] = [f"s3://bkt-staging/{number}" for number in (1, 2, 3)]
        self.fake.aliases |= {("fraud", "champion"): 1, ("fraud", "challenger"): 2}
        self.refs = ("models:/fraud@champion", "models:/fraud@challenger")
        self.environ, self.dead = {"MLFLOW_TRACKING_URI": self.fake.address}, {"MLFLOW_TRACKING_URI": DEAD}
        self.prefix = "s3://bkt-staging/"

    def move(self):
        self.fake.aliases["fraud", "champion"] = 3

    def remove(self):
        del self.fake.aliases["fraud", "champion"]


class Hub:
    def __init__(self):
        self.fake = FakeHub()
        self.fake.models["acme/fraud"] = {"revisions": {"main": "a" * 40, "v2": "b" * 40}}
        self.refs = ("hf://acme/fraud@main", "hf://acme/fraud@v2")
        self.environ, self.dead = {"HF_ENDPOINT": self.fake.address}, {"HF_ENDPOINT": DEAD}
        self.prefix = "hf://acme/"

    def move(self):
        self.fake.models["acme/fraud"]["revisions"]["main"] = "c" * 40

    def remove(self):
        del self.fake.models["acme/fraud"]["revisions"]["main"]


class Oci:
    def __init__(self):
        self.fake = FakeOci()
        self.fake.push("acme/fraud", "stable", model_pack(b"1"))
        self.fake.push("acme/fraud", "next", model_pack(b"2"))
        place = f"oci://{self.fake.host}/acme/fraud"
        self.refs = (f"{place}:stable", f"{place}:next")
        # The reference names the host: a proxy that is not there stands for a registry that is not.
        self.environ, self.dead = {}, {"http_proxy": DEAD, "no_proxy": ""}
        self.prefix = f"oci://{self.fake.host}/acme/"

    def move(self):
        self.fake.push("acme/fraud", "stable", model_pack(b"3"))

    def remove(self):
        del self.fake.manifests["acme/fraud", "stable"]


@pytest.fixture(params=[Mlflow, Hub, Oci])
def world(request, tmp_path, monkeypatch, overlays):
    made = request.param()
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CMP_LOCKED_BY", "ci@example.com")
    monkeypatch.setenv("CMP_REGISTRY_RETRIES", "0")
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    overlays(tmp_path)
    base = tmp_path / "k8s/base"
    text = (base / "config.yaml").read_text()
    text = text.replace("models:/fraud detector@champion ", made.refs[0] + " ")
    (base / "config.yaml").write_text(text.replace('"models:/fraud detector@challenger"', made.refs[1]))
    # The ConfigMap's weights stay; a plain reader takes any URI.
    (base / "models.yaml").write_text(
        "---\n".join(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{uri: REPLACE_WITH_URI}}\n"
            for name in "ab"
        )
    )
    for name in "ab":
        text = (base / "config.yaml").read_text()
        (base / "config.yaml").write_text(
            text.replace(f"{{kind: Model, name: {name}}}", f"{{kind: ConfigMap, name: {name}, key: uri}}")
        )
    policy = tmp_path / STAGING / "model-config.yaml"
    policy.write_text(policy.read_text().replace("s3://bkt-staging/", made.prefix))
    yield made
    made.fake.close()


def run(*arguments, code=0):
    assert main(["models", *arguments]) == code


def test_lock_render_and_every_exit_code_of_check(world, capfd, monkeypatch):
    run("check", STAGING, code=3)
    assert "is not locked" in capfd.readouterr().out

    run("lock", STAGING)
    entries = yaml.safe_load(Path(STAGING, "model-config.lock.yaml").read_text())["spec"]["entries"]
    locked = entries["baseline"]
    assert locked["ref"] == world.refs[0]
    assert locked["uri"].startswith(world.prefix)
    run("lock", STAGING)  # nothing has moved
    assert yaml.safe_load(Path(STAGING, "model-config.lock.yaml").read_text())["spec"]["entries"] == entries
    capfd.readouterr()

    assert generate([STAGING]) == 0
    rendered = capfd.readouterr().out
    assert locked["uri"] in rendered
    assert world.refs[0] not in rendered

    run("check", STAGING)
    assert "is still version" in capfd.readouterr().out

    world.move()
    run("check", STAGING, "--output", "json", code=1)
    rows = {row["model"]: row for row in json.loads(capfd.readouterr().out)}
    assert rows["baseline"]["state"] == "moved"
    assert rows["baseline"]["locked"] == locked["version"] != rows["baseline"]["now"]
    assert rows["candidate"]["state"] == "same"

    world.remove()
    run("check", STAGING, code=1)
    run("lock", STAGING, code=1)
    capfd.readouterr()

    with monkeypatch.context() as patch:
        for name, value in world.dead.items():
            patch.setenv(name, value)
        run("check", STAGING, code=4)
        assert "cannot be reached" in capfd.readouterr().out
        run("lock", STAGING, code=1)
        capfd.readouterr()
        # ... and a render asks nobody.
        assert generate([STAGING]) == 0
        assert capfd.readouterr().out == rendered


@pytest.mark.parametrize("world", [Hub, Oci], indirect=True)
def test_one_registry_that_is_dead_says_nothing_of_another(world, capfd, monkeypatch):
    run("lock", STAGING, "--model", "candidate")
    text = Path("k8s/base/config.yaml").read_text()
    Path("k8s/base/config.yaml").write_text(text.replace(f"{world.refs[0]} ", "models:/fraud@champion "))
    lock = Path(STAGING, "model-config.lock.yaml")
    before = lock.read_text()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", DEAD)
    capfd.readouterr()
    run("lock", STAGING, code=1)
    assert "cannot be reached" in capfd.readouterr().err
    assert lock.read_text() == before
    run("check", STAGING, code=3)
    out = capfd.readouterr().out
    assert "candidate: " + world.refs[1] + " is still version" in out
    assert "models:/fraud@champion is not locked" in out


def test_show_cuts_what_no_table_holds(world, capfd):
    run("lock", STAGING)
    capfd.readouterr()
    run("show", STAGING)
    out = capfd.readouterr().out
    entries = yaml.safe_load(Path(STAGING, "model-config.lock.yaml").read_text())["spec"]["entries"]
    version = entries["baseline"]["version"]
    assert version[:19] in out
    assert (version in out) is (len(version) < 20)
    run("show", STAGING, "--output", "json")
    assert json.loads(capfd.readouterr().out)[0]["version"] == version
