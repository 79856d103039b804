"""Plays argocd-cmp-server: what it gives a plugin's command, and what it makes of the output.

Follows cmpserver/plugin/plugin.go and gitops-engine's SplitYAMLToString: a private copy of the repository,
files 0644 and directories 0755, the server's environment with the request's appended, standard input at its
end, a process group of its own that is killed at the deadline, output split and parsed as Kubernetes does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import yaml

# What the sidecar's own process has; tests add keys to it.
SIDECAR = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
_PROGRAMS = Path(sys.executable).parent


class Response(NamedTuple):
    """code: of the command, -9 when it was killed. documents: JSON texts, as the gRPC answer holds them."""

    code: int
    stdout: bytes
    stderr: bytes
    documents: list[str]

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The documents as repo-server parses them again."""
        return [json.loads(document) for document in self.documents]


class CmpServer:
    """work: where private copies of repositories go."""

    def __init__(self, work: Path, **sidecar: str) -> None:
        self.work = work
        self.sidecar = {**SIDECAR, **sidecar}

    def upload(self, repository: Path) -> Path:
        """A copy of the repository as it comes out of the tar: no mode bits, links kept."""
        tree = self.work / "_cmp_server" / str(uuid.uuid4())
        shutil.copytree(repository, tree, symlinks=True)
        for path in [tree, *tree.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() else 0o644)
        return tree

    def environment(
        self, source_path: str, parameters: Any = None, env: dict[str, str] | None = None
    ) -> dict[str, str]:
        """As `newEnv` and `getPluginEnvs` make it."""
        found = {
            **self.sidecar,
            "ARGOCD_APP_NAME": "argocd_app",
            "ARGOCD_APP_NAMESPACE": "destination",
            "ARGOCD_APP_PROJECT_NAME": "mlops",
            "ARGOCD_APP_REVISION": "0" * 40,
            "ARGOCD_APP_REVISION_SHORT": "0" * 7,
            "ARGOCD_APP_REVISION_SHORT_8": "0" * 8,
            "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/r",
            "ARGOCD_APP_SOURCE_PATH": source_path,
            "ARGOCD_APP_SOURCE_TARGET_REVISION": "main",
            "KUBE_VERSION": "1.33.0",
            "KUBE_API_VERSIONS": "v1,apps/v1",
            "ARGOCD_APP_PARAMETERS": json.dumps(parameters, sort_keys=True, separators=(",", ":")),
        }
        found.update({f"ARGOCD_ENV_{name}": value for name, value in (env or {}).items()})
        return found

    def start(self, tree: Path, source_path: str, **request: Any) -> subprocess.Popen[bytes]:
        """The command of plugin.yaml in the application's directory."""
        return subprocess.Popen(
            [str(_PROGRAMS / "cmp-generate")],
            cwd=tree / source_path,
            env=self.environment(source_path, **request),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )

    def generate(self, repository: Path, source_path: str, deadline: float = 60, **request: Any) -> Response:
        """One GenerateManifest call; the copy is removed afterwards, whatever happened."""
        tree = self.upload(repository)
        try:
            process = self.start(tree, source_path, **request)
            try:
                stdout, stderr = process.communicate(timeout=deadline)
            except subprocess.TimeoutExpired:
                process.kill()  # the child at once, the group a moment later
                os.killpg(process.pid, signal.SIGTERM)
                stdout, stderr = process.communicate()
            assert no_process_left(process.pid)
        finally:
            shutil.rmtree(tree)
        documents = split(stdout) if process.returncode == 0 else []
        return Response(process.returncode, stdout, stderr, documents)


def no_process_left(group: int) -> bool:
    """Whether the process group is empty soon after its leader ended, but for what waits to be collected."""
    for _ in range(500):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        members = [each for each in Path("/proc").glob("[0-9]*/stat") if _is_of(each, group)]
        if members and all(_has_ended(each) for each in members):
            return True
        time.sleep(0.02)
    return False


def _is_of(stat: Path, group: int) -> bool:
    fields = _fields(stat)
    return bool(fields) and int(fields[2]) == group


def _has_ended(stat: Path) -> bool:
    fields = _fields(stat)
    return not fields or fields[0] in "ZX"


def _fields(stat: Path) -> list[str]:
    """State, parent, group and so on of a process; none of one that is no longer there."""
    try:
        return stat.read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def split(stdout: bytes) -> list[str]:
    """Documents at `---` lines, YAML 1.1 to JSON, empty ones dropped; each has to have a kind."""
    found = []
    for document in re.split(r"^---\s*\n", stdout.decode("utf-8"), flags=re.MULTILINE):
        value = yaml.safe_load(document)
        if value is None:
            continue
        assert isinstance(value, dict)
        assert value.get("kind"), "repo-server would quote the whole document in its error"
        found.append(json.dumps(value, default=str))
    return found
