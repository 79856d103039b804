"""cmpctl validate on folders, several targets and reports: what is checked, what is said not to be, what fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from argocd_programs import CACHE
from example_overlays import EXAMPLES, KEY, ROOT
from sarif_schema import LOG

from cmp.cli import ctl
from cmp.cli.validating import units, work

SCHEMA = CACHE / "files/sarif-schema-2.1.0.json"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: d
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
        - name: c
          image: r/c:v1
          resources: {limits: {cpu: "1", memory: 1Gi}}
"""
TREE = {
    "k8s/base/kustomization.yaml": "resources: [d.yaml]\n",
    "k8s/base/d.yaml": DEPLOYMENT,
    "k8s/components/c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
    "k8s/overlays/one/kustomization.yaml": "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
    "k8s/overlays/one/patch.yaml": "# what one changes\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  replicas: -1\n",
    "k8s/overlays/two/kustomization.yaml": "resources: [../one]\nnameSuffix: -two\n",
    "loose/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 5}\n",
    "loose/.sops.yaml": "creation_rules: []\n",
    "loose/values.yaml": "replicas: 3\n",
    "loose/thing.yaml": "apiVersion: e.com/v1\nkind: Thing\nmetadata: {name: t}\n",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = ctl.main(["validate", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


# -- folders


def test_a_folder_is_searched_for_overlays_and_loose_manifests(tree: Path) -> None:
    found = units.search(".")
    assert found.overlays == ["./k8s/overlays/one", "./k8s/overlays/two"]  # no base, no component
    assert [os.path.basename(path) for path in found.loose] == [
        ".sops.yaml",
        "config.yaml",
        "thing.yaml",
        "values.yaml",
    ]
    assert found.bases == 2


def test_each_overlay_is_rendered_and_the_rest_is_told_apart(tree: Path, capsys: Any) -> None:
    code, out, _ = run(capsys, ".", "--output", "json")
    report = json.loads(out)
    assert code == 1
    assert report["checked"] == 3  # two Deployments and the ConfigMap
    assert report["unchecked"] == {"e.com/v1 Thing": 1}
    assert {(each["file"], each["why"]) for each in report["aside"]} == {
        ("./loose/.sops.yaml", "the configuration of SOPS"),
        ("./loose/values.yaml", "no manifest"),
    }
    assert {each["object"] for each in report["findings"] if each["field"] == "spec.replicas"} == {
        "Deployment d",
        "Deployment d-two",
    }
    code, out, _ = run(capsys, "loose", "--only", "schema")
    assert "not checked, the configuration of SOPS: loose/.sops.yaml" in out
    assert "data.k: must be of type string" in out


def test_an_encrypted_file_of_a_folder_is_not_checked_and_said_so(tree: Path, capsys: Any) -> None:
    sealed = next(path for path in sorted(EXAMPLES.rglob("*.enc.yaml")) if b"ENC[" in path.read_bytes())
    (tree / "loose/secret.yaml").write_bytes(sealed.read_bytes())
    _, out, _ = run(capsys, "loose", "--output", "json")
    report = json.loads(out)
    assert any("encrypted" in each["why"] and each["matters"] for each in report["aside"])
    assert all("secret.yaml" not in each["file"] for each in report["findings"])
    code, _, err = run(capsys, "loose/secret.yaml")
    assert code == 1
    assert "encrypted" in err


def test_an_overlay_that_does_not_render_is_a_finding_beside_the_others(tree: Path, capsys: Any) -> None:
    (tree / "k8s/overlays/three").mkdir()
    (tree / "k8s/overlays/three/kustomization.yaml").write_text("resources: [gone.yaml]\n")
    (tree / "loose/broken.yaml").write_text("a: [\n")
    code, out, _ = run(capsys, ".", "--output", "json")
    rules = {each["rule"]: each for each in json.loads(out)["findings"]}
    assert code == 1
    assert "k8s/overlays/three" in rules["render"]["message"]
    assert rules["unreadable"]["file"].endswith("loose/broken.yaml")
    assert "api-server" in rules or "schema" in rules


def test_several_targets(tree: Path, capsys: Any) -> None:
    _, out, _ = run(
        capsys,
        "k8s/overlays/one",
        "k8s/overlays/two",
        "loose/config.yaml",
        "--output",
        "json",
        "--fail-on",
        "never",
    )
    assert json.loads(out)["checked"] == 3


def test_processes_give_what_one_process_gives() -> None:
    def check(number: int) -> Any:
        return number * 2, (), ()

    wanted = [check(number) for number in range(20)]
    assert work.run(range(20), check) == wanted
    assert work.run(range(2), check) == wanted[:2]


# -- exit codes


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["loose/thing.yaml"], 1),  # no object was checked
        (["loose/thing.yaml", "--allow-unchecked"], 0),
        (["loose/thing.yaml", "--allow-unchecked", "--fail-on", "unchecked"], 1),
        (["loose/values.yaml", "--fail-on", "never"], 0),
        (["k8s/base"], 0),
        (["k8s/base", "--fail-on", "unchecked"], 0),
        (["k8s/base", "loose/thing.yaml", "--fail-on", "unchecked"], 1),
        (["k8s/base", "loose/thing.yaml"], 0),
        (["k8s/overlays/one"], 1),
        (["k8s/overlays/one", "--skip", "api-server"], 0),
        (["k8s/overlays/one", "--only", "latest-tag"], 0),
        (["k8s/overlays/one", "--only", "api-server"], 1),
    ],
)
def test_exit_codes(tree: Path, capsys: Any, words: list[str], code: int) -> None:
    found, out, err = run(capsys, *words)
    assert found == code, out + err


