"""The whole life of a model against a real MLflow server: lock, move the alias, check, promote; server gone.

Needs MLflow 3.17 in an environment of its own (scripts/mlflow-test-server.sh); skipped where it is absent.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cmp.models.registry.testkit import RegistrySuite

HOME = Path(os.environ.get("CMP_MLFLOW_HOME", Path.home() / ".cache/mlops-cmp-mlflow"))
MLFLOW = HOME / "bin" / "mlflow"
NAME = "fraud detector"

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.slow,
    pytest.mark.skipif(
        not MLFLOW.exists(), reason=f"no MLflow at {MLFLOW}: run scripts/mlflow-test-server.sh"
    ),
]


class Server:
    """A server in its own process group; `call` seeds it over REST."""

    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        environ = {
            **os.environ,
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        command = [str(MLFLOW), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
        command += [
            "--backend-store-uri",
            f"sqlite:///{folder}/m.db",
            "--default-artifact-root",
            "s3://bkt-staging/root",
        ]
        self.log = (folder / "server.log").open("wb")
        # A new session: MLflow's workers would outlive it otherwise.
        self.process = subprocess.Popen(
            command, env=environ, stdout=self.log, stderr=self.log, start_new_session=True, cwd=folder
        )

    def wait(self):
        import urllib3

        pool = urllib3.PoolManager(retries=False)
        for _ in range(720):
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                if pool.request("GET", self.address + "/health").status == 200:
                    pool.clear()
                    return
            if self.process.poll() is not None:
                pytest.fail("the MLflow server ended: " + Path(self.log.name).read_text()[-2000:])
            time.sleep(0.25)
        pytest.fail("the MLflow server did not start")

    def call(self, path, **body):
        import urllib3

        with urllib3.PoolManager(retries=False) as pool:
            answer = pool.request("POST", f"{self.address}/api/2.0/mlflow/{path}", json=body)
            assert answer.status == 200, answer.data
            return json.loads(answer.data)

    def register(self, source, *aliases, **tags):
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        made = self.call("model-versions/create", name=NAME, source=source, tags=pairs)
        version = made["model_version"]["version"]
        for alias in aliases:
            self.call("registered-models/alias", name=NAME, alias=alias, version=version)
        return version

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # workers that did not follow
        self.log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("mlflow"))
    try:
        server.wait()
        server.call("registered-models/create", name=NAME)
        yield server
    finally:
        server.stop()


@pytest.fixture
def run(server, tmp_path):
    def run(*arguments, module="cmp.cli.ctl", code=0, address=server.address):
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MLFLOW_TRACKING_URI": address}
        environ |= {"CMP_LOCKED_BY": "ci@example.com", "CMP_MLFLOW_RETRIES": "0"}
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, arguments)],
            env=environ,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def test_a_models_life(server, run, tmp_path, overlays):
    staging, production = overlays(tmp_path)
    first = server.register("s3://bkt-staging/m/1/artifacts", "champion", approved="true")
    server.register("s3://bkt-staging/m/2/artifacts", "challenger")

    # unresolved: nothing is rendered
    done = run(staging, module="cmp.cli.generate", code=1)
    assert done.stdout == ""
    assert "is not resolved" in done.stderr

    # lock, render
    assert "wrote" in run("models", "lock", staging).stdout
    assert (
        (staging / "kustomization.yaml")
        .read_text()
        .startswith("# staging\nresources:\n  - ../../base\n  - model-config.lock")
    )
    rendered = run(staging, module="cmp.cli.generate").stdout
    assert "storageUri: s3://bkt-staging/m/1/artifacts" in rendered
    assert 'cmp.mlops/baseline.version: "1"' in rendered
    assert "is still version" in run("models", "check", staging).stdout
    assert "no change" in run("models", "lock", staging).stdout

    # the alias moves: the output stays, check says so, with the same exit code as for a failed test
    moved = server.register("s3://bkt-staging/m/3/artifacts", "champion", approved="true")
    assert run(staging, module="cmp.cli.generate").stdout == rendered
    told = run("models", "check", staging, code=1).stdout
    moves = f"has moved: version {first} when it was locked, version {moved} now"
    assert f"baseline: models:/{NAME}@champion {moves}" in told
    assert "candidate: models:/" in told
    assert "is still version" in told

    # promote: the old version, what was tested; the bucket mapped, tags checked
    refused = run("models", "promote", "--from", staging, "--to", production, code=1)
    assert "needs the tag approved=true" in refused.stderr
    promote = ("models", "promote", "--from", staging, "--to", production, "--model", "baseline")
    preview = run(*promote, "--dry-run")
    assert not (production / "model-config.lock.yaml").exists()
    assert "no artifact is copied" in preview.stdout
    run(*promote)
    lock = (production / "model-config.lock.yaml").read_text()
    assert f'version: "{first}"' in lock
    assert "s3://bkt-prod/m/1/artifacts" in lock
    digests = [line for text in (lock, (staging / "model-config.lock.yaml").read_text())
               for line in text.splitlines() if "digest:" in line]  # fmt: skip
    assert digests[0] == digests[1]

    # deleting a version deletes its aliases without a word
    server.call("registered-models/alias", name=NAME, alias="gone", version=first)
    text = (staging / "model-config.yaml").read_text()
    (staging / "model-config.yaml").write_text(
        text + f"  models: {{candidate: {{ref: 'models:/{NAME}@nobody'}}}}\n"
    )
    assert "has no alias 'nobody'" in run("models", "lock", staging, "--model", "candidate", code=1).stderr
    (staging / "model-config.yaml").write_text(text)

    # the server is down: render still works, check says why it cannot tell
    assert run(staging, module="cmp.cli.generate", address="http://127.0.0.1:9").stdout == rendered
    assert "cannot be reached" in run("models", "check", staging, code=4, address="http://127.0.0.1:9").stdout


def test_runs_and_proxied_artefacts(server, tmp_path):
    from cmp.errors import CmpError
    from cmp.models.registry import Registries

    experiment = server.call("experiments/create", name="e")["experiment_id"]
    run_id = server.call("runs/create", experiment_id=experiment)["run"]["info"]["run_id"]
    server.call("registered-models/create", name="from-run")
    source = f"runs:/{run_id}/model"
    server.call("model-versions/create", name="from-run", source=source, run_id=run_id)
    registry = Registries({"MLFLOW_TRACKING_URI": server.address})
    expected = f"s3://bkt-staging/root/{experiment}/{run_id}/artifacts/model"
    for ref in ("models:/from-run/1", "models:/from-run/latest", source):
        assert registry.resolve(ref).uri == expected
    for ref, words in {
        "models:/from-run/9": "has no model 'from-run' with the version 9",
        "models:/nobody@champion": "has no",
        "models:/from-run@nobody": "has no alias 'nobody'",
        "models:/from-run/Production": "no version in the stage Production",
    }.items():
        with pytest.raises(CmpError, match=words):
            registry.resolve(ref)
    experiment = server.call("experiments/create", name="p", artifact_location="mlflow-artifacts:/p")[
        "experiment_id"
    ]
    info = server.call("runs/create", experiment_id=experiment)["run"]["info"]
    server.call("registered-models/create", name="proxied")
    source = info["artifact_uri"] + "/model"
    server.call("model-versions/create", name="proxied", source=source, run_id=info["run_id"])
    with pytest.raises(CmpError, match="behind the server's proxy"):
        registry.resolve("models:/proxied/1")
    mapped = Registries({"MLFLOW_TRACKING_URI": server.address, "CMP_MLFLOW_ARTIFACT_ROOT": "s3://bkt/a"})
    assert mapped.resolve("models:/proxied/1").uri == f"s3://bkt/a/p/{info['run_id']}/artifacts/model"


def test_the_host_check(server):
    import urllib3

    from cmp.errors import CmpError
    from cmp.models.registry.http import Client
    from cmp.models.registry.mlflow import MlflowRegistry

    registry = MlflowRegistry({"MLFLOW_TRACKING_URI": server.address, "CMP_MLFLOW_RETRIES": "0"})
    pool = registry._client._pool
    request = pool.request
    pool.request = lambda method, url, headers, **more: request(
        method, url, headers={**headers, "Host": "mlflow.mlops.svc"}, **more
    )
    assert isinstance(pool, urllib3.PoolManager)
    assert isinstance(registry._client, Client)
    with pytest.raises(CmpError, match="refuses the host name") as caught:
        registry.resolve("models:/a@b")
    assert "--allowed-hosts" in caught.value.hint


class TestMlflowBySuite(RegistrySuite):
    """The test kit's suite against the real server; it has no credentials, so none can leak."""

    scheme = "models"
    found = "models:/by suite@champion"
    missing = ("models:/by suite@nobody", "models:/by suite/9", "models:/nobody/1")
    malformed = ("models:/fraud",)

    @pytest.fixture(autouse=True)
    def _server(self, server):
        self.server = server
        with contextlib.suppress(AssertionError):  # the server is shared: another test has made it
            server.call("registered-models/create", name="by suite")
        self.move()

    def environ(self):
        return {"MLFLOW_TRACKING_URI": self.server.address, "CMP_MLFLOW_RETRIES": "0"}

    def move(self):
        source = f"s3://bkt-staging/suite/{time.time_ns()}"
        version = self.server.call("model-versions/create", name="by suite", source=source)["model_version"]
        self.server.call(
            "registered-models/alias", name="by suite", alias="champion", version=version["version"]
        )
