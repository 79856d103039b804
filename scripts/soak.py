"""Ask a cmp-server for thousands of renders, a third of them spoilt; nothing may be left (`make soak`).

Every third request is cancelled, has a wrong checksum, or loses its child. It fails if the resident memory of
front or zygote grows by more than 5 % after the first tenth, or a child or descriptor is left.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import grpc  # noqa: E402
from cmp_grpc import APP_STREAM_REQUEST, requests  # noqa: E402
from own_server import OwnServer, children, descriptors, wait_until  # noqa: E402
from protobuf import encode  # noqa: E402


def resident(pid: int) -> int:
    """Bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def spoil(number: int, call: grpc.Future, server: OwnServer) -> None:
    """One of two ways to end a call early; the third, a wrong checksum, is in its messages."""
    if number % 9 == 0:
        time.sleep(number % 7 / 500)
        call.cancel()
    elif number % 9 == 6:
        for pid in children(server.zygote):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def main() -> int:
    """Run; the exit code."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as work:
        tree = Path(work) / "tree"
        tree.mkdir()
        (tree / "kustomization.yaml").write_text("configMapGenerator: [{name: a, literals: [k=v]}]\n")
        good = list(requests(tree, ".", {"ARGOCD_APP_NAME": "soak"}))
        bad = [{"metadata": {**good[0]["metadata"], "checksum": "0" * 64}}, *good[1:]]
        with OwnServer(Path(work) / "cmp") as server, server.connect() as client:
            stub = client._channel.stream_unary(
                "/plugin.ConfigManagementPluginService/GenerateManifest",
                request_serializer=lambda value: encode(APP_STREAM_REQUEST, value),
            )
            before: dict[int, tuple[int, list[str]]] = {}
            done = 0
            for number in range(total):
                call = stub.future(iter(bad if number % 9 == 3 else good), timeout=60)
                spoil(number, call, server)
                try:
                    call.result()
                    done += 1
                except (grpc.RpcError, grpc.FutureCancelledError):
                    if number % 3:
                        raise
                if number % 500 == 499:
                    print(f"{number + 1} requests", file=sys.stderr, flush=True)
                if number == total // 10:
                    wait_until(lambda: not children(server.zygote))
                    before = {
                        pid: (resident(pid), descriptors(pid)) for pid in (server.process.pid, server.zygote)
                    }
            wait_until(lambda: not children(server.zygote))
            wait_until(lambda: all(descriptors(pid) == known for pid, (_, known) in before.items()))
            grown = [resident(pid) / size for pid, (size, _) in before.items()]
    print(f"{total} requests, {done} rendered; memory of front and zygote x {grown[0]:.3f}, x {grown[1]:.3f}")
    return 0 if max(grown) <= 1.05 else 1


if __name__ == "__main__":
    sys.exit(main())
