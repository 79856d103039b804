"""Charts inflated by the real helm, versions 3 and 4; and what leaves when a values file is encrypted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cmp import age
from cmp.sops.write.document import NewFile, encrypt

ROOT = Path(__file__).parents[2]
IDENTITY = age.X25519Identity(bytes([31] * 32))
RULE = ("encrypted_regex", "^(token|password)$")
PLANTED = "correct-horse-battery"
TEMPLATES = {
    "deployment.yaml": """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-server
  namespace: {{ .Release.Namespace }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec:
      containers:
      - name: server
        image: "registry.example.com/server:{{ .Values.tag }}"
        env:
        - name: TOKEN
          value: {{ .Values.token | quote }}
""",
    "secret.yaml": """{{ if .Values.password }}
apiVersion: v1
kind: Secret
metadata:
  name: registry
stringData:
  password: {{ .Values.password | quote }}
{{ end }}
""",
}


def chart(folder: Path, kustomization: str, **files: str) -> Path:
    """An overlay in `folder`/app with the chart `server`; files: values files by name, `.yaml` left out."""
    app = folder / "app"
    templates = app / "charts/server/templates"
    templates.mkdir(parents=True)
    (app / "charts/server/Chart.yaml").write_text("apiVersion: v2\nname: server\nversion: 0.1.0\n")
    (app / "charts/server/values.yaml").write_text("replicas: 1\ntag: '1.0'\ntoken: none\npassword: ''\n")
    for name, text in TEMPLATES.items():
        (templates / name).write_text(text)
    (app / "kustomization.yaml").write_text(kustomization)
    for name, text in files.items():
        (app / f"{name}.yaml").write_text(text)
    return app


def sealed(text: str) -> str:
    group = (str(IDENTITY.recipient()),)
    return encrypt(text.encode(), "yaml", NewFile((group,), RULE), "2026-01-01T00:00:00Z").data.decode()


def generate(app: Path, helm: str, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    scratch = app.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    settings = {
        "PATH": os.defpath, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "CMP_ENABLE_HELM": "true",
        "CMP_HELM_COMMAND": helm, "SOPS_AGE_KEY": IDENTITY.secret_text(), "CMP_DEADLINE": "600", **environ,
    }  # fmt: skip
    command = [sys.executable, "-m", "cmp.cli.generate", *words, str(app)]
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert not [path.name for path in scratch.iterdir() if path.name.startswith("cmp-helm")]
    return done


@pytest.fixture(params=["helm", "helm4"])
def program(request: pytest.FixtureRequest) -> str:
    found = shutil.which(request.param)
    if found is None:
        pytest.skip(f"{request.param} is not on PATH")
    return found


INLINE = (
    "namespace: prod\nhelmCharts:\n- name: server\n  releaseName: fraud\n  namespace: prod\n"
    "  valuesInline: {replicas: 3, tag: '2.0'}\n"
)


@pytest.mark.oracle
def test_the_same_bytes_as_kustomize_with_helm_3(program: str, tmp_path: Path) -> None:
    kustomize, helm = shutil.which("kustomize"), shutil.which("helm")
    if kustomize is None or helm is None:
        pytest.skip("kustomize and helm 3 are not on PATH")
    app = chart(tmp_path, INLINE)
    ours = generate(app, program, "--plain")
    assert ours.returncode == 0, ours.stderr
    command = [kustomize, "build", "--enable-helm", "--helm-command", helm, str(app)]
    theirs = subprocess.run(command, capture_output=True, text=True, check=False)
    assert theirs.returncode == 0, theirs.stderr
    assert ours.stdout == theirs.stdout


@pytest.mark.oracle
@pytest.mark.parametrize("field", ["valuesFile: v.yaml", "additionalValuesFiles: [v.yaml]"])
def test_encrypted_values_reach_a_secret(program: str, tmp_path: Path, field: str) -> None:
    app = chart(
        tmp_path,
        f"helmCharts:\n- {{name: server, releaseName: fraud, {field}}}\n",
        v=sealed(f"password: {PLANTED}\n"),
    )
    done = generate(app, program)
    assert done.returncode == 0, done.stderr
    assert f"password: {PLANTED}" in done.stdout


@pytest.mark.oracle
@pytest.mark.parametrize("field", ["valuesFile: v.yaml", "additionalValuesFiles: [v.yaml]"])
def test_an_encrypted_value_in_a_deployment_is_refused(program: str, tmp_path: Path, field: str) -> None:
    app = chart(
        tmp_path,
        f"helmCharts:\n- {{name: server, releaseName: fraud, {field}}}\n",
        v=sealed(f"replicas: 1\ntag: '1.0'\ntoken: {PLANTED}\n"),
    )
    done = generate(app, program)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Deployment/fraud-server" in done.stderr
    assert "spec.template.spec.containers[0].env[0].value" in done.stderr
    assert PLANTED not in done.stderr


@pytest.mark.oracle
def test_what_helm_refuses_is_an_error_and_leaves_nothing(program: str, tmp_path: Path) -> None:
    app = chart(tmp_path, INLINE)
    (app / "charts/server/templates/broken.yaml").write_text("{{ .Values.a.b.c.d | nosuch }}\n")
    done = generate(app, program)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nosuch" in done.stderr


@pytest.mark.oracle
def test_a_chart_reads_no_environment(program: str, tmp_path: Path) -> None:
    app = chart(tmp_path, INLINE)
    (app / "charts/server/templates/env.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: env}\n"
        'data: {found: "{{ list (env "SOPS_AGE_KEY") (expandenv "$SOPS_AGE_KEY") }}"}\n'
    )
    done = generate(app, program)
    assert IDENTITY.secret_text() not in done.stdout + done.stderr


# -- without the real one


STAND_IN = """#!/bin/sh
case "$1" in version) echo v3.15.0; exit;; esac
for argument; do [ "$last" = -f ] && cat "$argument" >> "$0.values"; last="$argument"; done
%s
"""
PRINTS = """value=$(sed -n 's/^token: *//p' "$0.values" | tail -1)
printf 'apiVersion: apps/v1\\nkind: Deployment\\nmetadata: {name: d}\\nspec: {paused: %s}\\n' "$value"
"""


def stand_in(folder: Path, body: str) -> str:
    program = folder / "stand-in"
    program.write_text(STAND_IN % body)
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("field", ["valuesFile: v.yaml", "additionalValuesFiles: [v.yaml]"])
def test_a_decrypted_value_is_followed_through_helm(tmp_path: Path, field: str) -> None:
    values = sealed(f"token: {PLANTED}\n")
    app = chart(tmp_path, f"helmCharts:\n- {{name: server, releaseName: r, {field}}}\n", v=values)
    done = generate(app, stand_in(tmp_path, PRINTS))
    assert f"token: {PLANTED}" in Path(f"{tmp_path}/stand-in.values").read_text(), "helm gets the cleartext"
    assert (done.returncode, done.stdout) == (1, "")
    assert "Deployment/d" in done.stderr
    assert PLANTED not in done.stderr


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n'; sleep 600 &", 0),
        ("sleep 600 & echo no >&2; exit 3", 1),
        ("sleep 600 & head -c 100000 /dev/zero | tr '\\0' x", 1),
    ],
    ids=["success", "error", "not YAML"],
)
def test_what_helm_started_goes_with_it(tmp_path: Path, body: str, code: int) -> None:
    # The stand-in's own children let go of its streams, or helm's output would not end.
    body = body.replace("sleep 600 &", "sleep 600 >/dev/null 2>&1 & echo $! >> $0.pids;")
    done = generate(chart(tmp_path, INLINE), stand_in(tmp_path, body))
    assert done.returncode == code, done.stderr
    for pid in Path(f"{tmp_path}/stand-in.pids").read_text().split():
        assert not _lives(int(pid))


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in ("Z", "X")
