"""The image, built once, and one running sidecar with the component's own settings."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from container_engine import (
    LABELS,
    ROOT,
    USER,
    Engine,
    Sidecar,
    missing,
    python_version,
    run_arguments,
)
from example_overlays import KEY, documents


@pytest.fixture(scope="session")
def engine() -> Engine:
    """buildah and podman, or a skip that names what is missing."""
    if reason := missing():
        pytest.skip(reason)
    return Engine()


@pytest.fixture(scope="session")
def image(engine: Engine) -> Iterator[str]:
    """The reference of the image, built from this working tree."""
    reference = f"localhost/mlops-cmp:{uuid.uuid4().hex[:12]}"
    engine.build(reference, **LABELS)
    yield reference
    engine.podman("image", "rm", "--force", reference)


@pytest.fixture(scope="session")
def container() -> dict[str, Any]:
    """The sidecar as the component adds it to repo-server's pod."""
    patch = documents((ROOT / "sidecar/component/repo-server.yaml").read_text())[0]
    return patch["spec"]["template"]["spec"]["containers"][0]


def _folder(path: Path, owner: int) -> Path:
    path.mkdir(parents=True)
    os.chown(path, owner, owner)
    return path


@pytest.fixture(scope="session")
def start(engine: Engine, image: str, container: dict[str, Any]) -> Iterator[Callable[..., Sidecar]]:
    """Starts the image as the component does, with the stand-in for argocd-cmp-server; gone afterwards."""
    started: list[Sidecar] = []

    def begin(**environment: str) -> Sidecar:
        # Not in pytest's own folders, which are closed to other users.
        folder = Path(tempfile.mkdtemp(prefix="mlops-cmp-sidecar-"))
        folder.chmod(0o755)
        sidecar = Sidecar(engine, f"mlops-cmp-{uuid.uuid4().hex[:12]}", folder)
        started.append(sidecar)
        server = _folder(folder / "var-files", 0) / "argocd-cmp-server"
        body = (ROOT / "tests/image/stand_in_server.py").read_text()
        server.write_text(f"#!/usr/bin/python{python_version()} -I\n{body}")
        server.chmod(0o755)
        key = _folder(folder / "mlops-cmp-age-key", 0) / "keys.txt"
        shutil.copyfile(KEY, key)
        os.chown(key, 0, USER)  # as fsGroup does
        key.chmod(0o440)
        volumes = {path.name: str(path) for path in (server.parent, key.parent)}
        for name in ("plugins", "mlops-cmp-tmp"):
            volumes[name] = str(_folder(folder / name, USER))
        shutil.copytree(ROOT / "examples", folder / "mlops-cmp-tmp/repo/examples")
        arguments = run_arguments(container, volumes)
        for name, value in environment.items():
            arguments += ["--env", f"{name}={value}"]
        sidecar.slots = _hold_slots(folder / "mlops-cmp-tmp/mlops-cmp") if "RENDER" in environment else []
        engine.podman("run", "--detach", "--name", sidecar.name, *arguments, image)
        return sidecar

    yield begin
    for sidecar in started:
        engine.podman("rm", "--force", "--time", "0", sidecar.name)
        for descriptor in sidecar.slots:
            os.close(descriptor)
        shutil.rmtree(sidecar.folder)


def _hold_slots(state: Path) -> list[int]:
    """Takes every slot of CMP_CONCURRENCY, so that a render waits until the deadline; the open files."""
    _folder(state, USER)
    slots = _folder(state / f"cmp-slots-{USER}", USER)
    slots.chmod(0o700)
    held = []
    for number in range(2):
        file = slots / f"h{number:020d}-{number}-{number}"  # as cmp.cli.slots names what holds a slot
        held.append(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        os.chown(file, USER, USER)
        fcntl.flock(held[-1], fcntl.LOCK_EX)
    return held


@pytest.fixture(scope="session")
def sidecar(start: Callable[..., Sidecar], container: dict[str, Any]) -> Sidecar:
    """A running sidecar whose start-up probe has succeeded; shared, so tests leave it as they found it."""
    running = start()
    command = container["startupProbe"]["exec"]["command"]
    running.wait_for(lambda: running.probe(command), "the startup probe")
    return running