def test_a_misspelt_rule_is_refused_with_the_nearest(tree: Path, capsys: Any) -> None:
    code, _, err = run(capsys, "k8s/base", "--skip", "mising-limits")
    assert code == 1
    assert "there is no rule 'mising-limits'" in err
    assert "missing-limits" in err


def test_the_list_of_rules_says_what_it_knows(capsys: Any) -> None:
    code, out, _ = run(capsys, "--list-rules")
    assert code == 0
    for word in (
        "missing-limits",
        "argocd-production-automatic",
        "schema",
        "Kubernetes: 1.",
        "github.com/kserve/kserve",
    ):
        assert word in out
    listed = json.loads(run(capsys, "--list-rules", "--output", "json")[1])
    assert {"id": "missing-limits", "severity": "warning", "title": "A container without limits"} in listed[
        "rules"
    ]


# -- .cmp.yaml and baseline


def test_the_settings_of_the_root_count_for_validate_alone(tree: Path, capsys: Any) -> None:
    (tree / ".cmp.yaml").write_text(
        "validate:\n  skip: [api-server]\n  severity: {latest-tag: info}\n  failOn: [warning]\n"
    )
    assert run(capsys, "k8s/overlays/one")[0] == 0
    (tree / ".cmp.yaml").write_text("validate: {skip: [gone]}\n")
    code, _, err = run(capsys, "k8s/overlays/one")
    assert (code, ".cmp.yaml" in err, "there is no rule 'gone'" in err) == (1, True, True)
    done = subprocess.run(
        [sys.executable, "-m", "cmp.cli.generate", "k8s/overlays/one"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"replicas: -1" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("validate: {skp: [a]}\n", ".cmp.yaml:1:12, validate: unknown field 'skp'"),
        ("valdate: {}\n", "unknown field 'valdate'"),
        ("validate: {skip: latest-tag}\n", "expected a list, found a string"),
        ("validate: {failOn: [sometimes]}\n", "must be one of error, warning, info, unchecked, never"),
        ("validate: {severity: {latest-tag: high}}\n", "must be one of error, warning, info"),
        (
            "validate: {kubernetesVersion: 1.36}\n",
            ".cmp.yaml:1:12, validate.kubernetesVersion: expected a string",
        ),
        ("a: b\n---\nc: d\n", "more than one document"),
        ("[\n", ".cmp.yaml"),
    ],
)
def test_wrong_settings_are_refused(tree: Path, capsys: Any, text: str, said: str) -> None:
    (tree / ".cmp.yaml").write_text(text)
    code, _, err = run(capsys, "k8s/base")
    assert code == 1
    assert said in err


def test_a_baseline_that_changed_meanwhile_is_not_overwritten(
    tree: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Input:
        """Standard input; whoever reads it finds that somebody has written the baseline."""

        def read(self) -> bytes:
            (tree / "known.json").write_text("of somebody else")
            return DEPLOYMENT.encode()

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Input()))
    code, _, err = run(capsys, "-", "--write-baseline", "known.json")
    assert (code, (tree / "known.json").read_text()) == (1, "of somebody else")
    assert "known.json: the file was changed by someone else meanwhile" in err


def test_a_baseline_holds_what_is_known(tree: Path, capsys: Any) -> None:
    assert run(capsys, "k8s/overlays/one", "--write-baseline", "known.json")[0] == 1
    code, out, _ = run(capsys, "k8s/overlays/one", "--baseline", "known.json")
    assert code == 0
    assert "in the baseline" in out
    log = json.loads(run(capsys, "k8s/overlays/one", "--baseline", "known.json", "--output", "sarif")[1])
    kinds = {each["kind"] for result in log["runs"][0]["results"] for each in result["suppressions"]}
    assert kinds == {"external"}
    # Another object is not known; an entry that finds nothing is said.
    code, _, err = run(capsys, "k8s/overlays/two", "--baseline", "known.json")
    assert code == 1
    assert "of the baseline found nothing" in err
    (tree / "known.json").write_text("[]")
    code, _, err = run(capsys, "k8s/base", "--baseline", "known.json")
    assert (code, "known.json: is not a baseline" in err) == (1, True)


