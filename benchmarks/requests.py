"""What one request costs in the sidecar: argocd-cmp-server with cmp-generate, and cmp-server, in turn.

Processor time of the servers with all of their children, the client's left out. repo-server's part is played
by the tests' client (`tests/support/cmp_grpc.py`), which needs grpcio.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

EXAMPLE = "examples/fraud-detection"
OVERLAY = "k8s/overlays/production"
KEY = ROOT / "examples/keys/public-test-key.agekey"
# 38 entries, this project, and a repository as many companies have one: mostly what no render reads.
MANY = 5000
HEADER = (
    "| checkout | entries | MB packed | pieces | argocd-cmp-server | cmp-server | ratio |\n"
    "| --- | ---: | ---: | --- | ---: | ---: | ---: |"
)


class Case(NamedTuple):
    """A repository, the directory that is rendered, and bytes of a piece."""

    name: str
    repository: Path
    directory: str
    piece: int


def cases(work: Path) -> Iterator[Case]:
    """Small, this repository, and many files; in pieces as repo-server sends them, and as the component sets."""
    small = work / "small"
    shutil.copytree(ROOT / EXAMPLE, small)
    own = work / "own"
    for name in subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout.split(b"\0"):
        source = ROOT / os.fsdecode(name)
        if name and source.is_file():
            target = own / os.fsdecode(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    many = work / "many"
    shutil.copytree(ROOT / EXAMPLE, many)
    for number in range(MANY):
        folder = many / f"team-{number // 250}" / f"service-{number // 10 % 25}"
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"key-{number}-{line}: {line * number % 997}\n" for line in range(number % 120))
        (folder / f"values-{number % 10}.yaml").write_text(lines)
    for piece in (1024, 65536):
        yield Case("the fraud-detection example", small, OVERLAY, piece)
        yield Case("this project", own, f"{EXAMPLE}/{OVERLAY}", piece)
        yield Case(f"{MANY:,} files more", many, OVERLAY, piece)


def seconds(pids: list[int]) -> float:
    """Processor time of processes and of the children that they have waited for."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        ticks += sum(int(each) for each in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


class Side(NamedTuple):
    """A server: its socket, and the processes that count."""

    socket: Path
    pids: Callable[[], list[int]]


def messages(case: Case) -> tuple[list[bytes], int, int]:
    """The stream as bytes, the archive's entries and its size."""
    import tarfile
    from io import BytesIO

    from cmp_grpc import APP_STREAM_REQUEST, archive
    from protobuf import encode

    data = archive(case.repository)
    environment = {
        "ARGOCD_APP_NAME": "bench",
        "ARGOCD_APP_PROJECT_NAME": "default",
        "ARGOCD_APP_SOURCE_PATH": case.directory,
        "KUBE_VERSION": "1.33.0",
    }
    metadata = {
        "appRelPath": case.directory,
        "checksum": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "env": [{"name": name, "value": value} for name, value in environment.items()],
    }
    found: list[dict[str, Any]] = [{"metadata": metadata}]
    found += [{"file": {"chunk": data[at : at + case.piece]}} for at in range(0, len(data), case.piece)]
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        entries = len(tar.getnames())
    return [encode(APP_STREAM_REQUEST, each) for each in found], entries, len(data)


def ask(socket: Path, stream: list[bytes]) -> bytes:
    """One request over a connection of its own, as repo-server makes one."""
    import grpc
    from cmp_grpc import SERVICE

    options = [("grpc.max_receive_message_length", 100 << 20)]
    with grpc.insecure_channel(f"unix:{socket}", options=options) as channel:
        call = channel.stream_unary(f"/{SERVICE}/GenerateManifest")
        return call(iter(stream), timeout=120)  # type: ignore[no-any-return]


def in_turn(sides: list[Side], stream: list[bytes], rounds: int) -> list[float]:
    """Seconds a request of each side; all must give the same answer."""
    answers = {ask(side.socket, stream) for side in sides}
    if len(answers) != 1:
        raise SystemExit("the servers' answers differ")
    before = [seconds(side.pids()) for side in sides]
    for _ in range(rounds):
        for side in sides:
            ask(side.socket, stream)
    time.sleep(0.5)  # the last child is waited for
    return [(seconds(side.pids()) - start) / rounds for side, start in zip(sides, before, strict=True)]


def program() -> str:
    """argocd-cmp-server: the variable's, else the newest that scripts/oracles.py has built, else ""."""
    from argocd_programs import CACHE, VERSIONS

    named = os.environ.get("ARGOCD_CMP_SERVER", "")
    built = [str(CACHE / "argocd" / version / "argocd-cmp-server") for version in VERSIONS]
    return next((path for path in [named, *reversed(built)] if path and os.access(path, os.X_OK)), "")


def table(rounds: int) -> Iterator[str]:
    """Markdown, line by line."""
    from contextlib import ExitStack

    from cmp_grpc import RealServer
    from own_server import OwnServer, children

    real = program()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        work = Path(name)
        sides = []
        if real:
            theirs = stack.enter_context(
                RealServer(real, ROOT / "plugin.yaml", work / "theirs", SOPS_AGE_KEY_FILE=str(KEY))
            )
            theirs.connect().__exit__()
            sides.append(Side(theirs.socket, lambda: [theirs.pid]))
        ours = stack.enter_context(OwnServer(work / "ours", SOPS_AGE_KEY_FILE=str(KEY)))
        ours.connect().__exit__()
        front = ours.process.pid
        sides.append(Side(ours.socket, lambda: [front, *children(front)]))
        yield HEADER
        for case in cases(work):
            stream, entries, size = messages(case)
            *other, own = in_turn(sides, stream, rounds)
            pieces = f"{case.piece // 1024} KiB"
            first = f"{other[0] * 1000:.0f} ms" if other else "not there"
            ratio = f"{own / other[0]:.2f}" if other else ""
            yield (
                f"| {case.name} | {entries:,} | {size / 1e6:.1f} | {pieces} | {first} | {own * 1000:.0f} ms | {ratio} |"
            )
        tiny = work / "tiny"
        tiny.mkdir()
        (tiny / "kustomization.yaml").write_text("configMapGenerator: [{name: a, literals: [k=v]}]\n")
        stream, *_ = messages(Case("tiny", tiny, ".", 1024))
        [warm] = in_turn(sides[-1:], stream, max(rounds, 50))
        yield ""
        yield f"A tiny overlay (one ConfigMap), warm: {warm * 1000:.1f} ms" + _kustomize(tiny)


def _kustomize(tiny: Path) -> str:
    from benchmarks.run import side_by_side

    if not shutil.which("kustomize"):
        return "."
    [measure] = side_by_side([["kustomize", "build", str(tiny)]], 21, 21)
    return f"; `kustomize build` of it: {measure.cpu * 1000:.1f} ms."
