"""The plugin's contract over good and bad trees.

`harness` is argocd-cmp-server as `cmp_server` plays it, for what only the process shows. `server` is that
one, then one behind gRPC that speaks repo-server's protocol, then our own cmp-server, then every real argocd-cmp-server that
`argocd_programs` finds.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argocd_programs
import pytest
from cmp_grpc import RemoteServer
from cmp_server import CmpServer
from example_overlays import EXAMPLES, KEY, ROOT, documents, overlays, rendered

REPOSITORY = EXAMPLES / "fraud-detection"
OVERLAY = "k8s/overlays/production"
OTHER_KEY = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"


@pytest.fixture
def harness(tmp_path):
    return CmpServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY))


@pytest.fixture(params=["harness", "grpc", "cmp-server", *argocd_programs.parameters("argocd-cmp-server")])
def server(request, tmp_path):
    """Any of them; what a test puts into `sidecar` before its first render holds."""
    if request.param == "harness":
        yield CmpServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
        return
    pytest.importorskip("grpc", reason="grpcio is not installed")
    from cmp_grpc import FakeServer, RealServer

    made: RemoteServer
    if request.param == "grpc":
        made = FakeServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    elif request.param == "cmp-server":
        from own_server import OwnServer

        made = OwnServer(tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    else:
        program = argocd_programs.program("argocd-cmp-server", request.param)
        made = RealServer(program, ROOT / "plugin.yaml", tmp_path, SOPS_AGE_KEY_FILE=str(KEY))
    with made:
        yield made


@pytest.fixture
def repository(tmp_path):
    """A copy of the fraud-detection example that a test may spoil."""
    shutil.copytree(REPOSITORY, tmp_path / "repository")
    return tmp_path / "repository"


def refused(response, *words):
    """Exit 1, nothing on stdout, one error line with file and object or field, one hint, bounded."""
    assert response.code == 1, response.stderr
    assert response.stdout == b""
    text = response.stderr.decode()
    lines = text.splitlines()
    assert len(response.stderr) <= 4096
    assert [line.partition(":")[0] for line in lines if line.startswith(("error", "hint"))] == [
        "error",
        "hint",
    ]
    assert lines[0].startswith("error: ")
    assert "Traceback" not in text
    for word in words:
        assert word in text
    return text


def test_every_example_overlay_as_the_sidecar_renders_it(server):
    for overlay in overlays():
        parts = overlay.relative_to(EXAMPLES).parts
        response = server.generate(EXAMPLES / parts[0], "/".join(parts[1:]))
        assert response.code == 0, (overlay, response.stderr)
        assert response.objects == documents(rendered(overlay)), overlay
        assert re.fullmatch(rb"(warning: [^\n]*\n)*", response.stderr)


def test_success_is_quiet_and_the_output_whole(harness):
    response = harness.generate(REPOSITORY, OVERLAY)
    assert (response.code, response.stderr) == (0, b"")
    assert response.stdout == rendered(REPOSITORY / OVERLAY)
    assert len(response.objects) > 10


@pytest.mark.parametrize("source_path", [".", ""])
def test_an_application_at_the_root_of_the_repository(server, tmp_path, source_path):
    (tmp_path / "r").mkdir()
    (tmp_path / "r/kustomization.yaml").write_text("configMapGenerator: [{name: a, literals: [k=v]}]\n")
    assert server.generate(tmp_path / "r", source_path).code == 0


def test_a_tree_that_was_sent_from_a_deeper_root(harness, repository):
    """--plugin-use-manifest-generate-paths roots the tar deeper than the repository."""
    tree = harness.upload(repository / "k8s")
    process = subprocess.run(
        [str(sys.executable), "-m", "cmp.cli.generate"],
        cwd=tree / "overlays/production",
        env=harness.environment(OVERLAY),
        capture_output=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == rendered(REPOSITORY / OVERLAY)


def test_parameters_reach_the_render(server):
    parameters = [
        {"name": "traffic", "map": {"baseline": "60", "candidate": "40"}},
        {"name": "images", "array": ["harbor.test/library/fraud-detector:v9"]},
        {"name": "common-labels", "map": {"release": "nine"}},
    ]
    response = server.generate(REPOSITORY, OVERLAY, parameters=parameters)
    assert response.code == 0, response.stderr
    weights = [each["spec"]["candidates"] for each in response.objects if each["kind"] == "Experiment"]
    assert [candidate["weight"] for candidate in weights[0]] == [60, 40]
    text = response.stdout.decode()
    assert "fraud-detector:v9" in text
    for each in response.objects:
        assert each["metadata"]["labels"]["release"] == "nine"
        if each["kind"] == "Deployment":
            assert "release" not in each["spec"]["selector"]["matchLabels"]
            assert each["spec"]["template"]["metadata"]["labels"]["release"] == "nine"


def test_an_image_by_environment_entry(server):
    response = server.generate(REPOSITORY, OVERLAY, env={"IMAGE_X": "harbor.test/library/mlserver:1.7.0"})
    assert b"mlserver:1.7.0" in response.stdout


def test_parameters_as_large_as_linux_passes_them(server):
    annotations = {f"k{number}": "x" * 1000 for number in range(120)}
    parameters = [{"name": "common-annotations", "map": annotations}]
    response = server.generate(REPOSITORY, OVERLAY, parameters=parameters)
    assert response.code == 0, response.stderr


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ([{"name": "traffik", "map": {}}], ["traffik", "traffic"]),
        ([{"name": "traffic", "map": {"baselin": "100"}}], ["baselin", "baseline"]),
        ([{"name": "traffic", "map": {"baseline": "50", "candidate": "20"}}], ["70"]),
        (
            [{"name": "model-uris", "map": {"candidat": "s3://mlflow-artifacts-prod/x"}}],
            ["candidat", "candidate"],
        ),
        ([{"name": "model-uris", "map": {"candidate": "s3://mlflow-artifacts-staging/x"}}], ["candidate"]),
    ],
)
def test_bad_parameters(server, parameters, words):
    refused(server.generate(REPOSITORY, OVERLAY, parameters=parameters), *words)


@pytest.mark.parametrize("name", ["--plain", "--masked"])
def test_what_would_overwrite_live_objects_is_refused_in_the_plugin(harness, name):
    done = subprocess.run(
        [sys.executable, "-m", "cmp.cli.generate", name],
        cwd=REPOSITORY / OVERLAY,
        env=harness.environment(OVERLAY),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"error: " in done.stderr


def test_without_the_key(server):
    del server.sidecar["SOPS_AGE_KEY_FILE"]
    refused(server.generate(REPOSITORY, OVERLAY), "model-config.yaml", "age1")


def test_with_a_wrong_key(server):
    del server.sidecar["SOPS_AGE_KEY_FILE"]
    server.sidecar["SOPS_AGE_KEY"] = OTHER_KEY
    text = refused(server.generate(REPOSITORY, OVERLAY), "model-config.yaml")
    assert OTHER_KEY not in text


def test_a_tampered_file(server, repository):
    path = repository / OVERLAY / "registry.enc.yaml"
    path.write_text(path.read_text().replace("name: harbor-docker-config", "name: harbor-docker-confid"))
    refused(server.generate(repository, OVERLAY), "registry.enc.yaml", "MAC")


def test_weights_that_sum_to_seventy(server, repository):
    path = repository / OVERLAY / "model-config.yaml"
    path.write_text(path.read_text().replace("baseline: 80", "baseline: 50"))
    refused(
        server.generate(repository, OVERLAY),
        "model-config.yaml",
        "ModelConfig/fraud-detection",
        "spec.traffic.weights",
        "70",
    )


def test_an_unresolved_model(server, repository):
    path = repository / OVERLAY / "kustomization.yaml"
    patch = (
        "patches:\n  - target: {kind: ModelConfig}\n    patch: |-\n"
        "      - {op: remove, path: /spec/models/baseline/uri}\n"
        "      - {op: add, path: /spec/models/baseline/ref, value: 'models:/fraud@champion'}\n"
    )
    path.write_text(path.read_text().replace("patches:\n", patch))
    refused(
        server.generate(repository, OVERLAY),
        "model-config.yaml",
        "ModelConfig/fraud-detection",
        "spec.models.baseline",
    )


def test_a_staging_uri_in_production(server, repository):
    path = repository / OVERLAY / "kustomization.yaml"
    patch = (
        "patches:\n  - target: {kind: ModelConfig}\n    patch: |-\n"
        "      - {op: replace, path: /spec/models/baseline/uri, value: 's3://mlflow-artifacts-staging/x'}\n"
    )
    text = path.read_text()
    path.write_text(
        text.replace(
            "patches:\n  - path: model-config.yaml\n", "patches:\n  - path: model-config.yaml\n" + patch[9:]
        )
    )
    refused(server.generate(repository, OVERLAY), "baseline", "allowed")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, ["kustomization.yaml"]),
        ({"kustomization.yaml": ""}, ["kustomization.yaml"]),
        ({"kustomization.yaml": "resources: [gone.yaml]\n"}, ["gone.yaml"]),
        ({"kustomization.yaml": "resources: [../../outside]\n"}, ["outside"]),
        ({"kustomization.yaml": "namePrefix: x\n"}, ["no objects"]),
        ({"kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "a: b\n"}, ["a.yaml"]),
        ({"kustomization.yaml": "\tresources: []\n"}, ["kustomization.yaml"]),
    ],
)
def test_trees_that_must_not_render(server, tmp_path, files, words):
    (tmp_path / "r/app").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / "r/app" / name).write_text(text)
    response = server.generate(tmp_path / "r", "app")
    assert response.code == 1
    assert response.stdout == b""
    text = response.stderr.decode()
    assert text.startswith("error: ")
    for word in words:
        assert word in text


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_read_only_tree_as_another_user(repository):
    """The sidecar runs as uid 999; nothing below the tree is writable for it."""
    try:
        subprocess.run(
            [sys.executable, "-c", "import cmp"], user=999, check=True, cwd="/", capture_output=True
        )
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("the interpreter or the checkout is not readable for other users")
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        server = CmpServer(Path(work), SOPS_AGE_KEY_FILE=str(KEY))
        tree = server.upload(repository)
        tree.parent.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-m", "cmp.cli.generate"],
            cwd=tree / OVERLAY,
            env=server.environment(OVERLAY),
            capture_output=True,
            user=999,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout == rendered(REPOSITORY / OVERLAY)


def test_the_deadline_ends_with_a_message_before_the_kill(server, tmp_path):
    (tmp_path / "r").mkdir()
    patches = "".join(
        f"- {{target: {{kind: ConfigMap}}, patch: '- {{op: add, path: /data/k{n}, value: x}}'}}\n"
        for n in range(300)
    )
    generators = "".join(f"- {{name: n{n}, literals: [a=b]}}\n" for n in range(3000))
    (tmp_path / "r/kustomization.yaml").write_text(f"configMapGenerator:\n{generators}patches:\n{patches}")
    server.sidecar["CMP_DEADLINE"] = "0.5"
    text = refused(server.generate(tmp_path / "r", ".", deadline=50), "stopped after 0.5 seconds")
    assert "CMP_DEADLINE" in text


def test_a_slow_reader_gets_all_of_a_render_that_met_its_deadline(harness, tmp_path):
    (tmp_path / "r").mkdir()
    literals = ", ".join(f"k{n}={'v' * 200}" for n in range(1500))
    (tmp_path / "r/kustomization.yaml").write_text(
        f"configMapGenerator: [{{name: a, literals: [{literals}]}}]\n"
    )
    harness.sidecar["CMP_DEADLINE"] = "5"
    process = harness.start(harness.upload(tmp_path / "r"), ".")
    assert process.stdout
    assert select.select([process.stdout], [], [], 30)[0]
    # The rest does not fit into the pipe; the deadline passes while it waits for its reader.
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (0, b"")
    assert len(stdout) > 300_000
    assert stdout.endswith(b"\n")


def test_killed_in_the_middle_leaves_no_lock_behind(harness, tmp_path):
    harness.sidecar |= {"CMP_CONCURRENCY": "1", "CMP_STATE_DIR": str(tmp_path)}
    assert harness.generate(REPOSITORY, OVERLAY, deadline=0.02).code in (-9, -15)
    assert harness.generate(REPOSITORY, OVERLAY).code == 0


def test_waiting_for_a_slot_ends_at_the_deadline_too(server, tmp_path):
    if type(server).__name__ == "OwnServer":
        pytest.skip("cmp-server needs no lock files; tests/server/test_life.py has its line")
    server.sidecar |= {"CMP_CONCURRENCY": "1", "CMP_STATE_DIR": str(tmp_path), "CMP_DEADLINE": "0.5"}
    from cmp.cli.slots import take

    slot = take(1, str(tmp_path), "another")
    try:
        refused(
            server.generate(REPOSITORY, OVERLAY),
            "no other render ended within 0.5 seconds",
            "CMP_CONCURRENCY",
        )
    finally:
        slot.release()


def memory(pid):
    """Bytes of a process, what it shares divided among those who do; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


