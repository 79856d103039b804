"""Renders through each real argocd-repo-server that `argocd_programs` finds: git, tar, plugin, parsing.

The plugin's server is the real argocd-cmp-server of the same version, and our cmp-server; beside a repo-server
that a variable names, ARGOCD_CMP_SERVER's or our small one. Where none is there, the request's coding is tried
on a server that only reads it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import argocd_programs
import pytest
from example_overlays import EXAMPLES, KEY, ROOT, documents, overlays, rendered

pytest.importorskip("grpc", reason="grpcio is not installed")
import grpc
from cmp_grpc import FakeServer, RealServer
from own_server import OwnServer
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


@pytest.fixture(params=argocd_programs.parameters("argocd-repo-server"))
def version(request):
    """Of Argo CD."""
    return request.param


@pytest.fixture(params=["standard", "cmp-server"])
def address(request, version, tmp_path):
    """Of a repo-server whose plugin folder holds our plugin's socket, served in one of the two ways."""
    with ExitStack() as stack:
        make = plugin_server if request.param == "standard" else warm_server
        plugin = stack.enter_context(make(version, tmp_path / "cmp"))
        plugin.connect().__exit__()
        yield stack.enter_context(repo_server(version, plugin.folder, tmp_path / "repo-server")).address


def repo_server(version, plugins, work):
    """A real one, or a visible skip."""
    program = argocd_programs.program("argocd-repo-server", version)
    for needed in ("git", "redis-server"):
        if shutil.which(needed) is None:
            pytest.skip(f"{needed} is not on PATH")
    # From 3.5 on --disable-tls is refused beside the default of this flag, which older ones lack.
    flags = ("--client-ca-path", "") if argocd_programs.accepts(version, (3, 5)) else ()
    return RepoServer(program, plugins, work, *flags)


def warm_server(_version, work):
    """cmp-server, with the examples' key."""
    return OwnServer(work, SOPS_AGE_KEY_FILE=str(KEY))


def plugin_server(version, work):
    """The server of the same version, with the examples' key."""
    if version not in argocd_programs.VERSIONS and not os.environ.get("ARGOCD_CMP_SERVER"):
        return FakeServer(work, SOPS_AGE_KEY_FILE=str(KEY))
    real = argocd_programs.program("argocd-cmp-server", version)
    return RealServer(real, ROOT / "plugin.yaml", work, SOPS_AGE_KEY_FILE=str(KEY))


def in_order(objects):
    return sorted(objects, key=lambda each: (each["kind"], each["metadata"]["name"]))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_commit_renders_as_here(address, repository, overlay):
    for number in range(2):
        (repository / "unrelated").write_text(f"{number}\n")
        revision = commit(repository)
        answer = generate_manifest(address, manifest_request(repository, overlay))
        assert (answer["revision"], answer["sourceType"]) == (revision, "Plugin")
        found = [json.loads(manifest) for manifest in answer["manifests"]]
        assert in_order(found) == in_order(documents(rendered(EXAMPLES / "fraud-detection" / overlay)))


@pytest.mark.timeout(900)  # thirty overlays, twice
def test_both_ways_render_every_overlay_to_the_same_manifests(version, tmp_path):
    """One repo-server, one commit, two plugins."""
    shutil.copytree(EXAMPLES, tmp_path / "repository")
    commit(tmp_path / "repository")
    with ExitStack() as stack:
        standard = stack.enter_context(plugin_server(version, tmp_path / "standard"))
        warm = stack.enter_context(warm_server(version, tmp_path / "warm"))
        warm.socket = standard.folder / "warm.sock"
        for each in (standard, warm):
            each.connect().__exit__()
        server = stack.enter_context(repo_server(version, standard.folder, tmp_path / "repo-server"))
        for overlay in overlays():
            path = str(overlay.relative_to(EXAMPLES))
            answers = []
            for name in ("mlops-cmp", "warm"):
                request = manifest_request(tmp_path / "repository", path)
                request["applicationSource"]["plugin"]["name"] = name
                answers.append(generate_manifest(server.address, request))
            assert answers[0] == answers[1], path
            assert answers[0]["manifests"]


def test_applications_of_one_commit_send_the_same_bytes_at_once(version, repository, tmp_path):
    """What cmp-server's indexes live by: one checkout, packed for all who ask for it at the same time."""
    revision = commit(repository)
    with ExitStack() as stack:
        plugin = stack.enter_context(warm_server(version, tmp_path / "cmp"))
        plugin.connect().__exit__()
        server = stack.enter_context(repo_server(version, plugin.folder, tmp_path / "repo-server"))

        def one(number):
            request = manifest_request(repository, OVERLAYS[number % 2])
            request |= {
                "revision": revision,
                "appName": f"app-{number}",
                "noCache": False,
                "noRevisionCache": False,
            }
            return generate_manifest(server.address, request)

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(one, range(12)))
        lines = plugin.lines()
    assert len({len(each["manifests"]) for each in answers[::2]}) == 1
    archives = [line["archive"] for line in lines]
    assert len(archives) == 12
    # A checkout that nobody uses is made anew for the next who asks: how many share one is up to the machine.
    assert len(set(archives)) < 12
    assert any("index" in line for line in lines)


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


def test_a_failure_arrives_with_its_reason(address, repository):
    path = repository / OVERLAYS[1] / "model-config.yaml"
    path.write_text(path.read_text().replace("baseline: 80", "baseline: 50"))
    commit(repository)
    with pytest.raises(grpc.RpcError) as caught:
        generate_manifest(address, manifest_request(repository, OVERLAYS[1]))
    assert "ModelConfig/fraud-detection" in caught.value.details()
    assert "70" in caught.value.details()


def test_a_plugin_that_is_not_there_is_named_as_the_page_quotes_it(address, repository):
    """docs/install.md tells readers by this text that the sidecar is not ready."""
    commit(repository)
    request = manifest_request(repository, OVERLAYS[0])
    request["applicationSource"]["plugin"]["name"] = "mlops-cnp"
    with pytest.raises(grpc.RpcError) as caught:
        generate_manifest(address, request)
    page = (ROOT / "docs/install.md").read_text()
    [quoted] = re.findall(r"^\| `([^`|]*plugin with name [^`|]*)` \|", page, re.MULTILINE)
    assert quoted.replace("mlops-cmp", "mlops-cnp") in caught.value.details()


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
