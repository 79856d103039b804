"""repo-server's side of the plugin protocol over gRPC, and the servers to speak it with.

Follows cmpserver/plugin/plugin.proto and util/cmp/stream.go: plain HTTP/2 on a Unix socket, a stream of one
metadata message and then 1 KiB pieces of a tar.gz, whose SHA-256 the metadata holds.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import grpc
from cmp_server import CmpServer, Response, split
from protobuf import decode, encode

ENV_ENTRY = {"name": (1, "string"), "value": (2, "string")}
METADATA = {
    "appName": (1, "string"),
    "appRelPath": (2, "string"),
    "checksum": (3, "string"),
    "size": (4, "int"),
    "env": (5, [ENV_ENTRY]),
}
APP_STREAM_REQUEST = {"metadata": (1, METADATA), "file": (2, {"chunk": (1, "bytes")})}
MANIFEST_RESPONSE = {"manifests": (1, ["string"]), "sourceType": (2, "string")}
CONFIGURATION_RESPONSE = {"isDiscoveryConfigured": (1, "bool"), "provideGitCreds": (2, "bool")}
REPOSITORY_RESPONSE = {"isSupported": (1, "bool"), "isDiscoveryEnabled": (2, "bool")}
ANNOUNCEMENT = {
    "name": (1, "string"),
    "title": (2, "string"),
    "tooltip": (3, "string"),
    "required": (4, "bool"),
    "itemType": (5, "string"),
    "collectionType": (6, "string"),
    "string": (7, "string"),
    "array": (8, ["string"]),
    "map": (9, "map"),
}
ANNOUNCEMENTS_RESPONSE = {"parameterAnnouncements": (1, [ANNOUNCEMENT])}

SERVICE = "plugin.ConfigManagementPluginService"
CHUNK = 1024
_MEGABYTES = 100 << 20
_SIZES = (("grpc.max_receive_message_length", _MEGABYTES), ("grpc.max_send_message_length", _MEGABYTES))
# What a failing command becomes: its argv in backquotes, the exit error, trimmed standard error.
_FAILED = re.compile(r"`[^`]*` failed (?:exit status (\d+)|signal: \w+)(?:: (.*))?\Z", re.DOTALL)
_PROGRAMS = Path(sys.executable).parent


class _Member(tarfile.TarInfo):
    """An entry as Go writes it: Python puts a slash behind a directory's name, and 3.0 refuses `./`."""

    def get_info(self) -> Any:
        return {**super().get_info(), "name": self.name}


def archive(repository: Path) -> bytes:
    """The tar.gz of a checkout: `.` first, lexical order, directories without a slash, files and links."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.GNU_FORMAT, tarinfo=_Member) as tar,
    ):
        for path in [repository, *sorted(repository.rglob("*"), key=lambda path: path.parts)]:
            tar.add(path, arcname=str(path.relative_to(repository)), recursive=False)
    return buffer.getvalue()


def requests(repository: Path, source_path: str, env: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The messages of one stream."""
    data = archive(repository)
    yield {
        "metadata": {
            "appName": Path(source_path).name or ".",
            "appRelPath": source_path or ".",
            "checksum": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "env": [{"name": name, "value": value} for name, value in env.items()],
        }
    }
    for start in range(0, len(data), CHUNK):
        yield {"file": {"chunk": data[start : start + CHUNK]}}


class PluginClient:
    """One connection to a plugin's socket, as repo-server makes one for each request."""

    def __init__(self, socket: Path) -> None:
        # Not one that an earlier client of this process has left: its server may be gone.
        own = ("grpc.use_local_subchannel_pool", 1)
        self._channel = grpc.insecure_channel(f"unix:{socket}", options=(*_SIZES, own))

    def __enter__(self) -> PluginClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._channel.close()

    def check_configuration(self, timeout: float = 10) -> dict[str, bool]:
        """CheckPluginConfiguration."""
        call = self._channel.unary_unary(
            f"/{SERVICE}/CheckPluginConfiguration",
            request_serializer=bytes,
            response_deserializer=lambda data: decode(CONFIGURATION_RESPONSE, data),
        )
        return call(b"", timeout=timeout, wait_for_ready=True)

    def generate(self, messages: Iterator[dict[str, Any]], timeout: float = 60) -> list[str]:
        """GenerateManifest: JSON texts; grpc.RpcError."""
        return self._stream("GenerateManifest", MANIFEST_RESPONSE, messages, timeout)["manifests"]

    def parameters(self, messages: Iterator[dict[str, Any]], timeout: float = 60) -> list[dict[str, Any]]:
        """GetParametersAnnouncement; grpc.RpcError."""
        answer = self._stream("GetParametersAnnouncement", ANNOUNCEMENTS_RESPONSE, messages, timeout)
        return answer["parameterAnnouncements"]

    def match(self, messages: Iterator[dict[str, Any]], timeout: float = 60) -> dict[str, bool]:
        """MatchRepository; grpc.RpcError."""
        return self._stream("MatchRepository", REPOSITORY_RESPONSE, messages, timeout)

    def _stream(
        self, method: str, response: dict[str, Any], messages: Iterator[dict[str, Any]], timeout: float
    ) -> Any:
        call = self._channel.stream_unary(
            f"/{SERVICE}/{method}",
            request_serializer=lambda value: encode(APP_STREAM_REQUEST, value),
            response_deserializer=lambda data: decode(response, data),
        )
        return call(messages, timeout=timeout)


