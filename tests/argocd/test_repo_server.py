"""Renders through a real argocd-repo-server where ARGOCD_REPO_SERVER names one: git, tar, plugin, parsing.

The plugin's server is a real argocd-cmp-server where ARGOCD_CMP_SERVER names one, else our small one. Without
either, the request's coding is tried on a server that only reads it.
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from example_overlays import EXAMPLES, KEY, ROOT, documents, rendered

pytest.importorskip("grpc", reason="grpcio is not installed")
import grpc
from cmp_grpc import FakeServer, RealServer
from protobuf import decode, encode
from repo_server import (
    MANIFEST_REQUEST,
    MANIFEST_RESPONSE,
    RepoServer,
    commit,
    generate_manifest,
    manifest_request,
)

OVERLAYS = ["k8s/overlays/staging", "k8s/overlays/production"]
PARAMETERS = [
    {"name": "traffic", "map": {"baseline": "60", "candidate": "40"}},
    {"name": "images", "array": ["harbor.test/library/fraud-detector:v9"]},
    {"name": "name-suffix", "string": "-x"},
]


@pytest.fixture
def repository(tmp_path):
    shutil.copytree(EXAMPLES / "fraud-detection", tmp_path / "repository")
    return tmp_path / "repository"


@pytest.fixture
def address(tmp_path):
    program = os.environ.get("ARGOCD_REPO_SERVER")
    if not program:
        pytest.skip("ARGOCD_REPO_SERVER names no argocd-repo-server")
    for needed in ("git", "redis-server"):
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not on PATH")
    real = os.environ.get("ARGOCD_CMP_SERVER")
    with ExitStack() as stack:
        if real:
            plugin = RealServer(real, ROOT / "plugin.yaml", tmp_path / "cmp", SOPS_AGE_KEY_FILE=str(KEY))
        else:
            plugin = FakeServer(tmp_path / "cmp", SOPS_AGE_KEY_FILE=str(KEY))
        stack.enter_context(plugin)
        plugin.connect().__exit__()
        yield stack.enter_context(RepoServer(program, plugin.folder, tmp_path / "repo-server")).address


def in_order(objects):
    return sorted(objects, key=lambda each: (each["kind"], each["metadata"]["name"]))


@pytest.mark.oracle
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_commit_renders_as_here(address, repository, overlay):
    for number in range(2):
        (repository / "unrelated").write_text(f"{number}\n")
        revision = commit(repository)
        answer = generate_manifest(address, manifest_request(repository, overlay))
        assert (answer["revision"], answer["sourceType"]) == (revision, "Plugin")
        found = [json.loads(manifest) for manifest in answer["manifests"]]
        assert in_order(found) == in_order(documents(rendered(EXAMPLES / "fraud-detection" / overlay)))


@pytest.mark.oracle
def test_parameters_and_environment_arrive(address, repository):
    commit(repository)
    env = {"IMAGE_X": "harbor.test/library/mlserver:1.7.0"}
    answer = generate_manifest(address, manifest_request(repository, OVERLAYS[1], PARAMETERS, env))
    found = [json.loads(manifest) for manifest in answer["manifests"]]
    [experiment] = [each for each in found if each["kind"] == "Experiment"]
    assert [candidate["weight"] for candidate in experiment["spec"]["candidates"]] == [60, 40]
    assert all(each["metadata"]["name"].endswith("-x") for each in found if each["kind"] == "Deployment")
    text = "".join(answer["manifests"])
    assert "fraud-detector:v9" in text
    assert "mlserver:1.7.0" in text


@pytest.mark.oracle
def test_a_failure_arrives_with_its_reason(address, repository):
    path = repository / OVERLAYS[1] / "model-config.yaml"
    path.write_text(path.read_text().replace("baseline: 80", "baseline: 50"))
    commit(repository)
    with pytest.raises(grpc.RpcError) as caught:
        generate_manifest(address, manifest_request(repository, OVERLAYS[1]))
    assert "ModelConfig/fraud-detection" in caught.value.details()
    assert "70" in caught.value.details()


def test_the_requests_coding(repository):
    """Not a real one: it reads the request and answers with it."""
    received = []

    def answer(data, _context):
        received.append(decode(MANIFEST_REQUEST, data))
        return encode(MANIFEST_RESPONSE, {"manifests": ["{}", "[]"], "revision": "r", "sourceType": "Plugin"})

    server = grpc.server(ThreadPoolExecutor(1))
    handlers = {"GenerateManifest": grpc.unary_unary_rpc_method_handler(answer)}
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("repository.RepoServerService", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        request = manifest_request(repository, OVERLAYS[1], PARAMETERS, {"A": "b"})
        found = generate_manifest(f"127.0.0.1:{port}", request)
    finally:
        server.stop(None).wait()
    assert found == {"manifests": ["{}", "[]"], "revision": "r", "sourceType": "Plugin"}
    plugin = received[0]["applicationSource"].pop("plugin")
    assert plugin["env"] == [{"name": "A", "value": "b"}]
    assert [parameter["name"] for parameter in plugin["parameters"]] == ["traffic", "images", "name-suffix"]
    assert plugin["parameters"][0]["map"] == {"map": {"baseline": "60", "candidate": "40"}}
    assert plugin["parameters"][1]["array"]["array"] == ["harbor.test/library/fraud-detector:v9"]
    assert plugin["parameters"][2]["string"] == "-x"
    del request["applicationSource"]["plugin"]
    assert received == [request]


def test_a_repository_on_disk(repository):
    first = commit(repository)
    (repository / "more").write_text("x\n")
    second = commit(repository)
    assert len(first) == len(second) == 40
    assert first != second
