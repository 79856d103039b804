"""The registry client against a stub that answers what a real MLflow 3.17 answered."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from fake_registries import Fake

from cmp.errors import CmpError
from cmp.models.errors import UnreachableError
from cmp.models.reference import parse
from cmp.models.registry import Registries
from cmp.models.registry.environment import split_credentials
from cmp.models.registry.http import WORKER
from cmp.models.registry.mlflow_settings import settings_of

pytest.importorskip("urllib3", reason="the mlflow extra is not installed")


def version(number="3", **more):
    body = {
        "name": "fraud detector",
        "version": number,
        "source": "models:/m-1",
        "run_id": "r1",
        "status": "READY",
    }
    return {"model_version": {**body, "tags": [{"key": "approved", "value": "true"}], **more}}


class Stub(Fake):
    """Answers by (last part of the path, query); records what was asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []
        super().__init__()

    def answer(self, path, query, headers):
        call = path.removeprefix("/api/2.0/mlflow/")
        self.asked.append((call, query, headers))
        answer = self.answers.get(call, (404, "<html>Not Found</html>"))
        status, body = answer.pop(0) if isinstance(answer, list) else answer
        more = {"Location": "http://127.0.0.1:1/"} if 300 <= status < 400 else {}
        return status, body.encode() if isinstance(body, str) else body, more

    def resolve(self, ref, **environ):
        return Registries({"MLFLOW_TRACKING_URI": self.address, **environ}).resolve(ref)


@pytest.fixture
def stub():
    stub = Stub()
    yield stub
    stub.close()


ALIAS, VERSION = "registered-models/alias", "model-versions/get"
DOWNLOAD, MODEL, RUN = "model-versions/get-download-uri", "registered-models/get", "runs/get"


def located(uri):
    return (200, {"artifact_uri": uri})


def test_an_alias(stub):
    stub.answers = {ALIAS: (200, version()), DOWNLOAD: located("s3://bkt/models/m-1/artifacts")}
    found = stub.resolve("models:/fraud detector@champion")
    assert found == (
        stub.address,
        "fraud detector",
        "3",
        "r1",
        "s3://bkt/models/m-1/artifacts",
        {"approved": "true"},
    )
    assert stub.asked[0][:2] == (ALIAS, {"name": "fraud detector", "alias": "champion"})


def test_a_version_latest_and_a_stage(stub):
    versions = [
        {"version": "9", "current_stage": "None"},
        {"version": "10", "current_stage": "Staging"},
        {"version": "2", "current_stage": "Production"},
    ]
    stub.answers = {
        VERSION: (200, version()),
        MODEL: (200, {"registered_model": {"latest_versions": versions}}),
        DOWNLOAD: located("s3://bkt/x"),
    }
    for ref, asked in {"models:/fraud detector/3": "3", "models:/fraud detector/latest": "10",
                       "models:/fraud detector/production": "2"}.items():  # fmt: skip
        stub.asked.clear()
        stub.resolve(ref)
        assert next(query["version"] for call, query, _ in stub.asked if call == VERSION) == asked


def test_the_chain_is_followed_to_its_end(stub):
    stub.answers = {
        ALIAS: (200, version()),
        DOWNLOAD: located("runs:/r1/model"),
        RUN: (
            200,
            {
                "run": {
                    "info": {"artifact_uri": "mlflow-artifacts:/1/r1/artifacts", "lifecycle_stage": "active"}
                }
            },
        ),
    }
    found = stub.resolve("models:/fraud detector@champion", CMP_MLFLOW_ARTIFACT_ROOT="s3://bkt/root/")
    assert found.uri == "s3://bkt/root/1/r1/artifacts/model"


def test_logged_models_and_runs(stub):
    info = {
        "artifact_uri": "s3://bkt/models/m-1/artifacts",
        "source_run_id": "r1",
        "status": "LOGGED_MODEL_READY",
    }
    stub.answers = {
        "logged-models/m-1": (200, {"model": {"info": info}}),
        RUN: (200, {"run": {"info": {"artifact_uri": "s3://bkt/1/r1/artifacts"}}}),
        ALIAS: (200, version()),
        DOWNLOAD: located("models:/m-1"),
    }
    assert stub.resolve("models:/m-1").uri == "s3://bkt/models/m-1/artifacts"
    assert stub.resolve("runs:/r1/model").uri == "s3://bkt/1/r1/artifacts/model"
    assert stub.resolve("models:/fraud detector@champion").uri == "s3://bkt/models/m-1/artifacts"


def code(status, error_code, message=""):
    return {ALIAS: (status, {"error_code": error_code, "message": message})}


