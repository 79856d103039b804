"""Models in OCI registries: references, credentials, challenges, manifests; a fake and the real registry."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from typing import Any

import pytest
from fake_registries import IMAGE, INDEX, MODEL_PACK, FakeOci, blob, digest_of, image, model_pack
from hypothesis import given
from hypothesis import strategies as st

from cmp.errors import CmpError, UsageError
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.registry import Registries
from cmp.models.registry import docker_config as config
from cmp.models.registry.environment import basic
from cmp.models.registry.oci import OciRegistry
from cmp.models.registry.oci_reference import parse
from cmp.models.registry.testkit import SECRET as KIT_SECRET
from cmp.models.registry.testkit import RegistrySuite

pytest.importorskip("urllib3", reason="the extra registries is not installed")

SECRET = "s3cret-of-the-test"


@pytest.fixture
def fake():
    made = FakeOci()
    yield made
    made.close()


def login(folder, host, password=SECRET):
    packed = base64.b64encode(f"ci:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": packed}}}))
    return {"DOCKER_CONFIG": str(folder)}


def resolve(fake, ref="m:1", **environ):
    return Registries({"CMP_REGISTRY_RETRIES": "0", **environ}).resolve(f"oci://{fake.host}/{ref}")


# -- references


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("oci://ghcr.io/acme/fraud:v1", "oci://ghcr.io/acme/fraud:v1"),
        ("oci://docker.io/fraud:1", "oci://docker.io/library/fraud:1"),
        ("oci://localhost/m:1", "oci://localhost/m:1"),
        ("oci://h.example:5000/a/b/c:X_1.y-z", "oci://h.example:5000/a/b/c:X_1.y-z"),
        ("oci://[::1]:5000/a__b/c--d:1", "oci://[::1]:5000/a__b/c--d:1"),
        (f"oci://h.example/m@sha256:{'a' * 64}", f"oci://h.example/m@sha256:{'a' * 64}"),
    ],
)
def test_references(text, usual):
    assert str(parse(text)) == usual == OciRegistry.checked(text)


@given(st.from_regex(r"oci://[a-z.:\[\]0-9@_/A-Z-]{0,30}", fullmatch=True))
def test_any_reference_has_a_usual_form_or_our_error(text):
    try:
        found = parse(text)
    except ReferenceSyntaxError:
        return
    assert parse(str(found)) == found


# -- what a manifest may be


def test_a_model_pack(fake):
    digest = fake.push("m", "1", model_pack(annotations={"approved": "true", "long": "x" * 2000}))
    found = resolve(fake)
    assert found == (
        fake.address,
        f"{fake.host}/m",
        digest,
        "",
        f"oci://{fake.host}/m@{digest}",
        {"approved": "true", "artifactType": MODEL_PACK},
    )
    assert resolve(fake, f"m@{digest}").version == digest


OTHERS = {
    "an image": (image(), IMAGE),
    "a Docker image": (
        {
            **image(),
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": blob("application/vnd.docker.container.image.v1+json"),
        },
        "application/vnd.docker.container.image.v1+json",
    ),
    "a ModelPack by its configuration alone": (
        {key: value for key, value in model_pack().items() if key != "artifactType"},
        "application/vnd.cncf.model.config.v1+json",
    ),
    "an image for two platforms": (
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [
                {**blob("x"), "platform": {"os": "linux", "architecture": "amd64"}},
                {**blob("x"), "platform": {"os": "linux", "architecture": "arm64"}},
                {
                    **blob("x"),
                    "platform": {"os": "unknown", "architecture": "unknown"},
                    "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
                },
            ],
        },
        INDEX,
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_models(fake, case):
    manifest, kind = OTHERS[case]
    digest = fake.push("m", "1", manifest)
    found = resolve(fake)
    assert (found.version, found.tags["artifactType"]) == (digest, kind)


REFUSED = {
    "a Helm chart": (
        {**image(), "config": blob("application/vnd.cncf.helm.config.v1+json")},
        "is not a model",
    ),
    "a signature": (
        {**image(), "artifactType": "application/vnd.dev.cosign.artifact.sig.v1+json"},
        "is not a model",
    ),
    "a ModelPack with an image's configuration": (
        {**model_pack(), "config": blob(IMAGE)},
        "its configuration is",
    ),
    "a ModelPack with another layer": (
        {**model_pack(), "layers": [blob("application/octet-stream")]},
        "layer of the type",
    ),
    "a ModelPack without layers": ({**model_pack(), "layers": []}, "without a layer"),
    "an index of two models": (
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [{**blob(kind), "artifactType": MODEL_PACK} for kind in ("x", "y")],
        },
        "index of 2 artifacts",
    ),
    "an index with one platform twice": (
        {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [{**blob("x"), "platform": {"os": "linux", "architecture": "amd64"}}] * 2,
        },
        "index of 2 artifacts",
    ),
}
ODD = {
    "an empty index": ({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}, "without manifests"),
    "annotations that are a list": (
        {"schemaVersion": 2, "mediaType": INDEX, "manifests": [7]},
        "without manifests",
    ),
    "the old schema": (
        {"schemaVersion": 1, "mediaType": "application/vnd.docker.distribution.manifest.v1+json"},
        "media type",
    ),
    "no JSON": (b"<html>", "not a JSON object"),
    "a type that is a list": ({**image(), "artifactType": ["x"]}, "without types"),
}


@pytest.mark.parametrize("case", [*REFUSED, *ODD])
def test_what_cannot_be_locked(fake, case):
    manifest, words = {**REFUSED, **ODD}[case]
    fake.push("m", "1", manifest)
    with pytest.raises(RegistryError, match=words) as caught:
        resolve(fake)
    assert isinstance(caught.value, UnreachableError) is (case in ODD)
    assert caught.value.hint


def test_a_registry_that_gives_another_manifest(fake):
    fake.push("m", "1", model_pack())
    fake.told = "sha256:" + "0" * 64
    with pytest.raises(UnreachableError, match="not of its digest"):
        resolve(fake)
    fake.told = None
    wrong = "sha256:" + "1" * 64
    fake.manifests["m", wrong] = json.dumps(model_pack()).encode()
    with pytest.raises(UnreachableError, match="not of its digest"):
        resolve(fake, f"m@{wrong}")


# -- credentials


@pytest.mark.parametrize("auth", ["basic", "bearer"])
def test_credentials_reach_the_registry_and_nothing_else(fake, tmp_path, auth):
    fake.auth, fake.password = auth, SECRET
    fake.push("acme/m", "1", model_pack())
    assert resolve(fake, "acme/m:1", **login(tmp_path, fake.host)).version
    for environ in ({"HOME": str(tmp_path / "nobody")}, login(tmp_path, "other.example")):
        with pytest.raises(UnreachableError, match="asks for credentials") as caught:
            resolve(fake, "acme/m:1", **environ)
        assert "docker login" in caught.value.hint
    with pytest.raises(UnreachableError, match="does not accept the credentials") as caught:
        resolve(fake, "acme/m:1", **login(tmp_path, fake.host, "wr0ng-word"))
    assert "wr0ng-word" not in f"{caught.value}{caught.value.hint}"


def test_the_scope_is_ours_whatever_the_registry_asks_for(fake, tmp_path):
    fake.auth, fake.password = "bearer", SECRET
    fake.realm = f"{fake.address}/token?scope=repository:acme/m:pull,push,delete"
    fake.push("acme/m", "1", model_pack())
    assert resolve(fake, "acme/m:1", **login(tmp_path, fake.host)).version
    asked = [query["scope"] for path, query, _ in fake.requests if path == "/token"]
    assert asked == ["repository:acme/m:pull"]


@pytest.mark.parametrize(
    "realm",
    [
        *("http://elsewhere.example/t", "http://127.evil.example/t", "ftp://127.0.0.1/x", "http://[::1/t"),
        *("http://u:p@127.0.0.1/t", "https://u:p@elsewhere.example/t", "", "token", "//127.0.0.1/t"),
    ],
)
def test_a_realm_that_is_not_safe(fake, tmp_path, realm):
    fake.auth, fake.realm = "bearer", realm or " "
    fake.push("m", "1", model_pack())
    with pytest.raises(UnreachableError, match="not a safe address"):
        resolve(fake, **login(tmp_path, fake.host))


def test_plain_http_only_where_it_is_said():
    registry = OciRegistry({"CMP_OCI_PLAIN_HTTP": "registry.corp:5000, other.corp"})
    for host, scheme in {
        "registry.corp:5000": "http",
        "registry.corp": "https",
        "other.corp": "http",
        "localhost:5000": "http",
        "127.0.0.1": "http",
        "127.0.0.1:5000": "http",
        "[::1]:5000": "http",
        "[::1]": "http",
        "127.evil.example": "https",
        "localhost.evil.example:5000": "https",
        "ghcr.io": "https",
    }.items():
        assert registry._address(host) == f"{scheme}://{host}"
    assert registry._address("docker.io") == "https://registry-1.docker.io"


def packed(user, password):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_which_entry_counts():
    found = config.credentials_of(
        {"auths": {"h.example": packed("host", "1"), "h.example/acme": packed("team", "2")}},
        "h.example",
        "acme/m",
    )
    assert found.authorization == basic("team", "2")
    for name in ("https://h.example/v1/", "https://h.example", "h.example/v2/"):
        found = config.credentials_of({"auths": {name: packed("u", "p")}}, "h.example", "m")
        assert found.authorization == basic("u", "p"), name
    hub = {"auths": {"https://index.docker.io/v1/": packed("u", "p")}}
    assert config.credentials_of(hub, "docker.io", "library/m").authorization
    assert not config.credentials_of(hub, "h.example", "m").authorization
    bearer = {"auths": {"h.example": {"registrytoken": "t0ken"}}}
    assert config.credentials_of(bearer, "h.example", "m").authorization == "Bearer t0ken"
    misfits: list[Any] = [{"auth": "%%%"}, {"auth": "bm9jb2xvbg=="}, {}, [], None, {"auth": 7}]
    for broken in misfits:
        assert config.credentials_of({"auths": {"h.example": broken}}, "h.example", "m") == ("", "", "")


def test_helpers_are_named_and_not_run(fake, tmp_path):
    fake.auth = "basic"
    (tmp_path / "config.json").write_text(json.dumps({"credsStore": "desktop"}))
    with pytest.raises(UnreachableError, match="helper 'desktop'"):
        resolve(fake, DOCKER_CONFIG=str(tmp_path))


def test_identity_tokens_say_what_to_do(fake, tmp_path):
    fake.auth = "bearer"
    (tmp_path / "config.json").write_text(json.dumps({"auths": {fake.host: {"identitytoken": SECRET}}}))
    with pytest.raises(UsageError, match="identity token") as caught:
        resolve(fake, DOCKER_CONFIG=str(tmp_path))
    assert SECRET not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("text", ["", "[", "[]", '{"auths": ', "x" * (2 << 20), "[" * 100_000])
def test_a_broken_file_shows_nothing_of_itself(tmp_path, text):
    (tmp_path / "config.json").write_text(text or SECRET)
    with pytest.raises(UsageError, match="not a configuration of Docker") as caught:
        OciRegistry({"DOCKER_CONFIG": str(tmp_path)})
    assert SECRET not in f"{caught.value}{caught.value.hint}"
    assert caught.value.__cause__ is None


def test_where_the_file_is(tmp_path):
    home = {"HOME": str(tmp_path)}
    assert config.file_of(home) == ""
    for name in (".docker/config.json", ".config/containers/auth.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        assert config.file_of(home) == str(path)
    with pytest.raises(UsageError, match="REGISTRY_AUTH_FILE"):
        config.file_of({**home, "REGISTRY_AUTH_FILE": str(tmp_path / "gone")})


def test_credentials_have_no_repr():
    found = config.credentials_of({"auths": {"h.example": packed("u", SECRET)}}, "h.example", "m")
    assert SECRET not in repr(found)
    assert found.authorization not in repr(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Bearer realm="https://a/t",service="s",scope="x:y:pull"',
         ("bearer", {"realm": "https://a/t", "service": "s", "scope": "x:y:pull"})),
        ('BASIC Realm="a, \\"b\\""', ("basic", {"realm": 'a, "b"'})),
        ('Negotiate, Bearer realm=token , service = "s"', ("bearer", {"realm": "token", "service": "s"})),
        ('Digest a="b", Basic realm="x"', ("basic", {"realm": "x"})),
        ("Negotiate", ("", {})),
        ("", ("", {})),
        ('Bearer realm="unclosed', ("bearer", {"realm": "unclosed"})),
    ],
)  # fmt: skip
def test_challenges(text, expected):
    assert config.challenge_of(text) == expected


@given(st.text(max_size=60))
def test_any_challenge_is_read(text):
    assert config.challenge_of(text).scheme in ("", "basic", "bearer")


# -- the real registry


REGISTRY = shutil.which("registry")


class Server:
    """distribution/v3 on loopback, storing in a folder; with `users`, it asks for their passwords."""

    def __init__(self, folder, htpasswd=""):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        lines = [
            "version: 0.1",
            "log: {level: error, accesslog: {disabled: true}}",
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}",
            f"http: {{addr: {self.host}}}",
        ]
        if htpasswd:
            (folder / "htpasswd").write_text(htpasswd)
            lines.append(f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}")
        (folder / "config.yml").write_text("\n".join(lines))
        self.log = (folder / "log").open("wb")
        environ = {**os.environ, "OTEL_TRACES_EXPORTER": "none"}
        command = [str(REGISTRY), "serve", str(folder / "config.yml")]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environ)

    def request(self, method, path, body=None, **headers):
        import urllib3

        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        with urllib3.PoolManager(retries=False) as pool:
            return pool.request(method, f"http://{self.host}{path}", body=body, headers=headers)

    def wait(self):
        import urllib3

        while True:
            try:
                self.request("GET", "/v2/")
            except urllib3.exceptions.HTTPError:
                assert self.process.poll() is None, "the registry ended"
                time.sleep(0.05)
            else:
                return

    def push(self, repository, tag, manifest, **headers):
        for part in (manifest.get("config"), *manifest.get("layers", ())):
            data = self.blobs[part["digest"]] if part else None
            if data is None:
                continue
            answer = self.request("POST", f"/v2/{repository}/blobs/uploads/", **headers)
            place = answer.headers["Location"].partition(self.host)[2]
            joint = "&" if "?" in place else "?"
            more = {"Content_Type": "application/octet-stream", **headers}
            answer = self.request("PUT", f"{place}{joint}digest={part['digest']}", data, **more)
            assert answer.status == 201, answer.data
        data = json.dumps(manifest).encode()
        more = {"Content_Type": manifest["mediaType"], **headers}
        answer = self.request("PUT", f"/v2/{repository}/manifests/{tag}", data, **more)
        assert answer.status == 201, answer.data
        return digest_of(data)

    blobs = {digest_of(data): data for data in (b"{}", b"1", b"2", b"layer")}  # noqa: RUF012 - read only

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


@pytest.fixture
def serve(tmp_path):
    servers: list[Server] = []

    def start(**more):
        folder = tmp_path / f"registry{len(servers)}"
        folder.mkdir()
        server = Server(folder, **more)
        servers.append(server)
        server.wait()
        return server

    yield start
    for server in servers:
        server.stop()


# The password of the test kit.
KIT_HTPASSWD = "ci:$2y$04$a4l9DuSQxH153Gdhc.yWhOk8C9sv0.RdOhrJCPXnLiZLIVSolAgEm\n"
# `ci` with the password `s3cret-of-the-test`, hashed by bcrypt at cost 4: made for this test.
HTPASSWD = "ci:$2y$04$N.PMnaRsBdoIU1Nmy/Jl7urMJxFMz0aO64dR3/nSv6K7VbxCl5auO\n"


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.skipif(REGISTRY is None, reason="no registry on PATH: run scripts/oracles.py tools")
class TestRealRegistry:
    def test_tags_digests_and_refusals(self, serve):
        server = serve()
        first = server.push("acme/fraud", "stable", model_pack(b"1", annotations={"approved": "true"}))
        found = resolve(server, "acme/fraud:stable")
        assert found.version == first
        assert found.uri == f"oci://{server.host}/acme/fraud@{first}"
        assert found.tags == {"approved": "true", "artifactType": MODEL_PACK}
        second = server.push("acme/fraud", "stable", model_pack(b"2"))
        assert resolve(server, "acme/fraud:stable").version == second
        assert resolve(server, f"acme/fraud@{first}").version == first
        for ref, words in {
            "acme/fraud:gone": "has no tag 'gone'",
            f"acme/fraud@sha256:{'0' * 64}": "has no manifest",
            "acme/nobody:1": "has no",
        }.items():
            with pytest.raises(RegistryError, match=words) as caught:
                resolve(server, ref)
            assert not isinstance(caught.value, UnreachableError)

    def test_an_index(self, serve):
        server = serve()
        digest = server.push("m", "amd64", image())
        entry = {"mediaType": image()["mediaType"], "digest": digest, "size": len(json.dumps(image()))}
        platforms = [{"os": "linux", "architecture": "amd64"}]
        index = {"schemaVersion": 2, "mediaType": INDEX}
        made = server.push("m", "1", {**index, "manifests": [{**entry, "platform": platforms[0]}]})
        assert resolve(server).version == made
        server.push("m", "2", {**index, "manifests": [entry]})
        with pytest.raises(CmpError, match="index of 1 artifacts"):
            resolve(server, "m:2")

    def test_passwords(self, serve, tmp_path):
        server = serve(htpasswd=HTPASSWD)
        authorization = basic("ci", SECRET)
        digest = server.push("m", "1", model_pack(b"1"), Authorization=authorization)
        assert resolve(server, **login(tmp_path, server.host)).version == digest
        with pytest.raises(UnreachableError, match="asks for credentials"):
            resolve(server, HOME=str(tmp_path / "nobody"))
        with pytest.raises(UnreachableError, match="does not accept"):
            resolve(server, **login(tmp_path, server.host, "wrong"))


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.skipif(REGISTRY is None, reason="no registry on PATH: run scripts/oracles.py tools")
class TestRealRegistryBySuite(RegistrySuite):
    """The test kit's suite against distribution/v3: what our fake passes, the real one must."""

    scheme = "oci"
    malformed = ("oci://model:1",)

    @pytest.fixture(autouse=True)
    def _server(self, serve, tmp_path):
        self.server = serve(htpasswd=KIT_HTPASSWD)
        self.folder = tmp_path
        self._push(b"1")
        place = f"oci://{self.server.host}/acme/fraud"
        self.found = f"{place}:stable"
        self.missing = (f"{place}:nobody", f"oci://{self.server.host}/acme/nobody:1")

    def _push(self, weights):
        authorization = basic("ci", KIT_SECRET)
        self.server.push("acme/fraud", "stable", model_pack(weights), Authorization=authorization)

    def environ(self):
        return login(self.folder, self.server.host, KIT_SECRET)

    def move(self):
        self._push(b"2")