# -- reports


def test_text_and_sarif_open_at_the_line_that_brought_the_value(tree: Path, capsys: Any) -> None:
    _, out, _ = run(capsys, "k8s/overlays/one")
    assert "k8s/overlays/one/patch.yaml:6:3, Deployment d, spec.replicas" in out
    log = json.loads(run(capsys, "k8s/overlays/one", "--output", "sarif")[1])
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    line = place["region"]["startLine"]
    text = (tree / place["artifactLocation"]["uri"]).read_text().splitlines()[line - 1]
    assert text[place["region"]["startColumn"] - 1 :] == "replicas: -1"


def test_sarif_opens_at_the_right_lines_of_many_mistakes(tree: Path, capsys: Any) -> None:
    manifest = (
        DEPLOYMENT.replace("r/c:v1", "r/c:latest").replace("name: c", "name: C")
        + "      restartPolcy: Always\n"
    )
    (tree / "loose/config.yaml").write_text(
        "# first\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n---\n" + manifest
    )
    log = json.loads(run(capsys, "loose", "--output", "sarif")[1])
    lines = (tree / "loose/config.yaml").read_text().splitlines()
    opened = {}
    for result in log["runs"][0]["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        opened[result["ruleId"]] = lines[region["startLine"] - 1][region.get("startColumn", 1) - 1 :]
    assert opened["latest-tag"] == "image: r/c:latest"
    assert opened["api-server"] == "name: C"
    assert opened["schema"] == "restartPolcy: Always"


def test_the_files_of_sarif_count_from_the_root_of_the_repository(
    tree: Path, capsys: Any, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tree / "loose")
    for target in (".", "../k8s/overlays/one"):
        log = json.loads(run(capsys, target, "--output", "sarif")[1])
        for result in log["runs"][0]["results"]:
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert (tree / uri).is_file(), uri


@pytest.mark.parametrize("whole", [False, True], ids=["restated", "official"])
def test_sarif_fits_its_schema(tree: Path, capsys: Any, whole: bool) -> None:
    if whole and not SCHEMA.exists():
        pytest.skip(f"{SCHEMA.name} is not here (scripts/oracles.py tools)")
    schema = json.loads(SCHEMA.read_text()) if whole else LOG
    jsonschema = pytest.importorskip("jsonschema", reason="the extra 'validate' is not installed")
    run(capsys, "k8s/overlays/one", "--write-baseline", "known.json")
    (tree / "apps").mkdir()
    (tree / "apps/app.yaml").write_text(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: fraud-production, namespace: argocd}\n"
        "spec: {project: default, destination: {server: 'https://kubernetes.default.svc', namespace: x}, "
        "source: {repoURL: 'https://git.example.com/a', path: k8s, targetRevision: HEAD}, syncPolicy: {automated: {}}}\n"
    )
    for words in ((".",), (".", "--baseline", "known.json"), ("apps",)):
        log = json.loads(run(capsys, *words, "--output", "sarif")[1])
        jsonschema.validate(log, schema)
    # Argo CD's rules have their titles as well.
    rules = {each["id"]: each for each in log["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["argocd-production-automatic"]["shortDescription"]["text"] != "argocd production automatic"
    assert rules["argocd-production-automatic"]["fullDescription"]["text"]


def test_junit_counts_as_failures_what_fails(tree: Path, capsys: Any) -> None:
    (tree / "k8s/base/d.yaml").write_text(DEPLOYMENT.replace(":v1", ":latest").replace('cpu: "1", ', ""))
    report = json.loads(run(capsys, "k8s/overlays/one", "--output", "json")[1])
    errors = [each for each in report["findings"] if each["severity"] == "error"]
    assert 0 < len(errors) < len(report["findings"])
    suite = ET.fromstring(run(capsys, "k8s/overlays/one", "--output", "junit")[1])
    assert suite.get("failures") == str(len(errors)) == str(len(suite.findall(".//failure")))
    suite = ET.fromstring(run(capsys, "k8s/overlays/one", "--output", "junit", "--fail-on", "info")[1])
    assert suite.get("failures") == str(len(report["findings"]))


# -- the examples


def test_all_example_overlays_are_checked(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(KEY))
    monkeypatch.chdir(ROOT)
    from example_overlays import overlays

    found = {os.path.realpath(path) for path in units.search("examples").overlays}
    assert {str(folder) for folder in overlays()} <= found
    code, out, _ = run(capsys, "examples", "--output", "json")
    report = json.loads(out)
    assert code == 0, [each for each in report["findings"] if each["severity"] == "error"]
    assert report["checked"] > 250
    assert all("constraint" in kind.lower() for kind in report["unchecked"]), report["unchecked"]
    assert report["rules"] == {}
