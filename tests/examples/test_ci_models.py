"""The CI files for models: their scripts run on a scratch repository, a registry and forges in memory."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from example_overlays import EXAMPLES, ROOT, needs_validate, tool
from fake_registries import FakeMlflow

pytest.importorskip("urllib3", reason="the extra registries is not installed")

CI = EXAMPLES / "ci"
BIN = str(Path(sys.executable).parent)
STAGING, PRODUCTION = "k8s/overlays/staging", "k8s/overlays/production"
NAME = "fraud detector"
TOKEN = "forge-token-of-the-test"

# Stands in for gh: keeps one pull request for each branch in a folder, and logs what it was asked.
GH = """\
#!{python}
import json, os, sys
from pathlib import Path
state = Path(os.environ["FORGE"])
words = sys.argv[1:]
options = dict(zip(words, words[1:]))
log = {{"call": words[:2], "words": words}}
if "--body-file" in options:
    log["body"] = Path(options["--body-file"]).read_text()
with (state / "log").open("a") as file:
    file.write(json.dumps(log) + "\\n")
if words[:2] == ["pr", "list"]:
    assert options["--jq"] == ".[0].number // empty" and options["--json"] == "number", words
    path = state / options["--head"].replace("/", "_")
    print(path.read_text() if path.exists() else "")
elif words[:2] == ["pr", "create"]:
    (state / options["--head"].replace("/", "_")).write_text("7")
else:
    assert words[:2] in (["pr", "edit"], ["pr", "comment"]) and words[2] == "7", words
"""
# Stands in for curl, in front of GitLab's API of merge requests.
CURL = """\
#!{python}
import json, os, sys
from pathlib import Path
state = Path(os.environ["FORGE"])
words = sys.argv[1:]
assert sys.stdin.read() == 'header = "PRIVATE-TOKEN: {token}"\\n'
fields = dict(word.split("=", 1) for word in words if "=" in word)
log = {{"url": words[-1], "words": words, "fields": fields}}
for word in words:
    if word.startswith("body@"):
        log["body"] = Path(word[5:]).read_text()
with (state / "log").open("a") as file:
    file.write(json.dumps(log) + "\\n")
path = state / fields.get("source_branch", "none").replace("/", "_")
if "--get" in words:
    print(json.dumps([{{"iid": 7}}] if path.exists() else []))
elif words[-1].endswith("/merge_requests"):
    path.write_text("7")
    print(json.dumps({{"iid": 7}}))
else:
    assert words[-1].endswith("/merge_requests/7/notes"), words
"""


def load(name: str) -> ModuleType:
    """A helper module of the tests of models."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests/models" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script(forge: str, job: str) -> str:
    """The shell text of a job, without its installation."""
    if forge == "gitlab":
        content = yaml.safe_load((CI / "gitlab-models.yml").read_text())
        return "\n".join(content[job]["script"])
    content = yaml.safe_load((CI / f"github-{job}.yml").read_text())
    [found] = content["jobs"].values()
    return "\n".join(
        step["run"] for step in found["steps"] if "run" in step and "pip install" not in step["run"]
    )


def variables(forge: str, job: str) -> dict[str, str]:
    """The job's own variables, with what the forge would put in."""
    if forge == "gitlab":
        found = yaml.safe_load((CI / "gitlab-models.yml").read_text())[job]["variables"]
    else:
        [content] = yaml.safe_load((CI / f"github-{job}.yml").read_text())["jobs"].values()
        found = content["env"]
    given = {"FROM": STAGING, "TO": PRODUCTION, "MODELS": "", "BASE": "main", "CMP_LOCKED_BY": "ci"}
    return {name: str(value) for name, value in found.items()} | given


def steps_of(path: Path) -> list[dict[str, Any]]:
    """The steps of a workflow of GitHub; none in a file of GitLab."""
    jobs = yaml.safe_load(path.read_text()).get("jobs", {})
    return [step for job in jobs.values() for step in job["steps"]]


