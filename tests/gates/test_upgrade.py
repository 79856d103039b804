"""`cmpctl doctor --upgrade` and docs/upgrading.md: what a version is the first to refuse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cmp.cli.commands import doctor
from cmp.gates import upgrade
from cmp.gates.registry import GATES

PAGE = Path(__file__).parents[2] / "docs/upgrading.md"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: %s}\n"
WAIVED = "commonAnnotations: {cmp.mlops/allow-placeholder: because}\n"
CONFIG = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {name: m, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
  models: {a: {uri: "%s", targets: {t: {kind: Model, name: x}}}}
  policy: {allowedPrefixes: ["%s"]}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: x}
spec: {storageUri: y}
"""


def test_the_table_of_the_page_is_the_one_of_the_code():
    start, end = "<!-- changes: made from cmp/gates/upgrade.py -->\n", "<!-- end -->\n"
    before, mark, rest = PAGE.read_text().partition(start)
    held, _, after = rest.partition(end)
    assert mark
    if os.environ.get("CMP_UPDATE_GOLDEN"):
        PAGE.write_text(before + start + upgrade.rows() + end + after)
        held = upgrade.rows()
    assert held == upgrade.rows(), "run: CMP_UPDATE_GOLDEN=1 python -m pytest tests/gates/test_upgrade.py"


def test_rows_that_name_a_rule_name_one_that_there_is():
    ids = {gate.ID for gate in GATES}
    assert {each.rule for each in upgrade.CHANGES if " " not in each.rule} <= ids


@pytest.mark.parametrize(
    ("kustomization", "text", "level", "said"),
    [
        ("", SECRET % "right", "ok", "renders as before"),
        ("", SECRET % "changeme", "error", "since 0.2.0: app/s.yaml"),
        (WAIVED, SECRET % "CHANGEME", "error", "since 0.2.0: app/s.yaml"),
        ("", SECRET % "5", "error", "since 0.2.0: app/s.yaml"),
        ("", CONFIG % ("s3://a-bucket/b", "s3:/a-bucket"), "error", "since 0.2.0"),
        ("", CONFIG % ("s3://a-bucket/%2e", "s3://a-bucket"), "error", "since 0.2.0"),
        ("", "kind: A\n", "error", "every version"),
        ("nonsense: true\n", SECRET % "right", "error", "every version"),
    ],
)
def test_doctor_says_what_is_new(tmp_path, monkeypatch, kustomization, text, level, said):
    monkeypatch.chdir(tmp_path)
    overlay = tmp_path / "app"
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(f"resources: [s.yaml]\n{kustomization}")
    (overlay / "s.yaml").write_text(text)
    found = list(doctor.upgraded("app"))
    assert [check.level for check in found] == [level]
    assert said in found[0].finding


def test_doctor_says_what_validate_finds_since(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app/kustomization.yaml").write_text("resources: [c.yaml]\n")
    (tmp_path / "app/c.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: 'b c'}}\ndata: {'a/b': c}\n"
    )
    found = list(doctor.upgraded("app"))
    assert [check.level for check in found] == ["warning", "ok"]
    assert found[0].finding.startswith(
        "since 0.2.0: cmpctl validate has 2 of api-server, the first: app/c.yaml"
    )
