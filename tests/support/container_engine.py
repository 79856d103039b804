"""The image built and run with buildah and podman, as root, without a container registry.

Everything that a run makes lies in one folder of the oracle cache: the bases as archives, buildah's storage.
Neither the user's own images nor containers are touched.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import cmp

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("CMP_ORACLES") or Path.home() / ".cache/mlops-cmp-oracles") / "image"
BASES = ROOT / "tests/image/bases.sh"
PROGRAMS = ("buildah", "podman", "runc", "mmdebstrap")
USER = 999
LABELS = {"VERSION": cmp.__version__, "REVISION": "0" * 40, "CREATED": "2026-01-01T00:00:00Z"}
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def missing() -> str:
    """Why no image can be built here, or "" if one can."""
    if os.geteuid() != 0:
        return "building an image from Debian's packages needs root"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not on this machine: {', '.join(absent)}" if absent else ""


def python_version() -> str:
    """The Python of the image, from the only place that states it."""
    found = re.search(r"^ARG PYTHON=(\S+)$", (ROOT / "sidecar/Dockerfile").read_text(), re.MULTILINE)
    assert found, "sidecar/Dockerfile has no ARG PYTHON"
    return found[1]


class Engine:
    """buildah and podman on a storage of our own. A failing command raises CalledProcessError."""

    def __init__(self) -> None:
        # Other bases, another folder: what is cached was made by this very script.
        number = hashlib.sha256(BASES.read_bytes()).hexdigest()[:12]
        self._cache = CACHE / number
        storage = self._cache / "storage"
        storage.mkdir(parents=True, exist_ok=True)
        self._where = ["--root", str(storage), "--runroot", f"/run/mlops-cmp-{number}"]
        self._where += ["--storage-driver", "vfs"]

    def buildah(self, *arguments: str) -> str:
        """Standard output of a buildah command."""
        return self._run(["buildah", *self._where, *arguments]).stdout.decode().strip()

    def podman(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        """A podman command; crun refuses hybrid cgroups, runc takes them."""
        return self._run(["podman", *self._where, "--runtime", "runc", *arguments], check)

    def _run(self, command: Sequence[str], check: bool = True) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if check and done.returncode:
            tail = done.stderr.decode(errors="replace")[-3000:]
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{tail}")
        return done

    def base(self, name: str) -> str:
        """The reference of a base image, imported from its archive if it is not there."""
        reference = f"localhost/mlops-cmp-base-{name}:{python_version()}"
        if not self.buildah("images", "--quiet", "--filter", f"reference={reference}"):
            container = self.buildah("from", "scratch")
            self.buildah("add", "--quiet", container, str(self._cache / f"{name}.tar"), "/")
            self.buildah("commit", "--quiet", "--rm", container, reference)
        return reference

    def build(self, reference: str, **arguments: str) -> None:
        """sidecar/Dockerfile built on both bases. The machine's own certificates count while it downloads."""
        with (self._cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._run(["sh", str(BASES), str(self._cache), python_version()])
            given = {"BUILD_IMAGE": self.base("build"), "RUNTIME_IMAGE": self.base("runtime"), **arguments}
            command = ["bud", "--isolation", "chroot", "--pull-never", "--tag", reference]
            if Path(CERTIFICATES).exists():
                command += ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
            for name, value in given.items():
                command += ["--build-arg", f"{name}={value}"]
            try:
                self.buildah(*command, "--file", str(ROOT / "sidecar/Dockerfile"), str(ROOT))
            finally:
                self.buildah("rm", "--all")  # the stages that nothing else removes

    def inspect(self, reference: str) -> dict[str, Any]:
        """What podman says about an image."""
        found: list[dict[str, Any]] = json.loads(self.podman("image", "inspect", reference).stdout)
        return found[0]


@dataclass
class Sidecar:
    """A running container and the host's side of its volumes."""

    engine: Engine
    name: str
    folder: Path
    slots: list[int] = field(default_factory=list)

    def run(self, *command: str, cwd: str = "/tmp") -> subprocess.CompletedProcess[bytes]:
        """A command in the running container, as `kubectl exec` starts it."""
        return self.engine.podman("exec", "--workdir", cwd, self.name, *command, check=False)

    def python(self, code: str) -> str:
        """What a program in the container prints."""
        done = self.run(f"/usr/bin/python{python_version()}", "-I", "-c", code)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def processes(self) -> dict[int, str]:
        """The container's processes by their number on the host, with their command lines."""
        done = self.engine.podman("top", self.name, "hpid", "args", check=False)
        lines = done.stdout.decode().splitlines()[1:] if done.returncode == 0 else []
        return {int(line.split()[0]): line.split(maxsplit=1)[1] for line in lines}

    def state(self) -> dict[str, Any]:
        """What podman knows about it now."""
        found: dict[str, Any] = json.loads(self.engine.podman("inspect", self.name).stdout)[0]["State"]
        return found

    def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Come back when the condition holds; a failure that shows the container's log otherwise."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                log = self.engine.podman("logs", self.name, check=False)
                pytest.fail(f"{what}: not within {seconds:g} s\n{(log.stdout + log.stderr).decode()[-2000:]}")
            time.sleep(0.1)

    def probe(self, command: list[str]) -> bool:
        """Whether a probe's command succeeds."""
        return self.run(*command).returncode == 0


def run_arguments(container: dict[str, Any], volumes: dict[str, str]) -> list[str]:
    """A pod's container as arguments of `podman run`, as near to what the kubelet does as podman can come.

    `volumes` gives a host folder for the name of each volume. There is no network: a render needs none.
    """
    security = container["securityContext"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["runAsNonRoot"] is True
    assert security["allowPrivilegeEscalation"] is False
    given = ["--user", f"{security['runAsUser']}:{security['runAsGroup']}", "--cap-drop", "ALL"]
    given += ["--security-opt", "no-new-privileges", "--network", "none", "--read-only-tmpfs=false"]
    given += [f"--read-only={str(security['readOnlyRootFilesystem']).lower()}"]
    given += ["--ulimit", "nofile=1024:20000", "--ulimit", "nproc=4096:4096"]
    for entry in container["env"]:
        given += ["--env", f"{entry['name']}={entry['value']}"]
    for mount in container["volumeMounts"]:
        options = "ro" if mount.get("readOnly") else "rw"
        given += ["--volume", f"{volumes[mount['name']]}:{mount['mountPath']}:{options}"]
    return given
