"""Registries in memory, on loopback: MLflow, the Hugging Face Hub, an OCI registry with its tokens.

Each answers as the real one: MLflow as a server of 3.17 did, the Hub as its client library reads it, the OCI
registry as the distribution specification says. Tests against the real servers hold the fakes to that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

# What a fake answers: the status, the body (bytes as they are, anything else as JSON), more headers.
Answer = tuple[int, Any, dict[str, str]]
Strings = dict[str, str]


class Fake:
    """A server on loopback. requests: (path, query, headers with names in lower case)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Strings, Strings]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                query = dict(parse_qsl(parts.query))
                fake.requests.append((parts.path, query, headers))
                status, body, more = fake.answer(parts.path, query, headers)
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **more}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.address = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path: str, query: Strings, headers: Strings) -> Answer:
        raise NotImplementedError

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class FakeMlflow(Fake):
    """models: name -> [URI of version 1, ...]. aliases: (name, alias) -> version. token: that it asks for."""

    def __init__(self, token: str = "") -> None:
        self.models: dict[str, list[str]] = {}
        self.aliases: dict[tuple[str, str], int] = {}
        self.token = token
        super().__init__()

    def answer(self, path: str, query: Strings, headers: Strings) -> Answer:
        call = path.removeprefix("/api/2.0/mlflow/")
        name = query.get("name", "")
        if self.token and headers.get("authorization") != f"Bearer {self.token}":
            return 401, b"<html>401</html>", {"Content-Type": "text/html"}
        if name not in self.models:
            return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}, {}
        if call == "registered-models/alias":
            version = self.aliases.get((name, query["alias"]))
            if version is None:
                message = f"Registered model alias {query['alias']} not found."
                return 400, {"error_code": "INVALID_PARAMETER_VALUE", "message": message}, {}
        else:
            version = int(query["version"])
        if not 0 < version <= len(self.models[name]):
            return 404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "not found"}, {}
        if call == "model-versions/get-download-uri":
            return 200, {"artifact_uri": self.models[name][version - 1]}, {}
        found = {"name": name, "version": str(version), "run_id": f"run{version}", "status": "READY"}
        return 200, {"model_version": {**found, "tags": [{"key": "approved", "value": "true"}]}}, {}


class FakeHub(Fake):
    """models: name -> dict of `revisions` (name -> commit) and, as needed, private, gated, disabled, license.

    readers: token -> names of the private and gated models that it may read.
    """

    def __init__(self) -> None:
        self.models: dict[str, dict[str, Any]] = {}
        self.readers: dict[str, set[str]] = {}
        self.renamed: Strings = {}
        super().__init__()

    def answer(self, path: str, query: Strings, headers: Strings) -> Answer:
        name, _, revision = path.removeprefix("/api/models/").partition("/revision/")
        authorization = headers.get("authorization", "")
        token = authorization.removeprefix("Bearer ")
        if token and token not in self.readers:
            message = "Invalid credentials in Authorization header"
            return 401, {"error": message}, {"X-Error-Message": message}
        if name in self.renamed:
            return 307, b"", {"Location": path.replace(name, self.renamed[name])}
        model = self.models.get(name)
        may = token and name in self.readers.get(token, ())
        if model is None or (model.get("private") and not may):
            # Without a token, the Hub does not say whether there is such a model.
            status = 404 if token else 401
            message = "Repository not found"
            return status, {"error": message}, {"X-Error-Code": "RepoNotFound", "X-Error-Message": message}
        if model.get("takendown"):
            message = "Access to this resource is disabled."
            return 403, {"error": message}, {"X-Error-Message": message}
        if model.get("closed") and not may:
            message = f"Access to model {name} is restricted."
            status = 403 if token else 401
            return status, {"error": message}, {"X-Error-Code": "GatedRepo", "X-Error-Message": message}
        if model.get("scoped"):
            return 403, {"error": "Forbidden"}, {}
        commits = {**model["revisions"], **{commit: commit for commit in model["revisions"].values()}}
        commit = commits.get(unquote(revision))
        if commit is None:
            message = f"Invalid rev id: {unquote(revision)}"
            return 404, {"error": message}, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": message}
        body = {
            "_id": "65a1",
            "id": name,
            "modelId": name,
            "author": name.partition("/")[0],
            "sha": commit,
            "private": bool(model.get("private")),
            "gated": model.get("gated", False),
            "disabled": False,
            "tags": ["transformers", "safetensors", f"license:{model.get('license', 'mit')}", "region:us"],
            "downloads": 7,
            "likes": 1,
            "siblings": [{"rfilename": "config.json"}],
        }
        return 200, {**body, **model.get("more", {})}, {}