@pytest.mark.slow
def test_two_hundred_at_once_none_lost(harness, tmp_path, record_property):
    """A commit to a monorepo: all correct, as many at once as the limit says, the others small while waiting."""
    harness.sidecar |= {"CMP_CONCURRENCY": "4", "CMP_STATE_DIR": str(tmp_path), "CMP_LOG": "json"}
    harness.sidecar["CMP_DEADLINE"] = "600"  # a slow machine is no failure here
    (tmp_path / "small").mkdir()
    (tmp_path / "small/kustomization.yaml").write_text("configMapGenerator: [{name: a, literals: [k=v]}]\n")
    tree = harness.upload(tmp_path / "small")

    running = set()
    peak = 0

    def one(_):
        process = harness.start(tree, ".")
        running.add(process.pid)
        stdout, stderr = process.communicate(timeout=300)
        running.discard(process.pid)
        return process.returncode, stdout, stderr

    with ThreadPoolExecutor(200) as pool:
        waiting = [pool.submit(one, number) for number in range(200)]
        while not all(future.done() for future in waiting):
            peak = max(peak, sum(memory(pid) for pid in running.copy()))
            time.sleep(0.2)
        answers = [future.result() for future in waiting]
    record_property("MiB_at_most_with_200_renders_at_once", peak >> 20)
    assert peak <= (200 * 8 + 4 * 64) << 20
    expected = answers[0][1]
    assert expected.startswith(b"apiVersion: v1\n")
    assert [code for code, _, _ in answers] == [0] * 200
    assert all(stdout == expected for _, stdout, _ in answers)
    assert all(stderr.count(b"\n") == 1 for _, _, stderr in answers)
    slots = next(tmp_path.glob("cmp-slots-*"))
    assert {path.name for path in slots.iterdir()} == {"key", "lock"}


