"""The image without a container engine: its steps run into a folder; the plugin starts there as uid 999."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIDECAR = ROOT / "sidecar"
USER = 999


def lower() -> dict[str, Any]:
    """What makes subprocess run a program as uid 999, where we may."""
    return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}


def interpreter() -> str:
    """A Python of this version that uid 999 can run, as the image's own can be."""
    found = [os.path.realpath(sys.executable), f"/usr/bin/python3.{sys.version_info.minor}"]
    for path in found:
        try:
            subprocess.run([path, "-I", "-c", ""], check=True, **lower())
        except (OSError, subprocess.CalledProcessError):
            continue
        return path
    pytest.skip(f"uid {USER} can run none of {', '.join(found)}")


@pytest.fixture(scope="module")
def image() -> Iterator[Path]:
    """What the Dockerfile lays out; not in pytest's own folders, which are closed to other users."""
    runtime = interpreter()
    folder = Path(tempfile.mkdtemp(prefix="mlops-cmp-image-"))
    folder.chmod(0o755)
    library = folder / "opt/mlops-cmp/lib"
    built = subprocess.run(
        ["sh", str(SIDECAR / "install.sh"), sys.executable, runtime, str(folder)],
        env=os.environ | {"LIB": str(library)},
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "plugin.yaml" not in built.stderr and "pip" in built.stderr.lower():
        shutil.rmtree(folder)
        pytest.skip(f"the package index can't be reached: {built.stderr.strip().splitlines()[-1]}")
    assert built.returncode == 0, built.stderr
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def work(image: Path) -> Iterator[Path]:
    """A checkout as argocd-cmp-server makes it, and a folder that uid 999 owns: the only one it can write."""
    folder = Path(tempfile.mkdtemp(prefix="mlops-cmp-work-"))
    folder.chmod(0o755)
    shutil.copytree(ROOT / "examples", folder / "repo" / "examples")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "tmp").mkdir()
    if os.geteuid() == 0:
        os.chown(folder / "tmp", USER, USER)
    yield folder
    shutil.rmtree(folder)


def start(image: Path, work: Path, *command: str, cwd: str = "repo") -> subprocess.CompletedProcess[bytes]:
    """A program of the image, as the pod runs it: uid 999, few variables, nothing on stdin."""
    environment = {
        "PATH": str(image / "opt/mlops-cmp/bin"),
        "TMPDIR": str(work / "tmp"),
        "CMP_STATE_DIR": str(work / "tmp/state"),
        "SOPS_AGE_KEY_FILE": str(work / "repo/examples/keys/public-test-key.agekey"),
        "HOME": "/nonexistent",
    }
    return subprocess.run(
        [str(image / "opt/mlops-cmp/bin" / command[0]), *command[1:]],
        cwd=work / cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        **lower(),
    )


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file with its size and time of change."""
    return {
        str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()
    }


ASK = """
import sys
sys.path.insert(0, {library!r})
from cmp_bundle import install
install({library!r})
import cmp.kustomize.target as in_it, cmp.validate.run as beside_it
for module in (in_it, beside_it):
    print(type(module.__spec__.loader).__name__, module.__file__)