TRAPS = {
    "unknown alias": (
        code(400, "INVALID_PARAMETER_VALUE", "Registered model alias x not found."),
        "has no alias 'champion'",
    ),
    "unknown model": (code(404, "RESOURCE_DOES_NOT_EXIST"), "the registry has no model 'fraud detector'"),
    "bad parameter": (
        code(400, "INVALID_PARAMETER_VALUE", "other"),
        "refused models:/fraud detector@champion",
    ),
    "no permission": (code(403, "PERMISSION_DENIED"), "not allowed to read"),
    "host check": (
        {ALIAS: (403, "Invalid Host header - possible DNS rebinding attack detected")},
        "refuses the host name",
    ),
    "login page": ({ALIAS: (401, "<html>401</html>")}, "does not accept the credentials"),
    "no MLflow": ({}, "answered HTTP 404"),
    "a page": ({ALIAS: (200, "<html>")}, "answered no JSON object"),
    "a redirect": ({ALIAS: (302, "")}, "redirects"),
    "broken server": ({ALIAS: (500, "oops")}, "answered HTTP 500"),
    "not ready": ({ALIAS: (200, version(status="PENDING_REGISTRATION"))}, "not ready"),
    "another model": ({ALIAS: (200, version(name="other"))}, "another model"),
    "proxied artefacts": (
        {ALIAS: (200, version()), DOWNLOAD: located("mlflow-artifacts:/1/x")},
        "behind the server's proxy",
    ),
    "local folder": ({ALIAS: (200, version()), DOWNLOAD: located("/mlruns/1/x")}, "registry's own machine"),
    "no location": ({ALIAS: (200, version()), DOWNLOAD: (200, {})}, "answered no location"),
    "a circle": (
        {
            ALIAS: (200, version()),
            DOWNLOAD: located("models:/m-1"),
            "logged-models/m-1": (200, {"model": {"info": {"artifact_uri": "models:/m-1"}}}),
        },
        "lead to each other",
    ),
    "deleted run": (
        {
            ALIAS: (200, version()),
            DOWNLOAD: located("runs:/r1/model"),
            RUN: (200, {"run": {"info": {"artifact_uri": "s3://b/x", "lifecycle_stage": "deleted"}}}),
        },
        "is deleted",
    ),
    "a strange place": ({ALIAS: (200, version()), DOWNLOAD: located("s3://b/../x")}, "not usable"),
}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda name: name.replace(" ", "-"))
def test_every_trap_has_its_own_words(stub, trap):
    stub.answers, words = TRAPS[trap]
    with pytest.raises(CmpError) as caught:
        stub.resolve("models:/fraud detector@champion", CMP_MLFLOW_RETRIES="0")
    assert words in caught.value.message
    if "CMP_MLFLOW_RETRIES" not in caught.value.hint:
        assert caught.value.hint or "refused" in words or "not usable" in words


def test_passing_trouble_is_tried_again(stub):
    stub.answers = {ALIAS: [(503, ""), (200, version())], DOWNLOAD: located("s3://bkt/x")}
    assert stub.resolve("models:/fraud detector@champion").version == "3"