class RemoteServer:
    """`CmpServer`'s `generate` over a socket; subclasses say who listens there. A context manager.

    It starts with the first call, with what `sidecar` holds then. Standard error of a render that succeeds
    stays with the server: `stderr` is empty then.
    """

    def __init__(self, work: Path, **sidecar: str) -> None:
        self.requests = CmpServer(work, **sidecar)
        self.folder = Path(tempfile.mkdtemp(prefix="cmp-"))  # short: a socket's path has 107 bytes at most
        self.socket = self.folder / "mlops-cmp.sock"
        self.sidecar = self.requests.sidecar
        self._started = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Listen on the socket."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let go of it; whatever was started."""
        raise NotImplementedError

    def _until_it_answers(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Wait; an AssertionError with the log when the process ends before."""
        for _ in range(600):
            if self.socket.exists():
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        with PluginClient(self.socket) as client:
            client.check_configuration(timeout=30)

    def connect(self) -> PluginClient:
        """A client of the started server."""
        if not self._started:
            self._started = True
            self.start()
        return PluginClient(self.socket)

    def environment(self, source_path: str, **request: Any) -> dict[str, str]:
        """What repo-server sends: all but the sidecar's own."""
        sent = self.requests.environment(source_path, **request)
        return {name: value for name, value in sent.items() if name.startswith(("ARGOCD_", "KUBE_"))}

    def generate(self, repository: Path, source_path: str, deadline: float = 60, **request: Any) -> Response:
        """A render in repo-server's order of calls."""
        env = self.environment(source_path, **request)
        with self.connect() as client:
            assert client.check_configuration() == {"isDiscoveryConfigured": False, "provideGitCreds": False}
            try:
                # Packed before the clock starts: that is not what is tried here.
                found = client.generate(iter(list(requests(repository, source_path, env))), timeout=deadline)
            except grpc.RpcError as err:
                return _failure(err)
        return Response(0, "\n".join(found).encode(), b"", found)

    def parameters(self, repository: Path, source_path: str, **request: Any) -> list[dict[str, Any]]:
        """An announcement."""
        env = self.environment(source_path, **request)
        with self.connect() as client:
            return client.parameters(requests(repository, source_path, env))


def _failure(err: grpc.RpcError) -> Response:
    """The command's exit code and standard error out of the status text."""
    text = err.details() or ""
    found = _FAILED.search(text)
    if found is None:
        raise AssertionError(f"{err.code()}: {text}") from err
    assert err.code() is grpc.StatusCode.UNKNOWN
    return Response(int(found[1] or -9), b"", f"{found[2] or ''}\n".encode(), [])


class RealServer(RemoteServer):
    """A real argocd-cmp-server with the project's plugin.yaml."""

    def __init__(self, program: str, plugin: Path, work: Path, **sidecar: str) -> None:
        super().__init__(work, **sidecar)
        self.program = program
        self.plugin = plugin
        self.log = self.folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        (self.folder / "config").mkdir()
        shutil.copy(self.plugin, self.folder / "config/plugin.yaml")
        environment = {
            **self.sidecar,
            "PATH": f"{_PROGRAMS}:/usr/bin:/bin",
            "ARGOCD_BINARY_NAME": "argocd-cmp-server",
            "ARGOCD_PLUGINSOCKFILEPATH": str(self.folder),
            "ARGOCD_CMP_WORKDIR": str(self.folder),
            "TMPDIR": str(self.folder),
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [self.program, "--config-dir-path", str(self.folder / "config"), "--loglevel", "info"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._until_it_answers(self._process, self.log)

    @property
    def pid(self) -> int:
        """Of the server."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """SIGTERM unlinks the socket but never ends the process: SIGKILL does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=0.3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class FakeServer(RemoteServer):
    """A small server of our own, on which the client is tried where there is no real one."""

    _server: grpc.Server | None = None

    def start(self) -> None:
        """Serve from threads of this process."""
        handlers = {
            "CheckPluginConfiguration": grpc.unary_unary_rpc_method_handler(
                lambda _request, _context: {},
                request_deserializer=bytes,
                response_serializer=lambda value: encode(CONFIGURATION_RESPONSE, value),
            ),
            "GenerateManifest": self._handler(self._generate, MANIFEST_RESPONSE),
            "GetParametersAnnouncement": self._handler(self._announce, ANNOUNCEMENTS_RESPONSE),
            "MatchRepository": self._handler(self._match, REPOSITORY_RESPONSE),
        }
        self._pool = ThreadPoolExecutor(4)
        self._server = grpc.server(self._pool, options=_SIZES)
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        assert self._server.add_insecure_port(f"unix:{self.socket}")
        self._server.start()

    def stop(self) -> None:
        """End all calls."""
        if self._server is not None:
            self._server.stop(None).wait()
            self._pool.shutdown()

    def _handler(self, method: Any, response: dict[str, Any]) -> Any:
        def call(messages: Iterator[dict[str, Any]], context: grpc.ServicerContext) -> dict[str, Any]:
            work = Path(tempfile.mkdtemp(dir=self.folder))
            try:
                return method(*receive(messages, work), context.time_remaining())
            except (RuntimeError, ValueError) as err:
                return context.abort(grpc.StatusCode.UNKNOWN, f"error generating manifests: {err}")
            finally:
                shutil.rmtree(work)

        return grpc.stream_unary_rpc_method_handler(
            call,
            request_deserializer=lambda data: decode(APP_STREAM_REQUEST, data),
            response_serializer=lambda value: encode(response, value),
        )

    def _run(self, argv: list[str], folder: Path, env: dict[str, str], seconds: float) -> bytes:
        process = subprocess.Popen(
            [str(_PROGRAMS / argv[0]), *argv[1:]],
            cwd=folder,
            env={**self.sidecar, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        try:
            stdout, stderr = process.communicate(timeout=max(seconds - 0.1, 0.01))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            stdout, stderr = process.communicate()
        if process.returncode:
            reason = f"exit status {process.returncode}" if process.returncode > 0 else "signal: killed"
            text = stderr.decode("utf-8", "replace").strip()
            raise RuntimeError(f"`{' '.join(argv)}` failed {reason}" + (f": {text}" if text else ""))
        return stdout

    def _generate(self, folder: Path, env: dict[str, str], seconds: float) -> dict[str, Any]:
        return {"manifests": split(self._run(["cmp-generate"], folder, env, seconds))}

    def _announce(self, folder: Path, env: dict[str, str], seconds: float) -> dict[str, Any]:
        found = json.loads(self._run(["cmpctl", "parameters"], folder, env, seconds))
        known = [{key: value for key, value in entry.items() if key in ANNOUNCEMENT} for entry in found]
        return {"parameterAnnouncements": known}

    def _match(self, folder: Path, env: dict[str, str], seconds: float) -> dict[str, Any]:
        return {"isSupported": False, "isDiscoveryEnabled": False}


def receive(messages: Iterator[dict[str, Any]], work: Path) -> tuple[Path, dict[str, str]]:
    """The application's directory and the request's environment; ValueError for a stream that is wrong."""
    metadata = next(iter(messages))["metadata"]
    if metadata is None:
        raise ValueError("the first message holds no metadata")
    pieces = []
    for message in messages:
        if message["file"] is None:
            raise ValueError("a later message holds no file")
        pieces.append(message["file"]["chunk"])
    data = b"".join(pieces)
    if hashlib.sha256(data).hexdigest() != metadata["checksum"]:
        raise ValueError("the checksum differs")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        tar.extractall(work, filter=_plain_modes)
    folder = Path(os.path.normpath(work / metadata["appRelPath"]))
    if not folder.is_relative_to(work):
        raise ValueError("the application's path leaves the work directory")
    return folder, {entry["name"]: entry["value"] for entry in metadata["env"]}


def _plain_modes(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    safe = tarfile.data_filter(member, path)
    return safe and safe.replace(mode=0o755 if member.isdir() else 0o644, deep=False)