"""


def test_a_render_is_imported_from_one_file(image: Path) -> None:
    library = str(image / "opt/mlops-cmp/lib")

    def asked(**options: Any) -> list[str]:
        ask = [interpreter(), "-IS", "-c", ASK.format(library=library)]
        return subprocess.run(ask, capture_output=True, text=True, check=True, **options).stdout.split()

    inside, beside = f"{library}/cmp/kustomize/target.py", f"{library}/cmp/validate/run.py"
    assert asked() == ["Bundle", inside, "SourceFileLoader", beside]
    # Its descriptor must not become a standard stream.
    assert asked(preexec_fn=lambda: os.close(0))[0] == "SourceFileLoader"
    bundle = Path(library, "cmp.bundle")
    data = bundle.read_bytes()
    try:
        bundle.write_bytes(data.replace(b"cpython-3", b"cpython-2", 1))
        assert asked()[0] == "SourceFileLoader"
        bundle.unlink()
        assert asked()[0] == "SourceFileLoader"
    finally:
        bundle.write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_renders_as_uid_999_from_a_read_only_tree(image: Path, work: Path, overlay: str) -> None:
    before = snapshot(image) | snapshot(work / "repo")
    folder = f"repo/examples/fraud-detection/k8s/overlays/{overlay}"
    done = start(image, work, "cmp-generate", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    assert b"harbor-docker-config" in done.stdout
    assert b"ENC[" not in done.stdout
    assert snapshot(image) | snapshot(work / "repo") == before


@pytest.mark.slow
def test_a_module_in_the_repository_is_not_imported(image: Path, work: Path) -> None:
    folder = work / "repo/examples/fraud-detection/k8s/overlays/staging"
    for name in ("re.py", "cmp.py", "yaml.py", "sitecustomize.py"):
        (folder / name).write_text("raise SystemExit('imported from the repository')\n")
    done = start(image, work, "cmp-generate", cwd=str(folder.relative_to(work)))
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.slow
def test_nothing_in_the_image_can_be_written_by_others(image: Path) -> None:
    writable = [path for path in image.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]
    assert writable == []
    programs = [path.name for path in (image / "opt/mlops-cmp/bin").iterdir()]
    assert sorted(programs) == ["cmp-generate", "cmp-server", "cmp-socket-probe", "cmpctl"]
    assert all(path.stat().st_mode & stat.S_IXOTH for path in (image / "opt/mlops-cmp/bin").iterdir())


@pytest.mark.slow
def test_the_plugin_is_configured_in_the_image(image: Path) -> None:
    baked = (image / "home/argocd/cmp-server/config/plugin.yaml").read_text()
    assert baked == (ROOT / "plugin.yaml").read_text()
    assert "name: mlops-cmp\n" in baked


def serve(path: str, answer: bytes) -> threading.Thread:
    """A server on a Unix socket that takes one caller, sends `answer` and hangs up."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1)

    def once() -> None:
        with listener:
            caller, _ = listener.accept()
            with caller:
                caller.recv(64)
                caller.sendall(answer)

    thread = threading.Thread(target=once)
    thread.start()
    return thread


SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param(SETTINGS, 0, id="http2"),
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", 1, id="http1"),
        pytest.param(b"", 1, id="hangs-up"),
    ],
)
def test_probe(tmp_path: Path, answer: bytes, code: int) -> None:
    path = str(tmp_path / "s.sock")
    thread = serve(path, answer)
    done = subprocess.run(
        [sys.executable, "-I", str(SIDECAR / "probe.py"), path], capture_output=True, text=True, check=False
    )
    thread.join()
    assert done.returncode == code, done.stderr
    assert len(done.stderr.splitlines()) == (0 if code == 0 else 1)


def test_probe_without_a_socket(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(SIDECAR / "probe.py")],
        env={"ARGOCD_PLUGINSOCKFILEPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"{tmp_path}/mlops-cmp.sock: No such file or directory\n"


def test_what_the_dockerfile_copies_is_let_through() -> None:
    copied = [
        source.removeprefix("./").rstrip("/")
        for line in (SIDECAR / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    through = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    assert sorted(copied) == sorted(through)
    assert [each for each in copied if not (ROOT / each).exists()] == []


def test_locked_requirements_are_the_run_time_dependencies() -> None:
    """pyproject.toml's dependencies are all in the lock, each file by hash, nothing without one."""
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = declared["dependencies"] + declared["optional-dependencies"]["server"]
    names = {re.split("[><=!~ ]", item)[0].lower().replace(".", "-") for item in declared}
    lines = (SIDECAR / "requirements.lock").read_text().splitlines()
    locked = {line.split("==")[0].lower() for line in lines if "==" in line}
    assert names <= locked
    entries = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert [line for line in entries if "==" not in line or not line.endswith("\\")] == []