MODEL_PACK = "application/vnd.cncf.model.manifest.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.config.v1+json"


def blob(kind: str, data: bytes = b"{}") -> dict[str, Any]:
    """A descriptor."""
    return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}


def digest_of(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def model_pack(weights: bytes = b"weights", **more: Any) -> dict[str, Any]:
    """The manifest of a ModelPack, as modctl writes it."""
    return {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": MODEL_PACK,
        "config": blob("application/vnd.cncf.model.config.v1+json"),
        "layers": [blob("application/vnd.cncf.model.weight.v1.raw", weights)],
        **more,
    }


def image(layer: bytes = b"layer", **more: Any) -> dict[str, Any]:
    """The manifest of a container image."""
    layers = [blob("application/vnd.oci.image.layer.v1.tar", layer)]
    return {"schemaVersion": 2, "mediaType": MANIFEST, "config": blob(IMAGE), "layers": layers, **more}


class FakeOci(Fake):
    """manifests: (repository, tag) -> bytes. auth: "", "basic" or "bearer"; user and password; realm."""

    def __init__(self, auth: str = "", user: str = "ci", password: str = "") -> None:
        self.manifests: dict[tuple[str, str], bytes] = {}
        self.auth, self.user, self.password = auth, user, password
        self.realm: str | None = None
        self.told: str | None = None
        self.issued = "token-of-the-realm"
        super().__init__()

    def push(self, repository: str, tag: str, manifest: Any) -> str:
        """Put a manifest under a tag; its digest."""
        data = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
        self.manifests[repository, tag] = data
        return digest_of(data)

    def answer(self, path: str, query: Strings, headers: Strings) -> Answer:
        basic = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if path == "/token":
            if headers.get("authorization", "") not in ("", basic):
                return 401, {"details": "incorrect username or password"}, {}
            scope = query.get("scope", "") if headers.get("authorization") else "anonymous"
            return 200, {"token": f"{self.issued}:{scope}", "expires_in": 60}, {}
        repository, _, reference = path.removeprefix("/v2/").partition("/manifests/")
        if self.auth == "basic" and headers.get("authorization") != basic:
            return 401, self._error("UNAUTHORIZED"), {"WWW-Authenticate": 'Basic realm="fake"'}
        if self.auth == "bearer":
            wanted = f"Bearer {self.issued}:repository:{repository}:pull"
            if headers.get("authorization") != wanted:
                realm = self.realm or f"{self.address}/token"
                challenge = f'Bearer realm="{realm}",service="fake",scope="repository:{repository}:pull"'
                return 401, self._error("UNAUTHORIZED"), {"WWW-Authenticate": challenge}
        data = self.manifests.get((repository, reference))
        if data is None:
            held = [each for (name, _), each in self.manifests.items() if name == repository]
            data = {digest_of(each): each for each in held}.get(reference)
        if data is None:
            return 404, self._error("MANIFEST_UNKNOWN"), {}
        try:
            kind = json.loads(data)["mediaType"]
        except (ValueError, KeyError, TypeError):
            kind = MANIFEST
        return 200, data, {"Content-Type": kind, "Docker-Content-Digest": self.told or digest_of(data)}

    @staticmethod
    def _error(code: str) -> dict[str, Any]:
        return {"errors": [{"code": code, "message": code.lower(), "detail": None}]}
