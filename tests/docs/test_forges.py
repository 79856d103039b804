"""What other repositories use of ours: the hooks of pre-commit, the GitHub action, the GitLab component."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from example_overlays import KEY, ROOT, changed_repository, environment, needs_validate

BIN = str(Path(sys.executable).parent)
GH = '#!/bin/sh\nprintf "%s\\n" "$*" >> "$GH_LOG"\ncat "$7" >> "$GH_LOG" 2> /dev/null || true\n'
CURL = '#!/bin/sh\ncat > "$CURL_CONFIG"\nprintf "%s\\n" "$*" >> "$CURL_LOG"\n'


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    return changed_repository(tmp_path)


def action_file() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "action.yml").read_text())


def action() -> list[dict[str, Any]]:
    return action_file()["runs"]["steps"]


def component() -> tuple[dict[str, Any], dict[str, Any]]:
    """Its inputs and its job."""
    head, jobs = yaml.safe_load_all((ROOT / "templates/mlops-cmp/template.yml").read_text())
    return head["spec"]["inputs"], jobs["mlops-cmp"]


def run(script: str, folder: Path, tmp_path: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A script of a forge, with stand-ins for the programs that talk to it."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    for name, text in (("gh", GH), ("curl", CURL)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    env = environment(
        HOME=str(tmp_path), GH_LOG=str(tmp_path / "gh.log"), CURL_LOG=str(tmp_path / "curl.log"), **more
    )
    env["CURL_CONFIG"] = str(tmp_path / "curl.config")
    env["PATH"] = f"{tools}:{BIN}:{env['PATH']}"
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )


def chosen(**context: str) -> list[str]:
    """The names of the action's steps that run, by their `if`.

    context: what GitHub's expressions read, with `_` in place of `.`; the inputs have their defaults.
    """
    values = {f"inputs_{name}": str(field["default"]) for name, field in action_file()["inputs"].items()}
    values |= {"steps_find_outcome": "skipped", "github_repository": "acme/fraud"}
    values["github_event_pull_request_head_repo_full_name"] = "acme/fraud"
    names = []
    for step in action():
        words = re.split(r"('[^']*')", step.get("if", "'' == ''").replace("&&", " and "))
        words[::2] = [re.sub(r"(?<=\w)\.(?=\w)", "_", word) for word in words[::2]]
        if eval("".join(words), {"__builtins__": {}}, values | context):
            names.append(step.get("name", "setup"))
            values[f"steps_{step.get('id')}_outcome"] = "success"
    return names


@pytest.mark.parametrize(
    ("context", "names"),
    [
        ({"github_event_name": "push"}, "Validate"),
        ({"github_event_name": "push", "inputs_validate": "false"}, ""),
        ({"github_event_name": "push", "inputs_sarif": "true"}, "Find, Upload findings, Validate"),
        ({"github_event_name": "push", "inputs_sarif": "true", "inputs_validate": "false"}, ""),
        ({"github_event_name": "pull_request"}, "Validate, Compare, Comment"),
        (
            {"github_event_name": "pull_request", "inputs_sarif": "true"},
            "Find, Upload findings, Validate, Compare, Comment",
        ),
        ({"github_event_name": "pull_request", "inputs_comment": "false"}, "Validate, Compare"),
        (
            {
                "github_event_name": "pull_request",
                "github_event_pull_request_head_repo_full_name": "fork/fraud",
            },
            "Validate, Compare",
        ),
    ],
)
def test_which_steps_of_the_action_run(context: dict[str, str], names: str) -> None:
    """It validates once, and once more only for the file that is uploaded."""
    assert chosen(**context) == ["setup", "Install", "Render", *filter(None, names.split(", "))]


def test_findings_are_uploaded_before_the_step_that_fails_for_them(
    repository: tuple[Path, str], tmp_path: Path
) -> None:
    needs_validate()
    folder, _ = repository
    overlay = folder / "k8s/overlays/staging/kustomization.yaml"
    overlay.write_text(overlay.read_text().replace("resources:\n", "resources:\n  - wrong.yaml\n"))
    wrong = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: wrong}\ndatas: {}\n"
    (overlay.parent / "wrong.yaml").write_text(wrong)
    steps = {step.get("name", ""): step["run"] for step in action() if "run" in step}
    values = {"OVERLAYS": "k8s/overlays/staging/", "RUNNER_TEMP": str(tmp_path), "SOPS_AGE_KEY_FILE": ""}
    found = run(steps["Find"], folder, tmp_path, **values)
    assert found.returncode == 0, found.stderr
    results = json.loads((tmp_path / "findings.sarif").read_text())["runs"][0]["results"]
    assert [result["level"] for result in results].count("error") == 1
    done = run(steps["Validate"], folder, tmp_path, **values)
    assert done.returncode == 1
    assert "datas" in done.stdout


@pytest.mark.parametrize("key", [True, False], ids=["with-key", "masked"])
def test_the_action_renders_validates_compares_and_comments(
    repository: tuple[Path, str], tmp_path: Path, key: bool
) -> None:
    needs_validate()
    folder, base = repository
    steps = {step.get("name", ""): step for step in action()}
    names = [name for name in chosen(github_event_name="pull_request", inputs_sarif="true") if name in steps]
    assert names == ["Install", "Render", "Find", "Upload findings", "Validate", "Compare", "Comment"]
    script = "\n".join(f"({steps[name]['run']})" for name in names[1:] if "run" in steps[name])
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    done = run(
        f"set -e\n{script}",
        folder,
        tmp_path,
        OVERLAYS="k8s/overlays/*/",
        BASE=base,
        NUMBER="7",
        RUNNER_TEMP=str(tmp_path),
        SOPS_AGE_KEY_FILE=str(KEY) if key else "",
        **files,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "renders/staging").is_dir() and (tmp_path / "renders/production").is_dir()
    assert '"version": "2.1.0"' in (tmp_path / "findings.sarif").read_text()
    comment = (tmp_path / "gh.log").read_text()
    assert comment.startswith("pr comment 7 --edit-last --create-if-none --body-file")
    assert "k8s/overlays/staging" in comment and "`90`" in comment
    outputs = (tmp_path / "GITHUB_OUTPUT").read_text()
    assert outputs == f"path={tmp_path}/renders\npath={tmp_path}/diff.md\n"


def test_the_action_fails_with_the_render(repository: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = repository
    (folder / "k8s/overlays/staging/kustomization.yaml").write_text("resources: [missing.yaml]\n")
    (render,) = (step["run"] for step in action() if step.get("name") == "Render")
    done = run(render, folder, tmp_path, OVERLAYS="k8s/overlays/*/", RUNNER_TEMP=str(tmp_path))
    assert done.returncode == 1
    assert "missing.yaml" in done.stderr
    assert not (tmp_path / "renders").exists()


def test_the_actions_inputs_are_used_and_reach_no_script_as_text() -> None:
    found = action_file()
    text = (ROOT / "action.yml").read_text()
    assert all(f"inputs.{name}" in text for name in found["inputs"])
    assert all("${{" not in step.get("run", "") for step in found["runs"]["steps"])
    assert all(step["shell"] == "bash" for step in found["runs"]["steps"] if "run" in step)


@pytest.mark.parametrize("token", ["", "glpat-not-a-token"])
def test_the_component_renders_validates_compares_and_comments(
    repository: tuple[Path, str], tmp_path: Path, token: str
) -> None:
    needs_validate()
    folder, base = repository
    inputs, job = component()
    done = run(
        "\n".join(job["script"]),
        folder,
        tmp_path,
        OVERLAYS=inputs["overlays"]["default"],
        CI_MERGE_REQUEST_DIFF_BASE_SHA=base,
        CI_API_V4_URL="http://127.0.0.1:9/api/v4",
        CI_PROJECT_ID="1",
        CI_MERGE_REQUEST_IID="2",
        GITLAB_TOKEN=token,
        SOPS_AGE_KEY_FILE=str(KEY),
    )
    assert done.returncode == 0, done.stderr
    assert "`90`" in (folder / "diff.md").read_text()
    assert (tmp_path / "curl.log").exists() == bool(token)
    if token:
        assert token in (tmp_path / "curl.config").read_text()
        assert token not in (tmp_path / "curl.log").read_text() + done.stdout + done.stderr


def test_the_components_inputs_are_used() -> None:
    inputs, _ = component()
    text = (ROOT / "templates/mlops-cmp/template.yml").read_text()
    assert all(f"$[[ inputs.{name} ]]" in text for name in inputs)


def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        ("cmp-render", "k8s/overlays/staging k8s/overlays/production"),
        ("cmp-render", "--masked k8s/overlays/staging"),
        ("cmp-validate", "k8s/overlays/staging"),
        ("cmp-secrets-encrypted", "k8s/overlays/*/*.yaml .sops.yaml"),
    ],
)
def test_hooks_pass_on_an_example(
    repository: tuple[Path, str], tmp_path: Path, hook: str, words: str
) -> None:
    if hook == "cmp-validate":
        needs_validate()
    script = f"{hooks()[hook]['entry']} {words}"
    done = run(script, repository[0], tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("hook", "words", "error"),
    [
        ("cmp-render", "k8s/overlays/missing k8s/overlays/staging", "does not exist"),
        ("cmp-secrets-encrypted", "clear.yaml", "it holds a Secret with values"),
    ],
)
def test_hooks_fail_on_a_mistake(
    repository: tuple[Path, str], tmp_path: Path, hook: str, words: str, error: str
) -> None:
    folder, _ = repository
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n"
    (folder / "clear.yaml").write_text(secret)
    done = run(f"{hooks()[hook]['entry']} {words}", folder, tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    assert done.returncode == 1
    assert error in done.stderr


def test_hooks_have_what_pre_commit_wants() -> None:
    for hook in hooks().values():
        assert {"id", "name", "entry", "language", "description"} <= hook.keys()
        assert hook["language"] == "python"
