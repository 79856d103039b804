"""Metrics and traces of cmp-generate: off by default, bounded, and never a reason for anything to fail."""

from __future__ import annotations

import json
import math
import os
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from example_overlays import GENERATE, environment
from hypothesis import given
from hypothesis import strategies as st

from cmp.cli import metrics, trace
from cmp.cli.telemetry import Facts

APPLICATION = {
    "ARGOCD_APP_NAME": "argocd_app",
    "ARGOCD_APP_PROJECT_NAME": "mlops",
    "ARGOCD_APP_REVISION": "0" * 40,
    "ARGOCD_APP_SOURCE_PATH": ".",
    "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/a-repository-name",
}
WHO = 'application="argocd_app",project="mlops"'


@pytest.fixture
def overlay(tmp_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r/kustomization.yaml").write_text("configMapGenerator: [{name: a, literals: [k=hunter2]}]\n")
    return tmp_path / "r"


@pytest.fixture
def state(tmp_path):
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def generate(overlay, state, **environ):
    return subprocess.run(
        [GENERATE],
        cwd=overlay,
        env=environment(**APPLICATION, CMP_STATE_DIR=str(state), TMPDIR=str(state), **environ),
        capture_output=True,
        check=False,
    )


def series(state):
    lines = (state / "m.prom").read_text().splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


class Collector:
    """A loopback receiver that answers with a status, after a delay."""

    def __init__(self, status=200, delay=0.0):
        received = self.received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                received.append((self.path, self.headers["Content-Type"], json.loads(body)))
                time.sleep(delay)
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_nothing_by_default(overlay, state):
    done = generate(overlay, state)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(state.iterdir()) == []


def test_counters_add_up(overlay, state):
    for _ in range(2):
        done = generate(overlay, state, CMP_METRICS="m.prom", CMP_CONCURRENCY="2")
        assert (done.returncode, done.stderr) == (0, b"")
    (overlay / "kustomization.yaml").write_text("resources: [gone.yaml]\n")
    assert generate(overlay, state, CMP_METRICS="m.prom").stderr.startswith(b"error: ")
    assert generate(overlay, state, CMP_METRICS="m.prom", CMP_DEADLINE="x").returncode == 2
    found = series(state)
    assert found[f'cmp_renders_total{{{WHO},outcome="done"}}'] == 2
    assert found[f'cmp_renders_total{{{WHO},outcome="failed"}}'] == 1
    assert sum(value for name, value in found.items() if name.startswith("cmp_renders_total")) == 4
    assert found["cmp_render_seconds_count"] == found['cmp_render_seconds_bucket{le="+Inf"}'] == 4
    assert found[f"cmp_application_objects{{{WHO}}}"] == 1
    assert {path.name for path in state.iterdir()} <= {"m.prom", ".m.prom.lock", f"cmp-slots-{os.getuid()}"}
    text = (state / "m.prom").read_text()
    assert "a-repository-name" not in text
    assert str(overlay) not in text


def test_many_at_once_lose_nothing(overlay, state):
    with ThreadPoolExecutor(12) as pool:
        done = list(pool.map(lambda _: generate(overlay, state, CMP_METRICS="m.prom"), range(24)))
    missed = sum(b"was busy" in each.stderr for each in done)
    assert [each.returncode for each in done] == [0] * 24
    assert series(state)["cmp_render_seconds_count"] == 24 - missed


@pytest.mark.parametrize("spoil", ["garbage", "binary", "large", "link", "leftover"])
def test_a_file_that_is_not_ours_starts_anew(overlay, state, spoil):
    path = state / "m.prom"
    if spoil == "link":
        (state / "other").write_text("cmp_render_seconds_count 7\n")
        path.symlink_to("other")
    elif spoil == "leftover":
        (state / ".m.prom.new").symlink_to("elsewhere")
    else:
        path.write_bytes({"garbage": b"a b c\n", "binary": b"\xff\n", "large": b"a 1\n" * (2 << 20)}[spoil])
    done = generate(overlay, state, CMP_METRICS="m.prom")
    assert (done.returncode, done.stderr) == (0, b"")
    assert series(state)["cmp_render_seconds_count"] == 1
    assert not path.is_symlink()
    if spoil == "link":
        assert (state / "other").read_text() == "cmp_render_seconds_count 7\n"
    assert not (state / "elsewhere").exists()


@pytest.mark.parametrize("name", ["../m.prom", "/m.prom", ".hidden", "x" * 300])
def test_the_file_stays_below_the_state_directory(overlay, state, name):
    done = generate(overlay, state, CMP_METRICS=name)
    assert done.returncode == 0
    assert done.stderr.startswith(b"warning: CMP_METRICS is not the name of a file")
    assert list(state.iterdir()) == []


def test_a_state_directory_is_made(overlay, state):
    assert generate(overlay, state / "below/it", CMP_METRICS="m.prom").stderr == b""
    assert series(state / "below/it")["cmp_render_seconds_count"] == 1


def test_a_state_directory_that_cannot_be(overlay):
    done = generate(overlay, overlay / "kustomization.yaml", CMP_METRICS="m.prom")
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    assert done.stderr.startswith(b"warning: CMP_METRICS: the file cannot be written")


def test_a_lock_that_is_never_released(overlay, state):
    import fcntl

    with (state / ".m.prom.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = generate(overlay, state, CMP_METRICS="m.prom")
    assert done.returncode == 0
    assert b"was busy" in done.stderr


@given(st.text(), st.text())
def test_any_name_reads_back_as_one_series(application, project):
    facts = Facts({"ARGOCD_APP_NAME": application, "ARGOCD_APP_PROJECT_NAME": project}, 1000.0)
    facts.end, facts.begun, facts.outcome = 1001.5, 1000.5, "done"
    found: dict[str, float] = {}
    metrics.count(found, facts)
    lines = [line for line in metrics.text(found).split("\n") if line and not line.startswith("#")]
    assert len(lines) == len(found)
    assert {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines} == found
    assert math.isclose(found["cmp_render_seconds_sum"], 1.5)


def test_the_number_of_series_is_bounded(monkeypatch):
    monkeypatch.setattr(metrics, "_MAX_SERIES", 50)
    found: dict[str, float] = {}
    for number in range(100):
        facts = Facts({"ARGOCD_APP_NAME": f"app-{number}"}, 0.0)
        facts.outcome = "done"
        metrics.count(found, facts)
    assert len(found) < 70
    assert found['cmp_renders_total{application="other",project="",outcome="done"}'] > 50


@pytest.mark.parametrize("path", ["", "/", "/own/traces"])
def test_a_trace_arrives(overlay, state, path):
    with Collector() as collector:
        done = generate(overlay, state, CMP_OTLP_ENDPOINT=collector.address + path)
    assert (done.returncode, done.stderr) == (0, b"")
    [(where, kind, body)] = collector.received
    assert (where, kind) == (path if len(path) > 1 else "/v1/traces", "application/json")
    scope = body["resourceSpans"][0]["scopeSpans"][0]
    root, *children = scope["spans"]
    assert [span["name"] for span in scope["spans"]] == ["cmp-generate", "wait for a slot", "render"]
    assert root["status"] == {"code": 1}
    assert len(root["traceId"]) == 32
    for child in children:
        assert (child["traceId"], child["parentSpanId"]) == (root["traceId"], root["spanId"])
    assert len({span["spanId"] for span in scope["spans"]}) == 3
    for span in scope["spans"]:
        assert (
            int(root["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        )
    attributes = {entry["key"]: next(iter(entry["value"].values())) for entry in root["attributes"]}
    assert attributes == {
        "argocd.application": "argocd_app",
        "argocd.project": "mlops",
        "argocd.revision": "0" * 40,
        "cmp.outcome": "done",
        "cmp.objects": "1",
        "cmp.files": "1",
    }
    assert list(state.iterdir()) == []


def test_a_failure_is_told_by_its_class_only(overlay, state):
    (overlay / "kustomization.yaml").write_text("resources: [hunter2.yaml]\n")
    with Collector() as collector:
        assert generate(overlay, state, CMP_OTLP_ENDPOINT=collector.address).returncode == 1
    [(_, _, body)] = collector.received
    root = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert root["status"]["code"] == 2
    assert "hunter2" not in json.dumps(body)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("collector:4318", b"is not http"),
        ("ftp://collector", b"is not http"),
        ("http://user:hunter2@collector", b"is not http"),
        ("http://collector:port", b"is not http"),
        ("http://127.0.0.1:1", b"was not sent"),
    ],
)
def test_an_endpoint_that_is_none(overlay, state, address, words):
    done = generate(overlay, state, CMP_OTLP_ENDPOINT=address)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    assert done.stderr.startswith(b"warning: CMP_OTLP_ENDPOINT")
    assert words in done.stderr
    assert b"hunter2" not in done.stderr
    assert b"kind: ConfigMap" in done.stdout


@pytest.mark.parametrize("seconds", ["x", "0", "-1", "nan", "60"])
def test_a_timeout_that_is_none(overlay, state, seconds):
    done = generate(overlay, state, CMP_OTLP_ENDPOINT="http://127.0.0.1:1", CMP_OTLP_TIMEOUT=seconds)
    assert done.returncode == 0
    assert done.stderr.startswith(b"warning: CMP_OTLP_TIMEOUT")


def test_a_collector_that_refuses(overlay, state):
    with Collector(status=503) as collector:
        done = generate(overlay, state, CMP_OTLP_ENDPOINT=collector.address)
    assert (done.returncode, done.stderr.count(b"\n")) == (0, 1)
    assert b"answered 503" in done.stderr


def test_a_collector_that_never_answers_is_left_behind(overlay, state):
    """It accepts and is silent, for as long as the render's process lives: the process ends all the same."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = generate(
            overlay,
            state,
            CMP_OTLP_ENDPOINT=f"http://127.0.0.1:{server.getsockname()[1]}",
            CMP_OTLP_TIMEOUT="0.2",
        )
    assert done.returncode == 0
    assert done.stderr.startswith(b"warning: CMP_OTLP_ENDPOINT: ")
    assert b"kind: ConfigMap" in done.stdout


def test_a_name_server_that_never_answers_is_left_behind(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(trace, "_post", lambda *_: released.wait(30) and "")
    environ = {"CMP_OTLP_ENDPOINT": "http://collector", "CMP_OTLP_TIMEOUT": "0.1"}
    assert "no answer within 0.1 seconds" in trace.export(Facts({}, 0.0), environ)
    released.set()


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_is_no_render(state, argument):
    done = subprocess.run(
        [GENERATE, argument],
        env=environment(CMP_STATE_DIR=str(state), CMP_METRICS="m.prom"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert list(state.iterdir()) == []
