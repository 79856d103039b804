"""A real argocd-repo-server with its redis-server, and a client for what Argo CD asks of a plugin.

GenerateManifest and GetAppDetails of RepoServerService, as in reposerver/repository/repository.proto: the
fields that these need.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import grpc
from protobuf import decode, encode

ENV_ENTRY = {"name": (1, "string"), "value": (2, "string")}
PARAMETER = {
    "name": (1, "string"),
    "map": (3, {"map": (1, "map")}),
    "array": (4, {"array": (1, ["string"])}),
    "string": (5, "string"),
}
PLUGIN = {"name": (1, "string"), "env": (2, [ENV_ENTRY]), "parameters": (3, [PARAMETER])}
SOURCE = {
    "repoURL": (1, "string"),
    "path": (2, "string"),
    "targetRevision": (4, "string"),
    "plugin": (11, PLUGIN),
}
MANIFEST_REQUEST = {
    "repo": (1, {"repo": (1, "string")}),
    "revision": (2, "string"),
    "noCache": (3, "bool"),
    "appName": (5, "string"),
    "namespace": (8, "string"),
    "applicationSource": (10, SOURCE),
    "kubeVersion": (14, "string"),
    "apiVersions": (15, ["string"]),
    "noRevisionCache": (18, "bool"),
    "projectName": (25, "string"),
}
MANIFEST_RESPONSE = {"manifests": (1, ["string"]), "revision": (4, "string"), "sourceType": (6, "string")}
METHOD = "/repository.RepoServerService/GenerateManifest"
DETAILS_REQUEST = {"repo": (1, {"repo": (1, "string")}), "source": (2, SOURCE), "appName": (5, "string")}
ANNOUNCEMENT = {"name": (1, "string"), "string": (7, "string"), "array": (8, ["string"]), "map": (9, "map")}
DETAILS_RESPONSE = {"type": (1, "string"), "plugin": (6, {"parametersAnnouncement": (1, [ANNOUNCEMENT])})}
DETAILS_METHOD = "/repository.RepoServerService/GetAppDetails"


def manifest_request(repository: Path, path: str, parameters: Any = (), env: Any = None) -> dict[str, Any]:
    """A render of a folder at main, past the cache; parameters as in `spec.source.plugin`."""
    source = {
        "repoURL": f"file://{repository}",
        "path": path,
        "targetRevision": "main",
        "plugin": {
            "name": "mlops-cmp",
            "env": [{"name": name, "value": value} for name, value in (env or {}).items()],
            "parameters": list(parameters),
        },
    }
    application = {
        "metadata": {"name": "argocd_app"},
        "spec": {"source": source, "destination": {"namespace": "destination"}, "project": "mlops"},
    }
    return application_request(application, "main", no_cache=True)


def application_request(application: dict[str, Any], revision: str, no_cache: bool) -> dict[str, Any]:
    """What the application controller asks for an Application with one source, at a revision."""
    spec = application["spec"]
    plugin = spec["source"]["plugin"]
    wrapped = [
        {key: {key: value} if key in ("map", "array") else value for key, value in parameter.items()}
        for parameter in plugin.get("parameters", ())
    ]
    return {
        "repo": {"repo": spec["source"]["repoURL"]},
        "revision": revision,
        "noCache": no_cache,
        "noRevisionCache": no_cache,
        "appName": application["metadata"]["name"],
        "namespace": spec["destination"]["namespace"],
        "projectName": spec["project"],
        "kubeVersion": "1.33.0",
        "apiVersions": ["v1", "apps/v1"],
        "applicationSource": {
            "repoURL": spec["source"]["repoURL"],
            "path": spec["source"]["path"],
            "targetRevision": revision,
            "plugin": {"name": plugin["name"], "env": plugin.get("env", []), "parameters": wrapped},
        },
    }


def generate_manifest(address: str, request: dict[str, Any], timeout: float = 60) -> dict[str, Any]:
    """The call that renders; grpc.RpcError."""
    return _call(address, METHOD, (MANIFEST_REQUEST, request), MANIFEST_RESPONSE, timeout)


def parameter_announcements(address: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    """What the parameters tab asks for the Application of a render's request; grpc.RpcError."""
    details = {
        "repo": request["repo"],
        "source": request["applicationSource"],
        "appName": request["appName"],
    }
    found = _call(address, DETAILS_METHOD, (DETAILS_REQUEST, details), DETAILS_RESPONSE, 60)
    return found["plugin"]["parametersAnnouncement"]


