"""cmpctl validate on what people get wrong: one error with the file, never a pass, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmp.cli import ctl

FILES = {
    "empty.yaml": "",
    "open.yaml": "a: [\n",
    "list.yaml": "- a\n",
    "no-kind.yaml": "a: b\n",
    "template.yaml": "{{ if }}\n",
    "config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: b}\n",
    "folder/template.yaml": "{{ if }}\n",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "nothing").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "nowhere: does not exist"),
        (["empty.yaml"], "empty.yaml: nothing was given to check"),
        (["nothing"], "nothing: nothing was given to check"),
        (["open.yaml"], "open.yaml:"),
        (["list.yaml"], "list.yaml: document 1 is not a mapping"),
        (["no-kind.yaml"], "no-kind.yaml"),
        (["template.yaml"], "template.yaml"),
        (["folder"], "folder/template.yaml"),
        (["config.yaml", "--policy", "nowhere.yaml"], "nowhere.yaml: cannot be read"),
        (["config.yaml", "--policy", "config.yaml"], "config.yaml: holds no ValidatingAdmissionPolicy"),
        (["config.yaml", "--policy", "nothing"], "nothing: holds no ValidatingAdmissionPolicy"),
        (["config.yaml", "--schemas", "nowhere"], "nowhere: no such file or folder of schemas"),
        (["config.yaml", "--kubernetes-version", "1.2"], "no schemas for Kubernetes 1.2"),
        (["config.yaml", "--against", "nowhere"], "nowhere: does not exist"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
@pytest.mark.usefixtures("tree")
def test_what_is_wrong_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ctl.main(["validate", *words]) == 1
    captured = capsys.readouterr()
    assert said in captured.out + captured.err
    assert "error" in captured.out + captured.err


@pytest.mark.usefixtures("tree")
def test_a_folder_of_policies(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\n"
        "spec:\n  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], "
        "operations: ['*'], resources: [configmaps]}]}\n  validations: [{expression: \"'z' in object.data\"}]\n"
    )
    (tree / "nothing" / "p.yaml").write_text(policy)
    (tree / "nothing" / "kustomization.yaml").write_text("resources: [p.yaml]\n")
    assert ctl.main(["validate", "config.yaml", "--policy", "nothing"]) == 1
    out = capsys.readouterr().out
    assert "error [policy:p] config.yaml:3:12, ConfigMap c: does not hold: 'z' in object.data" in out
    assert ctl.main(["validate", "config.yaml", "--policy", "nothing", "--fail-on", "never"]) == 0


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d%s}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: c, image: "x:latest", resources: {limits: {cpu: "1", memory: 1Gi}}}]}
"""
WAIVER = "cmp.mlops/waive-latest-tag: because"


@pytest.mark.parametrize(
    ("more", "own", "counts"),
    [
        ("", f", annotations: {{{WAIVER}}}", True),
        (f"commonAnnotations: {{{WAIVER}}}\n", "", False),
        (f"patches: [{{target: {{kind: Deployment}}, patch: '- {{op: add, path: /metadata/annotations, value: {{{WAIVER}}}}}'}}]\n", "", False),
        (f"patches: [{{target: {{kind: Deployment, name: d}}, patch: '- {{op: add, path: /metadata/annotations, value: {{{WAIVER}}}}}'}}]\n", "", True),
    ],
)  # fmt: skip
def test_a_waiver_counts_where_the_objects_author_wrote_it(tree, capsys, more, own, counts):
    (tree / "o").mkdir()
    (tree / "o/kustomization.yaml").write_text(f"resources: [d.yaml]\n{more}")
    (tree / "o/d.yaml").write_text(DEPLOYMENT % own)
    ctl.main(["validate", "o", "--fail-on", "never"])
    out, err = capsys.readouterr()
    assert ("waived [latest-tag]" in out) == counts
    assert ("does not count where it comes from" in err) != counts


def test_findings_are_located_without_reading_their_file_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cmp.yaml.go.parser import Parser

    read: list[int] = []
    real = Parser.document

    def counted(parser: Parser) -> object:
        read[-1] += 1
        return real(parser)

    monkeypatch.setattr(Parser, "document", counted)
    for count in (50, 100):
        text = "".join(
            f"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{number}}}\nspec: {{podSelector: {{}}}}\n"
            for number in range(count)
        )
        (tmp_path / "r.yaml").write_text(text)
        read.append(0)
        assert ctl.main(["validate", str(tmp_path / "r.yaml")]) == 0
    assert read[1] <= 2 * read[0] + 10