UNUSED_IMAGE = "configMapGenerator: [{name: a, literals: [k=v]}]\nimages: [{name: none, newTag: '1'}]\n"


@pytest.mark.parametrize(
    ("operator", "parameter", "refuses"),
    [
        ("", "", False),
        ("", "true", True),
        ("true", "", True),
        ("true", "false", True),
        ("false", "true", True),
    ],
)
def test_an_application_cannot_lower_the_operators_strictness(server, tmp_path, operator, parameter, refuses):
    (tmp_path / "r").mkdir()
    (tmp_path / "r/kustomization.yaml").write_text(UNUSED_IMAGE)
    server.sidecar["CMP_STRICT"] = operator
    parameters = [{"name": "strict", "string": parameter}] if parameter else None
    response = server.generate(tmp_path / "r", ".", parameters=parameters)
    if refuses:
        refused(response, "none")
    else:
        assert response.code == 0
        if isinstance(server, CmpServer):
            assert response.stderr.startswith(b"warning: ")


def test_no_application_can_reach_the_operators_settings(harness, tmp_path):
    """Whatever spec.source.plugin.env says arrives as ARGOCD_ENV_<name>."""
    (tmp_path / "r").mkdir()
    (tmp_path / "r/kustomization.yaml").write_text(UNUSED_IMAGE)
    response = harness.generate(tmp_path / "r", ".", env={"CMP_ENABLE_HELM": "true", "CMP_STRICT": "x"})
    assert response.code == 0
    assert b"CMP_ENABLE_HELM: means nothing" in response.stderr


@pytest.mark.parametrize(
    ("files", "opens"),
    [
        ({"mlops": "right"}, True),
        ({"default": "right"}, True),
        ({"other": "right"}, False),
        ({"mlops": "wrong", "default": "right"}, False),  # never both
        ({}, False),
    ],
)
def test_the_project_chooses_the_key_and_nothing_else_counts(server, tmp_path, files, opens):
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, which in files.items():
        (folder / f"{name}.agekey").write_text(KEY.read_text() if which == "right" else OTHER_KEY + "\n")
    server.sidecar["CMP_PROJECT_KEYS"] = str(folder)  # SOPS_AGE_KEY_FILE still names the right key
    response = server.generate(REPOSITORY, OVERLAY)
    if opens:
        assert response.code == 0, response.stderr
        assert response.objects == documents(rendered(REPOSITORY / OVERLAY))
    else:
        assert "AGE-SECRET-KEY" not in refused(response, "model-config.yaml")