def _call(
    address: str, method: str, request: Any, response: dict[str, Any], timeout: float
) -> dict[str, Any]:
    with grpc.insecure_channel(address, options=[("grpc.max_receive_message_length", 100 << 20)]) as channel:
        call = channel.unary_unary(
            method,
            request_serializer=lambda value: encode(*value),
            response_deserializer=lambda data: decode(response, data),
        )
        return call(request, timeout=timeout, wait_for_ready=True)


def commit(repository: Path) -> str:
    """All of the folder as a new commit on main; its id."""

    def git(*arguments: str) -> str:
        settings = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *settings, *arguments], cwd=repository, capture_output=True, check=True, text=True
        )
        return done.stdout.strip()

    if not (repository / ".git").exists():
        git("init", "--quiet", "--initial-branch=main")
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message", "state")
    return git("rev-parse", "HEAD")


class RepoServer:
    """Both processes on loopback, everything they write below one folder; a context manager."""

    def __init__(self, program: str, sockets: Path, work: Path, *flags: str) -> None:
        self.program = program
        self.flags = flags
        self.sockets = sockets
        self.work = work
        self.log = work / "repo-server.log"
        self.address = ""
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> RepoServer:
        self.work.mkdir()
        try:
            redis = self._redis()
            self._repo_server(redis)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _redis(self) -> int:
        port = free_port()
        self._run(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            {"PATH": os.defpath},
            self.work / "redis.log",
        )
        _wait_for(port, self.work / "redis.log")
        return port

    def _repo_server(self, redis: int) -> None:
        port = free_port()
        for name in ("tmp", "bin", "tls", "ssh", "gpg"):
            (self.work / name).mkdir()
        wrapper = self.work / "bin/git-verify-wrapper.sh"  # run for every source since 3.5
        wrapper.write_text("#!/bin/sh\necho\n")
        wrapper.chmod(0o755)
        folder = str(self.work)
        environment = {
            "PATH": f"{os.environ.get('PATH', os.defpath)}:{folder}/bin",
            "HOME": folder,
            "TMPDIR": f"{folder}/tmp",
            "ARGOCD_BINARY_NAME": "argocd-repo-server",
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_GNUPGHOME": f"{folder}/gpg",
            "ARGOCD_GPG_DATA_PATH": f"{folder}/gpg",
            "ARGOCD_TLS_DATA_PATH": f"{folder}/tls",
            "ARGOCD_SSH_DATA_PATH": f"{folder}/ssh",
            "ARGOCD_PLUGINSOCKFILEPATH": str(self.sockets),
            "ARGOCD_ASK_PASS_SOCK": f"{folder}/ask.sock",
        }
        arguments = [
            *("--address", "127.0.0.1", "--port", str(port)),
            *("--metrics-address", "127.0.0.1", "--metrics-port", str(free_port())),
            *("--disable-tls", "--redis", f"127.0.0.1:{redis}", "--loglevel", "info"),
            *self.flags,
        ]
        self._run([self.program, *arguments], environment, self.log)
        _wait_for(port, self.log)
        self.address = f"127.0.0.1:{port}"

    def _run(self, argv: list[str], environment: dict[str, str], log: Path) -> None:
        program = shutil.which(argv[0])
        assert program, f"{argv[0]} is not there"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [program, *argv[1:]],
                cwd=self.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self._stack.callback(_stop, process)


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