def test_nobody_there():
    registry = Registries({"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "CMP_MLFLOW_RETRIES": "0"})
    with pytest.raises(CmpError, match="cannot be reached"):
        registry.resolve("models:/a@b")


def test_credentials_and_workspace(stub):
    stub.answers = {ALIAS: (200, version()), DOWNLOAD: located("s3://bkt/x")}
    for environ, expected in (
        ({"MLFLOW_TRACKING_TOKEN": "t0ken"}, "Bearer t0ken"),
        ({"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p", "MLFLOW_TRACKING_TOKEN": "t"},
         "Basic " + base64.b64encode(b"u:p").decode()),
    ):  # fmt: skip
        stub.asked.clear()
        stub.resolve("models:/fraud detector@champion", MLFLOW_WORKSPACE="team", **environ)
        headers = {key.lower(): value for key, value in stub.asked[0][2].items()}
        assert headers["authorization"] == expected
        assert headers["x-mlflow-workspace"] == "team"


def test_credentials_in_the_address_stay_out_of_locks_and_messages():
    assert split_credentials("https://u:p%40@host:5000/x") == ("https://host:5000/x", "u", "p@")
    settings = settings_of("https://u:secret@host/", {})
    assert settings.endpoint.address == "https://host"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "no registry is configured"),
        ({"MLFLOW_TRACKING_URI": "sqlite:///m.db"}, "kind 'sqlite'"),
        ({"MLFLOW_TRACKING_URI": "databricks-uc"}, "kind 'databricks-uc'"),
        ({"MLFLOW_TRACKING_URI": "http://h", "MLFLOW_TRACKING_AWS_SIGV4": "true"}, "not supported"),
        ({"MLFLOW_TRACKING_URI": "http://h", "CMP_MLFLOW_TIMEOUT": "soon"}, "must be a number"),
        ({"MLFLOW_TRACKING_URI": "http://h", "MLFLOW_TRACKING_TOKEN": "a\nb"}, "cannot carry"),
        (
            {"MLFLOW_TRACKING_URI": "https://h", "MLFLOW_TRACKING_SERVER_CERT_PATH": "/no/ca.pem"},
            "does not exist",
        ),
    ],
)
def test_what_cannot_be_used(environ, words):
    with pytest.raises(CmpError, match=words):
        Registries(environ).resolve("models:/a@b")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1: (path of certificate, path of key)."""
    import datetime
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mlflow")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = builder.add_extension(address, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = builder.sign(key, hashes.SHA256())
    folder = tmp_path_factory.mktemp("tls")
    encoding = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(signed.public_bytes(encoding))
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_tls(certificate):
    import ssl

    stub = Stub()
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        stub.server.socket = context.wrap_socket(stub.server.socket, server_side=True)
        stub.address = stub.address.replace("http:", "https:")
        stub.answers = {ALIAS: (200, version()), DOWNLOAD: located("s3://bkt/x")}
        with pytest.raises(CmpError, match="is not trusted") as caught:
            stub.resolve("models:/fraud detector@champion", CMP_MLFLOW_RETRIES="0")
        assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in caught.value.hint
        trusted = stub.resolve(
            "models:/fraud detector@champion", MLFLOW_TRACKING_SERVER_CERT_PATH=certificate[0]
        )
        assert trusted.version == "3"
        insecure = stub.resolve("models:/fraud detector@champion", MLFLOW_TRACKING_INSECURE_TLS="true")
        assert insecure.version == "3"
    finally:
        stub.close()


def test_a_slow_server_and_a_large_answer(stub):
    stub.answers = {ALIAS: (200, {"x": "a" * (5 << 20)})}
    with pytest.raises(CmpError, match="too large"):
        stub.resolve("models:/fraud detector@champion")


class TestServersThatTakeTheirTime:
    """Whatever a server does, an answer or an error comes in about timeout times attempts."""

    def setup_method(self):
        self.done = threading.Event()

    def ask(self, behave, **environ):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                behave(self)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        environ = {"CMP_MLFLOW_TIMEOUT": "0.2", "CMP_MLFLOW_RETRIES": "0", **environ}
        try:
            return Registries({"MLFLOW_TRACKING_URI": address, **environ}).resolve("models:/f@champion")
        finally:
            self.done.set()
            server.shutdown()
            server.server_close()
            for thread in threading.enumerate():  # the client's own, which nobody waits for any more
                if thread.name == WORKER:
                    thread.join(5)

    @pytest.mark.parametrize("headers", [True, False], ids=["in-the-body", "in-the-headers"])
    def test_one_that_drips(self, headers):
        def drip(handler):
            if headers:
                handler.send_response(200)
                handler.end_headers()
            for _ in range(1000):
                try:
                    handler.wfile.write(b" " if headers else b"H")
                except OSError:
                    return
                if self.done.wait(0.05):
                    return

        with pytest.raises(UnreachableError, match=r"did not answer within 0\.2 seconds"):
            self.ask(drip)

    @pytest.mark.parametrize("status", [429, 503])
    def test_one_that_asks_to_come_back_tomorrow(self, status):
        def later(handler):
            handler.send_response(status)
            handler.send_header("Retry-After", "86400")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        with pytest.raises(UnreachableError):
            self.ask(later, CMP_MLFLOW_RETRIES="1")


def test_a_prompt_is_not_a_model(stub):
    stub.answers["registered-models/alias"] = (
        200,
        version(tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}]),
    )
    with pytest.raises(CmpError, match="is a prompt"):
        Registries({"MLFLOW_TRACKING_URI": stub.address}).resolve("models:/fraud detector@champion")


def test_the_bundle_that_requests_reads():
    given = {"REQUESTS_CA_BUNDLE": "/a.pem"}
    assert settings_of("https://h", given).endpoint.ca == "/a.pem"
    both = {**given, "MLFLOW_TRACKING_SERVER_CERT_PATH": "/b.pem"}
    assert settings_of("https://h", both).endpoint.ca == "/b.pem"


@pytest.mark.parametrize("alias", ["größte", "冠军", "a_b-1"])
def test_aliases_of_any_script(alias):
    assert parse(f"models:/f@{alias}").selector == alias
