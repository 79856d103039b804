"""Git and HTTP servers on the loopback interface, and repositories to serve."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Server:
    """An HTTP server: fixed answers by path, and repositories through `git http-backend`."""

    def __init__(self, repositories: Path) -> None:
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.requests: list[str] = []
        self.delay = threading.Event()
        self.stuck: set[str] = set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self.answer(b"")

            def do_POST(self) -> None:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = b""
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.answer(body)

            def answer(self, body: bytes) -> None:
                path, _, query = self.path.partition("?")
                server.requests.append(self.path)
                if path in server.stuck:
                    server.delay.wait(20)
                if path in server.answers:
                    status, headers, content = server.answers[path]
                elif (repositories / path.lstrip("/").split("/")[0]).is_dir():
                    status, headers, content = self.backend(path, query, body)
                else:
                    status, headers, content = 404, {}, b"nothing here"
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def backend(self, path: str, query: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
                environment = {
                    "PATH": os.environ["PATH"],
                    "GIT_PROJECT_ROOT": str(repositories),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_NOSYSTEM": "1",
                    "GIT_CONFIG_COUNT": "2",
                    "GIT_CONFIG_KEY_0": "safe.directory",
                    "GIT_CONFIG_VALUE_0": "*",
                    "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant",
                    "GIT_CONFIG_VALUE_1": "true",
                    "REQUEST_METHOD": self.command,
                    "PATH_INFO": path,
                    "QUERY_STRING": query,
                    "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                    "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
                    "REMOTE_ADDR": "127.0.0.1",
                }
                done = subprocess.run(
                    ["git", "http-backend"], env=environment, input=body, capture_output=True, check=True
                )
                head, _, content = done.stdout.partition(b"\r\n\r\n")
                headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
                status = int(headers.pop("Status", "200 OK").split()[0])
                return status, headers, content

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.httpd.server_port}"
        self.url = f"http://{self.host}"
        self.thread = threading.Thread(target=self.httpd.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.delay.set()
        self.httpd.shutdown()
        self.httpd.server_close()
        self.thread.join()


class Repositories:
    """Git repositories in one folder, made without the user's configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def git(self, name: str, *arguments: str) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@example.com",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.com",
            "GIT_ALLOW_PROTOCOL": "file:http",
        }
        settings = ["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
        done = subprocess.run(
            ["git", *settings, *arguments],
            cwd=self.folder / name,
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, name: str, files: dict[str, str]) -> str:
        """Write files into a repository, commit them, and return the commit's id."""
        root = self.folder / name
        if not root.exists():
            root.mkdir()
            self.git(name, "init", "--quiet")
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        self.git(name, "add", "--all")
        self.git(name, "commit", "--quiet", "--allow-empty", "--message", "change")
        return self.git(name, "rev-parse", "HEAD")


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "repositories")


@pytest.fixture
def server(repositories: Repositories) -> Iterator[Server]:
    running = Server(repositories.folder)
    yield running
    running.close()