class World:
    """A repository with a remote, a registry, and the forge's stand-ins on PATH."""

    def __init__(self, folder: Path, forge: str) -> None:
        self.folder, self.forge = folder, forge
        self.registry = FakeMlflow()
        self.registry.models[NAME] = ["s3://bkt-staging/1", "s3://bkt-staging/2", "s3://bkt-staging/3"]
        self.registry.aliases |= {(NAME, "champion"): 1, (NAME, "challenger"): 2}
        self.work, self.state, self.programs = folder / "work", folder / "forge", folder / "bin"
        for path in (self.state, self.programs, folder / "home"):
            path.mkdir()
        for name, text in (("gh", GH), ("curl", CURL)):
            path = self.programs / name
            path.write_text(text.format(python=sys.executable, token=TOKEN))
            path.chmod(0o755)
        load("overlays").repository(self.work)
        models = self.work / "k8s/base/models.yaml"
        models.write_text(models.read_text().replace("s3://placeholder/x", "REPLACE_WITH_URI"))
        self.run("git init --quiet --initial-branch=main . && git init --quiet --bare ../origin.git")
        self.run(f"git remote add origin {folder}/origin.git")
        self.run(f"cmpctl models lock {STAGING}")
        self.push()

    def push(self) -> None:
        """Put the working tree on main."""
        commit = "git -c user.name=t -c user.email=t@example.com commit --quiet --message change"
        self.run(f"git add . && {commit} && git push --quiet origin HEAD:main")

    def run(self, text: str, code: int = 0, **more: str) -> str:
        """Run a shell text in the working tree as the job would; its output."""
        environ = {
            "PATH": f"{self.programs}:{BIN}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "MLFLOW_TRACKING_URI": self.registry.address,
            "CMP_MLFLOW_RETRIES": "0",
            "FORGE": str(self.state),
            "RUNNER_TEMP": str(self.folder),
            "GITLAB_TOKEN": TOKEN,
            "GH_TOKEN": TOKEN,
            "CI_SERVER_URL": f"file://{self.folder}",
            "CI_PROJECT_PATH": "origin",
            "CI_PROJECT_ID": "3",
            "CI_API_V4_URL": "https://gitlab.example/api/v4",
            "CI_DEFAULT_BRANCH": "main",
            "CMP_LOCKED_BY": "ci",
            "GIT_TERMINAL_PROMPT": "0",
            **more,
        }
        done = subprocess.run(
            ["bash", "-c", text], cwd=self.work, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done.stdout + done.stderr

    def job(self, name: str, code: int = 0, **more: str) -> str:
        """Run a job in a fresh checkout of main, as CI does."""
        self.run("git fetch --quiet origin && git checkout --quiet --force --detach origin/main")
        self.run("git clean --force -d --quiet")
        for left in ("body.md", "check.txt", "short.md", "comment.md", "diff.md"):
            (self.folder / left).unlink(missing_ok=True)
        return self.run(script(self.forge, name), code, **{**variables(self.forge, name), **more})

    def log(self) -> list[dict[str, Any]]:
        """What the forge was asked since the last call."""
        path = self.state / "log"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    def bodies(self) -> list[str]:
        """The texts that were put into the discussion since the last call."""
        return [each["body"] for each in self.log() if "body" in each]

    def branch(self, name: str) -> str:
        """The commit of a branch of the remote; empty when it is not there."""
        command = ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{name}"]
        done = subprocess.run(
            command, cwd=self.folder / "origin.git", capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    def file(self, branch: str, path: str) -> Any:
        """A YAML file of a branch of the remote."""
        return yaml.safe_load(self.run(f"git fetch --quiet origin && git show origin/{branch}:{path}"))


@pytest.fixture(params=["github", "gitlab"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, request.param)
    yield made
    made.registry.close()


LOCK = "cmp/lock-models"


@pytest.mark.slow
def test_what_has_moved_is_locked_and_proposed_once(world: World) -> None:
    assert "nothing has moved" in world.job("lock-models")
    assert not world.branch(LOCK)
    assert world.bodies() == []

    world.registry.aliases[NAME, "champion"] = 2
    world.job("lock-models")
    first = world.branch(LOCK)
    assert first
    entries = world.file(LOCK, f"{STAGING}/model-config.lock.yaml")["spec"]["entries"]
    assert entries["baseline"]["version"] == "2"
    [body] = world.bodies()
    assert "has moved: version 1 when it was locked, version 2 now" in body
    assert "baseline" in body.partition("What changes in")[2]
    assert "s3://bkt-staging/2" not in body

    assert "has it already" in world.job("lock-models")
    assert world.branch(LOCK) == first
    assert world.bodies() == []

    world.registry.aliases[NAME, "champion"] = 3
    world.job("lock-models")
    assert world.branch(LOCK) != first
    [body] = world.bodies()
    assert "version 3 now" in body

    # merged: nothing is left to do
    world.run(f"git push --quiet --force origin origin/{LOCK}:refs/heads/main")
    assert "nothing has moved" in world.job("lock-models")


def test_a_registry_that_cannot_be_reached_fails_the_job(world: World) -> None:
    world.job("lock-models", 4, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert not world.branch(LOCK)


def test_a_model_that_is_gone_fails_the_job(world: World) -> None:
    del world.registry.aliases[NAME, "champion"]
    assert "has no alias 'champion'" in world.job("lock-models", 1)
    assert not world.branch(LOCK)


@pytest.mark.slow
def test_promotion_is_proposed_with_the_difference(world: World) -> None:
    needs_validate()
    world.run(f"cmpctl models promote --from {STAGING} --to {PRODUCTION}")
    world.push()
    assert "already" in world.job("promote")
    world.registry.aliases[NAME, "champion"] = 2
    world.run(f"cmpctl models lock {STAGING}")
    world.push()
    branch = "cmp/promote-production"
    for _ in range(2):  # a second run renews the same request
        world.job("promote")
        entries = world.file(branch, f"{PRODUCTION}/model-config.lock.yaml")["spec"]["entries"]
        assert entries["baseline"]["version"] == "2"
        assert entries["baseline"]["uri"] == "s3://bkt-prod/2"
        body = world.bodies()[-1]
        assert PRODUCTION in body
        assert "cmp.mlops/baseline.version" in body
        assert "s3://bkt-prod/2" not in body
    assert len(list(world.state.iterdir())) == 1


@pytest.mark.slow
def test_one_model_under_another_name(world: World) -> None:
    needs_validate()
    world.run(f"cmpctl models promote --from {STAGING} --to {PRODUCTION}")
    world.push()
    world.job("promote", MODELS="candidate=baseline")
    lock = world.file("cmp/promote-production", f"{PRODUCTION}/model-config.lock.yaml")
    entries = lock["spec"]["entries"]
    assert [entries[name]["version"] for name in ("baseline", "candidate")] == ["2", "2"]


def test_text_of_a_person_is_no_part_of_the_script(world: World) -> None:
    world.job("promote", 2, FROM="$(touch escaped); x", TO=PRODUCTION)
    assert not (world.work / "escaped").exists()


# -- their form


@pytest.mark.oracle
@pytest.mark.parametrize("path", sorted(CI.glob("github-*.yml")), ids=lambda path: path.name)
def test_actionlint_finds_nothing(path: Path) -> None:
    done = subprocess.run([tool("actionlint"), path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("path", sorted(CI.glob("*.yml")), ids=lambda path: path.name)
def test_every_cmpctl_has_a_deadline_and_every_job_an_end(path: Path) -> None:
    text = path.read_text()
    calls = [line for line in text.splitlines() if "cmpctl " in line and not line.strip().startswith("#")]
    assert calls
    assert [line for line in calls if "cmpctl --deadline " not in line] == []
    assert "timeout" in text
    # GitHub's expressions stand in variables only: in a script they would be a part of its text.
    runs = [step.get("run", "") for step in steps_of(path)]
    assert not any("${{" in run for run in runs)


# GitLab's keywords of a job, as far as these files use them, and what each holds.
KEYWORDS = {
    "artifacts": dict,
    "before_script": list,
    "extends": str,
    "image": str,
    "resource_group": str,
    "rules": list,
    "script": list,
    "timeout": str,
    "variables": dict,
}


@pytest.mark.parametrize("path", sorted(CI.glob("gitlab-*.yml")), ids=lambda path: path.name)
def test_gitlabs_files_are_jobs(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    for name, job in content.items():
        for keyword, value in job.items():
            assert isinstance(value, KEYWORDS[keyword]), (name, keyword)
        assert job.get("extends", name) in content
        whole = {**content.get(job.get("extends", ""), {}), **job}
        if not name.startswith("."):
            assert {"image", "rules", "script", "timeout"} <= whole.keys(), name
        for lines in (job.get("script", ()), job.get("before_script", ())):
            assert all(isinstance(line, str) for line in lines)
        assert all(set(rule) <= {"if", "when"} for rule in job.get("rules", ()))
        assert all(isinstance(value, str) for value in job.get("variables", {}).values())


@pytest.mark.parametrize("forge", ["github", "gitlab"])
@pytest.mark.parametrize("job", ["lock-models", "promote"])
def test_bash_reads_the_scripts(forge: str, job: str) -> None:
    assert shutil.which("bash")
    command = ["bash", "-n", "-c", script(forge, job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
